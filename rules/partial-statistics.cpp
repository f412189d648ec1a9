// Reports means, norms and the like that a rank takes over a part of what one process takes them over, where that is
// asked for with `--tp`.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_partial_statistics(const Model& model, Findings& out) {
  if (!model.parallel->asked) return;
  const ParallelCheck& parallel = *model.parallel;
  if (!parallel.alone || !parallel.alone->raises.empty() || parallel.map.sizes.pipeline > 1) return;
  for (const RankForward& each : parallel.map.forward) {
    if (!each.pass || !each.pass->raises.empty()) continue;
    const std::vector<CutReduction> cut = cut_reductions(*each.pass, *parallel.alone);
    if (cut.empty()) continue;
    Finding& finding = out.emplace_back();
    finding.message = fmt::format(
        "with {}, the model loads and runs, and says something else than on one process: each rank takes `{}` over the {} "
        "elements that it has of {}",
        text_of(parallel.map.sizes), cut.front().alone.name, cut.front().on_rank, cut.front().alone.over);
    for (const CutReduction& reduction : cut) {
      finding.labels.push_back(
          Label::at(reduction.alone.where,
                    fmt::format("over {} of {} on rank {}, {} in a pass", reduction.on_rank, reduction.alone.over,
                                each.rank, reduction.times == 1 ? "once" : fmt::format("{} times", reduction.times))));
    }
    finding.notes.emplace_back(
        "no sum over the ranks makes that whole; both were followed on shapes, with four tokens");
    return;
  }
}

}  // namespace

extern const Rule partial_statistics = {
    .name = "partial-statistics",
    .family = Family::kParallel,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary =
        "a mean, norm or softmax of a part that a rank has, for that of the whole (asked for with `--tp`, `--ep`)",
    .why =
        "A plan cuts the output of a projection, and between it and the projection that adds the parts up there is more "
        "than can be done column by column: a mean, a deviation, a norm, a softmax, the largest. Each rank takes it over its "
        "own columns, and nothing raises.",
    .example =
        "`gate_proj` as `colwise`, and `torch.std(gate, dim=-1)` before the activation: on two ranks, of half the columns",
    .remedy =
        "Give the projection a style that puts its output together (`colwise_gather_output`), or leave it out of the plan.",
    .references = "transformers: distributed/tensor_parallel.py, before 5.16 integrations/tensor_parallel.py.",
    .check = check_partial_statistics,
};

}  // namespace ckptlint
