// Reports that the library's last steps with a model, around reading the weights, raise an exception.
#include <fmt/format.h>

#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_failing_load(const Model& model, Findings& out) {
  if (!*model.finish) return;
  const LoadFailure& failure = **model.finish;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`from_pretrained` ends in {}, {}", failure.what, failure.stage);
  if (failure.where.known()) finding.labels.push_back(Label::at(failure.where, "raised here"));
  say_hidden(failure.hides, finding);
  if (failure.what.find("all_tied_weights_keys") != std::string::npos) {
    if (!model.graph->modules.empty())
      finding.labels.push_back(
          Label::at(model.graph->modules.front().class_span, "does not have it after its constructor"));
    finding.notes.emplace_back(
        "`self.post_init()` at the end of the constructor sets it: transformers 5 needs that call");
  }
  finding.notes.emplace_back(failure.after_weights ? "it comes after the weights are read"
                                                   : "it comes before the weights are read, as not all are stored");
}

}  // namespace

extern const Rule failing_load = {
    .name = "failing-load",
    .family = Family::kCode,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kFinish,
    .summary = "the library's last steps with a model, beside reading the weights, raise an exception",
    .why =
        "from_pretrained ends in it although all keys match: it marks what is tied, calls `_init_weights` for every "
        "module, ties the weights and sorts the report by patterns of the class. transformers 4.50 to 4.57 call "
        "`_init_weights` before they read the weights, for modules of which not all is stored.",
    .example =
        "class TinyModel(PreTrainedModel):\n"
        "    def __init__(self, config):\n"
        "        super().__init__(config)\n"
        "        self.proj = nn.Linear(4, 4)  # and no self.post_init()",
    .remedy =
        "Call `self.post_init()` at the end of every constructor; give `_init_weights` and `tie_weights` the form that "
        "the release calls them in.",
    .references = "`_finalize_model_loading` of transformers 5.",
    .check = check_failing_load,
};

}  // namespace ckptlint
