// Small JSON files as documents.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ckptlint {

// The text with NaN, Infinity and -Infinity, which Python writes into JSON, as null; bytes may move.
std::string json_without_infinities(std::string_view text);

// The document, with NaN, Infinity and -Infinity, which Python writes and reads, taken for 0.  Empty where the text is
// not JSON or nests deeper than 64 levels.
std::optional<nlohmann::ordered_json> json_document(std::string_view text);

}  // namespace ckptlint
