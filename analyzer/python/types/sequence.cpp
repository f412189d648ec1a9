// Positions, slices, joining and repetition, as sequences share them.
#include "python/types/sequence.h"

#include <fmt/format.h>

#include <limits>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {
namespace {

// A bound of a slice as an integer; numbers out of range count as their end of the range.
std::int64_t slice_part(Interpreter& in, const Value& value) {
  if (unwrap(value).is(Kind::kBigInt)) {
    return unwrap(value).as<BigInt>()->approximate < 0 ? std::numeric_limits<std::int64_t>::min() + 1
                                                       : std::numeric_limits<std::int64_t>::max();
  }
  const bool by_method =
      value.is(Kind::kInstance) && (may_have_dunder(value) || find_dunder(in, value, in.sym.__index__));
  if (!unwrap(value).is_integral() && !value.is(Kind::kTensor) && !by_method) {
    in.raise_type_error("slice indices must be integers or None or have an __index__ method");
  }
  return in.to_int(value);
}

std::int64_t clamped(std::int64_t position, std::int64_t length, bool forward) {
  if (position < 0) {
    position = position < -length ? -1 : position + length;
    return position < 0 ? (forward ? 0 : -1) : position;
  }
  return position < length ? position : (forward ? length : length - 1);
}

// What index() and count() are called on.
Value sequence_items(Interpreter& in, const Arguments& arguments) {
  const Value& self = builtin_self(in, arguments);
  if (!self.is(Kind::kList) && !self.is(Kind::kTuple)) {
    in.raise_type_error(fmt::format("descriptor for sequences doesn't apply to a '{}' object", in.type_name(self)));
  }
  return self;
}

}  // namespace

// ---- slices and positions

std::optional<SliceBounds> slice_bounds(Interpreter& in, const Slice* slice, std::int64_t length) {
  if (!unknown_part(slice).missing()) return std::nullopt;
  const auto absent = [](const Value& part) { return part.missing() || part.is_none(); };
  SliceBounds bounds;
  if (!absent(slice->step)) bounds.step = slice_part(in, slice->step);
  if (bounds.step == 0) in.raise_value_error("slice step cannot be zero");
  const bool forward = bounds.step > 0;
  bounds.start =
      absent(slice->start) ? (forward ? 0 : length - 1) : clamped(slice_part(in, slice->start), length, forward);
  bounds.stop = absent(slice->stop) ? (forward ? length : -1) : clamped(slice_part(in, slice->stop), length, forward);
  const Range range{{Kind::kRange}, bounds.start, bounds.stop, bounds.step};
  bounds.count = range.size();
  return bounds;
}

Value unknown_part(const Slice* slice) {
  for (const Value* part : {&slice->start, &slice->stop, &slice->step}) {
    if (part->unknown()) return *part;
    if (part->is(Kind::kTensor) && tensor_scalar(part->as<Tensor>()).missing()) return *part;
  }
  return {};
}

std::int64_t sequence_index(Interpreter& in, const Value& key, std::int64_t length, const char* type) {
  const Value& plain = unwrap(key);
  if (plain.is(Kind::kBigInt)) in.raise(in.exception("IndexError"), "cannot fit 'int' into an index-sized integer");
  Value found;
  if (!plain.is_integral() && !key.is(Kind::kTensor) && !in.find_attribute(key, in.sym.__index__, found)) {
    const std::string_view name = type;
    const std::string given = in.type_name(key);
    if (name == "string") in.raise_type_error(fmt::format("string indices must be integers, not '{}'", given));
    in.raise_type_error(
        fmt::format("{} indices must be integers or slices, not {}", name.substr(0, name.find(' ')), given));
  }
  const std::int64_t index = in.to_int(key);
  const std::int64_t position = index < 0 ? index + length : index;
  if (position < 0 || position >= length) {
    const bool named = std::string_view(type) != "bytes";
    in.raise(in.exception("IndexError"), named ? fmt::format("{} index out of range", type) : "index out of range");
  }
  return position;
}

std::int64_t clamped_position(Interpreter& in, const Value& value, std::int64_t length) {
  if (unwrap(value).is(Kind::kBigInt)) return unwrap(value).as<BigInt>()->approximate < 0 ? 0 : length;
  std::int64_t position = in.to_int(value);
  if (position < 0) position = position < -length ? 0 : position + length;
  return position > length ? length : position;
}

// ---- elements

Truth among(Interpreter& in, const Value* items, std::size_t count, const Value& value) {
  Truth answer = Truth::kFalse;
  for (std::size_t i = 0; i < count; ++i) {
    in.step();
    const Truth same = in.equality(items[i], value);
    if (same == Truth::kTrue) return same;
    if (same == Truth::kUnknown) answer = same;
  }
  return answer;
}

Value order_items(Interpreter& in, Operator op, const Value* a, std::size_t a_count, const Value* b,
                  std::size_t b_count) {
  const std::size_t common = a_count < b_count ? a_count : b_count;
  for (std::size_t i = 0; i < common; ++i) {
    in.step();
    const Truth same = in.equality(a[i], b[i]);
    if (same == Truth::kUnknown) return value_of(in, same);
    if (same == Truth::kFalse) return in.compare(op, a[i], b[i]);
  }
  return Value::of(holds(op, a_count < b_count ? -1 : a_count > b_count ? 1 : 0));
}

std::int64_t find_item(Interpreter& in, const Value& items, const Value& wanted, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    in.step();
    // The list may shrink under an evaluated __eq__.
    const std::int64_t length = items.is(Kind::kList) ? items.as<List>()->items.count : items.as<Tuple>()->count;
    if (i >= length) break;
    const Value item =
        items.is(Kind::kList) ? items.as<List>()->items[static_cast<std::size_t>(i)] : items.as<Tuple>()->items[i];
    if (in.equal(item, wanted)) return i;
  }
  return -1;
}

Value sequence_position(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value, start, stop] = method_arguments<"self, value, start=, stop=">(in, "index", arguments);
  const Value self = sequence_items(in, arguments);
  const std::int64_t length = in.length(self);
  const std::int64_t begin = arguments.count > 2 ? clamped_position(in, start, length) : 0;
  const std::int64_t end = arguments.count > 3 ? clamped_position(in, stop, length) : length;
  const std::int64_t at = find_item(in, self, value, begin, end);
  if (at >= 0) return Value::of(at);
  if (self.is(Kind::kTuple)) in.raise_value_error("tuple.index(x): x not in tuple");
  in.raise_value_error(fmt::format("{} is not in list", in.repr(value)));
}

Value sequence_count(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value] = method_arguments<"self, value">(in, "count", arguments);
  const Value self = sequence_items(in, arguments);
  const std::int64_t length = in.length(self);
  std::int64_t count = 0;
  for (std::int64_t at = 0; (at = find_item(in, self, value, at, length)) >= 0; ++at) ++count;
  return Value::of(count);
}

Value sequence_reversed(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(*dict_find(in.builtins->attributes, in.intern("reversed")), {builtin_self(in, arguments)});
}

// ---- repetition

std::int64_t repetitions(Interpreter& in, const Value& count, std::size_t size, std::size_t limit) {
  if (size == 0 || (count.is_integral() && count.as_int() <= 0)) return 0;
  if (count.is(Kind::kBigInt)) {
    if (count.as<BigInt>()->approximate < 0) return 0;
    in.raise(in.exception("OverflowError"), "cannot fit 'int' into an index-sized integer");
  }
  return static_cast<std::uint64_t>(count.as_int()) > limit / size ? -1 : count.as_int();
}

Value multiplied(Interpreter& in, Kind kind, const Value& left, const Value& right,
                 Value (*repeated)(Interpreter& in, const Value& sequence, const Value& count)) {
  const bool first = left.is(kind);
  const Value& count = first ? right : left;
  if (is_any_integer(count)) return repeated(in, first ? left : right, count);
  in.raise_type_error(fmt::format("can't multiply sequence by non-int of type '{}'", in.type_name(count)));
}

void raise_not_concatenable(Interpreter& in, const Value& left, const Value& right) {
  const std::string type = in.type_name(left);
  in.raise_type_error(fmt::format("can only concatenate {} (not \"{}\") to {}", type, in.type_name(right), type));
}

}  // namespace ckptlint::python
