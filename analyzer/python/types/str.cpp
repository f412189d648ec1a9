// str: what it does as a value.
#include "python/types/str.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/python_hash.h"
#include "python/evaluate/format_spec.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

Truth str_truth(Interpreter&, const Value& value) { return truth_of(value.as<Str>()->length != 0); }

Value str_length(Interpreter&, const Value& value) { return Value::of(text_length(value.as<Str>()->view())); }

std::optional<std::uint64_t> str_hash(Interpreter& in, const Value& value, int) {
  in.step(value.as<Str>()->length / 64);
  return python_hash(value.as<Str>()->view());
}

// Neither escaped nor a quote, as most texts are from end to end.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '\'' && c != '\\'; }

std::string quoted(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(1, '\'').append(text) + '\'';
  const bool single = text.find('\'') == std::string_view::npos || text.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    const char32_t code = code_point(one);
    switch (code) {
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      default:
        break;
    }
    if (code == static_cast<char32_t>(quote)) {
      out += '\\';
      out += quote;
    } else if (is_printable(code)) {
      out += one;
    } else {
      out += escaped(code);
    }
  }
  return out + quote;
}

void repr_str(Printer& printer, const Value& value) { printer.out += quoted(value.as<Str>()->view()); }
void str_of_str(Printer& printer, const Value& value) { printer.out += value.as<Str>()->view(); }

Value format_str(Interpreter& in, const Value& value, std::string_view spec, std::string_view type) {
  return formatted_text(in, value.as<Str>()->view(), parse_format_spec(in, spec, type));
}

bool next_of_str(Interpreter& in, Iteration& iteration, Value& out) {
  const std::string_view text = iteration.source.as<Str>()->view();
  const auto at = static_cast<std::size_t>(iteration.at);
  if (at >= text.size()) return false;
  const std::string_view one = text.substr(at, character_bytes(text[at]));
  iteration.at += static_cast<std::int64_t>(one.size());
  out = character(in, one);
  return true;
}

Truth str_contains(Interpreter& in, const Value& container, const Value& value) {
  if (value.unknown()) return Truth::kUnknown;
  const Str* text = as_text(value);
  if (text == nullptr) {
    in.raise_type_error(fmt::format("'in <string>' requires string as left operand, not {}", in.type_name(value)));
  }
  in.step(container.as<Str>()->length / 64);
  return truth_of(container.as<Str>()->view().find(text->view()) != std::string_view::npos);
}

std::string sliced_text(std::string_view text, const SliceBounds& bounds) {
  if (bounds.step == 1) return std::string(text_between(text, bounds.start, bounds.start + bounds.count));
  std::string out;
  if (is_ascii(text)) {
    for (std::int64_t i = 0; i < bounds.count; ++i)
      out += text[static_cast<std::size_t>(bounds.start + i * bounds.step)];
    return out;
  }
  std::vector<std::string_view> characters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = character_bytes(text[at]);
    characters.push_back(text.substr(at, bytes));
    at += bytes;
  }
  for (std::int64_t i = 0; i < bounds.count; ++i) {
    out += characters[static_cast<std::size_t>(bounds.start + i * bounds.step)];
  }
  return out;
}

Value str_item(Interpreter& in, const Value& object, const Value& key) {
  if (key.unknown()) return key;
  const std::string_view text = object.as<Str>()->view();
  const std::int64_t length = text_length(text);
  if (!key.is(Kind::kSlice)) {
    const std::int64_t at = sequence_index(in, key, length, "string");
    return character(in, text_between(text, at, at + 1));
  }
  const auto bounds = slice_bounds(in, key.as<Slice>(), length);
  if (bounds && bounds->step == 1 && bounds->count == length) return object;
  return bounds ? in.string(sliced_text(text, *bounds)) : unknown_part(key.as<Slice>());
}

// UTF-8 sorts as its code points do.
Value str_order(Interpreter&, Operator op, const Value& left, const Value& right) {
  if (!right.is(Kind::kStr)) return {};
  return Value::of(holds(op, left.as<Str>()->view().compare(right.as<Str>()->view())));
}

Value joined_texts(Interpreter& in, const Value& left, const Value& right) {
  if (!right.is(Kind::kStr)) raise_not_concatenable(in, left, right);
  const std::string_view a = left.as<Str>()->view();
  const std::string_view b = right.as<Str>()->view();
  if (a.size() + b.size() > kMaxTextBytes) return in.unknown("a very long string");
  std::string joined(a);
  return in.string(joined += b);
}

Value repeated_text(Interpreter& in, const Value& sequence, const Value& count) {
  const std::string_view text = sequence.as<Str>()->view();
  const std::int64_t times = repetitions(in, count, text.size(), kMaxTextBytes);
  if (times < 0) return in.unknown("a very long string");
  std::string out;
  out.reserve(text.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) out += text;
  return in.string(out);
}

Value str_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (op == Operator::kMul) return multiplied(in, Kind::kStr, left, right, repeated_text);
  if (!left.is(Kind::kStr)) return not_implemented();
  if (op == Operator::kAdd) return joined_texts(in, left, right);
  return op == Operator::kMod ? percent_format(in, left.as<Str>()->view(), right) : not_implemented();
}

}  // namespace

constinit const TypeSlots kStrSlots = {
    .type = &Interpreter::Classes::str,
    .truth = str_truth,
    .length = str_length,
    .hash = str_hash,
    .repr = repr_str,
    .str = str_of_str,
    .format = format_str,
    .iterate = walk_itself,
    .next = next_of_str,
    .contains = str_contains,
    .item = str_item,
    .order = str_order,
    .binary = str_binary,
};

Value character(Interpreter& in, std::string_view bytes) {
  return bytes.size() == 1 ? Value::of(in.intern(bytes)) : in.string(bytes);
}

}  // namespace ckptlint::python
