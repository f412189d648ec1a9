// Sorting many names that begin alike.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ckptlint {

// The places of `names` in the bytewise order of the names; equal names in the order given.  Reads no byte of a name
// twice, where comparing whole names reads what they begin with at each comparison.
std::vector<std::uint32_t> name_order(std::span<const std::string_view> names);

}  // namespace ckptlint
