// Reports that the model's code raises an exception before there is a model.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void check_unbuildable_model(const Model& model, Findings& out) {
  if (model.build_failure() == nullptr) return;
  const BuildFailure& failure = *model.build_failure();
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("the model cannot be built: {} raises {}", failure.stage, failure.what);
  for (const ConfigField& field : failure.fields)
    finding.labels.push_back(Label::stored("config.json", field.path, fmt::format("is {}", field.value)));
  if (failure.where.known()) finding.labels.push_back(Label::at(failure.where, "raised here"));
  say_hidden(failure.hides, finding);
  if (!failure.fields.empty())
    finding.notes.push_back(fmt::format("without {} the config can be made", failure.fields.size() == 1
                                                                                 ? "this field of config.json"
                                                                                 : "any one of these fields"));
  if (failure.what.find("requires the following packages") != std::string::npos)
    finding.notes.emplace_back(
        "without a dot an installed package is meant: a file of the repo is imported by `from .name import ...`");
  else if (failure.stage.starts_with("copying"))
    finding.notes.emplace_back(
        "before any of it is run, the library wants a file beside it for every relative import that stands at the head of "
        "a line: in a function, in `try` and in a docstring as well, `.a.b` as `a.b.py`, and no folders");
  for (const std::string& release : failure.accepted_by)
    finding.notes.push_back(fmt::format("{} accepts the config", release));
  // What the library of transformers 5 runs into where code gives ties in the form of transformers 4.
  if (failure.what.find("'list' object has no attribute 'keys'") != std::string::npos)
    finding.remedies = {NameTieSources{}};
  if (!failure.absent_packages.empty()) finding.notes.push_back(absence_text(failure.absent_packages));
}

}  // namespace

extern const Rule unbuildable_model = {
    .name = "unbuildable-model",
    .family = Family::kCode,
    .severity = Severity::kError,
    .needs = Facts::kBuild,
    .summary = "the model's code raises an exception before there is a model",
    .why =
        "from_pretrained ends in the same exception: a value of the config that the constructor refuses, a "
        "name that this release of transformers no longer has, a package that the code cannot do without.",
    .example =
        "if config.hidden_size % config.num_attention_heads != 0:\n"
        "    raise ValueError(\"the heads do not divide the hidden size\")  # and the config says 100 and 16",
    .remedy =
        "Correct the config, or make the code fit the release that it is loaded with. `--source` gives "
        "another release; `ckptlint graph --assume PACKAGE` takes an absent package as present.",
    .references = "`PreTrainedModel.from_pretrained` builds the model before it opens a weight file.",
    .check = check_unbuildable_model,
};

}  // namespace ckptlint
