// How layers that predict further tokens are called, where no code of the release says it.
//
// A convention of those who publish models: a count whose name has a word for them ("num_nextn_predict_layers",
// "mtp_num_hidden_layers", "num_mtp_modules"), and tensors below such a word, or below the numbers that follow those of
// the model's own layers.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ckptlint/module_graph.h"

namespace ckptlint {

struct AnnouncedPredictions {
  std::string field;  // of config.json, dotted: "text_config.mtp_num_hidden_layers"; empty: none are announced
  std::int64_t layers = 0;
};

// By a field of one of `names`, or else of any name that is such a count where `by_convention`.
AnnouncedPredictions announced_predictions(const nlohmann::ordered_json& config, const std::vector<std::string>& names,
                                           bool by_convention);

// The keys of such layers among those that a model has no place for.
class PredictionKeys {
 public:
  // `layers`: how many there are.
  PredictionKeys(const ModuleGraph& graph, std::int64_t layers);
  bool has(std::string_view key) const;

 private:
  std::unordered_map<std::string_view, std::int64_t> members_;  // of each list of modules
  std::int64_t layers_;
};

}  // namespace ckptlint
