// The values of numbers and strings as Python text writes them.
#include "python/syntax/literals.h"

#include <cmath>
#include <cstdlib>

#include "python/values/bigint.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

}  // namespace

Value integer_literal(Arena& arena, std::string_view text) {
  unsigned base = 10;
  if (text.size() > 2 && text[0] == '0') {
    char marker = text[1] | 0x20;
    base = marker == 'x' ? 16 : marker == 'o' ? 8 : marker == 'b' ? 2 : 10;
    if (base != 10) text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  double approximate = 0;
  bool overflow = false;
  for (char c : text) {
    if (c == '_') continue;
    unsigned digit = static_cast<unsigned>(digit_value(c));
    if (digit >= base) continue;
    approximate = approximate * base + digit;
    if (overflow || __builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
      overflow = true;
  }
  if (overflow || value > 0x7fffffffffffffffULL) {
    std::string digits;
    for (char c : text) {
      if (static_cast<unsigned>(digit_value(c)) < base) digits += c;
    }
    if (auto exact = big_parse(digits, base)) return integer_value(arena, *exact);
    BigInt* big = arena.make<BigInt>();
    big->kind = Kind::kBigInt;
    big->approximate = approximate;
    return Value::of(big);
  }
  return Value::of(static_cast<std::int64_t>(value));
}

double float_literal(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if (c != '_') digits += c;
  }
  return std::strtod(digits.c_str(), nullptr);
}

std::string unescape(std::string_view text, bool bytes) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c != '\\' || i + 1 >= text.size()) {
      out += c;
      continue;
    }
    char escape = text[++i];
    auto read_hex = [&](int digits) {
      std::uint32_t code = 0;
      while (digits-- > 0 && i + 1 < text.size() && digit_value(text[i + 1]) < 16) {
        code = code * 16 + static_cast<std::uint32_t>(digit_value(text[++i]));
      }
      return code;
    };
    auto append = [&](std::uint32_t code) {
      if (bytes) {
        out += static_cast<char>(code);
      } else {
        if (code < 0x110000) append_code_point(out, code);
      }
    };
    switch (escape) {
      case '\n':
        break;
      case '\r':
        if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'a':
        out += '\a';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'v':
        out += '\v';
        break;
      case '\\':
      case '\'':
      case '"':
        out += escape;
        break;
      case 'x':
        append(read_hex(2));
        break;
      case 'u':
        append(read_hex(4));
        break;
      case 'U':
        append(read_hex(8));
        break;
      case 'N': {  // named characters: only ever seen in messages
        std::size_t close = text.find('}', i);
        if (close != std::string_view::npos) i = close;
        append(0xFFFD);
        break;
      }
      default:
        if (escape >= '0' && escape <= '7') {
          std::uint32_t code = static_cast<std::uint32_t>(escape - '0');
          for (int n = 0; n < 2 && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7'; ++n) {
            code = code * 8 + static_cast<std::uint32_t>(text[++i] - '0');
          }
          append(code);
        } else {
          out += '\\';
          out += escape;
        }
    }
  }
  return out;
}

}  // namespace ckptlint::python
