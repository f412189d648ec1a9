// Remedies for keys that are read under other names, for ties, and for what is initialised once more after loading.
#pragma once

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/model.h"
#include "fix/remedies.h"

namespace ckptlint {

// As `attempt` does for these.

// A pattern or two that match exactly the given keys of those that are stored.
Result<Attempt> attempt_one(const MapKeys& remedy, const Model& model, const FileTree* repo);
// Every call in `_init_weights` that writes a tensor itself becomes one of a function of transformers.initialization.
Result<Attempt> attempt_one(const GuardWrites& remedy, const Model& model, const FileTree* repo);
// The source of every tie is the embedding that the class builds or that the model in it does, where that is one.
Result<Attempt> attempt_one(const NameTieSources& remedy, const Model& model, const FileTree* repo);

}  // namespace ckptlint
