// Pooling, Dense, LayerNorm, CNN, LSTM, WeightedLayerPooling, WordWeights, Dropout and Normalize of
// sentence_transformers/sentence_transformer/modules and base/modules, 6.2.0.
#include "config/pipeline_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostMembers = 4096;

std::int64_t number(const Json& config, const char* name, std::int64_t otherwise = 0) {
  const auto found = config.find(name);
  if (found == config.end() || !found->is_number_integer()) return otherwise;
  const auto value = found->get<std::int64_t>();
  return value >= 0 && value < (std::int64_t{1} << 40) ? value : otherwise;
}

bool flag(const Json& config, const char* name, bool otherwise) {
  const auto found = config.find(name);
  return found == config.end() || !found->is_boolean() ? otherwise : found->get<bool>();
}

std::string text(const Json& config, const char* name, const std::string& otherwise) {
  const auto found = config.find(name);
  return found == config.end() || !found->is_string() ? otherwise : found->get<std::string>();
}

// ---- Pooling

constexpr std::array kModes = {"cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"};
constexpr std::array kFormerModes = {"pooling_mode_cls_token",           "pooling_mode_max_tokens",
                                     "pooling_mode_mean_tokens",         "pooling_mode_mean_sqrt_len_tokens",
                                     "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"};

std::int64_t modes_of(const Json& config) {
  const auto mode = config.find("pooling_mode");
  if (mode != config.end())
    return mode->is_array() ? std::min(static_cast<std::int64_t>(mode->size()), kMostMembers) : 1;
  const auto set = std::count_if(kFormerModes.begin(), kFormerModes.end(),
                                 [&](const char* name) { return flag(config, name, false); });
  return std::max<std::int64_t>(set, 1);
}

std::string unknown_mode(const Json& config) {
  const auto mode = config.find("pooling_mode");
  if (mode == config.end()) return "";
  const auto is_known = [](const Json& each) {
    return each.is_string() &&
           std::any_of(kModes.begin(), kModes.end(), [&](const char* name) { return each == name; });
  };
  const bool all = mode->is_array() ? std::all_of(mode->begin(), mode->end(), is_known) : is_known(*mode);
  return all ? "" : "`pooling_mode` names none of the modes";
}

void pooling_gives(const Json& config, PipelineWidths& widths) {
  widths.sentence = modes_of(config) * number(config, "embedding_dimension");
}

// ---- Dense

TensorShapes dense_tensors(const Json& config) {
  const std::int64_t in = number(config, "in_features"), out = number(config, "out_features");
  TensorShapes shapes{{"linear.weight", {out, in}}};
  if (flag(config, "bias", true)) shapes["linear.bias"] = {out};
  if (flag(config, "use_residual", false) && in != out) shapes["residual.weight"] = {out, in};
  return shapes;
}

bool dense_takes_tokens(const Json& config) {
  return text(config, "module_input_name", "sentence_embedding") == "token_embeddings";
}

void dense_gives(const Json& config, PipelineWidths& widths) {
  const std::string input = text(config, "module_input_name", "sentence_embedding");
  const std::string output = text(config, "module_output_name", input);
  if (output == "token_embeddings") widths.tokens = number(config, "out_features");
  if (output == "sentence_embedding") widths.sentence = number(config, "out_features");
}

// ---- CNN and LSTM

TensorShapes cnn_tensors(const Json& config) {
  TensorShapes shapes;
  const std::int64_t out = number(config, "out_channels", 256);
  const Json sizes = config.contains("kernel_sizes") ? config["kernel_sizes"] : Json{1, 3, 5};
  if (!sizes.is_array()) return {};
  for (std::size_t i = 0; i < std::min<std::size_t>(sizes.size(), kMostMembers); ++i) {
    if (!sizes[i].is_number_integer()) return {};
    shapes[fmt::format("convs.{}.weight", i)] = {out, number(config, "in_embedding_dimension"), sizes[i]};
    shapes[fmt::format("convs.{}.bias", i)] = {out};
  }
  return shapes;
}

void cnn_gives(const Json& config, PipelineWidths& widths) {
  const auto sizes = config.find("kernel_sizes");
  const std::size_t count = sizes == config.end() ? 3 : std::min<std::size_t>(sizes->size(), kMostMembers);
  widths.tokens = number(config, "out_channels", 256) * static_cast<std::int64_t>(count);
}

TensorShapes lstm_tensors(const Json& config) {
  TensorShapes shapes;
  const std::int64_t hidden = number(config, "hidden_dim");
  const bool both = flag(config, "bidirectional", true);
  const std::int64_t layers = std::min(number(config, "num_layers", 1), kMostMembers);
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const std::int64_t in = layer == 0 ? number(config, "embedding_dimension") : hidden * (both ? 2 : 1);
    for (const char* direction : {"", "_reverse"}) {
      if (*direction != '\0' && !both) continue;
      shapes[fmt::format("encoder.weight_ih_l{}{}", layer, direction)] = {4 * hidden, in};
      shapes[fmt::format("encoder.weight_hh_l{}{}", layer, direction)] = {4 * hidden, hidden};
      shapes[fmt::format("encoder.bias_ih_l{}{}", layer, direction)] = {4 * hidden};
      shapes[fmt::format("encoder.bias_hh_l{}{}", layer, direction)] = {4 * hidden};
    }
  }
  return shapes;
}

void lstm_gives(const Json& config, PipelineWidths& widths) {
  widths.tokens = number(config, "hidden_dim") * (flag(config, "bidirectional", true) ? 2 : 1);
}

// ---- the others

TensorShapes norm_tensors(const Json& config) {
  const std::int64_t width = number(config, "dimension");
  return {{"norm.weight", {width}}, {"norm.bias", {width}}};
}

TensorShapes layer_weights(const Json& config) {
  return {{"layer_weights", {number(config, "num_hidden_layers", 12) + 1 - number(config, "layer_start", 4)}}};
}

bool always(const Json&) { return true; }
bool never(const Json&) { return false; }
std::int64_t dimension(const Json& config) { return number(config, "embedding_dimension"); }

constexpr const char* kPoolingParameters =
    "!word_embedding_dimension=embedding_dimension pooling_mode include_prompt pooling_mode_cls_token "
    "pooling_mode_max_tokens pooling_mode_mean_tokens pooling_mode_mean_sqrt_len_tokens "
    "pooling_mode_weightedmean_tokens pooling_mode_lasttoken";

const PipelineModule kModules[] = {
    {.name = "Pooling",
     .config = "config.json",
     .parameters = kPoolingParameters,
     .takes = dimension,
     .takes_tokens = always,
     .gives = pooling_gives,
     .objection = unknown_mode},
    {.name = "Dense",
     .config = "config.json",
     .parameters = "!in_features !out_features",
     .ignores_others = true,
     .has_weights = true,
     .tensors = dense_tensors,
     .takes = [](const Json& config) { return number(config, "in_features"); },
     .takes_tokens = dense_takes_tokens,
     .gives = dense_gives},
    {.name = "LayerNorm",
     .config = "config.json",
     .parameters = "!dimension",
     .has_weights = true,
     .tensors = norm_tensors,
     .takes = [](const Json& config) { return number(config, "dimension"); },
     .takes_tokens = never},
    {.name = "CNN",
     .config = "cnn_config.json",
     .parameters = "!in_word_embedding_dimension=in_embedding_dimension out_channels kernel_sizes stride_sizes",
     .has_weights = true,
     .tensors = cnn_tensors,
     .takes = [](const Json& config) { return number(config, "in_embedding_dimension"); },
     .takes_tokens = always,
     .gives = cnn_gives},
    {.name = "LSTM",
     .config = "lstm_config.json",
     .parameters = "!word_embedding_dimension=embedding_dimension !hidden_dim num_layers dropout bidirectional",
     .has_weights = true,
     .tensors = lstm_tensors,
     .takes = dimension,
     .takes_tokens = always,
     .gives = lstm_gives},
    {.name = "WeightedLayerPooling",
     .config = "config.json",
     .parameters = "!word_embedding_dimension=embedding_dimension num_hidden_layers layer_start layer_weights",
     .has_weights = true,
     .tensors = layer_weights,
     .takes = dimension,
     .takes_tokens = always},
    {.name = "WordWeights", .config = "config.json", .parameters = "!vocab !word_weights unknown_word_weight"},
    {.name = "Dropout", .config = "config.json", .parameters = "dropout"},
    {.name = "Normalize", .config = "config.json", .parameters = "", .ignores_others = true},
};

}  // namespace

const PipelineModule* pipeline_module(std::string_view name) {
  const auto found = std::find_if(std::begin(kModules), std::end(kModules),
                                  [&](const PipelineModule& each) { return each.name == name; });
  return found == std::end(kModules) ? nullptr : found;
}

}  // namespace ckptlint
