// A repo as save_pretrained leaves it, of which there are no bytes but headers.
#pragma once

#include "base/file_tree.h"
#include "loading/saving.h"

namespace ckptlint {

// The saved files, model.safetensors among them (of zeros, which are not kept), and the code of `origin`: its files
// that end in ".py".
FileTreePtr saved_repo(const Saved& saved, FileTreePtr origin);

}  // namespace ckptlint
