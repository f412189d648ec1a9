#include "base/json_document.h"

#include <array>
#include <string>

namespace ckptlint {
namespace {

constexpr int kDeepest = 64;
constexpr std::array<std::string_view, 3> kNotFinite = {"-Infinity", "Infinity", "NaN"};

// The text with what is not finite blanked out.  Empty where it nests too deep.
std::optional<std::string> plain_json(std::string_view text) {
  std::string plain(text);
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const char c = plain[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDeepest) return std::nullopt;
    for (const std::string_view word : kNotFinite) {
      if (std::string_view(plain).substr(at).starts_with(word)) {
        // As long as it was, so that offsets stay.
        plain.replace(at, word.size(), "0" + std::string(word.size() - 1, ' '));
        break;
      }
    }
  }
  return plain;
}

}  // namespace

std::optional<nlohmann::ordered_json> json_document(std::string_view text) {
  const auto plain = plain_json(text);
  if (!plain) return std::nullopt;
  auto document = nlohmann::ordered_json::parse(*plain, nullptr, false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

}  // namespace ckptlint
