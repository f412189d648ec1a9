// Reports that stored keys match none of the model's, and would with one change to what they begin with.
#include <fmt/format.h>

#include <map>
#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// What puts a name between those of the modules.
const std::map<std::string, std::string>& wrappers() {
  static const std::map<std::string, std::string> known = {
      {"_orig_mod", "`torch.compile` wraps a model in a module that calls it `_orig_mod`"},
      {"module", "`DistributedDataParallel` and `DataParallel` wrap a model in a module that calls it `module`"},
      {"_fsdp_wrapped_module", "FSDP wraps modules in others that call them `_fsdp_wrapped_module`"},
      {"_checkpoint_wrapped_module",
       "activation checkpointing wraps modules and calls them `_checkpoint_wrapped_module`"},
      {"base_layer", "PEFT keeps the layer that an adapter replaces as its `base_layer`"},
      {"base_model.model", "PEFT wraps a model in two modules, so that it is `base_model.model`"}};
  return known;
}

std::string difference(const ShiftedKeys& shift) {
  if (shift.anywhere) return fmt::format("without `{}` in their names", shift.from);
  if (shift.to.empty()) return fmt::format("without `{}.` in front", shift.from);
  if (shift.from.empty()) return fmt::format("with `{}.` in front", shift.to);
  return fmt::format("with `{}.` in front in place of `{}.`", shift.to, shift.from);
}

void check_shifted_keys(const Model& model, Findings& out) {
  for (const ShiftedKeys& shift : model.leftovers->shifted) {
    Finding& finding = out.emplace_back();
    std::vector<TensorId> tensors;
    for (const KeyPair& pair : shift.pairs) tensors.push_back(pair.tensor);
    finding.tensors = model.graph->names_of(tensors);
    const std::size_t count = shift.pairs.size();
    finding.message = fmt::format("{} stored {} would match {}, and {} not loaded", count, count == 1 ? "key" : "keys",
                                  difference(shift), count == 1 ? "is" : "are");
    const StoredTensor& stored = model.checkpoint->tensors[shift.pairs.front().stored];
    finding.labels = {
        stored_place(*model.checkpoint, stored, fmt::format("the model has it as `{}`", finding.tensors.front()))};
    const std::string& prefix = model.graph->base_model_prefix;
    const auto wrapper = wrappers().find(shift.from);
    if (wrapper != wrappers().end() && shift.to.empty()) {
      finding.notes.push_back(wrapper->second + ": the model inside it should have been saved");
    } else if (!prefix.empty() && shift.from != prefix && shift.to != prefix &&
               (shift.from.empty() || shift.to.empty())) {
      finding.notes.push_back(fmt::format(
          "`from_pretrained` takes off or puts in front `{}.` alone, the `base_model_prefix` of the class", prefix));
    }
    if (shift.candidates > count) {
      finding.notes.push_back(fmt::format("{} more have this name in front and would match nothing all the same",
                                          shift.candidates - count));
    }
    finding.notes.push_back(
        "`from_pretrained` starts the tensors of the model from random values, and says so in a warning alone");
    finding.remedies = {MapKeys{shift.from, shift.to, shift.anywhere, stored_names(model, shift.pairs)}};
  }
}

}  // namespace

extern const Rule shifted_keys = {
    .name = "shifted-keys",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "stored keys match none of the model's, and would with one change to what they begin with",
    .why =
        "Every one of them counts as unexpected and every tensor of the model as missing. from_pretrained "
        "then warns and returns a model with random values.",
    .example = "model.safetensors has `_orig_mod.model.layers.0.mlp.up_proj.weight`",
    .remedy =
        "Save the model itself, not the module around it; or rename the stored keys; or pass `key_mapping` to "
        "from_pretrained. Where the class is your own: set `base_model_prefix` "
        "to the attribute that holds the base model.",
    .references = "transformers issues 48722, 32067 and 10329; torchgeo issue 4036; pytorch issue 101107.",
    .check = check_shifted_keys,
};

}  // namespace ckptlint
