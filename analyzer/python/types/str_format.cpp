// str.format(): templates with {fields}.
#include <fmt/format.h>

#include "python/types/str.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

class Template {
 public:
  Template(Interpreter& in, const Arguments& positional, const Value& mapping)
      : in_(in), positional_(positional), mapping_(mapping) {}

  // The text; `met` is the first Unknown that it depends on.
  std::string expand(std::string_view pattern, int depth);
  Value met;

 private:
  Value field(std::string_view name);
  Value argument(std::string_view name);
  bool unknown(const Value& value) {
    if (!value.unknown()) return false;
    if (met.missing()) met = value;
    return true;
  }

  Interpreter& in_;
  const Arguments& positional_;  // of format_map() none, not even no arguments
  const Value& mapping_;
  std::int64_t next_ = 0;
  enum class Numbering : unsigned char { kNone, kAutomatic, kManual } numbering_ = Numbering::kNone;
};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Value Template::argument(std::string_view name) {
  if (name.empty() || all_digits(name)) {
    const Numbering numbering = name.empty() ? Numbering::kAutomatic : Numbering::kManual;
    if (numbering_ != Numbering::kNone && numbering_ != numbering) {
      in_.raise_value_error(name.empty()
                                ? "cannot switch from manual field specification to automatic field numbering"
                                : "cannot switch from automatic field numbering to manual field specification");
    }
    numbering_ = numbering;
    if (name.size() > 9) in_.raise_value_error("Too many decimal digits in format string");
    if (positional_.positional == nullptr) in_.raise_value_error("Format string contains positional fields");
    const std::int64_t index = name.empty() ? next_++ : std::stoll(std::string(name));
    if (static_cast<std::size_t>(index) >= positional_.count) {
      in_.raise(in_.exception("IndexError"),
                fmt::format("Replacement index {} out of range for positional args tuple", index));
    }
    return positional_[static_cast<std::size_t>(index)];
  }
  return in_.item(mapping_, in_.string(name));
}

// name(.attribute | [key])*
Value Template::field(std::string_view name) {
  const std::size_t end = name.find_first_of(".[");
  Value value = argument(name.substr(0, end));
  std::string_view rest = end == std::string_view::npos ? std::string_view() : name.substr(end);
  while (!rest.empty()) {
    in_.step();
    if (rest[0] == '.') {
      const std::size_t stop = rest.find_first_of(".[", 1);
      const std::string_view attribute = rest.substr(1, stop == std::string_view::npos ? stop : stop - 1);
      if (attribute.empty()) in_.raise_value_error("Empty attribute in format string");
      value = in_.attribute(value, in_.intern(attribute));
      rest = stop == std::string_view::npos ? std::string_view() : rest.substr(stop);
      continue;
    }
    if (rest[0] != '[') in_.raise_value_error("Only '.' or '[' may follow ']' in format field specifier");
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) in_.raise_value_error("Missing ']' in format string");
    const std::string_view key = rest.substr(1, close - 1);
    if (key.empty()) in_.raise_value_error("Empty attribute in format string");
    value = in_.item(value, all_digits(key) && key.size() < 18
                                ? Value::of(static_cast<std::int64_t>(std::stoll(std::string(key))))
                                : in_.string(key));
    rest = rest.substr(close + 1);
  }
  return value;
}

std::string Template::expand(std::string_view pattern, int depth) {
  if (depth < 0) in_.raise_value_error("Max string recursion exceeded");
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t brace = pattern.find_first_of("{}", at);
    out += pattern.substr(at, brace == std::string_view::npos ? brace : brace - at);
    if (brace == std::string_view::npos) break;
    in_.step();
    if (out.size() > kMaxTextBytes) {
      unknown(in_.unknown("a very long string"));
      return out;
    }
    if (brace + 1 < pattern.size() && pattern[brace + 1] == pattern[brace]) {
      out += pattern[brace];
      at = brace + 2;
      continue;
    }
    if (pattern[brace] == '}') in_.raise_value_error("Single '}' encountered in format string");
    // The field ends at its own closing brace; the specification may hold fields.
    int open = 1;
    std::size_t end = brace + 1;
    bool in_key = false;
    for (; end < pattern.size() && open > 0; ++end) {
      if (open == 1 && pattern[end] == '[') in_key = true;
      if (open == 1 && pattern[end] == ']') in_key = false;
      if (in_key) continue;
      open += pattern[end] == '{' ? 1 : pattern[end] == '}' ? -1 : 0;
    }
    if (open > 0) {
      in_.raise_value_error(end == brace + 1 ? "Single '{' encountered in format string"
                                             : "expected '}' before end of string");
    }
    const std::string_view body = pattern.substr(brace + 1, end - brace - 2);
    at = end;
    std::size_t name_end = 0;
    for (bool key = false; name_end < body.size(); ++name_end) {
      if (body[name_end] == '[') key = true;
      if (body[name_end] == ']') key = false;
      if (!key && (body[name_end] == '!' || body[name_end] == ':')) break;
      if (!key && body[name_end] == '{') in_.raise_value_error("unexpected '{' in field name");
    }
    Value value = field(body.substr(0, name_end));
    std::string_view rest = body.substr(name_end);
    if (!rest.empty() && rest[0] == '!') {
      if (rest.size() < 2) in_.raise_value_error("end of string while looking for conversion specifier");
      const char conversion = rest[1];
      rest = rest.substr(2);
      if (!rest.empty() && rest[0] != ':') in_.raise_value_error("expected ':' after conversion specifier");
      if (conversion != 'r' && conversion != 's' && conversion != 'a') {
        in_.raise_value_error(fmt::format("Unknown conversion specifier {}", conversion));
      }
      value = conversion == 's'   ? in_.str_value(value)
              : conversion == 'r' ? in_.repr_value(value)
                                  : in_.ascii_value(value);
    }
    const std::string spec = rest.empty() ? std::string() : expand(rest.substr(1), depth - 1);
    if (unknown(value)) continue;
    const Value text = in_.format_value(value, spec);
    if (!unknown(text)) out += text.as<Str>()->view();
  }
  return out;
}

}  // namespace

Value format_template(Interpreter& in, std::string_view pattern, const Arguments& positional, const Value& mapping) {
  Template made(in, positional, mapping);
  const std::string text = made.expand(pattern, 1);
  return made.met.missing() ? in.string(text) : made.met;
}

}  // namespace ckptlint::python
