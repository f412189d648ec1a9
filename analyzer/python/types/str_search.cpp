// str.find, count, replace, startswith and their like.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "python/types/str.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// The part of a text that optional start and end arguments select, and how many characters are before it.
struct Part {
  std::string_view text;
  std::int64_t before = 0;
  bool valid = true;  // false: the start is behind the end or the text
};

std::int64_t bound(Interpreter& in, const Value& value, std::int64_t length, std::int64_t absent) {
  if (value.missing() || value.is_none()) return absent;
  if (unwrap(value).is(Kind::kBigInt)) return unwrap(value).as<BigInt>()->approximate < 0 ? 0 : length + 1;
  const std::int64_t given = in.to_int(value);
  if (given >= 0) return given;
  return given < -length ? 0 : given + length;
}

Part selected(Interpreter& in, std::string_view text, const Value& start, const Value& end) {
  if (start.missing() && end.missing()) return {text, 0, true};
  const std::int64_t length = text_length(text);
  const std::int64_t first = bound(in, start, length, 0);
  const std::int64_t last = std::min(bound(in, end, length, length), length);
  if (first > last) return {{}, first, false};
  return {text_between(text, first, last), first, true};
}

// Data: bit 0 from the right, bit 1 raises where absent.
Value str_find(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const bool right = (data.integer & 1) != 0;
  const auto [self, sub, start, end] =
      method_arguments<"self, sub, start=, end=">(in, right ? "rfind" : "find", arguments);
  const Part part = selected(in, text_self(in, arguments), start, end);
  const std::string_view wanted = text_argument(in, sub, "must be str: argument 1");
  in.step(part.text.size() / 64);
  const std::size_t at = !part.valid ? std::string_view::npos
                         : right     ? part.text.rfind(wanted)
                                     : part.text.find(wanted);
  if (at != std::string_view::npos) return Value::of(part.before + character_offset(part.text, at));
  if ((data.integer & 2) != 0) in.raise_value_error("substring not found");
  return Value::of(-1);
}

Value str_count(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, sub, start, end] = method_arguments<"self, sub, start=, end=">(in, "count", arguments);
  const Part part = selected(in, text_self(in, arguments), start, end);
  const std::string_view wanted = text_argument(in, sub, "must be str: argument 1");
  if (!part.valid) return Value::of(0);
  if (wanted.empty()) return Value::of(text_length(part.text) + 1);
  std::int64_t count = 0;
  in.step(part.text.size() / 64);
  for (std::size_t at = part.text.find(wanted); at != std::string_view::npos;
       at = part.text.find(wanted, at + wanted.size()))
    ++count;
  return Value::of(count);
}

// startswith, and endswith where data says so.
Value str_affix(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const char* name = data.boolean ? "endswith" : "startswith";
  const auto [self, given_affix, start, end] = method_arguments<"self, affix, start=, end=">(in, name, arguments);
  const Part part = selected(in, text_self(in, arguments), start, end);
  const auto matches = [&](const Value& affix) {
    const std::string_view text = text_argument(in, affix, fmt::format("{} first arg", name));
    return part.valid && (data.boolean ? part.text.ends_with(text) : part.text.starts_with(text));
  };
  const Value& wanted = unwrap(given_affix);
  if (!wanted.is(Kind::kTuple)) {
    if (!wanted.is(Kind::kStr)) {
      in.raise_type_error(
          fmt::format("{} first arg must be str or a tuple of str, not {}", name, in.type_name(given_affix)));
    }
    return Value::of(matches(wanted));
  }
  Value met;
  for (const Value& affix : *wanted.as<Tuple>()) {
    in.step();
    if (affix.unknown()) {
      met = affix;
    } else if (matches(affix)) {
      return Value::of(true);
    }
  }
  return met.missing() ? Value::of(false) : met;
}

Value str_replace(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_old, given_fresh, count] = bind<"self, old, new, count=">(in, "replace", arguments);
  const std::string_view text = text_self(in, arguments);
  const std::string_view old = text_argument(in, given_old, "replace() argument 1");
  const std::string_view fresh = text_argument(in, given_fresh, "replace() argument 2");
  std::int64_t left = count.missing() ? -1 : in.to_int(count);
  if (left < 0) left = std::numeric_limits<std::int64_t>::max();
  std::string made;
  std::size_t at = 0;
  in.step(text.size() / 64);
  while (left > 0) {
    if (made.size() > kMaxTextBytes) return in.unknown("a very long string");
    if (old.empty()) {  // between all characters, and at both ends
      made += fresh;
      --left;
      if (at >= text.size()) break;
      const std::size_t bytes = character_bytes(text[at]);
      made += text.substr(at, bytes);
      at += bytes;
      continue;
    }
    const std::size_t found = text.find(old, at);
    if (found == std::string_view::npos) break;
    made += text.substr(at, found - at);
    made += fresh;
    at = found + old.size();
    --left;
  }
  if (at < text.size()) made += text.substr(at);
  return in.string(made);
}

// removeprefix, and removesuffix where data says so.
Value str_remove(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const char* name = data.boolean ? "removesuffix" : "removeprefix";
  const auto [self, given_affix] = method_arguments<"self, affix">(in, name, arguments);
  std::string_view text = text_self(in, arguments);
  const std::string_view affix = text_argument(in, given_affix, fmt::format("{}() argument", name));
  if (data.boolean ? text.ends_with(affix) : text.starts_with(affix)) {
    data.boolean ? text.remove_suffix(affix.size()) : text.remove_prefix(affix.size());
  }
  return in.string(text);
}

}  // namespace

void fill_str_search(Interpreter& in, Class* str) {
  in.method(str, "find", str_find, Value::of(0));
  in.method(str, "rfind", str_find, Value::of(1));
  in.method(str, "index", str_find, Value::of(2));
  in.method(str, "rindex", str_find, Value::of(3));
  in.method(str, "startswith", str_affix, Value::of(false));
  in.method(str, "endswith", str_affix, Value::of(true));
  in.method(str, "removeprefix", str_remove, Value::of(false));
  in.method(str, "removesuffix", str_remove, Value::of(true));
  add_methods(in, str, {{"count", spread<str_count>}, {"replace", spread<str_replace>}});
}

}  // namespace ckptlint::python
