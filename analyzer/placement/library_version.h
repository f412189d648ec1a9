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

// The oldest and the newest release of each whose answers ours were compared with.
struct KnownReleases {
  std::string_view oldest, newest;
};
inline constexpr KnownReleases kTransformersKnown{"4.40", "5.23"}, kAccelerateKnown{"0.26", "1.15"};

// What the installed libraries do: the differences between the releases of accelerate from 0.26 on and of transformers
// from 4.40 on that show in an answer.  Made from two version numbers by `libraries_of`; a source that was read may
// correct it.  The defaults are those of the latest releases.
struct PlacementLibraries {
  // ---- accelerate
  // A split keeps a module's own buffers beside its parameters (pull request 4020); no release up to 1.15 does.
  bool split_keeps_buffers = false;
  // The float8 types that have their size; of the others float8_e5m2 counts for nothing, and the rest end in a
  // ValueError.
  enum class Float8 : std::uint8_t { kNone, kE4m3fn, kE4m3fnAndE5m2, kAll };
  Float8 sized_float8 = Float8::kAll;
  // A dtype that is asked for leaves integers and bools as they are; before, it makes them smaller, too.
  bool integers_keep_size = true;
  // A bare buffer that does not fit is passed over; before, it is asked for children: AttributeError.
  bool passes_over_buffers = true;
  // There is an argument offload_buffers, and a warning where the buffers of offloaded layers fit on no accelerator.
  bool notes_offloaded_buffers = true;
  // "0GB" is a budget of nothing; before, it ends in a ValueError.
  bool takes_zero_sizes = true;
  // Ties are found wherever a parameter has two names; before, not under the second name of a child, nor where a module
  // has the parameter twice.
  bool finds_all_ties = true;
  // Ties are looked at before a module is split, devices that stay empty are told, and there is an argument
  // fallback_allocation; before, a module is split or passed on by its own size, and only one that fits has its ties
  // looked at.
  bool ties_first = true;
  // What holds a tied parameter is what its name begins with, up to a dot; before, the first whose name occurs in it.
  bool finds_holders_by_prefix = true;
  // no_split_module_classes may be a set; before, a set makes get_balanced_memory end in a TypeError, and
  // infer_auto_device_map split everything.
  bool takes_sets_of_classes = true;
  // Accelerators are counted by their index; before, torch.device is asked, which refuses an index below zero.
  bool counts_by_index = true;
  // A model that is on disk as a whole can be dispatched; before: ValueError.
  bool dispatches_disk_alone = true;
  // Offloaded tensors are told apart where they are tied; before, all of them are one, and the first that is read
  // stands for the others.
  bool tells_ties_on_disk = true;

  // ---- transformers
  // It places with its own functions (integrations/accelerate.py); before, with accelerate's.
  bool transformers_places_itself = true;
  // Before that: weights are tied before budgets are balanced, too, and not only before the map is made.
  bool ties_before_balancing = true;
  // Before that, from 4.50: the file of weights is opened on the device of a map of one entry for the whole model.
  bool opens_file_on_device = false;
  // Before that: what stays in float32 is found by one pattern; before, by names that occur anywhere.
  bool keeps_float32_by_pattern = true;
  // The modules to keep whole are gathered from all models within the model when it is made; before, when it is placed,
  // and one that names none is refused.
  bool gathers_classes_early = true;
  // Its own functions:
  bool own_split_keeps_buffers = false;       // as split_keeps_buffers; no release up to 5.23 does
  bool compares_ties = true;                  // which are all stored, and ties what is equal; before, it leaves them
  bool indexes_ties_on_disk = true;           // a tied tensor on disk is found under each name; before, under one
  bool dispatches_maps_of_disk = true;        // before, a map of one device is not dispatched, be that the disk
  bool own_finds_holders_itself = true;       // before, with what accelerate has for it
  bool own_counts_holders_once = true;        // what holds several tied parameters counts once, and in full
  bool own_splits_what_fits = true;           // what would fit but for its ties is split, too, and not only passed on
  bool own_leaves_params_out = true;          // _no_placement_params
  bool own_balances_by_largest_block = true;  // of all classes; before, by the first of each; without one: ValueError
  bool own_balances_by_largest_leaf = true;   // before, by the mean of what modules hold by themselves
};

PlacementLibraries libraries_of(LibraryVersion accelerate, LibraryVersion transformers);

constexpr LibraryVersion kLatestAccelerate{1, 15, 0};
constexpr LibraryVersion kLatestTransformers{5, 23, 0};

}  // namespace ckptlint
