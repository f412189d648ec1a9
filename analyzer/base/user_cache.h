// Where the program keeps what may be removed at any time.
#pragma once

#include <filesystem>

namespace ckptlint {

// The program's folder in the user's cache: ckptlint in $XDG_CACHE_HOME, or else in ~/.cache; empty where neither is
// known.
std::filesystem::path user_cache();

}  // namespace ckptlint
