// Reports that a rank's forward pass raises on its part of the model, where that is asked for with `--tp`.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_failing_shards(const Model& model, Findings& out) {
  if (!model.parallel->asked) return;
  const ParallelCheck& parallel = *model.parallel;
  if (!parallel.alone || !parallel.alone->raises.empty()) return;  // then the shards are not the cause
  for (const RankForward& each : parallel.map.forward) {
    if (!each.pass || each.pass->raises.empty()) continue;
    Finding& finding = out.emplace_back();
    finding.message = fmt::format("with {}, the model loads, and a forward pass on rank {} ends in {}{}",
                                  text_of(parallel.map.sizes), each.rank, each.pass->raises, each.pass->place);
    const Span span = model.graph->modules.front().class_span;
    if (span.known()) finding.labels.push_back(Label::at(span, "the model"));
    for (std::string& cut : cut_heads(parallel.map)) finding.notes.push_back(std::move(cut));
    finding.notes.emplace_back(
        "on one process the pass comes to its end: both were followed on shapes, with four tokens");
    return;
  }
}

}  // namespace

extern const Rule failing_shards = {
    .name = "failing-shards",
    .family = Family::kParallel,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary = "a rank cannot run the part of the model that it loads (asked for with `--tp`, `--ep`, `--pp`)",
    .why =
        "Loading cuts tensors wherever they divide, and asks nobody whether the parts are whole heads, or fit the layer "
        "that they feed. Weights are read without a word, and the first token fails.",
    .example = "8 key heads of 128 on 16 ranks: each has 64 rows of `k_proj`, and `view(..., -1, 128)` raises",
    .remedy =
        "Take a number of processes that the heads divide by, or give a plan that leaves such projections whole on each "
        "rank (`colwise_gather_output`).",
    .references = "transformers: distributed/tensor_parallel.py, before 5.16 integrations/tensor_parallel.py.",
    .check = check_failing_shards,
};

}  // namespace ckptlint
