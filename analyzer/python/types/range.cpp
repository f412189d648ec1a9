// range.
#include <fmt/format.h>

#include <cmath>

#include "python/evaluate/containers.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

// ---- slots

Value range_length(Interpreter&, const Value& value) { return Value::of(value.as<Range>()->size()); }

void repr_range(Printer& printer, const Value& value) {
  const auto* range = value.as<Range>();
  printer.out += range->step == 1 ? fmt::format("range({}, {})", range->start, range->stop)
                                  : fmt::format("range({}, {}, {})", range->start, range->stop, range->step);
}

bool next_of_range(Interpreter&, Iteration& iteration, Value& out) {
  const auto* range = iteration.source.as<Range>();
  if (iteration.at >= range->size()) return false;
  out = Value::of(range->start + iteration.at * range->step);
  ++iteration.at;
  return true;
}

// Numbers are in a range when they are on its grid.
bool range_contains(const Range* range, std::int64_t value) {
  if (range->size() == 0) return false;
  const bool inside =
      range->step > 0 ? value >= range->start && value < range->stop : value <= range->start && value > range->stop;
  if (!inside) return false;
  const std::uint64_t distance = range->step > 0
                                     ? static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(range->start)
                                     : static_cast<std::uint64_t>(range->start) - static_cast<std::uint64_t>(value);
  const std::uint64_t stride =
      range->step > 0 ? static_cast<std::uint64_t>(range->step) : ~static_cast<std::uint64_t>(range->step) + 1;
  return distance % stride == 0;
}

Truth range_membership(Interpreter&, const Value& container, const Value& value) {
  if (value.unknown()) return Truth::kUnknown;
  const auto* range = container.as<Range>();
  const Value& number = unwrap(value);
  if (number.is_integral()) return truth_of(range_contains(range, number.as_int()));
  if (!number.is(Kind::kFloat)) return Truth::kFalse;
  const bool whole = number.real == std::floor(number.real) && std::fabs(number.real) < 9e18;
  return truth_of(whole && range_contains(range, static_cast<std::int64_t>(number.real)));
}

Value range_item(Interpreter& in, const Value& object, const Value& key) {
  if (key.unknown()) return key;
  const auto* range = object.as<Range>();
  const std::int64_t size = range->size();
  if (!key.is(Kind::kSlice)) {
    return Value::of(range->start + sequence_index(in, key, size, "range object") * range->step);
  }
  const auto bounds = slice_bounds(in, key.as<Slice>(), size);
  if (!bounds) return unknown_part(key.as<Slice>());
  Range* made = in.arena.make<Range>();
  made->kind = Kind::kRange;
  // The end may lie one step outside what fits; it is then only ever compared.
  const auto at = [&](std::int64_t position) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(range->start) +
                                     static_cast<std::uint64_t>(position) * static_cast<std::uint64_t>(range->step));
  };
  made->start = at(bounds->start);
  made->stop = at(bounds->stop);
  if (__builtin_mul_overflow(range->step, bounds->step, &made->step)) in.raise_value_error("range step out of range");
  return Value::of(made);
}

// ---- methods

Value range_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, start, stop, step] = method_arguments<"cls, start, stop=, step=">(in, "range", arguments);
  std::int64_t parts[3] = {0, 0, 1};
  std::size_t at = stop.missing() ? 1 : 0;
  for (const Value& part : {start, stop, step}) {
    if (part.missing()) break;
    if (unwrap(part).is(Kind::kBigInt)) return in.unknown("a range outside 64-bit integers");
    if (part.is(Kind::kTensor) && tensor_scalar(in, part.as<Tensor>()).missing()) {
      return in.unknown("a range over the contents of a tensor");
    }
    parts[at++] = in.to_int(part);
  }
  if (parts[2] == 0) in.raise_value_error("range() arg 3 must not be zero");
  return make_range(in, parts[0], parts[1], parts[2]);
}

Range* range_self(Interpreter& in, const Arguments& arguments) {
  return receiver<Range>(in, arguments, Kind::kRange, "range");
}

Value range_part(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Range* self = range_self(in, arguments);
  return Value::of(data.integer == 0 ? self->start : data.integer == 1 ? self->stop : self->step);
}
Value range_start(Interpreter& in, const Arguments& arguments, const Value&) {
  return range_part(in, arguments, Value::of(0));
}
Value range_stop(Interpreter& in, const Arguments& arguments, const Value&) {
  return range_part(in, arguments, Value::of(1));
}
Value range_step(Interpreter& in, const Arguments& arguments, const Value&) {
  return range_part(in, arguments, Value::of(2));
}

Value range_index(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, value] = method_arguments<"self, value">(in, "range.index", arguments);
  const Value self = Value::of(range_self(in, arguments));
  if (!in.contains(self, value)) in.raise_value_error(fmt::format("{} is not in range", in.repr(value)));
  const Value distance = in.binary(Operator::kSub, value, Value::of(self.as<Range>()->start));
  return in.binary(Operator::kFloorDiv, distance, Value::of(self.as<Range>()->step));
}
Value range_count(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, value] = method_arguments<"self, value">(in, "range.count", arguments);
  return Value::of(in.contains(Value::of(range_self(in, arguments)), value) ? 1 : 0);
}

}  // namespace

constinit const TypeSlots kRangeSlots = {
    .type = &Interpreter::Classes::range,
    .truth = truth_by_length,
    .length = range_length,
    .repr = repr_range,
    .iterate = walk_itself,
    .next = next_of_range,
    .contains = range_membership,
    .item = range_item,
};

Value make_range(Interpreter& in, std::int64_t start, std::int64_t stop, std::int64_t step) {
  auto* made = in.arena.make<Range>();
  made->kind = Kind::kRange;
  made->start = start;
  made->stop = stop;
  made->step = step;
  if (made->size() < 0) return in.unknown("a range of more elements than 64 bits can count");
  return Value::of(made);
}

void fill_range(Interpreter& in) {
  Class* range = in.classes.range;
  in.static_method(range, "__new__", spread<range_new>);
  add_container_methods(in, range, true);
  add_comparisons(in, range, false);
  add_methods(in, range,
              {{"index", spread<range_index>},
               {"count", spread<range_count>},
               {"__reversed__", known_receiver<sequence_reversed>}});
  in.property(range, "start", range_start);
  in.property(range, "stop", range_stop);
  in.property(range, "step", range_step);
}

}  // namespace ckptlint::python
