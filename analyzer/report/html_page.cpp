// Puts pages together.
#include "report/html_page.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "base/sha256.h"
#include "report/page_files.inc"

namespace ckptlint {
namespace {

// As a Content-Security-Policy names a script: its SHA-256 in base64.
std::string script_hash(std::string_view script) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string hex = sha256_hex(script);
  const auto nibble = [&](std::size_t i) {
    return i < hex.size() ? static_cast<unsigned>(std::string_view("0123456789abcdef").find(hex[i])) : 0U;
  };
  std::string out = "sha256-";
  // Three nibbles are two digits.
  for (std::size_t i = 0; i < hex.size(); i += 3) {
    const unsigned bits = (nibble(i) << 8U) | (nibble(i + 1) << 4U) | nibble(i + 2);
    out += kDigits[bits >> 6U];
    if (i + 1 < hex.size()) out += kDigits[bits & 63U];
  }
  while ((out.size() - 7) % 4 != 0) out += '=';
  return out;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : without_markup(text)) {
    if (c != '`') {
      out += c;
      continue;
    }
    code = !code;
    out += code ? "<code>" : "</code>";
  }
  return code ? out + "</code>" : out;
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src '{}'\">\n"
      "<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n{}<script>{}</script>\n</body>\n</html>\n",
      script_hash(kPageScript), without_markup(title), kPageStyle, drawing_style("figure svg "), body, kPageScript);
}

}  // namespace ckptlint
