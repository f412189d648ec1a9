// How the arguments of an op are read.
#include <fmt/format.h>

#include <cmath>

#include "library/torch/ops.h"

namespace ckptlint::python::torch {

void Arg::wrong_type(const Value& value, std::string_view wanted) const {
  call_->in.raise_type_error(fmt::format("{}(): argument '{}' (position {}) must be {}, not {}", call_->op.name, name(),
                                         at_ + 1, wanted, call_->in.type_name(value)));
}

bool Rest::absent() const {
  const Call& call = first_.call();
  for (std::size_t i = static_cast<std::size_t>(first_.at()); i < call.op.signature->parameters.size(); ++i) {
    if (!call.bound[i].missing() && !call.bound[i].is_none()) return false;
  }
  return true;
}

Tensor* Arg::tensor() const {
  if (!is_tensor()) wrong_type(value(), "Tensor");
  Tensor* tensor = value().as<Tensor>();
  if (!tensor->shape_known) give_up("a tensor of unknown shape");
  if (call_->in.torch->follows_forward && is_distributed(call_->in, tensor)) give_up("an operation on a DTensor");
  return tensor;
}

double read_item(Interpreter& in, Tensor* tensor) {
  const std::int64_t count = numel(tensor);
  if (count != 1) {
    in.raise(in.exception("RuntimeError"),
             "a Tensor with " + std::to_string(count) + " elements cannot be converted to Scalar");
  }
  if (is_meta(in, tensor)) in.raise(in.exception("RuntimeError"), "Tensor.item() cannot be called on meta tensors");
  const Known elements = known(tensor);
  if (!elements.known) give_up("an element of a tensor");
  return elements[0];
}

Value item_value(Dtype dtype, double value) {
  if (dtype == Dtype::kBool) return Value::of(value != 0);
  if (is_integral(dtype)) return Value::of(static_cast<std::int64_t>(value));
  return Value::of(value);
}

std::int64_t read_integer(Interpreter& in, const Value& value) {
  if (value.unknown()) throw Unknowable{value, ""};
  if (value.is(Kind::kTensor) && value.as<Tensor>()->shape_known) {
    Tensor* tensor = value.as<Tensor>();
    if (numel(tensor) != 1 || !(is_integral(tensor->dtype) || tensor->dtype == Dtype::kBool)) {
      in.raise_type_error("only integer tensors of a single element can be converted to an index");
    }
    return static_cast<std::int64_t>(read_item(in, tensor));
  }
  return in.to_int(value);
}

Sizes read_sizes(Interpreter& in, const Value& value) {
  Sizes sizes;
  if (value.is(Kind::kTuple)) {
    for (const Value& item : *value.as<Tuple>()) sizes.push(read_integer(in, item));
  } else if (value.is(Kind::kList)) {
    for (const Value& item : value.as<List>()->items) sizes.push(read_integer(in, item));
  } else if (value.is(Kind::kRange) || value.is(Kind::kInstance)) {
    for (const Value& item : in.collect(value)->items) sizes.push(read_integer(in, item));
  } else {
    sizes.push(read_integer(in, value));
  }
  return sizes;
}

void raise_bad_extent(Interpreter& in, std::string_view function, std::string_view argument, int position,
                      const Value& item, int at) {
  const std::string type = in.type_name(item);
  if (at == 0) {
    in.raise_type_error(
        fmt::format("{}(): argument '{}' (position {}) must be tuple of ints, but found element of type {} at pos 0",
                    function, argument, position, type));
  }
  in.raise_type_error(fmt::format(
      "{}(): argument '{}' failed to unpack the object at pos {} with error \"type must be tuple of ints,but got {}\"",
      function, argument, at + 1, type));
}

std::int64_t Arg::integer() const {
  const Value& given = value();
  const bool is_other = given.is(Kind::kFloat) || given.is(Kind::kStr) || given.is(Kind::kBool) || given.is_none();
  if (is_other) wrong_type(given, "int");
  return read_integer(call_->in, given);
}

double Arg::number() const {
  const Value& given = value();
  if (given.is_number()) return given.as_double();
  if (given.unknown()) throw Unknowable{given, ""};
  if (is_tensor()) return read_item(call_->in, tensor());
  if (given.is(Kind::kStr) || given.is_none() || given.is(Kind::kList) || given.is(Kind::kTuple))
    wrong_type(given, "Number");
  return call_->in.to_double(given);
}

bool Arg::flag(bool otherwise) const {
  if (absent()) return otherwise;
  const Truth truth = call_->in.truth(value());
  if (truth == Truth::kUnknown) throw Unknowable{value(), ""};
  return truth == Truth::kTrue;
}

Dtype Arg::dtype_in(const Value& value) const {
  if (value.is(Kind::kDtype)) return value.as<DtypeObject>()->dtype;
  // Python's own types stand for dtypes.
  if (value.is(Kind::kClass)) {
    const auto& classes = call_->in.classes;
    const Class* type = value.as<Class>();
    if (type == classes.real) return Dtype::kFloat64;
    if (type == classes.integer) return Dtype::kInt64;
    if (type == classes.boolean) return Dtype::kBool;
    if (type == classes.complex) return Dtype::kComplex128;
  }
  wrong_type(value, "torch.dtype");
}

std::string_view Arg::text(std::string_view otherwise) const {
  if (absent()) return otherwise;
  if (!is(Kind::kStr)) wrong_type(value(), "str");
  return value().as<Str>()->view();
}

Sizes Arg::sizes() const {
  const Value& given = value();
  if (given.missing()) return {};
  if (given.is(Kind::kTuple) && given.as<Tuple>()->count == 1) {
    const Value& only = given.as<Tuple>()->items[0];
    if (only.is(Kind::kInstance) && only.as<Instance>()->payload.missing() &&
        !call_->in.type_of(only)->has_unknown_base &&
        call_->in.class_lookup(call_->in.type_of(only), call_->in.intern("__index__")) == nullptr)
      wrong_type(only, "tuple of ints");
    if (only.is(Kind::kTuple) || only.is(Kind::kList) || only.is(Kind::kFloat) || only.is(Kind::kStr) ||
        only.is_none() || only.is(Kind::kBool))
      return sizes_in(only);
  } else if (given.is(Kind::kTuple) && given.as<Tuple>()->count > 1) {
    const Tuple* extents = given.as<Tuple>();
    const Value& first = extents->items[0];
    if (first.is_none() || first.is(Kind::kStr) || first.is(Kind::kBool)) {
      call_->in.raise_type_error(fmt::format("{}() takes {} positional argument{} but {} were given", call_->op.name,
                                             at_ + 1, at_ == 0 ? "" : "s", at_ + extents->count));
    }
  }
  return sizes_in(given);
}

Sizes Arg::sizes_in(const Value& value) const {
  const Value found = find_unknown(call_->in, value);
  if (!found.missing()) throw Unknowable{found, ""};
  const bool sequence = value.is(Kind::kTuple) || value.is(Kind::kList);
  if (value.is(Kind::kFloat) || value.is(Kind::kStr) || value.is_none() || value.is(Kind::kBool))
    wrong_type(value, "tuple of ints");
  if (sequence) {
    int at = 0;
    const auto check = [&](const Value& item) {
      if (item.is(Kind::kFloat) || item.is(Kind::kStr) || item.is_none() || item.is(Kind::kTuple) ||
          item.is(Kind::kList) || (at == 0 && item.is(Kind::kBool))) {
        raise_bad_extent(call_->in, call_->op.name, name(), at_ + 1, item, at);
      }
      ++at;
    };
    if (value.is(Kind::kTuple)) {
      for (const Value& item : *value.as<Tuple>()) check(item);
    } else {
      for (const Value& item : value.as<List>()->items) check(item);
    }
  }
  return read_sizes(call_->in, value);
}

int Call::wrap_dim(std::int64_t dim, int rank) {
  const int span = rank == 0 ? 1 : rank;
  if (dim < -span || dim >= span) {
    index_error("Dimension out of range (expected to be in range of [" + std::to_string(-span) + ", " +
                std::to_string(span - 1) + "], but got " + std::to_string(dim) + ")");
  }
  return static_cast<int>(dim < 0 ? dim + span : dim);
}

void Call::note_reduction(std::int64_t over) const {
  if (in.torch->reductions != nullptr) in.torch->reductions->push_back({op.name, in.here(), over});
}

std::span<Tensor* const> Arg::tensors() const {
  Interpreter& in = call_->in;
  const Value* items = nullptr;
  std::size_t count = 0;
  Value sequence = value();
  if (sequence.is(Kind::kTuple) && sequence.as<Tuple>()->count == 1) {
    const Value& only = sequence.as<Tuple>()->items[0];
    if (only.is(Kind::kTuple) || only.is(Kind::kList)) sequence = only;
  }
  if (sequence.is(Kind::kTuple)) {
    items = sequence.as<Tuple>()->items;
    count = sequence.as<Tuple>()->count;
  } else if (sequence.is(Kind::kList) || sequence.is(Kind::kIterator) || sequence.is(Kind::kInstance)) {
    List* list = sequence.is(Kind::kList) ? sequence.as<List>() : in.collect(sequence);
    items = list->items.items;
    count = list->items.size();
  } else if (sequence.is(Kind::kTensor)) {
    List* list = in.collect(sequence);
    items = list->items.items;
    count = list->items.size();
  } else {
    wrong_type(sequence, "tuple of Tensors");
  }
  Tensor** tensors = in.arena.array<Tensor*>(count);
  for (std::size_t k = 0; k < count; ++k) {
    if (items[k].unknown()) throw Unknowable{items[k], ""};
    if (!items[k].is(Kind::kTensor)) {
      in.raise_type_error("expected Tensor as element " + std::to_string(k) + " in argument 0, but got " +
                          in.type_name(items[k]));
    }
    tensors[k] = items[k].as<Tensor>();
    if (!tensors[k]->shape_known) give_up("a tensor of unknown shape");
  }
  return {tensors, count};
}

void Call::runtime_error(std::string_view message) { in.raise(in.exception("RuntimeError"), message); }
void Call::index_error(std::string_view message) { in.raise(in.exception("IndexError"), message); }

}  // namespace ckptlint::python::torch
