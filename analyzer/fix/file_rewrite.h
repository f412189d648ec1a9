// Writing to the user's files: the one place in the program that does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ckptlint {

// Replaces the text of a regular file at once: readers see the old text or the new, never a part.  Permissions stay; a
// link is followed, and stays a link.  On an error the file is as it was, and nothing is left beside it.
std::optional<Error> rewrite_file(const std::string& path, std::string_view text);

// Makes a file that is not there yet, in a folder that is.  An error where anything has that name, a dangling link
// included.
std::optional<Error> write_new_file(const std::string& path, std::string_view text);

}  // namespace ckptlint
