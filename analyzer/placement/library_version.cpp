#include "placement/library_version.h"

#include <array>
#include <charconv>
#include <string>

#include "base/escape.h"

namespace ckptlint {

Result<LibraryVersion> parse_library_version(std::string_view text) {
  std::array<std::uint32_t, 3> numbers{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc{}) {
      if (i == 0) return Error{quoted_name(text) + " is not a version such as 1.15.0"};
      break;  // "5.dev0"
    }
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  return LibraryVersion{numbers[0], numbers[1], numbers[2]};
}

PlacementLibraries libraries_of(LibraryVersion accelerate, LibraryVersion transformers) {
  PlacementLibraries libraries;
  libraries.sizes_all_float8 = accelerate >= LibraryVersion{1, 14, 0};
  libraries.counts_by_index = accelerate >= LibraryVersion{1, 15, 0};
  libraries.transformers_places_itself = transformers >= LibraryVersion{5, 0, 0};
  return libraries;
}

}  // namespace ckptlint
