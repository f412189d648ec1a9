// Reports that a config announces layers for further tokens which are not stored.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/predictions.h"

namespace ckptlint {
namespace {

// Nothing is left over that could be the layers under names of their own, and no other file is there that might have
// them.
bool is_everything_placed(const Model& model) {
  const auto computed = [](const UnexpectedKey& key) { return key.unsaved != TensorId::kNone; };
  return model.checkpoint->sets.size() == 1 && std::ranges::all_of(model.loading->unexpected, computed) &&
         std::ranges::all_of(model.loading->ignored, computed);
}

void report_unbuilt(const Predictions& predictions, Findings& out) {
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kInfo;
  finding.message = fmt::format("`{}` announces {}, and nothing of {} is stored", predictions.field,
                                counted_predictions(predictions), predictions.layers == 1 ? "it" : "them");
  finding.labels.push_back({{}, "config.json", {}, fmt::format("`{}`", predictions.field)});
  finding.notes.push_back(fmt::format(
      "this release does not miss them, since {}; speculative decoding by others builds them from the config and reads them "
      "from the checkpoint",
      predictions.unbuilt));
}

void check_missing_prediction_layers(const Model& model, Findings& out) {
  const Predictions& predictions = *model.predictions;
  if (!predictions.unbuilt.empty()) {
    if (predictions.stored.empty() && is_everything_placed(model)) report_unbuilt(predictions, out);
    return;
  }
  if (predictions.field.empty() || predictions.missing.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = Severity::kWarning;
  finding.tensors = predictions.missing;
  const char* plural = predictions.layers == 1 ? "" : "s";
  finding.message =
      predictions.stored.empty()
          ? fmt::format("`{}` announces {}, and nothing of {} is stored", predictions.field,
                        counted_predictions(predictions), predictions.layers == 1 ? "it" : "them")
          : fmt::format("`{}` announces {} layer{} for further tokens, and {} of the tensors are not stored: {}",
                        predictions.field, predictions.layers, plural, predictions.missing.size(),
                        listed_names(predictions.missing));
  finding.labels.push_back({{}, "config.json", {}, fmt::format("`{}`", predictions.field)});
  finding.notes.emplace_back("`from_pretrained` and plain generation are not touched by it");
  finding.notes.emplace_back(
      "`generate(use_mtp=True)` raises RuntimeError: \"The following MtpModel weights are missing from ...\"");
  finding.notes.emplace_back(
      "store the layers as the original release does, or publish the config with 0 of them: what they were trained to do is "
      "not in these files");
}

}  // namespace

extern const Rule missing_prediction_layers = {
    .name = "missing-prediction-layers",
    .family = Family::kKeys,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kPredictions,
    .summary = "a config announces layers that predict further tokens, and they are not stored",
    .why =
        "Such layers (multi-token prediction) stand beside the model: `from_pretrained` passes over them, and speculative "
        "decoding builds them from the config and reads them from the checkpoint. Where they are not stored, it raises. "
        "A release that builds none for this class misses nothing; other programs that serve the model may, so it is a remark "
        "there. A count is known by its name: a number of `mtp` or `nextn` layers or modules.",
    .example = "`\"num_nextn_predict_layers\": 1` with 46 layers, and no tensor of `model.layers.46`",
    .remedy =
        "Copy the layers from the checkpoint that the model was trained from, where they still fit it, or set the field to 0: "
        "then nothing announces them. `save_pretrained` writes the model without them.",
    .references = "`MtpModel.from_pretrained` and `generate(use_mtp=True)` of transformers 5.23.0.",
    .check = check_missing_prediction_layers,
};

}  // namespace ckptlint
