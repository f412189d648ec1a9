// What transformers 4 does with stored tensors once their keys are compared: moves, initialises and fills the model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ckptlint/checkpoint.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

struct ShardLoad {
  // Rows of the checkpoint that are loaded, and the names that the model calls them by; in the order of the file.
  std::vector<std::pair<std::uint32_t, std::string>> loaded;
  std::vector<std::string> absent;    // what is missing, then what is of another shape
  Dtype dtype = Dtype::kFloat32;      // that the model is built in
  bool into_parts = false;            // these tensors alone are looked at, each in its own module
  std::vector<std::string> beside{};  // the names of those that nobody expects, of which a quantizer takes its parts
  std::string part{};                 // the attribute of the model that is filled; empty: all of it
  bool at_once = false;               // or all are handed to torch, as 4.50 does without a quantizer
};

// Evaluates that on a copy of the model, and gives what is left of `beside`.  Throws LibraryRaises where
// from_pretrained would end in an exception, and NotFollowed where that is not known.
std::vector<std::string> load_shards(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load);

// Whether the library so fills a model, where nobody asks for a device map.
bool fills_at_once(EvaluatedModel& evaluated);

// Throws as above what the library raises that reads a file of tensors of these types, pairs of a name and that of the
// type in the file.
void read_types(EvaluatedModel& evaluated, const std::vector<std::pair<std::string, std::string>>& types);

// What _load_pretrained_model of transformers before 4.50 makes of all that is stored.
struct WholeLoad {
  std::vector<std::pair<std::uint32_t, std::string>> taken;  // rows of the checkpoint, and names in the model
  std::vector<std::string> missing, unexpected;  // as the library has them: without what it ignores by pattern
  std::vector<std::pair<std::uint32_t, std::string>> mismatched;  // rows, and keys for the model
};

// Evaluates it on a copy of the model, which was built in `dtype`: with what is missing initialised and no shape
// forgiven, as it is by default and with a quantizer, or with the reverse.  Throws as above.
WholeLoad load_whole(EvaluatedModel& evaluated, const Checkpoint& checkpoint, Dtype dtype, bool by_default);

// The names of the state dict that are on the meta device when the model is filled and tied, before anything is moved
// to a device.  `into_parts` is false.  Throws as load_shards does.
std::vector<std::string> left_empty(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load);

}  // namespace ckptlint
