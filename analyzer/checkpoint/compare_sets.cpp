// Compares the set of weights that is loaded with the other sets of the same repo, for the rule about competing
// weights.
#include <algorithm>

#include "checkpoint/checkpoint.h"
#include "checkpoint/compare.h"
#include "checkpoint/weight_sets.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostCompared = 8;  // sets of one repo

bool has_other_shape(const Checkpoint& a, const StoredTensor& of_a, const Checkpoint& b, const StoredTensor& of_b) {
  const auto shape_a = a.shape(of_a);
  const auto shape_b = b.shape(of_b);
  return !std::equal(shape_a.begin(), shape_a.end(), shape_b.begin(), shape_b.end());
}

SetDifference set_difference(const Checkpoint& chosen, const Checkpoint& there) {
  const CheckpointDifference found = difference(chosen, there);
  SetDifference counts;
  counts.only_there = found.only_after.size();
  counts.only_chosen = found.only_before.size();
  counts.same = found.same;
  for (const auto& change : found.changed) {
    // Another type is what such sets are for.
    if (has_other_shape(chosen, *change.before, there, *change.after))
      ++counts.other_shapes;
    else
      ++counts.same;
  }
  if (!found.only_after.empty())
    counts.example = found.only_after.front()->name;
  else if (!found.only_before.empty())
    counts.example = found.only_before.front()->name;
  return counts;
}

// Whether all of its tensors are known, and there are some.
bool is_readable(const Checkpoint& checkpoint) {
  return !checkpoint.tensors.empty() && std::none_of(checkpoint.defects.begin(), checkpoint.defects.end(),
                                                     [](const Defect& defect) { return defect.stops_loading; });
}

}  // namespace

void compare_sets(const FileTree& repo, Checkpoint& checkpoint) {
  const bool readable = is_readable(checkpoint);
  const auto takes_its_place = [&](const WeightSet& set) {
    return !readable && !checkpoint.defects.empty() && is_looked_for(set.entry);
  };
  std::size_t compared = 0;
  for (WeightSet& set : checkpoint.sets) {
    const bool in_root = set.entry.find('/') == std::string::npos;
    const bool known = set.format == WeightFormat::kSafetensors || set.format == WeightFormat::kTorchZip;
    if (set.chosen || !in_root || !known || set.entry.starts_with("adapter_model.") || compared == kMostCompared)
      continue;
    if (!readable && !takes_its_place(set)) continue;
    const Result<Checkpoint> there = read_checkpoint(repo, set.entry);
    ++compared;
    if (!there.ok() || !is_readable(*there)) continue;
    if (readable)
      set.difference = set_difference(checkpoint, *there);
    else
      set.whole_instead = true;
  }
}

}  // namespace ckptlint
