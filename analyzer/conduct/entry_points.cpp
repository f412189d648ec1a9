// auto_map of the files that have one, custom_pipelines of config.json, the function of custom_generate/, and the
// modules of a sentence-transformers pipeline, and the classes of a diffusers pipeline, that the repo brings.
#include "conduct/entry_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_document.h"
#include "base/paths.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostEntries = 1000;

void add_reference(const FileTree& repo, std::string reference, const std::string& named_in, const std::string& key,
                   std::vector<EntryPoint>& out) {
  if (out.size() >= kMostEntries) return;
  // Of another repo's code what lies here is a copy, as a rule.
  if (const std::size_t dashes = reference.find("--"); dashes != std::string::npos) reference.erase(0, dashes + 2);
  const std::size_t dot = reference.rfind('.');
  if (dot == std::string::npos) return;
  std::string file = reference.substr(0, dot);
  std::replace(file.begin(), file.end(), '.', '/');
  file += ".py";
  if (!is_plain_path(file) || !repo.is_file(file)) return;
  const std::string name = reference.substr(dot + 1);
  const auto same = [&](const EntryPoint& each) { return each.file == file && each.class_name == name; };
  if (std::none_of(out.begin(), out.end(), same)) out.push_back({file, name, named_in, key});
}

void add_auto_map(const FileTree& repo, const Json& map, const std::string& named_in, std::vector<EntryPoint>& out) {
  const auto add = [&](const Json& value, const std::string& key) {
    if (value.is_string()) add_reference(repo, value.get<std::string>(), named_in, key, out);
  };
  if (map.is_array()) {  // a tokenizer's, of former releases
    for (const Json& each : map) add(each, "auto_map");
    return;
  }
  if (!map.is_object()) return;
  for (const auto& [name, value] : map.items()) {
    const std::string key = "auto_map." + name;
    add(value, key);
    if (!value.is_array()) continue;
    for (const Json& each : value) add(each, key);
  }
}

// The class of a diffusers pipeline that the repo has the code of, and those of its components.
void add_pipeline(const FileTree& repo, std::vector<EntryPoint>& out) {
  constexpr const char* kList = "model_index.json";
  if (!repo.is_file(kList)) return;
  const Result<std::string> text = repo.read(kList);
  const auto document = text.ok() ? json_document(*text) : std::nullopt;
  if (!document || !document->is_object()) return;
  for (const auto& [name, pair] : document->items()) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) continue;
    const std::string folder = name == "_class_name" ? "" : name + ".";
    add_reference(repo, folder + pair[0].get<std::string>() + "." + pair[1].get<std::string>(), kList, name, out);
  }
}

}  // namespace

std::vector<EntryPoint> entry_points(const FileTree& repo) {
  std::vector<EntryPoint> found;
  for (const char* name : {"config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json",
                           "video_preprocessor_config.json"}) {
    if (!repo.is_file(name)) continue;
    const Result<std::string> text = repo.read(name);
    if (!text.ok()) continue;
    if (text->find("\"auto_map\"") == std::string::npos && text->find("\"custom_pipelines\"") == std::string::npos)
      continue;
    const auto document = json_document(*text);
    if (!document || !document->is_object()) continue;
    const auto map = document->find("auto_map");
    if (map != document->end()) add_auto_map(repo, *map, name, found);
    const auto pipelines = document->find("custom_pipelines");
    if (pipelines == document->end() || !pipelines->is_object()) continue;
    for (const auto& [task, pipeline] : pipelines->items()) {
      if (pipeline.is_object() && pipeline.contains("impl") && pipeline["impl"].is_string())
        add_reference(repo, pipeline["impl"].get<std::string>(), name, "custom_pipelines." + task, found);
    }
  }
  // from_pretrained(trust_remote_code=True) imports it and puts its function in place of the model's `generate`.
  if (constexpr const char* kGenerate = "custom_generate/generate.py"; repo.is_file(kGenerate))
    found.push_back({kGenerate, "generate", kGenerate, "custom_generate"});
  add_pipeline(repo, found);
  if (repo.is_file("modules.json")) {
    const Result<std::string> text = repo.read("modules.json");
    const auto document = text.ok() ? json_document(*text) : std::nullopt;
    if (document && document->is_array()) {
      for (const Json& each : *document) {
        if (!each.is_object() || !each.contains("type") || !each["type"].is_string()) continue;
        const std::string type = each["type"].get<std::string>();
        if (!type.starts_with("sentence_transformers.")) add_reference(repo, type, "modules.json", "type", found);
      }
    }
  }
  return found;
}

}  // namespace ckptlint
