// Reports that loading over several processes raises where loading on one does not, where that is asked for with
// `--tp`.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_unshardable_model(const Model& model, Findings& out) {
  const ParallelMap& map = model.parallel->map;
  if (map.raises.empty()) return;
  Finding& finding = out.emplace_back();
  if (!model.parallel->asked) finding.severity = Severity::kInfo;
  finding.message = fmt::format("`from_pretrained` with {} ends in {}", text_of(map.sizes), map.raises);
  const Span span = model.graph->modules.front().class_span;
  if (span.known()) finding.labels.push_back(Label::at(span, "the model"));
  finding.notes.emplace_back("the release's own code distributes the model; on one process it is not asked");
}

}  // namespace

extern const Rule unshardable_model = {
    .name = "unshardable-model",
    .family = Family::kParallel,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary =
        "loading over several processes raises (asked for with `--tp`, `--ep`, `--pp`, or of a plan in config.json)",
    .why =
        "The plan of a model is a dictionary of names and styles. A style that the release does not know, a size that the "
        "experts do not divide by, a conversion of stored tensors that does not know of shards end the load, on all "
        "processes at once and after they were booked.",
    .example = "class MyConfig(PretrainedConfig):\n    base_model_tp_plan = {\"layers.*.mlp.up_proj\": \"colwize\"}",
    .remedy = "Correct the plan that the message names, or ask for another number of processes.",
    .references = "transformers: `maybe_distribute_model` in distributed/mixin.py, before 5.16 `distribute_model`.",
    .check = check_unshardable_model,
};

}  // namespace ckptlint
