#include "model_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "base/locate.h"
#include "graph/graph_json.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Fills in what config.json says.
Result<bool> read_config(ModelInput& input) {
  if (input.repo == nullptr || !input.repo->is_file("config.json")) return false;
  const Result<std::string> text = input.repo->read("config.json");
  if (!text.ok()) return text.error();
  const std::string shown = quoted_name((input.path.empty() ? "" : input.path + ": ") + "config.json");
  nlohmann::json config;
  try {
    config = nlohmann::json::parse(*text);
  } catch (const nlohmann::json::parse_error& error) {
    return Error{fmt::format("{} is not JSON: the text cannot be read on from byte {}", shown, error.byte)};
  }
  if (!config.is_object()) return Error{fmt::format("{} is not a JSON object", shown)};
  input.has_config = true;
  std::vector<const nlohmann::json*> waiting{&config};
  while (!waiting.empty()) {
    const nlohmann::json& at = *waiting.back();
    waiting.pop_back();
    if (at.is_object() && at.contains("model_type") && at["model_type"].is_string()) {
      const std::string type = at["model_type"];
      if (std::find(input.model_types.begin(), input.model_types.end(), type) == input.model_types.end()) input.model_types.push_back(type);
    }
    if (at.is_object() && at.contains("quantization_config") && at["quantization_config"].is_object()) input.quantized = true;
    for (const nlohmann::json& item : at) {
      if (item.is_structured()) waiting.push_back(&item);
    }
  }
  return true;
}

// Folders named site-packages of the Python environment, the most particular first.
std::vector<std::string> environment_folders() {
  std::vector<std::string> prefixes{environment("VIRTUAL_ENV"), environment("CONDA_PREFIX")};
  std::string path = environment("PATH");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path python = fs::path(path.substr(at, end - at)) / "python3";
    std::error_code error;
    // The folder of a virtual environment is the one that its python lies in, not the one that this is a link to.
    if (end > at && fs::exists(python, error)) prefixes.push_back(python.parent_path().parent_path().string());
    at = end + 1;
  }
  std::vector<std::string> folders;
  for (const std::string& prefix : prefixes) {
    if (prefix.empty()) continue;
    const Result<FileTreePtr> lib = open_folder(prefix + "/lib");
    if (!lib.ok()) continue;
    for (const std::string& name : (*lib)->list("")) {
      if (!name.starts_with("python3")) continue;
      for (const char* packages : {"site-packages", "dist-packages"}) {
        const std::string folder = prefix + "/lib/" + name + "/" + packages;
        if (is_folder(folder + "/transformers")) folders.push_back(folder);
      }
    }
  }
  return folders;
}

// The wheel of transformers in third_party beside the program, or "".
std::string wheel_beside_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  const fs::path folder = program.parent_path() / "third_party";
  const Result<FileTreePtr> tree = open_folder(folder.string());
  if (!tree.ok()) return "";
  std::string found;
  for (const std::string& name : (*tree)->list("")) {
    if (name.starts_with("transformers-") && name.ends_with(".whl")) found = (folder / name).string();
  }
  return found;
}

Result<bool> open_sources(ModelInput& input, const std::vector<std::string>& given) {
  const auto open = [&](const std::string& path) -> Result<bool> {
    Result<std::vector<SourceTree>> trees = open_source(path);
    if (!trees.ok()) return trees.error();
    std::move(trees->begin(), trees->end(), std::back_inserter(input.sources));
    return true;
  };
  for (const std::string& path : given) {
    if (const auto opened = open(path); !opened.ok()) return opened.error();
  }
  if (!given.empty()) input.source_origin = "--source " + given.front();
  // What is given may be a package that needs transformers beside it.
  if (!transformers_version(input.sources).empty()) return true;
  for (const std::string& folder : environment_folders()) {
    if (!open(folder).ok()) continue;
    if (input.source_origin.empty()) input.source_origin = folder;
    return true;
  }
  const std::string wheel = wheel_beside_program();
  if (!wheel.empty() && open(wheel).ok() && input.source_origin.empty()) input.source_origin = fs::path(wheel).filename().string();
  return true;
}

}  // namespace

Result<ModelInput> open_model(const std::string& path, const ModelOptions& options) {
  ModelInput input;
  input.path = path.empty() ? options.graph : path;
  input.class_name = options.class_name;
  input.dtype = options.dtype;
  input.graph_file = options.graph;
  if (!path.empty()) {
    Result<Location> location = locate(path);
    if (!location.ok()) return location.error();
    input.repo = location->tree;
    if (location->entry != "config.json") input.entry = location->entry;
  }
  if (const auto read = read_config(input); !read.ok()) return read.error();
  if (input.graph_file.empty()) {
    if (const auto opened = open_sources(input, options.sources); !opened.ok()) return opened.error();
  }
  input.transformers = options.transformers.empty() ? transformers_version(input.sources) : options.transformers;
  return input;
}

std::optional<OwnFile> own_file(const ModelInput& input, const SourceFile& file) {
  if (file.in_model_repo && input.repo != nullptr && input.repo->is_file(file.path)) return OwnFile{std::nullopt, file.path};
  for (std::size_t i = 0; i < input.sources.size(); ++i) {
    const SourceTree& source = input.sources[i];
    const std::string lead = source.label.empty() ? "" : source.label + "/";
    if (source.library || !file.path.starts_with(lead)) continue;
    const std::string path = file.path.substr(lead.size());
    const std::string real_path = source.tree->real_path(path);
    // An edited file has no path on disk.
    const bool same = real_path == file.real_path || real_path.empty() || file.real_path.empty();
    if (source.tree->is_file(path) && same) return OwnFile{i, path};
  }
  return std::nullopt;
}

Result<BuiltGraph> graph_of(const ModelInput& input) {
  BuiltGraph built;
  if (input.graph_file.empty()) {
    GraphRequest request;
    request.repo = input.repo;
    request.sources = input.sources;
    request.class_name = input.class_name;
    request.dtype = input.dtype;
    Result<BuiltGraph> result = build_graph(request);
    if (!result.ok()) return result.error();
    // A package of the user's own is as much theirs as the repo.
    for (SourceFile& file : result->graph.sources.files) file.in_model_repo = own_file(input, file).has_value();
    return result;
  }
  Result<ModuleGraph> graph = read_module_graph(input.graph_file);
  if (!graph.ok()) return graph.error();
  built.graph = std::move(*graph);
  for (SourceFile& file : built.graph.sources.files) {
    if (!file.text.empty() || input.repo == nullptr || !input.repo->is_file(file.path)) continue;
    Result<std::string> text = input.repo->read(file.path);
    if (text.ok()) file.text = std::move(*text);
  }
  return built;
}

}  // namespace ckptlint
