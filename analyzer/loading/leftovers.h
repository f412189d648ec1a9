// From the keys that are left over to what must have happened.
#pragma once

#include "ckptlint/checkpoint.h"
#include "ckptlint/leftovers.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// Sorts `loading`'s missing, unexpected and mismatched keys by cause.  Guesses nothing: a pair has equal shapes, is the
// only one of its kind, and comes with others or completes a family.  With `by_packing`, keys of modules that are
// stored in another packing go there, whose causes find_packing_causes then finds.
Leftovers leftovers_of(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading,
                       bool by_packing = false);

// ---- The steps, each of which takes what it explains out of `left` ------------------------------------------------

void find_packings(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading, Leftovers& left);
void find_placeholders(const ModuleGraph& graph, Leftovers& left);
void find_shifts(const ModuleGraph& graph, const Checkpoint& checkpoint, Leftovers& left);
void find_layouts(const ModuleGraph& graph, const Checkpoint& checkpoint, Leftovers& left);
void find_surplus_layers(const ModuleGraph& graph, Leftovers& left);
void find_renamings(const ModuleGraph& graph, const Checkpoint& checkpoint, Leftovers& left);

// Takes the pairs out of `left.missing` and `left.unexpected`.
void explain(const std::vector<KeyPair>& pairs, Leftovers& left);

}  // namespace ckptlint
