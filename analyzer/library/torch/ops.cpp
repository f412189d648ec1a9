// Binds arguments to the signatures of torch functions and Tensor methods, and keeps the rules that all of them
// share.
#include "library/torch/ops.h"

#include <bit>
#include <vector>

#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

// numpy's names, which torch takes too.
std::string_view other_name(std::string_view keyword) {
  if (keyword == "axis") return "dim";
  if (keyword == "keepdims") return "keepdim";
  if (keyword == "x" || keyword == "x1" || keyword == "a") return "input";
  if (keyword == "x2") return "other";
  return {};
}

// Accepted everywhere and without effect on what is modelled.
bool ignored(std::string_view keyword) {
  return keyword == "generator" || keyword == "layout" || keyword == "pin_memory" || keyword == "memory_format" ||
         keyword == "requires_grad" || keyword == "non_blocking";
}

bool is_among(std::string_view names, std::string_view wanted) {
  while (!names.empty()) {
    const std::size_t bar = names.find('|');
    if (names.substr(0, bar) == wanted) return true;
    names = bar == std::string_view::npos ? std::string_view() : names.substr(bar + 1);
  }
  return false;
}

int position_of(const OpSignature& signature, std::string_view keyword) {
  for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
    const OpParameter& parameter = signature.parameters[i];
    if (parameter.name == keyword || is_among(parameter.others, keyword)) return static_cast<int>(i);
  }
  return -1;
}

// A method of Tensor takes no `out`, and its receiver by position alone.
void bind(Interpreter& in, const Op& op, const Arguments& arguments, bool method, Value* out) {
  const OpSignature& signature = *op.signature;
  const std::size_t fixed = static_cast<std::size_t>(signature.positional);
  for (std::size_t i = 0; i < arguments.count && i < fixed; ++i) out[i] = arguments.positional[i];
  if (arguments.count > fixed) {
    if (signature.variadic < 0) {
      in.raise_type_error(std::string(op.name) + "() takes " + std::to_string(fixed) + " positional arguments but " +
                          std::to_string(arguments.count) + " were given");
    }
    out[signature.variadic] = in.tuple(arguments.positional + fixed, arguments.count - fixed);
  }
  for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
    const std::string_view keyword = arguments.keywords[k].name->view();
    int at = position_of(signature, keyword);
    if (at < 0) at = position_of(signature, other_name(keyword));
    if (method && (at == 0 || at == signature.out)) at = -1;
    if (at >= 0) {
      const bool unknown_device = keyword == "device" && arguments.keywords[k].value.unknown();
      out[at] = unknown_device ? Value::none() : arguments.keywords[k].value;
    } else if (!ignored(keyword)) {
      in.raise_type_error(std::string(op.name) + "() got an unexpected keyword argument '" + std::string(keyword) +
                          "'");
    }
  }
  for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
    if (out[i].missing() && !signature.parameters[i].optional) {
      in.raise_type_error(std::string(op.name) + "() missing 1 required positional arguments: \"" +
                          std::string(signature.parameters[i].name) + "\"");
    }
  }
}

Value first_unknown(Interpreter& in, const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.count; ++i) {
    const Value found = find_unknown(in, arguments.positional[i]);
    if (!found.missing()) return found;
  }
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    // Where a tensor is matters less than what it is: an unknown device is taken for the default one.
    if (ignored(arguments.keywords[i].name->view()) || arguments.keywords[i].name->view() == "device") continue;
    const Value found = find_unknown(in, arguments.keywords[i].value);
    if (!found.missing()) return found;
  }
  return {};
}

bool asks_for_grad(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    const Value& value = arguments.keywords[i].value;
    if (arguments.keywords[i].name->view() == "requires_grad") return value.is(Kind::kBool) && value.boolean;
  }
  return false;
}

// x.op_(...): the result of the op, written back.
void write_back(Interpreter& in, Tensor* target, const Value& result) {
  if (!result.is(Kind::kTensor)) return write_unknown(in, target);
  Tensor* source = result.as<Tensor>();
  if (!(sizes_of(source) == sizes_of(target))) {
    if (!broadcastable_to(sizes_of(source), sizes_of(target))) {
      in.raise(in.exception("RuntimeError"), "output with shape " + text_of(sizes_of(target)) +
                                                 " doesn't match the broadcast shape " + text_of(sizes_of(source)));
    }
    return write_unknown(in, target);
  }
  write_elements(in, target, known(source));
}

// Whether a result depends on a tensor that requires grad, as far as torch says so of what the operation gives.
bool carries_grad(Interpreter& in, const Op& op, std::span<const Value> arguments, const Tensor* result) {
  if (!in.torch->grad_enabled || !(is_floating(result->dtype) || is_complex(result->dtype))) return false;
  const std::string_view name = op.name;
  const bool makes_anew = name.starts_with("new_") || name.ends_with("_like") || name == "detach" || name == "tensor";
  if (makes_anew) return false;
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const Value& each) { return each.is(Kind::kTensor) && each.as<Tensor>()->requires_grad; });
}

// Whether it writes to the tensor whose method it is: x.add_(1), x.fill_(1).  The functions of torch.nn.init are called
// the same and ask for no gradients.
bool writes(const Op& op, bool in_place, bool method) {
  const std::string_view name = op.name;
  constexpr std::string_view kOthers = "requires_grad_ detach_ share_memory_ resize_";
  return in_place ||
         (method && name.ends_with('_') && !name.ends_with("__") && kOthers.find(name) == std::string_view::npos);
}

// `data` is the address of the op with what it is called as.
constexpr std::int64_t kInPlace = 1, kAsMethod = 2;
Value dispatch(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Op& op = *std::bit_cast<const Op*>(data.integer & ~(kInPlace | kAsMethod));
  const bool in_place = (data.integer & kInPlace) != 0, method = (data.integer & kAsMethod) != 0;
  in.step();
  const Value& self = self_of(arguments);
  Tensor* target = in_place && self.is(Kind::kTensor) ? self.as<Tensor>() : nullptr;
  const Value unknown = first_unknown(in, arguments);
  if (!unknown.missing()) {
    if (target == nullptr) return unknown;
    write_unknown(in, target);
    return self;
  }
  Value bound[kMaxArguments];
  bind(in, op, arguments, method, bound);
  const bool written = writes(op, in_place, method) && self.is(Kind::kTensor);
  if (written) refuse_write(in, self.as<Tensor>());
  Call call{in, *in.torch, op, bound};
  Value result;
  try {
    result = op.run(call);
  } catch (const Unknowable& reason) {
    result = reason.value.missing() ? in.unknown(reason.why) : reason.value;
  }
  if (target != nullptr) {
    write_back(in, target, result);
    if (carries_grad(in, op, bound, target)) target->requires_grad = target->computed = true;
    return self;
  }
  const int out = op.signature->out;
  if (out >= 0 && bound[out].is(Kind::kTensor)) {
    write_back(in, bound[out].as<Tensor>(), result);
    return bound[out];
  }
  if (!result.is(Kind::kTensor)) return result;
  const bool given =
      std::any_of(std::begin(bound), std::end(bound), [&](const Value& each) { return each.same(result); });
  if (asks_for_grad(arguments))
    result.as<Tensor>()->requires_grad = true;
  else if ((written || !given) && carries_grad(in, op, bound, result.as<Tensor>()))
    result.as<Tensor>()->requires_grad = result.as<Tensor>()->computed = true;
  return result;
}

Value native_of(Interpreter& in, const Op& op, const char* name, std::int64_t as) {
  static_assert(alignof(Op) > (kInPlace | kAsMethod));
  return in.native(name, dispatch, Value::of(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&op)) | as));
}

}  // namespace

void install_ops(Interpreter& in, Module* torch, std::span<const Op> ops) {
  for (const Op& op : ops) {
    if ((op.where & kFunction) != 0) in.define(torch, op.name, native_of(in, op, op.name, 0));
    if ((op.where & kMethod) != 0) in.set_class(in.classes.tensor, op.name, native_of(in, op, op.name, kAsMethod));
    if (!op.in_place) continue;
    const std::string_view name = in.intern(std::string(op.name) + "_")->view();
    in.define(torch, name, native_of(in, op, name.data(), kInPlace));
    in.set_class(in.classes.tensor, name, native_of(in, op, name.data(), kInPlace | kAsMethod));
  }
}

void install_functions(Interpreter& in, Module* module, std::span<const Op> ops) {
  for (const Op& op : ops) in.define(module, op.name, native_of(in, op, op.name, 0));
}

Value run_op(Interpreter& in, const Op& op, std::initializer_list<Value> arguments) {
  Value bound[kMaxArguments];
  int i = 0;
  for (const Value& argument : arguments) bound[i++] = argument;
  Call call{in, *in.torch, op, bound};
  return op.run(call);
}

Value named_tuple(Interpreter& in, std::initializer_list<std::pair<std::string_view, Value>> items) {
  Instance* made = in.instance(in.torch->return_type);
  made->attributes = in.dict();
  std::vector<Value> values;
  for (const auto& [name, value] : items) {
    values.push_back(value);
    dict_set(in.arena, made->attributes, in.intern(name), value);
  }
  made->payload = in.tuple(values.data(), values.size());
  return Value::of(made);
}

Value named_pair(Interpreter& in, std::string_view first, const Value& a, std::string_view second, const Value& b) {
  return named_tuple(in, {{first, a}, {second, b}});
}

void give_up(const char* why) { throw Unknowable{{}, why}; }

Value find_unknown(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kUnknown:
      return value;
    case Kind::kTensor:
      if (!value.as<Tensor>()->shape_known) return in.unknown("a tensor of unknown shape");
      return {};
    case Kind::kList:
      for (const Value& item : value.as<List>()->items) {
        if (item.unknown()) return item;
      }
      return {};
    case Kind::kTuple:
      for (const Value& item : *value.as<Tuple>()) {
        if (item.unknown()) return item;
      }
      return {};
    default:
      return {};
  }
}

}  // namespace ckptlint::python::torch
