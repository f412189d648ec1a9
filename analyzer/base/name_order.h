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
// whole names would read what they begin with at each comparison.  Less where long stretches are in order already.
NameOrder name_order(std::span<const std::string_view> names);

// Names that come in pieces, the order of each of which is known: `places` has the places of the first piece's names in
// their order, then those of the second's, and so on; `ends` where each piece ends.  Every name has one place, and no
// piece has one before a piece in front of it.  Takes little time where the pieces seldom alternate.  Whether names are
// distinct is told of those in different pieces alone.
NameOrder merged_order(std::span<const std::string_view> names, std::vector<std::uint32_t> places,
                       std::vector<std::size_t> ends);

}  // namespace ckptlint
