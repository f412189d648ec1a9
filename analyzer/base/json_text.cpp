// Writes strings as JSON does, and JSON in which a log cannot find a command to obey ("##[").
#include "base/json_text.h"

#include <array>
#include <cstdint>

#include "base/append_format.h"
#include "base/escape.h"
#include "base/utf8.h"

namespace ckptlint {
namespace {

void append_escape(char32_t c, std::string& out) {
  const auto append_unit = [&](std::uint32_t unit) { append_format(out, "\\u{:04x}", unit); };
  const auto code = static_cast<std::uint32_t>(c);
  if (code <= 0xffff) return append_unit(code);
  append_unit(0xd800 + ((code - 0x10000) >> 10));
  append_unit(0xdc00 + ((code - 0x10000) & 0x3ff));
}

// Printable ASCII that JSON takes as it is.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = ' '; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\' && c != '#';
  return plain;
}();

// How much of the text's beginning is plain, as nearly every name is to its end.
std::size_t plain_part(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && kPlain[static_cast<unsigned char>(text[length])]) ++length;
  return length;
}

}  // namespace

std::string without_commands(std::string json) {
  for (std::size_t at = json.find("##["); at != std::string::npos; at = json.find("##[", at))
    json.replace(at, 1, "\\u0023");
  return json;
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (;;) {
    const std::size_t plain = plain_part(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Utf8Step step = decode_utf8(text);
    const char32_t c = step.code_point;
    if (!step.valid) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text[0];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7f || is_deceptive(c) || text.starts_with("##[")) {
      append_escape(c, out);
    } else {
      out += text.substr(0, step.length);
    }
    text.remove_prefix(step.length);
  }
  out += '"';
}

}  // namespace ckptlint
