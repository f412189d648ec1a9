// Reports that what a model on several ranks says is put together of other parts than it is taken for, where that is
// asked for with `--tp`.
#include <fmt/format.h>

#include <map>
#include <string_view>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

// What is wrong with the pass of a rank that comes to its end; nothing where that is not known.
std::vector<std::string> faults_of(const ForwardPass& pass, const ForwardPass& alone) {
  std::vector<std::string> faults = pass.misread;
  if (!pass.logits.empty() && !alone.logits.empty() && pass.logits != alone.logits)
    faults.push_back(
        fmt::format("its logits are {}, and {} on one process", shape_text(pass.logits), shape_text(alone.logits)));
  return faults;
}

// "`lm_head.weight` (colwise) is `model.embed_tokens.weight` (replicate)", of tied weights with rules of two styles.
std::vector<std::string> ties_of_two_styles(const Model& model) {
  std::map<std::string_view, std::string_view> styles;
  for (const std::vector<ShardedTensor>& stage : model.parallel->map.stages) {
    for (const ShardedTensor& tensor : stage) styles.emplace(tensor.name, tensor.layout->style);
  }
  std::vector<std::string> ties;
  if (!model.graph->tied_weights) return ties;
  for (const auto& [target, source] : *model.graph->tied_weights) {
    const std::string_view own = styles[target], other = styles[source];
    if (own != other && !own.empty() && !other.empty())
      ties.push_back(fmt::format("`{}`, for which the plan says `{}`, is tied to `{}`, for which it says `{}`", target,
                                 own, source, other));
  }
  return ties;
}

void check_misread_shards(const Model& model, Findings& out) {
  if (!model.parallel->asked) return;
  const ParallelCheck& parallel = *model.parallel;
  if (!parallel.alone || !parallel.alone->raises.empty() || parallel.map.sizes.pipeline > 1) return;
  for (const RankForward& each : parallel.map.forward) {
    if (!each.pass || !each.pass->raises.empty()) continue;
    std::vector<std::string> faults = faults_of(*each.pass, *parallel.alone);
    if (faults.empty()) continue;
    Finding& finding = out.emplace_back();
    finding.message = fmt::format("with {}, the model loads and runs, and says something else than on one process",
                                  text_of(parallel.map.sizes));
    const Span span = model.graph->modules.front().class_span;
    if (span.known()) finding.labels.push_back(Label::at(span, "the model"));
    for (std::string& fault : faults) finding.notes.push_back(fmt::format("rank {}: {}", each.rank, fault));
    for (std::string& tie : ties_of_two_styles(model)) finding.notes.push_back(std::move(tie));
    return;
  }
}

}  // namespace

extern const Rule misread_shards = {
    .name = "misread-shards",
    .family = Family::kParallel,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary = "ranks put their parts together to something else than the whole (asked for with `--tp`, `--ep`)",
    .why =
        "A style takes the weight of its module to be cut as the style itself would cut it. A head that is tied to an "
        "embedding of another style gets the embedding's part instead: what is put together of these parts has another "
        "size or other numbers than the logits, and nothing raises.",
    .example =
        "tie_word_embeddings, `lm_head` as `colwise_gather_output` and `embed_tokens` as `replicate`, and a vocabulary of "
        "97 on 2 ranks",
    .remedy = "Give the embedding the style `embedding_rowwise`, leave it out of the plan, or untie the head.",
    .references = "transformers: distributed/tensor_parallel.py, before 5.16 integrations/tensor_parallel.py.",
    .check = check_misread_shards,
};

}  // namespace ckptlint
