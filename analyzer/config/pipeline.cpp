// Goes through modules.json in order, holding each module's files against what its class reads.
#include "config/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/paths.h"
#include "checkpoint/checkpoint.h"
#include "config/pipeline_modules.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using Kind = PipelineDefect::Kind;

constexpr const char* kList = "modules.json";
constexpr std::uint64_t kLongestConfig = 16u << 20;
constexpr std::size_t kMostModules = 256;

std::optional<Json> json_at(const FileTree& repo, const std::string& path) {
  const Result<std::string> text = repo.read(path, kLongestConfig);
  return text.ok() ? json_document(*text) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// One member of the list.
struct Entry {
  std::string shown, type, path;
};

class Walk {
 public:
  Walk(const FileTree& repo, std::optional<std::int64_t> width) : repo_(repo), width_(width) {}

  Pipeline run() {
    const auto list = json_at(repo_, kList);
    if (!list || !list->is_array() || list->size() > kMostModules) {
      object(Kind::kBrokenList, kList, "is no list of modules", "");
      return std::move(found_);
    }
    for (const Json& each : *list) {
      ++found_.modules;
      entry_ = {};
      if (read_entry(each)) look_at_module();
    }
    return std::move(found_);
  }

 private:
  void object(Kind kind, std::string file, std::string what, std::string raises) {
    found_.defects.push_back({kind, entry_.shown, std::move(file), std::move(what), std::move(raises)});
  }

  bool read_entry(const Json& each) {
    for (const char* name : {"path", "type", "name"}) {
      if (each.is_object() && each.contains(name) && each[name].is_string()) continue;
      object(Kind::kBrokenList, kList, fmt::format("has a module without `{}`", name), "KeyError");
      return false;
    }
    entry_ = {each["name"], each["type"], each["path"]};
    entry_.shown = fmt::format("{}, {}", quoted_name(entry_.shown), quoted_name(entry_.type));
    if (entry_.path.empty() || is_plain_path(entry_.path)) return true;
    object(Kind::kBrokenList, kList, fmt::format("has a module at {}, which leaves the repo", quoted_name(entry_.path)),
           "ValueError");
    return false;
  }

  void look_at_module() {
    const std::size_t dot = entry_.type.rfind('.');
    const std::string name = entry_.type.substr(dot == std::string::npos ? 0 : dot + 1);
    const bool own = entry_.type.starts_with("sentence_transformers.");
    if (own && name == "Transformer") {
      // Where the config says which output is taken, its width is not known here.
      const auto config = json_at(repo_, joined_path(entry_.path, "sentence_bert_config.json"));
      const bool plain =
          entry_.path.empty() && !(config && config->is_object() && config->contains("module_output_name"));
      widths_ = {plain ? width_ : std::nullopt, std::nullopt};
      return;
    }
    const PipelineModule* module = own ? pipeline_module(name) : nullptr;
    if (module == nullptr) {
      found_.unknown.push_back(entry_.type);
      widths_ = {};
      return;
    }
    const std::size_t before = found_.defects.size();
    const std::optional<Json> config = config_of(*module);
    if (module->has_weights) look_at_weights(*module, config);
    const bool usable = config && found_.defects.size() == before;
    if (!usable && module->gives != nullptr) widths_ = {};
    if (!usable) return;
    look_at_width(*module, *config);
    if (module->gives != nullptr) module->gives(*config, widths_);
  }

  // Its config under the names of this release; nothing where the module cannot be made of it.
  std::optional<Json> config_of(const PipelineModule& module) {
    const std::string file = joined_path(entry_.path, std::string(module.config));
    Json config = Json::object();
    if (repo_.is_file(file)) {
      const auto read = json_at(repo_, file);
      if (!read || !read->is_object()) {
        object(Kind::kBrokenConfig, file, "is not a JSON object", "JSONDecodeError");
        return std::nullopt;
      }
      config = *read;
    }
    return with_parameters(module, file, std::move(config));
  }

  std::optional<Json> with_parameters(const PipelineModule& module, const std::string& file, Json config) {
    std::vector<std::string> missing, known;
    for (std::string_view word : words_of(module.parameters)) {
      const bool required = word.starts_with('!');
      if (required) word.remove_prefix(1);
      if (const std::size_t equals = word.find('='); equals != std::string_view::npos) {
        const std::string former(word.substr(0, equals));
        word.remove_prefix(equals + 1);
        if (config.contains(former) && !config.contains(std::string(word))) {
          config[std::string(word)] = config[former];
          config.erase(former);
        }
      }
      known.emplace_back(word);
      if (required && !config.contains(known.back())) missing.push_back(fmt::format("`{}`", word));
    }
    if (!missing.empty()) {
      const bool there = repo_.is_file(file);
      object(there ? Kind::kBadField : Kind::kNoConfig, file,
             there ? fmt::format("lacks {}", fmt::join(missing, ", "))
                   : fmt::format("is not there, and the module needs {}", fmt::join(missing, ", ")),
             "TypeError");
      return std::nullopt;
    }
    for (const auto& [name, value] : config.items()) {
      if (module.ignores_others || std::find(known.begin(), known.end(), name) != known.end()) continue;
      object(Kind::kBadField, file, fmt::format("has {}, which the module does not take", quoted_name(name)),
             "TypeError");
      return std::nullopt;
    }
    if (const std::string why = module.objection == nullptr ? "" : module.objection(config); !why.empty()) {
      object(Kind::kBadField, file, why, "ValueError");
      return std::nullopt;
    }
    return config;
  }

  void look_at_weights(const PipelineModule& module, const std::optional<Json>& config) {
    std::string file;
    for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
      if (file.empty() && repo_.is_file(joined_path(entry_.path, name))) file = joined_path(entry_.path, name);
    }
    if (file.empty()) {
      object(Kind::kNoWeights, joined_path(entry_.path, "model.safetensors"),
             "is not there, nor is `pytorch_model.bin`", "ValueError");
      return;
    }
    if (!config || module.tensors == nullptr) return;
    const Result<Checkpoint> stored = read_checkpoint(repo_, file);
    if (!stored.ok() || !stored->defects.empty()) return;
    compare(module.tensors(*config), *stored, file);
  }

  void compare(const TensorShapes& expected, const Checkpoint& stored, const std::string& file) {
    if (expected.empty()) return;
    TensorShapes left = expected;
    for (const StoredTensor& each : stored.tensors) {
      const auto found = expected.find(std::string(each.name));
      if (found == expected.end()) {
        object(Kind::kSurplusTensor, file, fmt::format("has {}, which the module has not", quoted_name(each.name)),
               "RuntimeError");
        continue;
      }
      left.erase(found->first);
      const auto shape = stored.shape(each);
      if (std::ranges::equal(shape, found->second)) continue;
      object(Kind::kOtherShape, file,
             fmt::format("has {} as [{}] where its config makes it [{}]", quoted_name(each.name),
                         fmt::join(shape, ", "), fmt::join(found->second, ", ")),
             "RuntimeError");
    }
    for (const auto& [name, shape] : left)
      object(Kind::kMissingTensor, file, fmt::format("lacks {}", quoted_name(name)), "RuntimeError");
  }

  void look_at_width(const PipelineModule& module, const Json& config) {
    if (module.takes == nullptr) return;
    const std::int64_t takes = module.takes(config);
    const bool tokens = module.takes_tokens(config);
    const std::optional<std::int64_t> given = tokens ? widths_.tokens : widths_.sentence;
    if (takes <= 0 || !given || *given == takes) return;
    // Pooling takes any width, and says a wrong one.
    const bool breaks = module.has_weights && module.name != "WeightedLayerPooling";
    object(Kind::kOtherWidth, joined_path(entry_.path, std::string(module.config)),
           fmt::format("is made for {} features, and what comes before it gives {}", takes, *given),
           breaks ? "RuntimeError" : "");
  }

  const FileTree& repo_;
  std::optional<std::int64_t> width_;
  PipelineWidths widths_;
  Entry entry_;
  Pipeline found_;
};

}  // namespace

std::optional<Pipeline> pipeline_of(const FileTree& repo, std::optional<std::int64_t> width) {
  if (!repo.is_file(kList)) return std::nullopt;
  return Walk(repo, width).run();
}

}  // namespace ckptlint
