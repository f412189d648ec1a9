// Words of names, and the numbers that follow those of a list of modules.
#include "loading/prediction_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/split.h"
#include "ckptlint/names.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepestConfig = 3;  // of configs in configs

bool is_prediction_word(std::string_view word) { return word == "mtp" || word == "nextn"; }

bool is_prediction_count(std::string_view name) {
  const std::vector<std::string_view> words = split(name, '_');
  return std::any_of(words.begin(), words.end(), is_prediction_word) &&
         std::find(words.begin(), words.end(), "num") != words.end() &&
         (words.back() == "layers" || words.back() == "modules");
}

bool is_positive_count(const Json& value) { return value.is_number_integer() && value > 0; }

// A switch beside the count turns them off.
bool are_turned_off(const Json& config) {
  const auto use = config.find("use_mtp");
  return use != config.end() && use->is_boolean() && !use->get<bool>();
}

AnnouncedPredictions announced_in(const Json& config, const std::vector<std::string>& names, bool by_convention,
                                  int depth) {
  if (!config.is_object() || depth > kDeepestConfig || are_turned_off(config)) return {};
  for (const std::string& name : names) {
    const auto found = config.find(name);
    if (found != config.end() && is_positive_count(*found)) return {name, found->get<std::int64_t>()};
  }
  for (const auto& [key, value] : config.items()) {
    if (by_convention && is_prediction_count(key) && is_positive_count(value)) return {key, value.get<std::int64_t>()};
  }
  for (const auto& [key, inner] : config.items()) {
    if (!key.ends_with("_config") || key == "quantization_config") continue;
    if (AnnouncedPredictions found = announced_in(inner, names, by_convention, depth + 1); !found.field.empty())
      return {fmt::format("{}.{}", key, found.field), found.layers};
  }
  return {};
}

}  // namespace

AnnouncedPredictions announced_predictions(const Json& config, const std::vector<std::string>& names,
                                           bool by_convention) {
  return announced_in(config, names, by_convention, 0);
}

PredictionKeys::PredictionKeys(const ModuleGraph& graph, std::int64_t layers) : layers_(layers) {
  for (const Module& module : graph.modules) {
    if (module.parent != ModuleId::kNone && is_index(leaf_of(module.name)))
      ++members_[graph.module(module.parent).name];
  }
}

bool PredictionKeys::has(std::string_view key) const {
  for (const std::string_view part : split(key, '.')) {
    const std::vector<std::string_view> words = split(part, '_');
    if (std::any_of(words.begin(), words.end(), is_prediction_word)) return true;
  }
  for (std::string_view at = parent_of(key); !at.empty(); at = parent_of(at)) {
    const auto list = members_.find(parent_of(at));
    const std::string_view leaf = leaf_of(at);
    if (list == members_.end() || !is_index(leaf)) continue;
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(leaf.data(), leaf.data() + leaf.size(), number);
    return failure == std::errc{} && number >= list->second && number - list->second < layers_;
  }
  return false;
}

}  // namespace ckptlint
