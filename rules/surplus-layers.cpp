// Reports that layers are stored beyond the number that the config gives.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/predictions.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::string listed_numbers(const SurplusLayers& layers) {
  std::string text;
  for (std::size_t i = 0; i < layers.numbers.size() && i < 4; ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", layers.numbers[i]);
  return layers.numbers.size() > 4 ? fmt::format("{}, ... {}", text, layers.numbers.back()) : text;
}

bool are_announced_predictions(const Model& model, const SurplusLayers& layers) {
  return std::all_of(layers.keys.begin(), layers.keys.end(),
                     [&](const UnexpectedKey& key) { return is_for_unbuilt_predictions(model, key.stored); });
}

void check_surplus_layers(const Model& model, Findings& out) {
  for (const SurplusLayers& layers : model.leftovers->surplus) {
    Finding& finding = out.emplace_back();
    const bool announced = are_announced_predictions(model, layers);
    finding.severity = announced ? Severity::kInfo : Severity::kWarning;
    for (const UnexpectedKey& key : layers.keys) finding.tensors.push_back(key.key);
    const Module& list = model.graph->module(layers.list);
    const bool one = layers.numbers.size() == 1;
    finding.message = fmt::format(
        "{} {} of `{}` {} stored, and the model has {}", one ? "layer" : "layers", listed_numbers(layers), list.name,
        one ? "is" : "are", layers.count == 1 ? "layer 0 alone" : fmt::format("layers 0 to {}", layers.count - 1));
    const StoredTensor& stored = model.checkpoint->tensors[layers.keys.front().stored];
    finding.labels = {stored_place(*model.checkpoint, stored, "not loaded")};
    if (list.registered.known()) finding.labels.push_back(Label::at(list.registered, "as long as the config says"));
    if (announced) {
      finding.notes = unbuilt_notes(*model.predictions);
    } else {
      finding.notes.push_back(
          "either the config counts too few layers, and the model is cut short; or they are heads that predict "
          "further tokens, which this class does not use");
      finding.remedies = count_guesses(model, finding.tensors);
    }
    finding.remedies.emplace_back(IgnoreUnexpected{finding.tensors});
  }
}

}  // namespace

extern const Rule surplus_layers = {
    .name = "surplus-layers",
    .family = Family::kKeys,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "layers are stored beyond the number that the config gives",
    .why =
        "They are not loaded. If the config is wrong, the model lacks its last layers and answers badly; if "
        "they are layers for multi-token prediction, other loaders that do not know them fail on their keys. "
        "Where config.json announces as many such layers, it is a remark.",
    .example =
        "config.json: \"num_hidden_layers\": 16\n"
        "model.safetensors has `model.layers.16.eh_proj.weight`",
    .remedy =
        "Correct the count in config.json; or set the count of the extra layers (`num_nextn_predict_layers`) "
        "where the code has one; or name the keys in `_keys_to_ignore_on_load_unexpected`.",
    .references = "vLLM issues 16450 and 34040.",
    .check = check_surplus_layers,
};

}  // namespace ckptlint
