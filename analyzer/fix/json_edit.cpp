// Sets or removes a member of a JSON text by its path, and changes no other byte.
#include "fix/json_edit.h"

#include <fmt/format.h>

#include <optional>

#include "base/escape.h"
#include "base/json_cursor.h"
#include "base/json_text.h"

namespace ckptlint {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Bytes of one member: `"key": value`, without commas.
struct Member {
  std::size_t begin = 0;
  std::size_t value_begin = 0;
  std::size_t end = 0;
  bool is_object = false;
};

// The end of what is before `at`, blanks and a comma left out.
std::size_t end_before(std::string_view text, std::size_t at) {
  const auto skip_blanks = [&] {
    while (at > 0 && is_blank(text[at - 1])) --at;
  };
  skip_blanks();
  if (at > 0 && text[at - 1] == ',') --at;
  skip_blanks();
  return at;
}

// The last member of that name of the object that begins at `begin`, as readers take it.
Result<std::optional<Member>> member_of(std::string_view text, std::size_t begin, std::string_view name) {
  JsonCursor json(text.substr(begin));
  const Error error{"the text is not valid JSON"};
  if (json.next() != JsonToken::kObject) return error;
  std::optional<Member> found;
  bool open = false;  // the end of `found` is not known yet
  JsonToken token = json.next();
  for (; token == JsonToken::kKey; token = json.next()) {
    const std::size_t key_begin = begin + json.offset();
    if (open) found->end = end_before(text, key_begin);
    open = json.string() == name;
    const JsonToken value = json.next();
    if (open) found = Member{key_begin, begin + json.offset(), 0, value == JsonToken::kObject};
    if (!json.skip_rest(value)) return error;
  }
  if (token != JsonToken::kObjectEnd) return error;
  if (open) found->end = end_before(text, begin + json.offset());
  return found;
}

std::string removed(std::string_view text, const Member& member) {
  std::size_t begin = member.begin;
  std::size_t end = member.end;
  std::size_t comma = end;
  while (comma < text.size() && is_blank(text[comma])) ++comma;
  if (comma < text.size() && text[comma] == ',') {
    end = comma + 1;
    while (end < text.size() && is_blank(text[end])) ++end;
  } else {
    begin = end_before(text, begin);
  }
  return std::string(text.substr(0, begin)) + std::string(text.substr(end));
}

// `begin` is where the object begins; the new member is laid out as the first one is.
std::string inserted(std::string_view text, std::size_t begin, std::string_view name, std::string_view value) {
  std::string key;
  append_json_string(name, key);
  std::size_t first = begin + 1;
  while (first < text.size() && is_blank(text[first])) ++first;
  const std::string_view blanks = text.substr(begin + 1, first - begin - 1);
  const bool empty = first < text.size() && text[first] == '}';
  return fmt::format("{}{}{}: {}{}{}", text.substr(0, begin + 1), empty ? "" : blanks, key, value, empty ? "" : ",",
                     text.substr(begin + 1));
}

}  // namespace

Result<std::string> with_json_member(std::string_view text, std::string_view path, std::string_view value) {
  std::size_t object = 0;
  while (object < text.size() && is_blank(text[object])) ++object;
  for (;;) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    const Result<std::optional<Member>> member = member_of(text, object, name);
    if (!member.ok()) return member.error();
    if (dot == std::string_view::npos) {
      if (!*member && value.empty()) return Error{fmt::format("there is no {}", quoted_name(name))};
      if (!*member) return inserted(text, object, name, value);
      if (value.empty()) return removed(text, **member);
      return fmt::format("{}{}{}", text.substr(0, (*member)->value_begin), value, text.substr((*member)->end));
    }
    if (!*member || !(*member)->is_object) return Error{fmt::format("there is no object {}", quoted_name(name))};
    object = (*member)->value_begin;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace ckptlint
