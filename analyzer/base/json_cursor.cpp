// The tokens of JSON, one at a time and in bounded depth, with the place of the first fault.
#include "base/json_cursor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/digits.h"
#include "base/plain_length.h"
#include "base/utf8.h"

namespace ckptlint {
namespace {

// Whether a number fits into a double.  What is too small for one counts as zero.
bool is_finite(std::string_view number) { return std::isfinite(std::strtod(std::string(number).c_str(), nullptr)); }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The number in four hexadecimal digits at `at`, or -1.
std::int32_t four_digits(std::string_view text, std::size_t at) {
  if (text.size() < 4 || at > text.size() - 4) return -1;
  std::int32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::uint32_t c, std::string& out) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | (c >> 6));
    byte(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    byte(0xe0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3f));
    byte(0x80 | (c & 0x3f));
  } else {
    byte(0xf0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3f));
    byte(0x80 | ((c >> 6) & 0x3f));
    byte(0x80 | (c & 0x3f));
  }
}

}  // namespace

JsonToken JsonCursor::next() {
  skip_blanks();
  offset_ = at_;
  if (state_ == State::kAfterValue) {
    if (at_ == text_.size()) return fail(at_);
    const char c = text_[at_];
    if (c == ',') {
      ++at_;
      state_ = in_object() ? State::kKey : State::kValue;
      skip_blanks();
      offset_ = at_;
    } else {
      return c == '}' ? close(true) : c == ']' ? close(false) : fail(at_);
    }
  }
  switch (state_) {
    case State::kError:
      return JsonToken::kError;
    case State::kEnd:
      return at_ == text_.size() ? JsonToken::kEnd : fail(at_);
    case State::kFirstKey:
      if (at_ < text_.size() && text_[at_] == '}') return close(true);
      return key();
    case State::kKey:
      return key();
    case State::kFirstItem:
      if (at_ < text_.size() && text_[at_] == ']') return close(false);
      return value();
    default:
      return value();
  }
}

bool JsonCursor::skip_value() { return skip_rest(next()); }

bool JsonCursor::skip_rest(JsonToken token) {
  if (token == JsonToken::kObject || token == JsonToken::kArray) {
    const std::uint32_t outside = depth_ - 1;
    while (depth_ > outside && token != JsonToken::kError) token = next();
  }
  return token != JsonToken::kError;
}

JsonToken JsonCursor::fail(std::size_t offset) {
  state_ = State::kError;
  offset_ = offset;
  return JsonToken::kError;
}

JsonToken JsonCursor::open(bool object) {
  if (depth_ == kDeepest) {
    too_deep_ = true;
    return fail(at_);
  }
  objects_[depth_] = object;
  ++depth_;
  ++at_;
  state_ = object ? State::kFirstKey : State::kFirstItem;
  return object ? JsonToken::kObject : JsonToken::kArray;
}

JsonToken JsonCursor::close(bool object) {
  if (depth_ == 0 || in_object() != object) return fail(at_);
  --depth_;
  ++at_;
  state_ = depth_ == 0 ? State::kEnd : State::kAfterValue;
  return object ? JsonToken::kObjectEnd : JsonToken::kArrayEnd;
}

JsonToken JsonCursor::key() {
  if (at_ == text_.size() || text_[at_] != '"' || !read_string()) return fail(at_);
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != ':') return fail(at_);
  ++at_;
  state_ = State::kValue;
  return JsonToken::kKey;
}

JsonToken JsonCursor::value() {
  if (at_ == text_.size()) return fail(at_);
  const char c = text_[at_];
  if (c == '{' || c == '[') return open(c == '{');
  JsonToken token = JsonToken::kError;
  if (c == '"') {
    token = read_string() ? JsonToken::kString : JsonToken::kError;
  } else if (c == '-' || is_digit(c)) {
    token = number_token();
  } else if (c == 't') {
    token = word("true", JsonToken::kTrue);
  } else if (c == 'f') {
    token = word("false", JsonToken::kFalse);
  } else if (c == 'n') {
    token = word("null", JsonToken::kNull);
  }
  if (token == JsonToken::kError) return fail(at_);
  state_ = depth_ == 0 ? State::kEnd : State::kAfterValue;
  return token;
}

JsonToken JsonCursor::word(std::string_view letters, JsonToken token) {
  if (text_.substr(at_, letters.size()) != letters) return JsonToken::kError;
  at_ += letters.size();
  return token;
}

JsonToken JsonCursor::number_token() {
  const auto digits = [&] {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  };
  const bool negative = text_[at_] == '-';
  if (negative) ++at_;
  const std::size_t begin = at_;
  if (!digits()) return JsonToken::kError;
  const std::string_view whole = text_.substr(begin, at_ - begin);
  if (whole.size() > 1 && whole[0] == '0') {
    at_ = begin + 1;
    return JsonToken::kError;
  }
  bool is_whole = !negative;
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    is_whole = false;
    if (!digits()) return JsonToken::kError;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    is_whole = false;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (!digits()) return JsonToken::kError;
  }
  if (!is_whole || whole.size() > 20) {
    const bool accepted = numbers_ == JsonNumbers::kAll || is_finite(text_.substr(begin, at_ - begin));
    return accepted ? JsonToken::kOtherNumber : JsonToken::kError;
  }
  number_ = 0;
  for (const char c : whole) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (__builtin_mul_overflow(number_, std::uint64_t{10}, &number_) ||
        __builtin_add_overflow(number_, digit, &number_)) {
      return JsonToken::kOtherNumber;
    }
  }
  return JsonToken::kWholeNumber;
}

// From a quote to behind its partner.  On failure at_ is where the string goes wrong.
bool JsonCursor::read_string() {
  const std::size_t begin = at_ + 1;
  std::size_t end = begin;
  bool escapes = false;
  bool ascii = true;
  while (true) {
    if (end < text_.size()) end += plain_length(text_.substr(end));
    if (end >= text_.size() || static_cast<unsigned char>(text_[end]) < 0x20)
      return at_ = std::min(end, text_.size()), false;
    if (text_[end] == '"') break;
    if (text_[end] == '\\') {
      escapes = true;
      end += 2;
    } else {
      ascii = false;
      end += foreign_length(text_.substr(end));
    }
  }
  string_ = text_.substr(begin, end - begin);
  verbatim_ = !escapes;
  if (!ascii) {
    for (std::string_view rest = string_; !rest.empty();) {
      const Utf8Step step = decode_utf8(rest);
      if (!step.valid) return at_ = end - rest.size(), false;
      rest.remove_prefix(step.length);
    }
  }
  if (escapes && !decode_string(begin, end)) return false;
  at_ = end + 1;
  return true;
}

bool JsonCursor::decode_string(std::size_t begin, std::size_t end) {
  decoded_.clear();
  const std::string_view raw = text_.substr(0, end);
  for (std::size_t i = begin; i < end; ++i) {
    if (raw[i] != '\\') {
      decoded_ += raw[i];
      continue;
    }
    const std::size_t escape = i++;
    const auto bad = [&] { return at_ = escape, false; };
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t letter = kLetters.find(raw[i]); letter != std::string_view::npos) {
      decoded_ += kMeanings[letter];
      continue;
    }
    std::int32_t code = raw[i] == 'u' ? four_digits(raw, i + 1) : -1;
    if (code < 0 || (code >= 0xdc00 && code <= 0xdfff)) return bad();
    i += 4;
    if (code >= 0xd800 && code <= 0xdbff) {
      const std::int32_t low = raw.substr(i + 1, 2) == "\\u" ? four_digits(raw, i + 3) : -1;
      if (low < 0xdc00 || low > 0xdfff) return bad();
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      i += 6;
    }
    append_utf8(static_cast<std::uint32_t>(code), decoded_);
  }
  string_ = decoded_;
  return true;
}

void JsonCursor::skip_blanks() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

}  // namespace ckptlint
