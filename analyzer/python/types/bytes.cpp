// bytes: what it does as a value.
#include <fmt/format.h>

#include "base/python_hash.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

Value bytes_length(Interpreter&, const Value& value) { return Value::of(value.as<Bytes>()->data.size()); }

std::optional<std::uint64_t> bytes_hash(Interpreter& in, const Value& value, int) {
  in.step(value.as<Bytes>()->data.size() / 64);
  return python_hash_bytes(value.as<Bytes>()->data);
}

std::string quoted_bytes(std::string_view data) {
  const bool single = data.find('\'') == std::string_view::npos || data.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out = "b";
  out += quote;
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + quote;
}

void repr_bytes(Printer& printer, const Value& value) { printer.out += quoted_bytes(value.as<Bytes>()->data); }

Value byte_at(std::string_view data, std::int64_t at) {
  return Value::of(std::int64_t{static_cast<unsigned char>(data[static_cast<std::size_t>(at)])});
}

bool next_of_bytes(Interpreter&, Iteration& iteration, Value& out) {
  const std::string_view data = iteration.source.as<Bytes>()->data;
  if (static_cast<std::size_t>(iteration.at) >= data.size()) return false;
  out = byte_at(data, iteration.at++);
  return true;
}

Truth bytes_contains(Interpreter& in, const Value& container, const Value& value) {
  const std::string_view data = container.as<Bytes>()->data;
  if (value.is(Kind::kBytes)) return truth_of(data.find(value.as<Bytes>()->data) != std::string_view::npos);
  if (value.unknown()) return Truth::kUnknown;
  return truth_of(data.find(static_cast<char>(in.to_int(value))) != std::string_view::npos);
}

Value bytes_item(Interpreter& in, const Value& object, const Value& key) {
  if (key.unknown()) return key;
  const std::string_view data = object.as<Bytes>()->data;
  const auto length = static_cast<std::int64_t>(data.size());
  if (!key.is(Kind::kSlice)) return byte_at(data, sequence_index(in, key, length, "bytes"));
  const auto bounds = slice_bounds(in, key.as<Slice>(), length);
  if (!bounds) return unknown_part(key.as<Slice>());
  std::string out;
  for (std::int64_t i = 0; i < bounds->count; ++i)
    out += data[static_cast<std::size_t>(bounds->start + i * bounds->step)];
  return bytes_value(in, out);
}

Value bytes_order(Interpreter&, Operator op, const Value& left, const Value& right) {
  if (!right.is(Kind::kBytes)) return {};
  return Value::of(holds(op, left.as<Bytes>()->data.compare(right.as<Bytes>()->data)));
}

Value joined_bytes(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kBytes)) in.raise_type_error(fmt::format("can't concat {} to bytes", in.type_name(right)));
  const std::string_view a = left.as<Bytes>()->data;
  const std::string_view b = right.as<Bytes>()->data;
  if (a.size() + b.size() > kMaxTextBytes) return in.unknown("a very long string");
  std::string joined(a);
  return bytes_value(in, joined += b);
}

Value repeated_bytes(Interpreter& in, const Value& sequence, const Value& count) {
  const std::string_view data = sequence.as<Bytes>()->data;
  const std::int64_t times = repetitions(in, count, data.size(), kMaxTextBytes);
  if (times < 0) return in.unknown("a very long string");
  std::string out;
  out.reserve(data.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) out += data;
  return bytes_value(in, out);
}

Value bytes_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul) return multiplied(in, Kind::kBytes, left, right, repeated_bytes);
  if (!left.is(Kind::kBytes)) return not_implemented();
  if (op == Operator::kAdd) return joined_bytes(in, left, right);
  return op == Operator::kMod ? in.unknown("bytes % values") : not_implemented();
}

}  // namespace

constinit const TypeSlots kBytesSlots = {
    .type = &Interpreter::Classes::bytes,
    .truth = truth_by_length,
    .length = bytes_length,
    .hash = bytes_hash,
    .repr = repr_bytes,
    .iterate = walk_itself,
    .next = next_of_bytes,
    .contains = bytes_contains,
    .item = bytes_item,
    .order = bytes_order,
    .binary = bytes_binary,
};

Value bytes_value(Interpreter& in, std::string_view data) {
  in.step(data.size() / 64);
  Bytes* made = in.arena.make<Bytes>();
  made->kind = Kind::kBytes;
  made->data = in.arena.copy(data);
  return Value::of(made);
}

}  // namespace ckptlint::python
