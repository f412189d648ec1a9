// Reports modules of a sentence-transformers pipeline that lack their files or do not fit together.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

std::string consequence(const PipelineDefect& defect) {
  if (defect.raises.empty()) return "the pipeline loads and says a width that its embeddings do not have";
  if (defect.kind == PipelineDefect::Kind::kOtherWidth)
    return fmt::format("the pipeline loads, and `encode` ends in {}", defect.raises);
  return fmt::format("`SentenceTransformer(...)` ends in {}", defect.raises);
}

void check_broken_pipeline(const Model& model, Findings& out) {
  for (const PipelineDefect& defect : model.pipeline->defects) {
    Finding& finding = out.emplace_back();
    finding.severity = defect.raises.empty() && defect.kind == PipelineDefect::Kind::kOtherWidth ? Severity::kWarning
                                                                                                 : Severity::kError;
    finding.message = fmt::format("`{}` {}", defect.file, defect.what);
    if (!defect.entry.empty()) finding.message += fmt::format(": module {} of the pipeline", defect.entry);
    finding.labels.push_back({{}, "modules.json", {}, defect.entry.empty() ? "read here" : "names the module"});
    const bool is_list = defect.kind == PipelineDefect::Kind::kBrokenList && defect.raises.empty();
    if (!is_list) finding.notes.push_back(consequence(defect));
    const bool is_absent =
        defect.kind == PipelineDefect::Kind::kNoConfig || defect.kind == PipelineDefect::Kind::kNoWeights;
    if (is_absent)
      finding.notes.emplace_back(
          "publish the whole folder as `save_pretrained` of the pipeline writes it; uploads of single files leave out what "
          "lies in folders");
  }
}

}  // namespace

extern const Rule broken_pipeline = {
    .name = "broken-pipeline",
    .severity = Severity::kError,
    .needs = Facts::kPipeline,
    .summary =
        "a sentence-transformers pipeline lacks files that modules.json names, or its modules do not fit together",
    .why =
        "`modules.json` names a folder for each module: its config, and for some its weights. Where one is not there, loading "
        "raises; where widths differ, encoding does, or embeddings have another width than is said.",
    .example = "`modules.json` has a module at `2_Dense`, and there is no `2_Dense/model.safetensors`",
    .remedy = "Publish the folders that are missing, or take the module out of `modules.json` where it was not meant.",
    .references = "sentence-transformers 6.2.0: `BaseModel._load_config_modules`, `Module.load_torch_weights`.",
    .check = check_broken_pipeline,
};

}  // namespace ckptlint
