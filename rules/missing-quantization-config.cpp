// Reports that quantized tensors are stored, and config.json has no `quantization_config`.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::string message_of(const std::vector<std::string>& modules, const std::string& packing) {
  return fmt::format("the weights of {} are quantized ({}), but config.json has no `quantization_config`",
                     listed_names(modules), packing);
}

void add_note(const Model& model, Finding& finding) {
  if (std::string note = file_note(*model.config); !note.empty()) finding.notes.push_back(std::move(note));
}

// Where loading was simulated, what it leaves over decides.
void check_left_over(const Model& model, Findings& out) {
  const auto alike = [](const Model&, const OtherPacking&) { return std::string(); };
  using Stored = OtherPacking::Stored;
  for (const PackingGroup& group : packing_groups(model, OtherPacking::Cause::kNoConfig, Stored::kQuantized, alike)) {
    Finding& finding = out.emplace_back();
    finding.tensors = group.tensors;
    finding.message = message_of(group.modules, group.packing.empty() ? "packed" : group.packing);
    finding.labels.push_back(Label::stored("config.json", "quantization_config", "is not there"));
    place(model, group, finding);
    finding.notes.push_back(outcome_of(group));
    add_note(model, finding);
  }
}

// Code of the repo may have layers of its own that are packed, as far as what is known of its graph tells.
bool is_of_code(const Model& model, const QuantizedWeight& weight) {
  if (!model.graph) return false;
  return std::all_of(weight.parts.begin(), weight.parts.end(), [&](std::uint32_t part) {
    const std::string_view name = model.checkpoint->tensors[part].name;
    return std::any_of(model.graph->tensors.begin(), model.graph->tensors.end(),
                       [&](const Tensor& tensor) { return tensor.name == name; });
  });
}

void check_missing_quantization_config(const Model& model, Findings& out) {
  if (model.config->quantization) return;
  if (model.leftovers) return check_left_over(model, out);
  // A finding for each way of storing them.
  std::map<std::string_view, std::vector<const QuantizedWeight*>> packings;
  for (const QuantizedWeight& weight : *model.quantized) {
    if (weight.absent.empty() && !is_of_code(model, weight)) packings[weight.packing].push_back(&weight);
  }
  for (const auto& [packing, weights] : packings) {
    Finding& finding = out.emplace_back();
    // Engines that read a file of the tool's own need nothing else.
    finding.severity = model.config->quantization_file ? Severity::kWarning : Severity::kError;
    std::vector<std::string> modules;
    for (const QuantizedWeight* weight : weights) {
      modules.push_back(weight->module);
      for (const std::uint32_t part : weight->parts) finding.tensors.emplace_back(model.checkpoint->tensors[part].name);
    }
    finding.message = message_of(modules, std::string(packing));
    finding.labels.push_back(Label::stored("config.json", "quantization_config", "is not there"));
    finding.labels.push_back(
        stored_place(*model.checkpoint, model.checkpoint->tensors[weights.front()->parts.back()], "stored here"));
    finding.notes.push_back(
        "`from_pretrained` takes the packed values for plain ones, or finds shapes that do not fit, and "
        "reports the other parts as unexpected");
    add_note(model, finding);
  }
}

}  // namespace

extern const Rule missing_quantization_config = {
    .name = "missing-quantization-config",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "quantized tensors are stored, and config.json has no `quantization_config`",
    .why =
        "Loaders build plain layers: shapes do not fit, keys as `weight_scale` or `SCB` are unexpected, or "
        "packed values are taken for weights.",
    .example =
        "`model.layers.0.mlp.down_proj.weight_scale` beside F8_E4M3 weights, and a config.json without "
        "`quantization_config`",
    .remedy = "Add the block that the quantizing tool wrote, or save the model without quantizing it.",
    .references = "llm-compressor issue 959; vllm issue 11802.",
    .check = check_missing_quantization_config,
};

}  // namespace ckptlint
