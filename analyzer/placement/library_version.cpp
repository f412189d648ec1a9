// Turns two version numbers into the list of what those releases do differently.
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
  using Float8 = PlacementLibraries::Float8;
  const auto accelerate_from = [&](LibraryVersion version) { return accelerate >= version; };
  const auto transformers_from = [&](LibraryVersion version) { return transformers >= version; };
  libraries.integers_keep_size = accelerate_from({0, 27, 0});
  libraries.passes_over_buffers = accelerate_from({0, 28, 0});
  libraries.notes_offloaded_buffers = accelerate_from({0, 28, 0});
  libraries.takes_zero_sizes = accelerate_from({0, 28, 0});
  libraries.finds_all_ties = accelerate_from({0, 34, 0});
  libraries.ties_first = accelerate_from({1, 2, 0});
  libraries.finds_holders_by_prefix = accelerate_from({1, 3, 0});
  libraries.takes_sets_of_classes = accelerate_from({1, 14, 0});
  libraries.sized_float8 = accelerate_from({1, 14, 0})   ? Float8::kAll
                           : accelerate_from({1, 8, 0})  ? Float8::kE4m3fnAndE5m2
                           : accelerate_from({0, 33, 0}) ? Float8::kE4m3fn
                                                         : Float8::kNone;
  libraries.counts_by_index = accelerate_from({1, 15, 0});
  libraries.dispatches_disk_alone = accelerate_from({1, 15, 0});
  libraries.tells_ties_on_disk = accelerate_from({1, 15, 0});
  libraries.ties_before_balancing = transformers_from({4, 50, 0});
  libraries.opens_file_on_device = transformers_from({4, 50, 0}) && !transformers_from({5, 0, 0});
  libraries.keeps_float32_by_pattern = transformers_from({4, 51, 0});
  libraries.transformers_places_itself = transformers_from({5, 0, 0});
  libraries.gathers_classes_early = transformers_from({5, 1, 0});
  libraries.own_finds_holders_itself = transformers_from({5, 1, 0});
  libraries.own_counts_holders_once = transformers_from({5, 13, 0});
  libraries.own_splits_what_fits = transformers_from({5, 13, 0});
  libraries.own_balances_by_largest_block = transformers_from({5, 14, 0});
  libraries.compares_ties = transformers_from({5, 4, 0});
  libraries.indexes_ties_on_disk = transformers_from({5, 13, 0});
  libraries.dispatches_maps_of_disk = transformers_from({5, 13, 0}) || !transformers_from({5, 0, 0});
  libraries.own_leaves_params_out = transformers_from({5, 16, 0});
  libraries.own_balances_by_largest_leaf = transformers_from({5, 18, 0});
  return libraries;
}

}  // namespace ckptlint
