// Reports modules that are stored plain where the model has quantized layers, or the reverse, and that no list names.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"

namespace ckptlint {
namespace {

using Cause = OtherPacking::Cause;
using Stored = OtherPacking::Stored;

std::vector<std::string> plain_layers(const ModuleGraph& graph) {
  std::vector<std::string> names;
  for (const Module& module : graph.modules) {
    if (module.class_name == "Linear") names.push_back(module.name);
  }
  return names;
}

void word_plain(const Model& model, const Quantization& config, const PackingGroup& group, Finding& finding) {
  const bool one = group.modules.size() == 1;
  const std::string path = skip_list_path(config);
  finding.message =
      fmt::format("{} {} stored plain, but `quantization_config` makes {} of {}", listed_names(group.modules),
                  one ? "is" : "are", one ? "a quantized layer" : "quantized layers", one ? "it" : "them");
  finding.notes.push_back(fmt::format("`{}` does not name {}", leaf_of(path), one ? "it" : "them"));
  std::vector<std::string> kept = config.skipped;
  // Without a list the library leaves some layers plain by itself; with one, the list has to name them.
  if (kept.empty()) kept = plain_layers(*model.graph);
  for (const char* end : {"", "$"}) {
    std::vector<std::string> list = kept;
    for (const std::string& name : group.modules) list.push_back(name + end);
    for (Remedy& remedy :
         skip_list_edit(config, list, fmt::format("add {} to `{}`", listed_names(group.modules), leaf_of(path))))
      finding.remedies.push_back(std::move(remedy));
  }
}

void word_quantized(const Quantization& config, const PackingGroup& group, Finding& finding) {
  const bool one = group.modules.size() == 1;
  finding.message =
      fmt::format("{} {} stored quantized ({}), but `quantization_config` leaves {} plain", listed_names(group.modules),
                  one ? "is" : "are", group.packing.empty() ? "packed" : group.packing, one ? "it" : "them");
  finding.notes.emplace_back(
      "no entry of a list is the reason: what is to be quantized does not reach it, or the library leaves such layers "
      "plain by itself");
  // An empty list is not the same as none, which stands for the output layer in some methods.
  if (config.skip_key.empty()) finding.remedies = skip_list_edit(config, {}, "say that no module stays plain");
}

void check_unexpected_quantization(const Model& model, Findings& out) {
  for (const Stored stored_as : {Stored::kPlain, Stored::kQuantized}) {
    const PackingGroup group = packing_group(model, Cause::kNotListed, stored_as);
    if (group.empty()) continue;
    Finding& finding = out.emplace_back();
    const Quantization& config = *model.config->quantization;
    finding.tensors = group.tensors;
    place(model, group, finding);
    finding.labels.push_back(Label::stored("config.json", config.path, ""));
    stored_as == Stored::kPlain ? word_plain(model, config, group, finding) : word_quantized(config, group, finding);
    finding.notes.push_back(outcome_of(group));
    if (std::string note = file_note(*model.config); !note.empty()) finding.notes.push_back(std::move(note));
  }
}

}  // namespace

extern const Rule unexpected_quantization = {
    .name = "unexpected-quantization",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kConfig,
    .summary = "weights are stored plain where the model has quantized layers, or the reverse",
    .why =
        "The layer that is built has no place for what is stored: it starts from random values, or takes packed values "
        "for weights. Nothing is raised where shapes happen to fit.",
    .example =
        "`model.layers.0.mlp.down_proj.weight` in BF16, and a `quantization_config` that makes all linear layers FP8",
    .remedy =
        "Name what is stored plain in the list of modules that stay so; let the tool that quantized the model write "
        "the config.",
    .references = "`replace_with_fp8_linear` of transformers 5; `apply_quantization_config` of compressed-tensors.",
    .check = check_unexpected_quantization,
};

}  // namespace ckptlint
