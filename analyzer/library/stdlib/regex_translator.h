// The reader of Python's regular expressions behind translate_regex(); shared by its two sources.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digits.h"
#include "library/stdlib/regex_syntax.h"
#include "python/values/text.h"

namespace ckptlint::python::regex {

struct Failure {
  std::string message;
  std::size_t at;
  bool unsupported = false;
};

inline bool is_octal(char c) { return c >= '0' && c <= '7'; }
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

inline int flag_of(char letter) {
  switch (letter) {
    case 'i':
      return kIgnoreCase;
    case 'L':
      return kLocale;
    case 'm':
      return kMultiline;
    case 's':
      return kDotAll;
    case 'u':
      return kUnicode;
    case 'x':
      return kVerbose;
    case 'a':
      return kAscii;
    default:
      return 0;
  }
}

class Translator {
 public:
  Translator(std::string_view text, int flags, bool bytes, RegexSyntax& out) : text_(text), bytes_(bytes), out_(out) {
    out_.flags = flags;
  }

  void run() {
    leading_flags();
    verbose_ = (out_.flags & kVerbose) != 0;
    while (at_ < text_.size()) step();
    if (!open_.empty()) fail("missing ), unterminated subpattern", open_.back().at);
  }

 private:
  // What a quantifier would repeat.
  enum class Item : unsigned char { kNothing, kOnce, kRepeated };
  struct Open {
    std::size_t at;
    int group;  // 0: not capturing
    bool verbose;
    bool lookaround;
  };

  [[noreturn]] void fail(std::string message, std::size_t at) { throw Failure{std::move(message), at}; }
  [[noreturn]] void unsupported(std::string what) { throw Failure{std::move(what), at_, true}; }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool more() const { return at_ < text_.size(); }

  void emit(std::string_view part) { out_.pattern += part; }
  void emit_code(std::uint32_t code) { emit(fmt::format("\\x{{{:x}}}", code)); }
  void emit_literal(std::string_view character) {
    const bool special = character.size() == 1 && !is_letter(character[0]) && !is_digit(character[0]) &&
                         character[0] > ' ' && character[0] < 127;
    if (special) emit("\\");
    emit(character);
  }
  std::string_view take_character() {
    const std::size_t bytes = bytes_ ? 1 : std::min(character_bytes(text_[at_]), text_.size() - at_);
    const std::string_view one = text_.substr(at_, bytes);
    at_ += bytes;
    return one;
  }

  void leading_flags();
  void step();
  void quantifier();
  bool braces();
  void repeat(std::string_view quantifier, std::size_t begin);
  void group();
  void group_extension(std::size_t begin);
  void scoped_flags(std::size_t begin);
  void open(std::string_view prefix, std::size_t begin, int group, bool lookaround = false);
  void close();
  void escape();
  void numbered_escape(std::size_t begin);
  std::uint32_t character_escape(char c, std::size_t begin);
  std::uint32_t hexadecimal(int digits, std::size_t begin);
  void character_class();
  std::int64_t class_escape(std::string& out);
  std::int64_t class_member(std::string& out);
  std::string name_until(char end);
  int group_by_name(const std::string& name, std::size_t begin);
  void reference(int group, std::size_t begin);

  std::string_view text_;
  std::size_t at_ = 0;
  bool bytes_;
  bool verbose_ = false;
  Item item_ = Item::kNothing;
  int closed_ = 0;
  std::vector<Open> open_;
  RegexSyntax& out_;
};

}  // namespace ckptlint::python::regex
