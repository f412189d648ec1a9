// str.upper, isalpha, center and their like.
#include "python/types/characters.h"
#include "python/types/str.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

template <typename Visit>
void each_character(std::string_view text, const Visit& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    visit(code_point(one));
  }
}

bool cased(char32_t code) { return is_upper(code) || is_lower(code); }

Value str_upper(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "str.upper", 0, 0);
  return in.string(upper_text(text_self(in, arguments)));
}
Value str_lower(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "str.lower", 0, 0);
  return in.string(lower_text(text_self(in, arguments)));
}
Value str_casefold(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "str.casefold", 0, 0);
  std::string out;
  each_character(lower_text(text_self(in, arguments)), [&](char32_t code) {
    if (code == 0xdf) {
      out += "ss";
    } else {
      append_code_point(out, code == 0x3c2 ? 0x3c3 : code == 0xb5 ? 0x3bc : code);
    }
  });
  return in.string(out);
}
Value str_swapcase(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "str.swapcase", 0, 0);
  std::string out;
  each_character(text_self(in, arguments),
                 [&](char32_t code) { append_code_point(out, is_upper(code) ? lower_case(code) : upper_case(code)); });
  return in.string(out);
}
Value str_capitalize(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "str.capitalize", 0, 0);
  std::string out;
  bool first = true;
  each_character(text_self(in, arguments), [&](char32_t code) {
    append_code_point(out, first ? upper_case(code) : lower_case(code));
    first = false;
  });
  return in.string(out);
}
Value str_title(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "str.title", 0, 0);
  std::string out;
  bool inside = false;
  each_character(text_self(in, arguments), [&](char32_t code) {
    append_code_point(out, inside ? lower_case(code) : upper_case(code));
    inside = cased(code);
  });
  return in.string(out);
}

// ---- questions

enum Question : int {
  kAlpha,
  kAlnum,
  kDecimal,
  kDigit,
  kNumeric,
  kSpace,
  kUpper,
  kLower,
  kTitle,
  kIdentifier,
  kPrintable,
  kAscii,
};
constexpr const char* kQuestions[] = {"isalpha", "isalnum", "isdecimal", "isdigit",      "isnumeric",   "isspace",
                                      "isupper", "islower", "istitle",   "isidentifier", "isprintable", "isascii"};

bool all_of(std::string_view text, bool (*test)(char32_t)) {
  bool all = true;
  each_character(text, [&](char32_t code) { all = all && test(code); });
  return all && !text.empty();
}

// Superscripts and circled digits are digits without being decimal.
bool is_digit(char32_t code) {
  return is_kind(code, CharacterKind::kDecimal) || code == 0xb2 || code == 0xb3 || code == 0xb9 || code == 0x2070 ||
         (code >= 0x2074 && code <= 0x2079) || (code >= 0x2080 && code <= 0x2089) || (code >= 0x2460 && code <= 0x2468);
}

// At least one cased character, and none of the other case.
bool is_one_case(std::string_view text, bool upper) {
  bool some = false;
  bool other = false;
  each_character(text, [&](char32_t code) {
    some = some || (upper ? is_upper(code) : is_lower(code));
    other = other || (upper ? is_lower(code) : is_upper(code));
  });
  return some && !other;
}

bool is_title(std::string_view text) {
  bool some = false;
  bool good = true;
  bool inside = false;
  each_character(text, [&](char32_t code) {
    if (is_upper(code)) good = good && !inside;
    if (is_lower(code)) good = good && inside;
    inside = cased(code);
    some = some || inside;
  });
  return some && good;
}

bool is_identifier(std::string_view text) {
  bool first = true;
  bool good = !text.empty();
  each_character(text, [&](char32_t code) {
    good = good && is_kind(code, first ? CharacterKind::kIdentifierStart : CharacterKind::kIdentifierPart);
    first = false;
  });
  return good;
}

bool answer(Question question, std::string_view text) {
  switch (question) {
    case kAlpha:
      return all_of(text, [](char32_t c) { return is_kind(c, CharacterKind::kLetter); });
    case kAlnum:
      return all_of(
          text, [](char32_t c) { return is_kind(c, CharacterKind::kLetter) || is_kind(c, CharacterKind::kNumber); });
    case kDecimal:
      return all_of(text, [](char32_t c) { return is_kind(c, CharacterKind::kDecimal); });
    case kDigit:
      return all_of(text, is_digit);
    case kNumeric:
      return all_of(text, [](char32_t c) { return is_kind(c, CharacterKind::kNumber); });
    case kSpace:
      return all_of(text, [](char32_t c) { return is_kind(c, CharacterKind::kSpace); });
    case kUpper:
      return is_one_case(text, true);
    case kLower:
      return is_one_case(text, false);
    case kTitle:
      return is_title(text);
    case kIdentifier:
      return is_identifier(text);
    case kPrintable:
      return text.empty() || all_of(text, is_printable);
    case kAscii:
      return is_ascii(text);
  }
  return false;
}

Value str_is(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self] = by_position<"self">(arguments);
  if (self.unknown()) return self;
  check_method(in, arguments, kQuestions[data.integer], 0, 0);
  const std::string_view text = text_self(in, arguments);
  in.step(text.size() / 8);
  return Value::of(answer(static_cast<Question>(data.integer), text));
}

// ---- padding

// Data: 0 ljust, 1 rjust, 2 center.
Value str_pad(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  constexpr const char* kNames[] = {"ljust", "rjust", "center"};
  const auto [self, given_width, fillchar] =
      method_arguments<"self, width, fillchar=">(in, kNames[data.integer], arguments);
  const std::string_view text = text_self(in, arguments);
  const std::string_view fill = arguments.count > 2 ? text_argument(in, fillchar, "the fill character") : " ";
  if (text_length(fill) != 1) in.raise_type_error("The fill character must be exactly one character long");
  const std::int64_t width = in.to_int(given_width);
  const std::int64_t length = text_length(text);
  if (width <= length) return in.string(text);
  const std::int64_t missing = width - length;
  if (static_cast<std::uint64_t>(missing) > kMaxTextBytes / 4) return in.unknown("a very long string");
  // CPython puts the odd character of center() on the left where the width is odd.
  const std::int64_t left = data.integer == 0 ? 0 : data.integer == 1 ? missing : missing / 2 + (missing & width & 1);
  std::string out;
  for (std::int64_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (std::int64_t i = left; i < missing; ++i) out += fill;
  return in.string(out);
}

Value str_zfill(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_width] = method_arguments<"self, width">(in, "zfill", arguments);
  const std::string_view text = text_self(in, arguments);
  const std::int64_t width = in.to_int(given_width);
  const std::int64_t length = text_length(text);
  if (width <= length) return in.string(text);
  const std::int64_t missing = width - length;
  if (static_cast<std::uint64_t>(missing) > kMaxTextBytes / 4) return in.unknown("a very long string");
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  std::string out(sign ? text.substr(0, 1) : "");
  out.append(static_cast<std::size_t>(missing), '0');
  return in.string(out.append(text.substr(sign ? 1 : 0)));
}

}  // namespace

void fill_str_shape(Interpreter& in, Class* str) {
  add_methods(in, str,
              {{"upper", known_receiver<str_upper>},
               {"lower", known_receiver<str_lower>},
               {"casefold", known_receiver<str_casefold>},
               {"swapcase", known_receiver<str_swapcase>},
               {"capitalize", known_receiver<str_capitalize>},
               {"title", known_receiver<str_title>},
               {"zfill", spread<str_zfill>}});
  for (std::size_t i = 0; i < std::size(kQuestions); ++i) in.method(str, kQuestions[i], str_is, Value::of(i));
  in.method(str, "ljust", str_pad, Value::of(0));
  in.method(str, "rjust", str_pad, Value::of(1));
  in.method(str, "center", str_pad, Value::of(2));
}

}  // namespace ckptlint::python
