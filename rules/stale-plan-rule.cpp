// Reports rules of a plan that name nothing in the model, where that is asked for with `--tp`.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_stale_plan_rule(const Model& model, Findings& out) {
  std::vector<std::string> stale, of_pipeline;
  for (const PlanRule& rule : model.parallel->map.plan) {
    if (!rule.applies) (rule.plan == PlanKind::kPipeline ? of_pipeline : stale).push_back(rule.name);
  }
  for (const auto* names : {&stale, &of_pipeline}) {
    if (names->empty()) continue;
    Finding& finding = out.emplace_back();
    finding.severity = Severity::kInfo;
    finding.message =
        fmt::format("{} of the {}plan name{} nothing in the model: {}",
                    names->size() == 1 ? "1 rule" : fmt::format("{} rules", names->size()),
                    names == &of_pipeline ? "pipeline's " : "", names->size() == 1 ? "s" : "", listed_names(*names));
    if (names == &of_pipeline) finding.notes.emplace_back(kUnreadPipelinePlan);
  }
}

}  // namespace

extern const Rule stale_plan_rule = {
    .name = "stale-plan-rule",
    .family = Family::kParallel,
    .severity = Severity::kInfo,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary =
        "a rule of the plan names no module or parameter (asked for with `--tp`, `--ep`, `--pp`, or of a plan in config.json)",
    .why =
        "The library logs such rules and goes on. Where they are what is left of a name that changed, the layers that "
        "they were for are whole on every rank.",
    .example = "base_model_tp_plan = {\"layers.*.attention.q_proj\": \"colwise\"}  # the module is `self_attn`",
    .remedy = "Name the module as the model does, with `*` for the number of a layer, or drop the rule.",
    .references = "transformers: `_validate_parallel_plan` in distributed/mixin.py, `verify_tp_plan`.",
    .check = check_stale_plan_rule,
};

}  // namespace ckptlint
