// Patterns for `_keys_to_ignore_on_load_unexpected`.
#pragma once

#include <string>
#include <vector>

namespace ckptlint {

// The fewest, then shortest, anchored patterns that between them match every one of `keys` and none of `others`, as
// Python's re.search matches; checked with RE2.  The shapes tried are the last component under any prefix,
// everything below a prefix, the key with any numbers, and the key itself.  Sorted.  A key that is also in `others`
// has no pattern and is left out.
std::vector<std::string> ignore_patterns(const std::vector<std::string>& keys, const std::vector<std::string>& others);

}  // namespace ckptlint
