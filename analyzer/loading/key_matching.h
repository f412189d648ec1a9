// Stored keys against the state dict of the model.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// Regular expressions for stored keys, and what takes the place of a match.
using KeyMapping = std::vector<std::pair<std::string, std::string>>;

// What from_pretrained makes of the keys of an unquantized checkpoint: as transformers 5.23.0 or 4.57.6 do it,
// whichever form the source of `evaluated` has, with the renamings and conversions that its code gives for this model.
// Without `evaluated` (null) only those that every model of 5.23.0 has: LayerNorm.gamma and .beta, weight_g and
// weight_v, a doubled `model.model`, and no `key_mapping`, which is from_pretrained's argument of that name. Not
// known where the library's code could not be followed.
Known<Loading> match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated,
                          const KeyMapping& key_mapping = {});

// The same of a model of diffusers, by its own from_pretrained on the folder `repo` that the checkpoint was read from.
// `quantization`: the argument quantization_config as JSON, may be empty.
Known<Loading> match_keys_of_diffusers(const ModuleGraph& graph, const Checkpoint& checkpoint,
                                       EvaluatedModel& evaluated, const FileTreePtr& repo,
                                       const std::string& quantization);

// Ties of which both sides are stored, and whether their bytes differ: by the first, middle and last megabyte of what
// is long; those whose bytes do not lie in a file of `repo` as they are are left out.  And ties of which only the side
// that repeats the other is stored.  Fills in `split_ties` and `aliases_alone`.
void find_split_ties(const ModuleGraph& graph, const Checkpoint& checkpoint, const FileTree& repo, Loading& loading);

// Fills in BlindPattern::shared.  `parted`: BuiltGraph::parted; on transformers 5 loading parts all that share.
void find_lost_shares(const ModuleGraph& graph, const std::vector<std::pair<std::string, std::string>>& parted,
                      Loading& loading);

// The stored tensors, to be read where a value matters.
struct StoredTensors {
  const FileTree& repo;
  const Checkpoint& checkpoint;
};

// What `_init_weights` makes of tensors once a checkpoint is loaded.
struct AfterLoading {
  std::vector<Rebuild> missing;              // of each of Loading::missing: whether it writes it
  std::vector<TensorId> overwritten;         // loaded, and written again by it, ascending
  Known<std::optional<LoadFailure>> finish;  // the exception in which the library's last steps end
};

// Without keys in `loading` (nothing compared) everything counts as loaded.  With `stored` (null where there is nothing
// to read), what is overwritten with the values that it was loaded with is left out.
AfterLoading find_after_loading(const ModuleGraph& graph, EvaluatedModel* evaluated, const StoredTensors* stored,
                                const Loading& loading);

// The non-persistent buffers that only the first rank sets, where FSDP has it load for all.
Known<std::vector<TensorId>> unset_elsewhere_of(const ModuleGraph& graph, EvaluatedModel* evaluated);

// The non-persistent buffers that nothing writes once transformers 5 has built the model without values, ascending:
// needs no checkpoint.  None for transformers 4.
std::vector<TensorId> unset_buffers_of(const ModuleGraph& graph, EvaluatedModel* evaluated);

}  // namespace ckptlint
