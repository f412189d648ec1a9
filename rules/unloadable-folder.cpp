// Reports that the model loads from the Hub and not from the folder that it is in.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_unloadable_folder(const Model& model, Findings& out) {
  if (!model.folder_failure) return;
  const BuildFailure& failure = *model.folder_failure;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kWarning;
  finding.message = fmt::format("loading from this folder fails, and from the Hub it does not: {} raises {}",
                                failure.stage, failure.what);
  if (failure.where.known()) finding.labels.push_back(Label::at(failure.where, "raised here"));
  finding.notes.emplace_back("everything else here is said of the model as it loads from the Hub");
}

}  // namespace

extern const Rule unloadable_folder = {
    .name = "unloadable-folder",
    .family = Family::kCode,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph,
    .summary = "the model's code can be imported from the Hub, and not from a folder",
    .why =
        "Releases differ in what they copy into the cache of modules. From a folder, former ones copy only the files that "
        "the named module itself imports, and what those import is missing. Later ones put the code of the config and "
        "that of the model into two packages when they come from a folder, so that a check like isinstance(config, "
        "XConfig) sees another class of the same name.",
    .example = "modeling_x.py: from .layers import Block  # and layers.py: from .sizes import SIZE",
    .remedy =
        "Name the files in the first module too (`from .sizes import SIZE` in modeling_x.py); compare "
        "`config.model_type` instead of the class of a config.",
    .references = "`get_cached_module_file` and `get_class_in_module` of transformers.",
    .check = check_unloadable_folder,
};

}  // namespace ckptlint
