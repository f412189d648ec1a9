// `ckptlint compat`: a model under every release of transformers that is there.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "input/options.h"

namespace ckptlint {

struct CompatOptions {
  ModelOptions model;
  PlacementOptions placement;
  OutputOptions output;
  std::string releases;     // --releases: "4.40..5.24", "4.57.6,5.23.0"; empty: all
  bool round_trip = false;  // --round-trip
};

// Returns an ExitStatus: kFindings where a release that was named (--releases, --source) does not work, or, where none
// was, none does; and where a round trip that was asked for does not bring back the model.
int run_compat(const CompatOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
