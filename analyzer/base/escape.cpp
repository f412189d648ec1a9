// Makes visible what in a foreign name could forge the output: control characters, bytes that are not UTF-8, and
// characters that turn text around.
#include "base/escape.h"

#include <cstdint>

#include "base/append_format.h"
#include "base/utf8.h"

namespace ckptlint {
namespace {

void append_ascii(char c, std::string& out) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f) {
    out += c;
    return;
  }
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      append_format(out, "\\x{:02x}", byte);
  }
}

}  // namespace

bool is_deceptive(char32_t c) {
  return (c >= 0x80 && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    const bool begins_word = out.empty() || out.back() == ' ';
    if (!step.valid || text.starts_with("##[") || (begins_word && text.starts_with("::"))) {
      append_format(out, "\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (step.length == 1) {
      append_ascii(text[0], out);
    } else if (!is_deceptive(step.code_point)) {
      out += text.substr(0, step.length);
    } else if (step.code_point <= 0xffff) {
      append_format(out, "\\u{:04x}", static_cast<std::uint32_t>(step.code_point));
    } else {
      append_format(out, "\\U{:08x}", static_cast<std::uint32_t>(step.code_point));
    }
    text.remove_prefix(step.length);
  }
  return out;
}

std::string quoted_name(std::string_view name, std::size_t max_bytes) {
  if (name.size() <= max_bytes) return "`" + printable(name) + "`";
  // Cut between characters: a cut inside one would show its halves as bytes that are not in the name.
  std::size_t head = max_bytes / 2;
  while (head > 0 && is_utf8_continuation(name[head])) --head;
  std::size_t tail = name.size() - max_bytes / 2;
  while (tail < name.size() && is_utf8_continuation(name[tail])) ++tail;
  return "`" + printable(name.substr(0, head)) + "..." + printable(name.substr(tail)) + "`";
}

std::string without_markup(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace ckptlint
