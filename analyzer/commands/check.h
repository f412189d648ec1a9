// `ckptlint check`: lint models, print what was found, and apply fixes when told to.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "ckptlint/finding.h"
#include "input/options.h"

namespace ckptlint {

struct CheckOptions {
  ModelOptions model;
  PlacementOptions placement;
  OutputOptions output;
  std::vector<std::string> select;        // --select: each a rule name or several with commas; empty for all
  std::vector<std::string> ignore;        // --ignore, likewise
  Severity fail_on = Severity::kWarning;  // --fail-on: the least grave finding that makes the exit status 1
  bool require_complete = false;          // --require-complete
  bool exit_zero = false;                 // --exit-zero: findings do not make the exit status 1
  std::vector<std::string> outputs;       // --output, each FILE or FORMAT=FILE
  bool statistics = false;                // --statistics: counts by rule instead of the report
  bool show_fixes = false;                // --show-fixes: which fixes were applied
  bool diff = false;                      // print what the fixes would change instead of the report
  bool fix = false;                       // apply the safe fixes
  bool unsafe_fixes = false;              // apply, or with `diff` show, the unsafe ones too
};

// Returns an ExitStatus.  The report goes to `out`, sentences about what could not be analysed to `err`.
int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
