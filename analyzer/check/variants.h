// A model under each of several releases of transformers and each of several placements, in one report.
#pragma once

#include <string>
#include <vector>

#include "input/model_input.h"
#include "report/report.h"

namespace ckptlint {

// The input with one of its sources of transformers each, in the order given; the input as it is where there is but
// one.
std::vector<ModelInput> with_one_release_each(const ModelInput& input);

struct VariantReport {
  std::string release;    // "4.57.6"
  std::string placement;  // its name; empty where there is but one
  ModelReport report;
};

// At least one.  What several variants find alike is one finding, whose note says with which it happens, with which it
// does not, and of which that is not known.
ModelReport report_over_variants(std::vector<VariantReport> reports);

}  // namespace ckptlint
