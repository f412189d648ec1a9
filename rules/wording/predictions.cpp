// Words for layers that predict further tokens.
#include "wording/predictions.h"

#include <fmt/format.h>

#include <algorithm>

namespace ckptlint {

bool is_for_predictions(const Model& model, std::uint32_t stored) {
  return model.predictions &&
         std::binary_search(model.predictions->stored.begin(), model.predictions->stored.end(), stored);
}

bool is_for_unbuilt_predictions(const Model& model, std::uint32_t stored) {
  return is_for_predictions(model, stored) && !model.predictions->unbuilt.empty();
}

std::string counted_predictions(const Predictions& predictions) {
  return predictions.layers == 1 ? "1 layer that predicts further tokens"
                                 : fmt::format("{} layers that predict further tokens", predictions.layers);
}

std::vector<std::string> unbuilt_notes(const Predictions& predictions) {
  return {fmt::format("`{}` in config.json announces {}", predictions.field, counted_predictions(predictions)),
          fmt::format("this release builds none of them, for `from_pretrained` or for `generate(use_mtp=True)`: {}",
                      predictions.unbuilt)};
}

}  // namespace ckptlint
