// Sorting many names that begin alike.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ckptlint {

struct NameOrder {
  std::vector<std::uint32_t> places;  // of the names in their bytewise order; equal names in the order given
  bool distinct = true;               // no two are equal
};

// Takes time by the names' bytes, and little more where neighbours begin alike, as in checkpoints they do: comparing
// whole names would read what they begin with at each comparison.
NameOrder name_order(std::span<const std::string_view> names);

}  // namespace ckptlint
