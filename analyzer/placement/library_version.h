// Releases of the imitated libraries, and what differs between them, by name.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace ckptlint {

struct LibraryVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;
  friend constexpr auto operator<=>(const LibraryVersion&,
                                    const LibraryVersion&) = default;  // NOLINT(modernize-use-nullptr)
};

// "1.15.0", "5.23", "4.57.6.dev0"; what follows the numbers is ignored.
Result<LibraryVersion> parse_library_version(std::string_view text);

// What the installed libraries do.  Made from two version numbers by `libraries_of`; a source that was read may
// correct it.
struct PlacementLibraries {
  // accelerate PR 4020: splitting a module keeps its own buffers beside its parameters.
  bool split_keeps_buffers = false;
  // The same in transformers' own functions; no release up to 5.23.0 does.
  bool own_split_keeps_buffers = false;
  // accelerate sizes the float8 types beyond e4m3fn and e5m2; without it they end in a ValueError.
  bool sizes_all_float8 = true;
  // accelerate counts accelerators by their index; before, torch.device is asked, which refuses an index below zero.
  bool counts_by_index = true;
  // transformers places with its own functions (integrations/accelerate.py, from 5.0); before, with accelerate's.
  bool transformers_places_itself = true;
};

PlacementLibraries libraries_of(LibraryVersion accelerate, LibraryVersion transformers);

constexpr LibraryVersion kLatestAccelerate{1, 15, 0};
constexpr LibraryVersion kLatestTransformers{5, 23, 0};

}  // namespace ckptlint
