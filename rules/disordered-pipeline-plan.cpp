// Reports a pipeline's plan that has modules in another order than the model runs them in, where that is asked for with
// `--pp`.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_disordered_pipeline_plan(const Model& model, Findings& out) {
  const ParallelCheck& parallel = *model.parallel;
  if (!parallel.alone || !parallel.alone->raises.empty()) return;
  const std::vector<std::string>& ran = parallel.alone->ran;
  // Plans of several models are put together one after the other: the order counts within each.
  std::map<std::string_view, const PlanRule*> latest;
  for (const PlanRule& rule : parallel.map.plan) {
    if (rule.plan != PlanKind::kPipeline) continue;
    const auto at = std::find(ran.begin(), ran.end(), rule.name);
    if (at == ran.end()) continue;
    const PlanRule*& before = latest[parent_of(rule.name)];
    if (before != nullptr && std::find(ran.begin(), at, before->name) == at) {
      Finding& finding = out.emplace_back();
      finding.severity = Severity::kInfo;
      finding.message = fmt::format("the pipeline's plan has {} before {}, and the model runs them the other way round",
                                    listed_names({before->name}), listed_names({rule.name}));
      finding.notes.emplace_back(kUnreadPipelinePlan);
      return;
    }
    before = &rule;
  }
}

}  // namespace

extern const Rule disordered_pipeline_plan = {
    .name = "disordered-pipeline-plan",
    .family = Family::kParallel,
    .severity = Severity::kInfo,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary =
        "a pipeline's plan has modules in another order than they run in (asked for with `--pp`, or of config.json)",
    .why =
        "What comes before the list of layers in the plan belongs to the first stage, and what comes after it to the "
        "last. A norm that the plan has too early is put where the layers after it are not.",
    .example = "base_model_pp_plan = {\"embed_tokens\": ..., \"norm\": ..., \"layers\": ...}",
    .remedy = "Write the plan in the order in which a forward pass comes to the modules.",
    .references = "transformers: `_pp_plan`; distributed/pipeline_parallel.py does not read it.",
    .check = check_disordered_pipeline_plan,
};

}  // namespace ckptlint
