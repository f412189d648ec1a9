// What save_pretrained writes of a model: the names under which the release stores its tensors, and the config as it
// has it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/dtype.h"
#include "ckptlint/known.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "graph/evaluated_model.h"
#include "loading/transform.h"

namespace ckptlint {

struct SavedTensor {
  std::string name;
  Dtype dtype = Dtype::kFloat32;
  Shape shape;
};

struct Saved {
  std::string raises;                // the exception in which it ends, "ValueError: message"; "" where it returns
  std::vector<SavedTensor> tensors;  // in the order in which they are written
  std::map<std::string, std::string> files;  // config.json, generation_config.json: their texts by name
};

// What a model was loaded from, and how its keys were compared: with split_ties.
struct LoadedFrom {
  const Checkpoint& checkpoint;
  const Loading& loading;
};

// PreTrainedModel.save_pretrained of the release that `evaluated` has, by its own code: state dict, tied and ignored
// keys, and the conversions of loading reverted as transformers 5 does it.  With `loaded`, of the model that
// from_pretrained made of what is stored, whose conversions are those that the keys make use of; else (null) of the
// model that the constructor made.  `repo` is where it was loaded from.  All tensors are in one file: how many there
// would be is not looked at.  Not known where the library's code could not be followed, and of a model with a
// quantizer.
Known<Saved> find_saved(const ModuleGraph& graph, const LoadedFrom* loaded, const FileTreePtr& repo,
                        EvaluatedModel& evaluated);

}  // namespace ckptlint
