// How the arguments of an op are read.
#include <fmt/format.h>

#include <cmath>

#include "library/torch/ops.h"

namespace ckptlint::python::torch {
namespace {

std::string_view parameter_name(const Op& op, int i) {
  std::string_view text = op.signature;
  for (int at = 0;; ++at) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (!part.empty() && (part.front() == ' ')) part.remove_prefix(1);
    if (part == "*") {
      --at;
    } else if (at == i) {
      if (part.front() == '*') part.remove_prefix(1);
      if (part.back() == '=') part.remove_suffix(1);
      return part;
    }
    if (comma == std::string_view::npos) return "input";
    text = text.substr(comma + 1);
  }
}

[[noreturn]] void wrong_type(Call& call, int i, std::string_view wanted) {
  call.in.raise_type_error(std::string(call.op.name) + "(): argument '" + std::string(parameter_name(call.op, i)) +
                           "' (position " + std::to_string(i + 1) + ") must be " + std::string(wanted) + ", not " +
                           call.in.type_name(call.a[i]));
}

}  // namespace

Tensor* Call::tensor(int i) {
  if (!is_tensor(i)) wrong_type(*this, i, "Tensor");
  Tensor* tensor = a[i].as<Tensor>();
  if (!tensor->shape_known) give_up("a tensor of unknown shape");
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

std::int64_t Call::integer(int i) {
  if (a[i].is(Kind::kFloat) || a[i].is(Kind::kStr) || a[i].is_none()) wrong_type(*this, i, "int");
  return read_integer(in, a[i]);
}

double Call::number(int i) {
  if (a[i].is_number()) return a[i].as_double();
  if (a[i].unknown()) throw Unknowable{a[i], ""};
  if (is_tensor(i)) return read_item(in, tensor(i));
  if (a[i].is(Kind::kStr) || a[i].is_none() || a[i].is(Kind::kList) || a[i].is(Kind::kTuple))
    wrong_type(*this, i, "Number");
  return in.to_double(a[i]);
}

bool Call::flag(int i, bool otherwise) {
  if (absent(i)) return otherwise;
  const Truth truth = in.truth(a[i]);
  if (truth == Truth::kUnknown) throw Unknowable{a[i], ""};
  return truth == Truth::kTrue;
}

Dtype Call::dtype(int i, Dtype otherwise) {
  if (absent(i)) return otherwise;
  if (a[i].is(Kind::kDtype)) return a[i].as<DtypeObject>()->dtype;
  // Python's own types stand for dtypes.
  if (a[i].is(Kind::kClass)) {
    const Class* type = a[i].as<Class>();
    if (type == in.classes.real) return Dtype::kFloat64;
    if (type == in.classes.integer) return Dtype::kInt64;
    if (type == in.classes.boolean) return Dtype::kBool;
    if (type == in.classes.complex) return Dtype::kComplex128;
  }
  wrong_type(*this, i, "torch.dtype");
}

std::string_view Call::text(int i, std::string_view otherwise) {
  if (absent(i)) return otherwise;
  if (!a[i].is(Kind::kStr)) wrong_type(*this, i, "str");
  return a[i].as<Str>()->view();
}

Sizes Call::sizes(int i) {
  if (a[i].missing()) return {};
  if (a[i].is(Kind::kTuple) && a[i].as<Tuple>()->count == 1) {
    const Value& only = a[i].as<Tuple>()->items[0];
    if (only.is(Kind::kTuple) || only.is(Kind::kList) || only.is(Kind::kFloat) || only.is(Kind::kStr) || only.is_none())
      return sizes_in(only, i);
  } else if (a[i].is(Kind::kTuple) && a[i].as<Tuple>()->count > 1) {
    const Tuple* extents = a[i].as<Tuple>();
    const Value& first = extents->items[0];
    if (first.is_none() || first.is(Kind::kStr)) {
      in.raise_type_error(fmt::format("{}() takes {} positional argument{} but {} were given", op.name, i + 1,
                                      i == 0 ? "" : "s", i + extents->count));
    }
  }
  return sizes_in(a[i], i);
}

Sizes Call::sizes_in(const Value& value, int i) {
  const Value found = find_unknown(in, value);
  if (!found.missing()) throw Unknowable{found, ""};
  const bool sequence = value.is(Kind::kTuple) || value.is(Kind::kList);
  if (value.is(Kind::kFloat) || value.is(Kind::kStr) || value.is_none()) {
    Value given[kMaxArguments];
    given[i] = value;
    Call one{in, torch, op, given};
    wrong_type(one, i, "tuple of ints");
  }
  if (sequence) {
    int at = 0;
    const auto check = [&](const Value& item) {
      if (item.is(Kind::kFloat) || item.is(Kind::kStr) || item.is_none() || item.is(Kind::kTuple) ||
          item.is(Kind::kList)) {
        raise_bad_extent(in, op.name, parameter_name(op, i), i + 1, item, at);
      }
      ++at;
    };
    if (value.is(Kind::kTuple)) {
      for (const Value& item : *value.as<Tuple>()) check(item);
    } else {
      for (const Value& item : value.as<List>()->items) check(item);
    }
  }
  return read_sizes(in, value);
}

int Call::wrap_dim(std::int64_t dim, int rank) {
  const int span = rank == 0 ? 1 : rank;
  if (dim < -span || dim >= span) {
    index_error("Dimension out of range (expected to be in range of [" + std::to_string(-span) + ", " +
                std::to_string(span - 1) + "], but got " + std::to_string(dim) + ")");
  }
  return static_cast<int>(dim < 0 ? dim + span : dim);
}

std::span<Tensor* const> Call::tensors(int i) {
  const Value* items = nullptr;
  std::size_t count = 0;
  Value sequence = a[i];
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
    wrong_type(*this, i, "tuple of Tensors");
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
