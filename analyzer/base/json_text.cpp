#include "base/json_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "base/escape.h"
#include "base/utf8.h"

namespace ckptlint {
namespace {

void append_escape(char32_t c, std::string& out) {
  const auto append_unit = [&](std::uint32_t unit) { fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit); };
  const auto code = static_cast<std::uint32_t>(c);
  if (code <= 0xffff) return append_unit(code);
  append_unit(0xd800 + ((code - 0x10000) >> 10));
  append_unit(0xdc00 + ((code - 0x10000) & 0x3ff));
}

}  // namespace

std::string without_commands(std::string json) {
  for (std::size_t at = json.find("##["); at != std::string::npos; at = json.find("##[", at))
    json.replace(at, 1, "\\u0023");
  return json;
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
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
