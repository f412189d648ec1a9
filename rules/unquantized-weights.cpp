// Reports that config.json has a `quantization_config`, and the stored weights are plain.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/quantization_methods.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

bool needs_quantized(const Quantization& quantization) {
  const QuantizationMethod* method = quantization_method(quantization.method);
  if (method == nullptr || !method->has_own_parameters) return false;
  return method->plain_format.empty() || (!quantization.format.empty() && quantization.format != method->plain_format);
}

void check_unquantized_weights(const Model& model, Findings& out) {
  const auto& quantization = model.config->quantization;
  if (!quantization || !model.quantized->empty()) return;
  // Where loading was simulated, what it leaves over decides; otherwise what is known of the method.
  PackingGroup left_over;
  if (model.leftovers) left_over = packing_group(model, OtherPacking::Cause::kAllPlain);
  if (model.leftovers ? left_over.empty() : !needs_quantized(*quantization)) return;
  const Checkpoint& checkpoint = *model.checkpoint;
  const bool all_read = std::all_of(checkpoint.shards.begin(), checkpoint.shards.end(),
                                    [](const Shard& shard) { return shard.exists && shard.loadable; });
  // Values of another width may be quantized in a way that is not known here.
  const auto plain = [](const StoredTensor& tensor) {
    return tensor.dtype == Dtype::kFloat32 || tensor.dtype == Dtype::kFloat16 || tensor.dtype == Dtype::kBfloat16;
  };
  const auto& tensors = checkpoint.tensors;
  if (!all_read || tensors.empty() || !std::all_of(tensors.begin(), tensors.end(), plain)) return;
  Finding& finding = out.emplace_back();
  finding.tensors = left_over.tensors;
  finding.message = fmt::format("config.json says that the weights are quantized with {}, but all are stored plain",
                                quantization->method);
  finding.labels.push_back(
      Label::stored("config.json", quantization->path, fmt::format("`quant_method` is `{}`", quantization->method)));
  finding.labels.push_back(stored_place(checkpoint, tensors.front(), "stored here, as all others are"));
  finding.notes.push_back("`from_pretrained` builds quantized layers and finds nothing to fill them with");
  finding.remedies.emplace_back(
      EditConfig{quantization->path, "", "right only if the weights are the model before it was quantized"});
}

}  // namespace

extern const Rule unquantized_weights = {
    .name = "unquantized-weights",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "config.json has a `quantization_config`, and the stored weights are plain",
    .why = "from_pretrained builds quantized layers, finds none of their tensors, and starts them from garbage.",
    .example =
        "config.json: \"quantization_config\": {\"quant_method\": \"gptq\", ...}, and "
        "`model.layers.0.mlp.down_proj.weight` in BF16",
    .remedy = "Remove the block from config.json, or store the quantized weights.",
    .references = "llm-compressor issue 959; GPTQ and AWQ integrations of transformers 5.",
    .check = check_unquantized_weights,
};

}  // namespace ckptlint
