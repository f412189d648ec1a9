// What the user's own word changes of a report: severities, files whose findings are left out, and what is known
// already.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "check/suppressions_file.h"
#include "ckptlint/rule.h"
#include "commands/check.h"
#include "report/report.h"

namespace ckptlint {

// What of a model goes into the file of known findings.
struct ToRemember {
  std::string path;              // of the file; empty: there is nothing to write
  std::string model;             // as the file names it
  Findings found;                // new and known by the file
  std::vector<std::string> run;  // the rules
  bool add = false;
  bool prune = false;
};

// `chosen` are the rules that were to be run.  An error where the file of known findings cannot be read.
Result<ToRemember> settle(ModelReport& report, const CheckOptions& options, const std::vector<const Rule*>& chosen);

// Writes what is to be remembered, each file once; what was written, for people, a line each.
Result<std::string> remember(const std::vector<ToRemember>& all);

}  // namespace ckptlint
