// Files of a cache: written whole or not at all, and read only where they are as they were written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ckptlint {

// The text that `seal` wrote there; nothing where there is none, or where it is not all of it.
std::optional<std::string> sealed_text(const std::string& path);

// Writes the text with a digest behind it, beside its place first, so that nobody finds half of it.  Makes the folders
// above it.  What cannot be written is not: a cache is no place to fail at.
void seal(const std::string& path, std::string_view text);

}  // namespace ckptlint
