// From findings to fixes that a second run of the phases has confirmed.
#pragma once

#include <map>
#include <string>

#include "check/pipeline.h"
#include "input/model_input.h"

namespace ckptlint {

// The input with some of the user's own files replaced.
using OwnTexts = std::map<OwnFile, std::string>;
ModelInput with_texts(const ModelInput& input, const OwnTexts& texts);

// Tries what the rules propose and fills in Finding::fixes with what holds: each is applied to an overlay, everything
// runs again, and where new findings appear their own remedies join the set, until the finding is gone and nothing new
// is there.  What does not hold becomes a note that says why.
void search_fixes(const ModelInput& input, const Question& question, Analysis& analysis);

}  // namespace ckptlint
