// JSON written piece by piece, for outputs too large to be built as documents first.
#pragma once

#include <string>
#include <string_view>

namespace ckptlint {

// Appends `text` as a JSON string.  Bytes that are not UTF-8 become U+FFFD; control and format characters that could
// reorder or hide what a terminal shows are written as escapes, and so is the first of "##[".
void append_json_string(std::string_view text, std::string& out);

// A document whose strings can hold no command for the log of GitHub Actions: "##[" is written with an escape.
std::string without_commands(std::string json);

}  // namespace ckptlint
