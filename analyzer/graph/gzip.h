// Files that may be compressed with gzip.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ckptlint {

bool is_gzip(std::string_view bytes);

// The text of a gzip file (all of its members, one after the other).  An error, naming `shown`, where it is damaged or
// inflates to more than `max_bytes`.
Result<std::string> inflate_gzip(std::string_view bytes, const std::string& shown, std::uint64_t max_bytes);

}  // namespace ckptlint
