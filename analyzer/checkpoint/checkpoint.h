// Reading a checkpoint, and making one by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

// The checkpoint of a model repo.  `entry` names a weight file or an index in it; empty means what from_pretrained
// would load, perhaps nothing: of transformers 5.23.0 (`transformers_weights` of config.json, then its own order of
// names), or of diffusers 0.42.1 where config.json is one of its own. What is wrong with the files is in
// Checkpoint::defects; an error means that `entry` itself cannot be opened. Reads headers only: neither time nor memory
// depends on the size of the tensors.
Result<Checkpoint> read_checkpoint(const FileTree& repo, std::string_view entry = "");

// All weight files in the root of a folder that loads none of them by itself, as that of a pipeline: each is a shard
// and a set of its own.  What from_pretrained would miss in them is no defect: other functions load such files.
Checkpoint read_weights_beside(const FileTree& repo);

// The values of a stored tensor in row-major order, converted to double (integers beyond 2^53 lose digits).  An error
// where it has more than `max_elements`, its bytes are not there, or its type is complex or packed in blocks.
Result<std::vector<double>> stored_values(const FileTree& repo, const Checkpoint& checkpoint,
                                          const StoredTensor& tensor, std::uint64_t max_elements = 1u << 16);

// For tests and inferred checkpoints: a checkpoint of one loadable shard, model.safetensors, with tensors laid out
// densely in the order given.
struct TensorSketch {
  std::string name;
  Dtype dtype = Dtype::kFloat32;
  std::vector<std::int64_t> shape;
};
Checkpoint sketched_checkpoint(const std::vector<TensorSketch>& tensors);

}  // namespace ckptlint
