#include <fmt/format.h>

#include <map>
#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

std::string shape_of(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
  return "[" + text + "]";
}

void check(const Model& model, Findings& out) {
  // Repeated layers with the same two shapes are one finding.
  std::map<std::string, std::vector<MismatchedKey>> groups;
  for (const MismatchedKey& key : model.leftovers->mismatched) {
    const Tensor& tensor = model.graph->tensor(key.tensor);
    groups[name_shape(tensor.name) + shape_of(tensor.shape) + shape_of(key.shape)].push_back(key);
  }
  for (const auto& [shape, keys] : groups) {
    Finding& finding = out.emplace_back();
    std::vector<TensorId> tensors;
    for (const MismatchedKey& key : keys) tensors.push_back(key.tensor);
    finding.tensors = names_of(*model.graph, tensors);
    const StoredTensor& stored = model.checkpoint->tensors[keys.front().stored];
    finding.message = fmt::format("{} {} stored as {}, and the model expects {}", listed_names(finding.tensors),
                                  keys.size() == 1 ? "is" : "are", shape_of(keys.front().shape),
                                  shape_of(model.graph->tensor(tensors.front()).shape));
    finding.labels = places_of(model, tensors, "expected here");
    finding.labels.push_back(stored_place(*model.checkpoint, stored, "stored here"));
    finding.notes.push_back(
        "`from_pretrained` raises, unless `ignore_mismatched_sizes=True` lets it start these from random values");
    finding.remedies = shape_guesses(model, model.graph->tensor(tensors.front()).shape, keys.front().shape);
  }
}

}  // namespace

extern const Rule mismatched_shapes = {
    .name = "mismatched-shapes",
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "a stored tensor has another shape than the tensor of the model that it belongs to",
    .why =
        "from_pretrained raises \"RuntimeError: You set `ignore_mismatched_sizes` to `False`\" or, told to go on, "
        "leaves the tensor "
        "with random values.",
    .example =
        "config.json: \"vocab_size\": 32000\n"
        "model.safetensors: `model.embed_tokens.weight` has the shape [32016, 4096]",
    .remedy = "Correct the value in config.json that gives the shape, or the class that `architectures` names.",
    .references = "`set_param_for_module` of transformers 5.",
    .check = check,
};

}  // namespace ckptlint
