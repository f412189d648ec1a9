// `ckptlint explain`: the page of a rule, or what an error message pasted from a terminal means.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "input/options.h"

namespace ckptlint {

struct ExplainOptions {
  std::vector<std::string> what;  // a rule's name, or the words of an error message; "-" reads `in`
  OutputOptions output;
};

// Returns an ExitStatus: kNotAnalysed where neither a rule nor a known message is recognised.
int run_explain(const ExplainOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
