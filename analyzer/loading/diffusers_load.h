// from_pretrained of a model of diffusers, by its own code, as far as names go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/dtype.h"
#include "graph/evaluated_model.h"
#include "graph/not_followed.h"

namespace ckptlint {

// A weight file as its header describes it.
struct StoredFile {
  struct Stored {
    std::string name;
    Dtype dtype = Dtype::kFloat32;
    std::vector<std::int64_t> shape;
  };
  std::string path;      // in the repo
  bool loadable = true;  // otherwise the file's own loader refuses it
  std::vector<Stored> tensors{};
  std::map<std::string, std::string> metadata{};  // of safetensors
  bool metadata_cut = false;                      // it lacks something
};

std::vector<StoredFile> stored_files(const Checkpoint& checkpoint);

struct NamedLoad {
  std::optional<LibraryRaises> raised;  // where it raises
  bool compared = true;  // and had compared keys before, or comes to its end: then these are what it has found of them
  std::vector<std::pair<std::string, std::string>> placed;  // stored names, and names in the model
  std::vector<std::string> missing, unexpected;
  std::vector<std::pair<std::string, std::string>> mismatched;  // of another shape, where that is no error
  std::vector<std::string> unset;                               // names that have no value, of which it tells nothing
};

// What it tells with `arguments` (a JSON object; dtypes by name) of the folder `repo`, of which `files` are the weight
// files.  A model with a quantizer is built anew, since the one that was built has what its quantizer made of it.
// Throws
// NotFollowed.
NamedLoad load_with_diffusers(EvaluatedModel& evaluated, const FileTreePtr& repo, const std::vector<StoredFile>& files,
                              const std::string& arguments = "{}");

}  // namespace ckptlint
