// `ckptlint load`: what from_pretrained would report about the keys, and what it would not.
#pragma once

#include <iosfwd>

#include "input/options.h"

namespace ckptlint {

struct LoadOptions {
  ModelOptions model;
  OutputOptions output;
};

// Returns an ExitStatus: kFindings if any key is missing, unexpected or mismatched, or any buffer is left unset.
int run_load(const LoadOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
