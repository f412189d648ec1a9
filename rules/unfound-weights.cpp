// Reports a repo that has weights, but none that from_pretrained looks for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

bool is_of_diffusers(const Model& model) { return model.config && !model.config->diffusers_class.empty(); }

// A repo that has GGUF and nothing else.
Finding gguf_alone(const Model& model, const std::string& entry) {
  Finding finding;
  if (is_of_diffusers(model)) {
    finding.message = fmt::format(
        "`from_pretrained` does not find the weights: there is `{}`, and GGUF is loaded by `from_single_file` alone",
        entry);
    finding.labels.push_back(Label::stored(entry, "", "GGUF, which `from_pretrained` does not read"));
    finding.notes.push_back(fmt::format(
        "loaded with `{}.from_single_file(\"{}\", config=FOLDER, quantization_config=GGUFQuantizationConfig(compute_dtype=DTYPE))`, where diffusers "
        "has that function for the class; a GGUFQuantizationConfig given to `from_pretrained` ends in TypeError",
        model.config->diffusers_class, entry));
    return finding;
  }
  finding.message = fmt::format(
      "`from_pretrained` does not find the weights: there is `{}`, which llama.cpp and programs like it load", entry);
  finding.labels.push_back(Label::stored(entry, "", "GGUF, which is for other programs"));
  finding.notes.push_back(
      fmt::format("transformers converts it, for some architectures, where it is named: `gguf_file=\"{}\"`", entry));
  return finding;
}

constexpr std::array kUnfoundWeightsKinds = {DefectKind::kNotTaken};

std::string looked_for(const Model& model) {
  return is_of_diffusers(model)
             ? "it looks for diffusion_pytorch_model.safetensors.index.json, diffusion_pytorch_model.safetensors and "
               "diffusion_pytorch_model.bin"
             : "it looks for model.safetensors, model.safetensors.index.json, pytorch_model.bin and "
               "pytorch_model.bin.index.json";
}

void check_unfound_weights(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  report_defects(*model.checkpoint, kUnfoundWeightsKinds, out);
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].message = "`from_pretrained` does not find any weights: " + out[i].message;
    out[i].notes.push_back(looked_for(model));
  }
  const auto& sets = model.checkpoint->sets;
  const auto chosen = std::find_if(sets.begin(), sets.end(), [](const WeightSet& set) { return set.chosen; });
  if (model.checkpoint->named || chosen == sets.end() || chosen->automatic) return;
  if (chosen->entry.starts_with("adapter_model.")) return;  // an adapter needs its base
  if (chosen->format == WeightFormat::kGguf) return out.push_back(gguf_alone(model, chosen->entry));
  const bool variant = !chosen->variant.empty();
  Finding& finding = out.emplace_back();
  finding.severity = variant ? Severity::kWarning : Severity::kError;
  finding.message = fmt::format(
      "`from_pretrained` does not find the weights: there is `{}`, but no file that it looks for", chosen->entry);
  finding.labels.push_back(Label::stored(chosen->entry, "", chosen->why));
  if (variant) finding.notes.push_back(fmt::format("found with `variant=\"{}\"`", chosen->variant));
  finding.notes.push_back(looked_for(model));
}

}  // namespace

extern const Rule unfound_weights = {
    .name = "unfound-weights",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "there are weights, but none that from_pretrained looks for",
    .why =
        "from_pretrained ends in \"Error no file named model.safetensors, "
        "or pytorch_model.bin, found in directory\".",
    .example = "config.json and consolidated.safetensors, and nothing else",
    .remedy =
        "Name the file model.safetensors, where its tensors are named as the model of transformers names "
        "them; or give `variant` or `transformers_weights`.",
    .references =
        "`_get_resolved_checkpoint_files` of transformers 5; huggingface_hub "
        "pull request 3645; InstantID issue 130.",
    .check = check_unfound_weights,
};

}  // namespace ckptlint
