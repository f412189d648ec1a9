// JSON as documents: the one place where nlohmann's parser and its writer are compiled.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ckptlint {

// The text with NaN, Infinity and -Infinity, which Python writes into JSON, as null; bytes may move.
std::string json_without_infinities(std::string_view text);

// The document, with NaN, Infinity and -Infinity, which Python writes and reads, taken for 0.  Empty where the text is
// not JSON or nests deeper than 64 levels.
std::optional<nlohmann::ordered_json> json_document(std::string_view text);
std::optional<nlohmann::json> sorted_json_document(std::string_view text);

// One line, in UTF-8; or lines, each level indented by `indent` spaces, in ASCII.  Bytes that are not UTF-8 become
// U+FFFD.
std::string json_line(const nlohmann::json& document);
std::string json_line(const nlohmann::ordered_json& document);
std::string json_lines(const nlohmann::json& document, int indent);
std::string json_lines(const nlohmann::ordered_json& document, int indent);
std::string json_number(double finite);

}  // namespace ckptlint
