// Reports modules that several stages of a pipeline run, where that is asked for with `--pp`.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool is_below(std::string_view name, std::string_view module) {
  return name.size() > module.size() && name.starts_with(module) && name[module.size()] == '.';
}

// Whether what runs is a module with weights by itself: neither a list of layers nor made of others that run.
bool is_one(const std::string& module, const std::vector<std::string>& ran, const std::vector<ShardedTensor>& stage) {
  if (std::any_of(ran.begin(), ran.end(), [&](const std::string& each) { return is_below(each, module); })) return false;
  bool has_weights = false;
  for (const ShardedTensor& tensor : stage) {
    if (!is_below(tensor.name, module)) continue;
    const std::string_view rest = std::string_view(tensor.name).substr(module.size() + 1);
    if (is_index(rest.substr(0, rest.find('.')))) return false;
    has_weights = has_weights || !tensor.is_buffer;
  }
  return has_weights;
}

void check_repeated_stage_module(const Model& model, Findings& out) {
  const ParallelMap& map = model.parallel->map;
  if (!model.parallel->asked || map.sizes.pipeline <= 1 || map.stages.empty()) return;
  std::map<std::string, std::vector<std::uint32_t>> stages_of;
  for (const RankForward& each : map.forward) {
    if (!each.pass || !each.pass->raises.empty()) continue;
    const std::uint32_t stage = each.rank / map.sizes.ranks_of_stage();
    for (const std::string& module : each.pass->ran) {
      std::vector<std::uint32_t>& stages = stages_of[module];
      if ((stages.empty() || stages.back() != stage) && is_one(module, each.pass->ran, map.stages[stage]))
        stages.push_back(stage);
    }
  }
  std::vector<std::string> repeated;
  for (const auto& [module, stages] : stages_of) {
    if (stages.size() > 1) repeated.push_back(module);
  }
  if (repeated.empty()) return;
  Finding& finding = out.emplace_back();
  finding.message =
      fmt::format("with {}, {} {} in several stages, and the model runs {} once", text_of(map.sizes),
                  listed_names(repeated), repeated.size() == 1 ? "runs" : "run", repeated.size() == 1 ? "it" : "each");
  const Span span = model.graph->modules.front().class_span;
  if (span.known()) finding.labels.push_back(Label::at(span, "the model"));
  finding.notes.emplace_back("the stages before the last hand on what it has changed already, and nothing raises");
}

}  // namespace

extern const Rule repeated_stage_module = {
    .name = "repeated-stage-module",
    .family = Family::kParallel,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kParallel,
    .summary = "a module with weights runs in several stages of a pipeline (asked for with `--pp`)",
    .why =
        "A pipeline leaves a module to one stage by its name. One of another name stays in all of them: a final norm "
        "then runs at the end of every stage, and what the model says is wrong without a word.",
    .example = "GPT-NeoX calls its last norm `final_layer_norm`, where the release looks for `norm`",
    .remedy = "Take tensor parallelism, or name the modules as the release does.",
    .references = "transformers: `apply_pipeline_parallelism` in distributed/pipeline_parallel.py.",
    .check = check_repeated_stage_module,
};

}  // namespace ckptlint
