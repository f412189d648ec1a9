// Two checkpoints compared by their headers.
#pragma once

#include <string>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

// Borrows from both checkpoints.  Each list is sorted by name.
struct CheckpointDifference {
  struct Change {
    const StoredTensor* before;
    const StoredTensor* after;
  };
  std::vector<const StoredTensor*> only_before;
  std::vector<const StoredTensor*> only_after;
  std::vector<Change> changed;  // in both, of another type or shape
  std::size_t same = 0;         // in both, of the same type and shape

  bool empty() const { return only_before.empty() && only_after.empty() && changed.empty(); }
};

CheckpointDifference difference(const Checkpoint& before, const Checkpoint& after);

// Fills in WeightSet::difference, or whole_instead, of the safetensors and torch files in the repo's root that
// from_pretrained passes over, by their headers.  Adapters and GGUF files hold other things by their nature and are
// left out.
void compare_sets(const FileTree& repo, Checkpoint& checkpoint);

// For people: a line for each group of names that fold and differ alike: "-" only before, "+" only after, "~" changed.
std::string difference_text(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference& difference);

// For programs: one JSON object.  Fields: removed and added [{name, dtype, shape}], changed [{name, before {dtype,
// shape}, after {dtype, shape}}], same (a number).
std::string difference_json(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference& difference);

}  // namespace ckptlint
