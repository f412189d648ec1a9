// `ckptlint rules`: the rules, one line each, grouped by family.
#pragma once

#include <iosfwd>

#include "input/options.h"

namespace ckptlint {

struct RulesOptions {
  OutputOptions output;
};

// Returns an ExitStatus.
int run_rules(const RulesOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
