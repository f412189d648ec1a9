// What the code of a repo would do: all of it is read, and followed from where importing, building and using a model
// begin.
#pragma once

#include <string>

#include "base/file_tree.h"
#include "ckptlint/conduct.h"
#include "ckptlint/known.h"
#include "ckptlint/source.h"

namespace ckptlint {

// Not known, for no reason, where nobody is asked to run any.  Files that it names are added to `sources`, unless they
// are there; `label` is shown before their paths.
Known<Conduct> conduct_of(const FileTreePtr& repo, const std::string& label, SourceFiles& sources);

}  // namespace ckptlint
