// Reports modules that several stages of a pipeline run, where that is asked for with `--pp`.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_repeated_stage_module(const Model& model, Findings& out) {
  const ParallelMap& map = model.parallel->map;
  if (!model.parallel->asked) return;
  const std::vector<std::string> repeated = repeated_modules(map);
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
