// str.split, join, strip, partition and their like.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "python/types/characters.h"
#include "python/types/str.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = std::min(character_bytes(text[at]), text.size() - at);
    out.push_back(text.substr(at, bytes));
    at += bytes;
  }
  return out;
}

bool is_space(std::string_view character) { return is_kind(code_point(character), CharacterKind::kSpace); }

void push(Interpreter& in, List* list, std::string_view text) { list->items.push(in.arena, in.string(text)); }

// ---- strip

// Data: 1 left, 2 right, 3 both.
Value str_strip(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [self, chars] = method_arguments<"self, chars=">(in, "strip", arguments);
  std::string_view text = text_self(in, arguments);
  const bool spaces = arguments.count < 2 || chars.is_none();
  const std::string_view set = spaces ? std::string_view() : text_argument(in, chars, "strip arg");
  const std::vector<std::string_view> wanted = characters_of(set);
  const auto drops = [&](std::string_view one) {
    return spaces ? is_space(one) : std::find(wanted.begin(), wanted.end(), one) != wanted.end();
  };
  while ((data.integer & 1) != 0 && !text.empty()) {
    const std::size_t bytes = character_bytes(text[0]);
    if (!drops(text.substr(0, bytes))) break;
    text.remove_prefix(bytes);
  }
  while ((data.integer & 2) != 0 && !text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    if (!drops(text.substr(begin))) break;
    text = text.substr(0, begin);
  }
  return in.string(text);
}

// ---- split

void split_by_space(Interpreter& in, std::string_view text, std::int64_t most, List* out) {
  std::size_t at = 0;
  const auto skip = [&](bool space) {
    while (at < text.size()) {
      const std::string_view one = text.substr(at, character_bytes(text[at]));
      if (is_space(one) != space) return;
      at += one.size();
    }
  };
  while (true) {
    skip(true);
    if (at >= text.size()) return;
    if (most-- == 0) return push(in, out, text.substr(at));
    const std::size_t begin = at;
    skip(false);
    push(in, out, text.substr(begin, at - begin));
  }
}

void split_by_space_from_right(Interpreter& in, std::string_view text, std::int64_t most, List* out) {
  std::vector<std::string_view> parts;
  std::vector<std::string_view> all = characters_of(text);
  std::size_t end = all.size();
  const auto trim = [&] {
    while (end > 0 && is_space(all[end - 1])) --end;
  };
  const auto slice = [&](std::size_t from, std::size_t to) {
    return text.substr(static_cast<std::size_t>(all[from].data() - text.data()),
                       static_cast<std::size_t>(all[to - 1].data() + all[to - 1].size() - all[from].data()));
  };
  for (trim(); end > 0; trim()) {
    std::size_t begin = end;
    if (most-- == 0) {
      parts.push_back(slice(0, end));
      break;
    }
    while (begin > 0 && !is_space(all[begin - 1])) --begin;
    parts.push_back(slice(begin, end));
    end = begin;
  }
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) push(in, out, *part);
}

// split, and rsplit where data says so.
Value str_split(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [self, sep, maxsplit] = bind<"self, sep=, maxsplit=">(in, "split", arguments);
  const std::string_view text = text_self(in, arguments);
  std::int64_t most = maxsplit.missing() ? -1 : in.to_int(maxsplit);
  if (most < 0) most = std::numeric_limits<std::int64_t>::max();
  List* made = in.list();
  in.step(text.size() / 16);
  if (sep.missing() || sep.is_none()) {
    data.boolean ? split_by_space_from_right(in, text, most, made) : split_by_space(in, text, most, made);
    return Value::of(made);
  }
  const std::string_view separator = text_argument(in, sep, "split() argument 1");
  if (separator.empty()) in.raise_value_error("empty separator");
  if (!data.boolean) {
    std::size_t at = 0;
    for (std::size_t found; most-- > 0 && (found = text.find(separator, at)) != std::string_view::npos;
         at = found + separator.size()) {
      push(in, made, text.substr(at, found - at));
    }
    push(in, made, text.substr(at));
    return Value::of(made);
  }
  std::vector<std::string_view> parts;
  std::string_view rest = text;
  for (std::size_t found; most-- > 0 && (found = rest.rfind(separator)) != std::string_view::npos;
       rest = rest.substr(0, found)) {
    parts.push_back(rest.substr(found + separator.size()));
  }
  push(in, made, rest);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) push(in, made, *part);
  return Value::of(made);
}

// Bytes of the line break that starts here: \n, \r\n, \r, and Unicode's.
std::size_t line_break(std::string_view text) {
  switch (text[0]) {
    case '\r':
      return text.size() > 1 && text[1] == '\n' ? 2 : 1;
    case '\n':
    case '\v':
    case '\f':
    case '\x1c':
    case '\x1d':
    case '\x1e':
      return 1;
    case '\xc2':
      return text.starts_with("\xc2\x85") ? 2 : 0;
    case '\xe2':
      return text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9") ? 3 : 0;
    default:
      return 0;
  }
}

Value str_splitlines(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, keepends] = bind<"self, keepends=">(in, "splitlines", arguments);
  const std::string_view text = text_self(in, arguments);
  const bool keep = !keepends.missing() && in.test(keepends);
  List* made = in.list();
  in.step(text.size() / 16);
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = line_break(text.substr(at));
    if (bytes == 0) {
      ++at;
      continue;
    }
    push(in, made, text.substr(begin, at - begin + (keep ? bytes : 0)));
    at += bytes;
    begin = at;
  }
  if (begin < text.size()) push(in, made, text.substr(begin));
  return Value::of(made);
}

// partition, and rpartition where data says so.
Value str_partition(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [self, sep] = method_arguments<"self, sep">(in, "partition", arguments);
  const std::string_view text = text_self(in, arguments);
  const std::string_view separator = text_argument(in, sep, "must be str: separator");
  if (separator.empty()) in.raise_value_error("empty separator");
  const std::size_t found = data.boolean ? text.rfind(separator) : text.find(separator);
  const Value empty = in.string("");
  if (found == std::string_view::npos) {
    return data.boolean ? in.tuple({empty, empty, in.string(text)}) : in.tuple({in.string(text), empty, empty});
  }
  return in.tuple(
      {in.string(text.substr(0, found)), in.string(separator), in.string(text.substr(found + separator.size()))});
}

Value str_join(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, iterable] = method_arguments<"self, iterable">(in, "str.join", arguments);
  const std::string_view separator = text_self(in, arguments);
  std::string out;
  Iteration each;
  if (!in.iterate(iterable, each)) return in.unknown("a text joined of what is not known");
  Value item;
  Value met;
  for (std::int64_t at = 0; in.next(each, item); ++at) {
    if (item.unknown()) {
      if (met.missing()) met = item;
      continue;
    }
    const Str* text = as_text(item);
    if (text == nullptr) {
      in.raise_type_error(fmt::format("sequence item {}: expected str instance, {} found", at, in.type_name(item)));
    }
    if (at > 0) out += separator;
    out += text->view();
    if (out.size() > kMaxTextBytes) return in.unknown("a very long string");
  }
  return met.missing() ? in.string(out) : met;
}

Value str_expandtabs(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, tabsize] = bind<"self, tabsize=">(in, "expandtabs", arguments);
  const std::string_view text = text_self(in, arguments);
  const std::int64_t size = tabsize.missing() ? 8 : in.to_int(tabsize);
  std::string made;
  std::int64_t column = 0;
  for (const std::string_view one : characters_of(text)) {
    if (one != "\t") {
      made += one;
      column = one == "\n" || one == "\r" ? 0 : column + 1;
      continue;
    }
    if (size <= 0) continue;
    const std::int64_t spaces = size - column % size;
    if (made.size() + static_cast<std::uint64_t>(spaces) > kMaxTextBytes) return in.unknown("a very long string");
    made.append(static_cast<std::size_t>(spaces), ' ');
    column += spaces;
  }
  return in.string(made);
}

}  // namespace

void fill_str_parts(Interpreter& in, Class* str) {
  in.method(str, "lstrip", str_strip, Value::of(1));
  in.method(str, "rstrip", str_strip, Value::of(2));
  in.method(str, "strip", str_strip, Value::of(3));
  in.method(str, "split", str_split, Value::of(false));
  in.method(str, "rsplit", str_split, Value::of(true));
  in.method(str, "partition", str_partition, Value::of(false));
  in.method(str, "rpartition", str_partition, Value::of(true));
  add_methods(
      in, str,
      {{"splitlines", spread<str_splitlines>}, {"join", spread<str_join>}, {"expandtabs", spread<str_expandtabs>}});
}

}  // namespace ckptlint::python
