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

// The folder of `org/name` in the local cache: the snapshot that its main branch names, else the only one.
std::string cached_snapshot(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || name.find('/', slash + 1) != std::string::npos || name.find("..") != std::string::npos) return "";
  std::string cache = environment("HF_HUB_CACHE");
  if (cache.empty() && !environment("HF_HOME").empty()) cache = environment("HF_HOME") + "/hub";
  if (cache.empty()) cache = environment("HOME") + "/.cache/huggingface/hub";
  const fs::path repo = fs::path(cache) / ("models--" + name.substr(0, slash) + "--" + name.substr(slash + 1));
  const Result<FileTreePtr> tree = open_folder(repo.string());
  if (!tree.ok()) return "";
  Result<std::string> revision = (*tree)->read("refs/main", 200);
  if (revision.ok()) {
    revision->erase(std::find_if(revision->begin(), revision->end(), [](unsigned char c) { return std::isalnum(c) == 0; }), revision->end());
    if (!revision->empty() && is_folder(repo / "snapshots" / *revision)) return (repo / "snapshots" / *revision).string();
  }
  const std::vector<std::string> snapshots = (*tree)->list("snapshots");
  return snapshots.size() == 1 ? (repo / "snapshots" / snapshots.front()).string() : "";
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
    std::error_code error;
    std::string folder = path;
    if (fs::is_regular_file(path, error)) {
      const fs::path file(path);
      folder = file.has_parent_path() ? file.parent_path().string() : ".";
      if (file.filename() != "config.json") input.entry = file.filename().string();
    } else if (!is_folder(path)) {
      folder = fs::exists(path, error) ? "" : cached_snapshot(path);
      if (folder.empty()) return Error{fmt::format("nothing can be checked at {}: it is no folder, no file, and not in the local cache", quoted_name(path))};
    }
    Result<FileTreePtr> repo = open_folder(folder);
    if (!repo.ok()) return repo.error();
    input.repo = *repo;
  }
  if (const auto read = read_config(input); !read.ok()) return read.error();
  if (input.graph_file.empty()) {
    if (const auto opened = open_sources(input, options.sources); !opened.ok()) return opened.error();
  }
  input.transformers = options.transformers.empty() ? transformers_version(input.sources) : options.transformers;
  return input;
}

Result<BuiltGraph> graph_of(const ModelInput& input) {
  BuiltGraph built;
  if (input.graph_file.empty()) {
    GraphRequest request;
    request.repo = input.repo;
    request.sources = input.sources;
    request.class_name = input.class_name;
    request.dtype = input.dtype;
    return build_graph(request);
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
