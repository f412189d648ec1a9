// Operands of element-wise operations: their common dtype as c10::promoteTypes of torch 2.13.0 finds it, the device
// of the result, and the pass over the elements.
#include "library/torch/operands.h"

#include <algorithm>
#include <cstring>

namespace ckptlint::python::torch {
namespace {

// c10::promoteTypes with kUndefined as the neutral element.
struct Category {
  bool any = false;
  Dtype dtype = Dtype::kBool;
  void add(Interpreter& in, Dtype other) {
    if (any) {
      const auto joined = promote(dtype, other);
      if (!joined) {
        if (is_float8(dtype) || is_float8(other)) {
          in.raise(in.exception("RuntimeError"), "Promotion for Float8 Types is not supported, attempted to promote " +
                                                     std::string(scalar_name(dtype)) + " and " +
                                                     std::string(scalar_name(other)));
        }
        in.raise(in.exception("RuntimeError"),
                 "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote " +
                     std::string(scalar_name(dtype)) + " and " + std::string(scalar_name(other)));
      }
      dtype = *joined;
    } else {
      dtype = other;
    }
    any = true;
  }
};

Category combine(Interpreter& in, const Category& higher, const Category& lower) {
  if (!higher.any) return lower;
  if (!lower.any) return higher;
  if (is_complex(higher.dtype)) return higher;
  if (is_floating(higher.dtype)) {
    if (is_complex(lower.dtype)) return {true, complex_of(higher.dtype)};
    return higher;
  }
  if (higher.dtype == Dtype::kBool || is_floating(lower.dtype) || is_complex(lower.dtype)) {
    Category both = higher;
    both.add(in, lower.dtype);
    return both;
  }
  return higher;
}

void finish(Tensor* out, bool kept) {
  if (kept) return;
  out->contents = nullptr;
  out->filled = false;
}

}  // namespace

Operand operand(Tensor* tensor) {
  Operand made;
  made.tensor = tensor;
  made.elements = known(tensor);
  made.dtype = tensor->dtype;
  made.sizes = sizes_of(tensor);
  return made;
}

Operand operand(const Arg& argument) {
  if (argument.is_tensor()) return operand(argument.tensor());
  const Call& call = argument.call();
  const Value& value = argument.value();
  Operand made;
  const Value& number = value.is(Kind::kInstance) ? value.as<Instance>()->payload : value;
  if (number.is_number()) {
    made.elements = {nullptr, number.as_double(), !number.is(Kind::kInt) || exact(Dtype::kInt64, number.as_double())};
    made.dtype = number.is(Kind::kBool)  ? Dtype::kBool
                 : number.is(Kind::kInt) ? Dtype::kInt64
                                         : call.torch.default_dtype;
    return made;
  }
  if (number.is(Kind::kBigInt)) give_up("arithmetic of tensors and big integers");
  if (value.is(Kind::kInstance) && call.in.type_of(value) == call.in.classes.complex) {
    made.dtype = complex_of(call.torch.default_dtype);
    return made;
  }
  argument.tensor();  // raises
  return made;
}

Dtype result_type(Interpreter& in, std::span<const Operand> operands) {
  Category dimensioned, scalars, numbers;
  for (const Operand& each : operands) {
    (each.tensor == nullptr ? numbers : each.sizes.rank == 0 ? scalars : dimensioned).add(in, each.dtype);
  }
  return combine(in, dimensioned, combine(in, scalars, numbers)).dtype;
}

Device* result_device(Interpreter& in, std::span<const Operand> operands) {
  Device* device = nullptr;
  bool only_scalar = false;  // what was seen so far can move
  for (const Operand& each : operands) {
    if (each.tensor == nullptr) continue;
    Device* own = device_of(in, each.tensor);
    const bool scalar = each.sizes.rank == 0 && own == in.torch->cpu;
    if (device == nullptr || (only_scalar && !scalar)) {
      device = own;
      only_scalar = scalar;
    } else if (own != device && !scalar) {
      in.raise(in.exception("RuntimeError"),
               "Tensor on device " + text_of(own) + " is not on the expected device " + text_of(device) + "!");
    }
  }
  return device;
}

bool any_requires_grad(std::span<const Operand> operands) {
  for (const Operand& each : operands) {
    if (each.tensor != nullptr && each.tensor->requires_grad) return true;
  }
  return false;
}

namespace {

// round_to() and exact(), with the types first that tables are computed in: those hold for every element.
double rounded(Dtype dtype, double value) {
  if (dtype == Dtype::kFloat32) return static_cast<float>(value);
  return dtype == Dtype::kFloat64 ? value : round_to(dtype, value);
}
bool holds(Dtype dtype, double value) {
  return dtype == Dtype::kFloat32 || dtype == Dtype::kFloat64 || exact(dtype, value);
}

constexpr std::size_t kLargeTable = 4096;  // elements, of which it is worth to keep what was made

const ComputedTable* find_table(const Call& call, const ComputedTable& wanted, const double* of) {
  for (const ComputedTable& each : call.torch.tables) {
    if (each.function == wanted.function && each.compute == wanted.compute && each.result == wanted.result &&
        each.count == wanted.count && std::memcmp(each.of, of, each.count * sizeof(double)) == 0)
      return &each;
  }
  return nullptr;
}

void keep_table(Call& call, ComputedTable table, const double* of, const double* values) {
  ComputedTable& kept = call.torch.tables[call.torch.oldest_table];
  call.torch.oldest_table = (call.torch.oldest_table + 1) % call.torch.tables.size();
  const auto room = [&](double* before) {
    return kept.count >= table.count ? before
                                     : static_cast<double*>(call.in.arena.allocate(table.count * sizeof(double)));
  };
  table.of = room(kept.of);
  table.values = room(kept.values);
  std::copy_n(of, table.count, table.of);
  std::copy_n(values, table.count, table.values);
  kept = table;
}

}  // namespace

Value map_unary(Call& call, const Operand& a, Dtype compute, Dtype result, Unary f) {
  Tensor* out = make_tensor(call.in, result, a.sizes, result_device(call.in, {&a, 1}));
  if (!a.elements.known || is_complex(compute)) return Value::of(out);
  bool kept = true;
  const auto element = [&](double x) {
    const double value = rounded(result, rounded(compute, f(rounded(compute, x))));
    kept = kept && holds(result, value);
    return value;
  };
  if (a.elements.uniform()) {
    out->filled = true;
    out->fill = element(a.elements.fill);
  } else if (double* contents = make_contents(call.in, out)) {
    const auto count = static_cast<std::size_t>(numel(out));
    ComputedTable table{f, compute, result, count};
    const bool is_large = count >= kLargeTable;
    if (const ComputedTable* known = is_large ? find_table(call, table, a.elements.data) : nullptr) {
      std::copy_n(known->values, count, contents);
      kept = known->kept;
    } else {
      for (std::size_t i = 0; i < count; ++i) contents[i] = element(a.elements.data[i]);
      table.kept = kept;
      if (is_large) keep_table(call, table, a.elements.data, contents);
    }
  }
  finish(out, kept);
  return Value::of(out);
}

Value map_binary(Call& call, const Operand& a, const Operand& b, Dtype compute, Dtype result, Binary f) {
  const Operand both[] = {a, b};
  Tensor* out = make_tensor(call.in, result, broadcast(call.in, a.sizes, b.sizes), result_device(call.in, both));
  if (!a.elements.known || !b.elements.known || is_complex(compute)) return Value::of(out);
  bool kept = true;
  const auto element = [&](double x, double y) {
    const double value = rounded(result, rounded(compute, f(rounded(compute, x), rounded(compute, y))));
    kept = kept && holds(result, value);
    return value;
  };
  if (a.elements.uniform() && b.elements.uniform()) {
    out->filled = true;
    out->fill = element(a.elements.fill, b.elements.fill);
  } else if (double* contents = make_contents(call.in, out)) {
    const Sizes sizes = sizes_of(out);
    Odometer at(sizes);
    at.add(broadcast_strides(a.sizes, sizes));
    at.add(broadcast_strides(b.sizes, sizes));
    const std::int64_t count = numel(out);
    for (std::int64_t i = 0; i < count; ++i, at.next())
      contents[i] = element(a.elements[at.offset(0)], b.elements[at.offset(1)]);
  }
  finish(out, kept);
  return Value::of(out);
}

Value map_ternary(Call& call, const Operand& a, const Operand& b, const Operand& c, Dtype compute, Dtype result,
                  Ternary f) {
  const Operand all[] = {a, b, c};
  const Sizes sizes = broadcast(call.in, broadcast(call.in, a.sizes, b.sizes), c.sizes);
  Tensor* out = make_tensor(call.in, result, sizes, result_device(call.in, all));
  if (!a.elements.known || !b.elements.known || !c.elements.known || is_complex(compute)) return Value::of(out);
  if (double* contents = make_contents(call.in, out)) {
    bool kept = true;
    Odometer at(sizes);
    for (const Operand& each : all) at.add(broadcast_strides(each.sizes, sizes));
    const std::int64_t count = numel(out);
    for (std::int64_t i = 0; i < count; ++i, at.next()) {
      contents[i] =
          round_to(result, f(round_to(compute, a.elements[at.offset(0)]), round_to(compute, b.elements[at.offset(1)]),
                             round_to(compute, c.elements[at.offset(2)])));
      kept = kept && exact(result, contents[i]);
    }
    finish(out, kept);
  }
  return Value::of(out);
}

}  // namespace ckptlint::python::torch
