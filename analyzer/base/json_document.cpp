// Reads JSON files as documents, with the NaN and Infinity that Python writes blanked out first, and writes documents.
#include "base/json_document.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace ckptlint {
namespace {

constexpr int kDeepest = 64;
constexpr auto kReplaceInvalid = nlohmann::detail::error_handler_t::replace;
constexpr std::array<std::string_view, 3> kNotFinite = {"-Infinity", "Infinity", "NaN"};

// Calls `found(at, word)` for each such word outside strings; false where the text nests too deep.
template <typename Found>
bool find_infinities(std::string_view text, int deepest, Found&& found) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > deepest) return false;
    for (const std::string_view word : kNotFinite) {
      if (!text.substr(at).starts_with(word)) continue;
      found(at, word);
      at += word.size() - 1;
      break;
    }
  }
  return true;
}

// The text with what is not finite blanked out, as long as it was, so that offsets stay.  Empty where it nests too
// deep.
std::optional<std::string> plain_json(std::string_view text) {
  std::string plain(text);
  const bool done = find_infinities(text, kDeepest, [&](std::size_t at, std::string_view word) {
    plain.replace(at, word.size(), "0" + std::string(word.size() - 1, ' '));
  });
  return done ? std::optional(std::move(plain)) : std::nullopt;
}

template <typename Json>
std::optional<Json> document_of(std::string_view text) {
  const auto plain = plain_json(text);
  if (!plain) return std::nullopt;
  auto document = Json::parse(*plain, nullptr, false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

}  // namespace

std::string json_without_infinities(std::string_view text) {
  std::string plain;
  std::size_t done = 0;
  find_infinities(text, std::numeric_limits<int>::max(), [&](std::size_t at, std::string_view word) {
    plain.append(text.substr(done, at - done)).append("null");
    done = at + word.size();
  });
  return plain.append(text.substr(done));
}

std::optional<nlohmann::ordered_json> json_document(std::string_view text) {
  return document_of<nlohmann::ordered_json>(text);
}

std::optional<nlohmann::json> sorted_json_document(std::string_view text) { return document_of<nlohmann::json>(text); }

std::string json_line(const nlohmann::json& document) { return document.dump(-1, ' ', false, kReplaceInvalid); }

std::string json_line(const nlohmann::ordered_json& document) { return document.dump(-1, ' ', false, kReplaceInvalid); }

std::string json_lines(const nlohmann::json& document, int indent) {
  return document.dump(indent, ' ', true, kReplaceInvalid);
}

std::string json_lines(const nlohmann::ordered_json& document, int indent) {
  return document.dump(indent, ' ', true, kReplaceInvalid);
}

std::string json_number(double finite) { return nlohmann::json(finite).dump(); }

}  // namespace ckptlint
