// Edits to text: from lines and columns to bytes, applied as a set, shown as a unified diff.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/fix.h"

namespace ckptlint {

// The byte where a line and column (both from 1, columns in bytes) are; the end of the line or of the text where the
// position lies beyond it.
std::size_t offset_at(std::string_view text, std::uint32_t line, std::uint32_t column);

// `text` with the edits applied; their `file` is not looked at.  An error where edits overlap or leave the text.  Two
// insertions at one place keep their order.
Result<std::string> apply_edits(std::string_view text, std::vector<Edit> edits);

// Edits, line by line, that make `before` into `after`.
std::vector<Edit> edits_between(std::string_view before, std::string_view after, FileId file);

// The difference in the form of `diff -u` with three lines around each change, headed "--- a/path" and "+++ b/path";
// empty where the texts are equal.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace ckptlint
