// What a rule asks for against what is known of a model.
#pragma once

#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/model.h"
#include "report/report.h"

namespace ckptlint {

// The set of all facts that are known.
Facts known_facts(const Model& model);

// Why `needs` are not known, by the first of them that is not: what has to be asked for comes before what is found
// out, which comes before what is made of it.  Null where all are known.
const Unknown* first_unknown(const Model& model, Facts needs);

// What could not be checked, for each reason: of the facts that `needs`, all that the chosen rules ask for, has.
std::vector<NotChecked> not_checked(const Model& model, Facts needs);

}  // namespace ckptlint
