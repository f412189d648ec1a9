// The modules that sentence-transformers 6.2.0 has for pipelines, by what their load() reads.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

using TensorShapes = std::map<std::string, std::vector<std::int64_t>>;

// What goes from module to module: nothing where it is not known.
struct PipelineWidths {
  std::optional<std::int64_t> tokens, sentence;
};

struct PipelineModule {
  std::string_view name;    // of the class
  std::string_view config;  // its file; without it the module is made from defaults
  // Parameters of its constructor, separated by spaces; "!" before those without a default, "old=" before new names.
  std::string_view parameters;
  bool ignores_others = false;  // other fields are no TypeError
  bool has_weights = false;
  // What its state dict holds, and what goes in and comes out.  Called where all parameters are there.
  TensorShapes (*tensors)(const nlohmann::ordered_json& config) = nullptr;
  // The width that it needs; 0 where it takes any.
  std::int64_t (*takes)(const nlohmann::ordered_json& config) = nullptr;
  bool (*takes_tokens)(const nlohmann::ordered_json& config) = nullptr;
  void (*gives)(const nlohmann::ordered_json& config, PipelineWidths& widths) = nullptr;
  std::string (*objection)(const nlohmann::ordered_json& config) = nullptr;  // a clause; loading ends in ValueError
};

// Null where nothing is known of the class.
const PipelineModule* pipeline_module(std::string_view name);

}  // namespace ckptlint
