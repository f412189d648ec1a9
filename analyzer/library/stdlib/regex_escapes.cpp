// Escapes and character classes of Python's regular expressions.
#include <fmt/format.h>

#include "library/stdlib/regex_translator.h"

namespace ckptlint::python::regex {

std::uint32_t Translator::hexadecimal(int digits, std::size_t begin) {
  const std::size_t from = at_;
  while (is_hex(peek()) && at_ - from < static_cast<std::size_t>(digits)) ++at_;
  if (at_ - from != static_cast<std::size_t>(digits)) {
    fail(fmt::format("incomplete escape {}", text_.substr(begin, at_ - begin)), begin);
  }
  const auto code = static_cast<std::uint32_t>(std::stoul(std::string(text_.substr(from, at_ - from)), nullptr, 16));
  if (code > 0x10ffff) fail(fmt::format("bad escape {}", text_.substr(begin, at_ - begin)), begin);
  return code;
}

// \1 is a reference, \01 and \101 are characters.
void Translator::numbered_escape(std::size_t begin) {
  const std::string_view rest = text_.substr(at_);
  const bool octal =
      rest[0] == '0' || (rest.size() >= 3 && is_octal(rest[0]) && is_octal(rest[1]) && is_octal(rest[2]));
  if (octal) {
    std::size_t digits = 1;
    while (digits < 3 && digits < rest.size() && is_octal(rest[digits])) ++digits;
    const auto code = static_cast<std::uint32_t>(std::stoul(std::string(rest.substr(0, digits)), nullptr, 8));
    at_ += digits;
    if (code > 0377)
      fail(fmt::format("octal escape value {} outside of range 0-0o377", text_.substr(begin, at_ - begin)), begin);
    item_ = Item::kOnce;
    return emit_code(code);
  }
  const std::size_t digits = rest.size() >= 2 && is_digit(rest[1]) ? 2 : 1;
  const int group = std::stoi(std::string(rest.substr(0, digits)));
  at_ += digits;
  if (group > out_.groups) fail(fmt::format("invalid group reference {}", group), begin + 1);
  reference(group, begin);
}

void Translator::escape() {
  const std::size_t begin = at_++;
  if (!more()) fail("bad escape (end of pattern)", begin);
  const bool ascii = bytes_ || (out_.flags & kAscii) != 0;
  const char c = text_[at_];
  if (is_digit(c)) return numbered_escape(begin);
  item_ = Item::kOnce;
  if (!is_letter(c)) return emit_literal(take_character());
  ++at_;
  switch (c) {
    case 'A':
    case 'b':
      item_ = Item::kNothing;
      return emit(text_.substr(begin, 2));
    case 'B':  // never in an empty text, whatever the rule for borders says (until 3.14)
      item_ = Item::kNothing;
      return emit("(?!\\A\\z)\\B");
    case 'Z':
      item_ = Item::kNothing;
      return emit("\\z");
    case 'd':
    case 'D':
    case 'w':
    case 'W':
      return emit(text_.substr(begin, 2));
    case 's':
      return emit(ascii ? "\\s" : "[\\s\\x1c-\\x1f]");
    case 'S':
      return emit(ascii ? "\\S" : "[^\\s\\x1c-\\x1f]");
    default:
      emit_code(character_escape(c, begin));
  }
}

// The character that a letter behind `\` stands for, in a class as outside of one.
std::uint32_t Translator::character_escape(char c, std::size_t begin) {
  switch (c) {
    case 'a':
      return '\a';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case 'x':
      return hexadecimal(2, begin);
    case 'u':
      if (!bytes_) return hexadecimal(4, begin);
      break;
    case 'U':
      if (!bytes_) return hexadecimal(8, begin);
      break;
    case 'N':
      if (!bytes_ && peek() == '{') unsupported("a character by its name");
      break;
    default:
      break;
  }
  fail(fmt::format("bad escape \\{}", c), begin);
}

// One member of a class: what to write, and its code where it is a single character.
std::int64_t Translator::class_escape(std::string& out) {
  const std::size_t begin = at_++;
  if (!more()) fail("bad escape (end of pattern)", begin);
  const bool ascii = bytes_ || (out_.flags & kAscii) != 0;
  const auto single = [&](std::uint32_t code) {
    out = fmt::format("\\x{{{:x}}}", code);
    return static_cast<std::int64_t>(code);
  };
  const char c = text_[at_];
  if (is_octal(c)) {
    std::size_t digits = 1;
    while (digits < 3 && is_octal(peek(digits))) ++digits;
    const auto code = static_cast<std::uint32_t>(std::stoul(std::string(text_.substr(at_, digits)), nullptr, 8));
    at_ += digits;
    if (code > 0377)
      fail(fmt::format("octal escape value {} outside of range 0-0o377", text_.substr(begin, at_ - begin)), begin);
    return single(code);
  }
  if (is_digit(c)) fail(fmt::format("bad escape \\{}", c), begin);
  if (!is_letter(c))
    return single(bytes_ ? static_cast<unsigned char>(take_character()[0]) : code_point(take_character()));
  ++at_;
  switch (c) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 'S':
      out = text_.substr(begin, 2);
      return -1;
    case 's':
      out = ascii ? "\\s" : "\\s\\x1c-\\x1f";
      return -1;
    case 'b':
      return single('\b');
    default:
      return single(character_escape(c, begin));
  }
}

std::int64_t Translator::class_member(std::string& out) {
  if (text_[at_] == '\\') return class_escape(out);
  const std::string_view one = take_character();
  const std::uint32_t code = bytes_ ? static_cast<unsigned char>(one[0]) : static_cast<std::uint32_t>(code_point(one));
  out = fmt::format("\\x{{{:x}}}", code);
  return code;
}

void Translator::character_class() {
  const std::size_t begin = at_++;
  emit("[");
  if (peek() == '^') {
    ++at_;
    emit("^");
  }
  for (bool first = true;; first = false) {
    if (!more()) fail("unterminated character set", begin);
    if (text_[at_] == ']' && !first) break;
    const std::size_t low_at = at_;
    std::string low;
    const std::int64_t low_code = class_member(low);
    emit(low);
    if (peek() != '-' || !more()) continue;
    const std::size_t dash = at_++;
    if (!more()) fail("unterminated character set", begin);
    if (text_[at_] == ']') {
      emit("\\-");
      continue;
    }
    std::string high;
    const std::int64_t high_code = class_member(high);
    if (low_code < 0 || high_code < 0 || high_code < low_code) {
      fail(fmt::format("bad character range {}-{}", text_.substr(low_at, dash - low_at),
                       text_.substr(dash + 1, at_ - dash - 1)),
           low_at);
    }
    emit("-");
    emit(high);
  }
  ++at_;
  item_ = Item::kOnce;
  emit("]");
}

}  // namespace ckptlint::python::regex
