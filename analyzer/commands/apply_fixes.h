// What `ckptlint check --fix` does with the fixes that were found.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "check/fix_search.h"
#include "check/pipeline.h"

namespace ckptlint {

struct AppliedFix {
  std::string rule;  // whose finding is gone
  std::string title;
};
struct FixedTexts {
  OwnTexts texts;
  std::vector<AppliedFix> applied;  // in order
};

// Applies fixes in memory, each found by checking what the one before left, until none is left; with `unsafe`, the
// unsafe ones too.  `report` becomes that of the last state.
Result<FixedTexts> fixed_texts(const ModelInput& input, const Question& question, bool unsafe, ModelReport& report);

// What writing `texts` would change, as unified diffs.
Result<std::string> diff_of(const ModelInput& input, const OwnTexts& texts);

// Writes them.  Returns what was written, for people.
Result<std::string> write_texts(const ModelInput& input, const OwnTexts& texts);

}  // namespace ckptlint
