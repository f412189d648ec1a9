// What the library takes out of its report again: tied tensors, and keys that match a pattern.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "loading/state_dict.h"

namespace ckptlint {

// Stored keys as they were compared with the state dict, before anything is forgiven: `matched`, `missing`,
// `unexpected` and `mismatched`, or `raises`.
struct Compared {
  Loading loading;
};

// What the model's own tie_weights leaves of the names that are missing; nothing where it has the library's.
using OwnTies = std::function<std::optional<std::vector<std::string>>(const std::vector<std::string>& missing)>;

// mark_tied_weights_as_initialized and tie_weights of transformers 5.23.0: a tied tensor is not missing if any member
// of its group is there.
Compared forgive_ties(const ModuleGraph& graph, const StateDict& expected, const OwnTies& own_ties, Compared compared);

// Stored buffers that were persistent in old releases, and are forgiven to models that have them still.
enum class FormerBuffers : std::uint8_t {
  kNone,         // or the library has left them out itself
  kFrequencies,  // `rotary_emb.inv_freq`: 4.50 to 4.57
  kPositions,    // and `position_ids`: 5
};

// _adjust_missing_and_unexpected_keys of 4.57.6 and 5.23.0: takes from `missing`, and moves from `unexpected` to
// `ignored`.
Loading forgive_by_pattern(const ModuleGraph& graph, FormerBuffers former, Compared compared);

}  // namespace ckptlint
