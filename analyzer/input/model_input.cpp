// Opens what a command is asked about: the repo, its config, its adapter's base, its sources, and a given graph.
#include "input/model_input.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapter/adapter.h"
#include "base/escape.h"
#include "base/json_cursor.h"
#include "base/json_document.h"
#include "base/paths.h"
#include "base/regular_file.h"
#include "checkpoint/file_magic.h"
#include "checkpoint/weight_sets.h"
#include "config/config.h"
#include "graph/diffusers_class.h"
#include "graph/graph_json.h"
#include "hub/address.h"
#include "hub/locate.h"
#include "input/kept_sources.h"
#include "input/model_source.h"

namespace ckptlint {

namespace {

// Where reading JSON stops, counted from 1 as people do; nothing where it does not stop.
std::string end_of_json(std::string_view text) {
  JsonCursor json(text);
  JsonToken token = json.next();
  while (token != JsonToken::kError && token != JsonToken::kEnd) token = json.next();
  if (token == JsonToken::kEnd) return "";
  const std::string_view before = text.substr(0, json.offset());
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is the first line's
  return fmt::format("line {}, column {}", 1 + std::count(before.begin(), before.end(), '\n'),
                     1 + before.size() - line_begin);
}

// What a config.json is that was not read as an object: a clause.  Empty where nothing is known against it.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string defect_of_config(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) return "begins with a byte order mark, at which Python's JSON reader stops";
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::string_view rest = text.substr(begin);
  if (rest.empty()) return "is empty";
  const FileMagic magic = file_magic(rest);
  if (magic.pointer) return fmt::format("is {}: the file itself was not fetched", magic.what);
  const bool opens = rest.starts_with("{");
  if (!magic.what.empty() && !opens) return fmt::format("is no JSON but looks like {}", magic.what);
  const std::string end = end_of_json(json_without_infinities(text));
  if (!end.empty()) return "is not JSON: it cannot be read on from " + end;
  return opens ? "" : "is not a JSON object";
}

Error broken_config(const ModelInput& input) {
  return {fmt::format("{} {}", quoted_name(joined_path(input.path, "config.json")), input.broken_config)};
}

}  // namespace

namespace {

// What is read of every repo before anything is known of it.
void expect_front(const FileTree& repo) {
  std::vector<ExpectedRead> reads;
  for (const char* name :
       {"config.json", "adapter_config.json", "modules.json", "model_index.json", "model.safetensors.index.json"})
    reads.push_back({name, kWholeFile});
  repo.expect(reads);
}

// What auto_map names, and what that imports.
void expect_code(const FileTree& repo) {
  std::vector<ExpectedRead> reads;
  for (const std::string& name : repo.list("")) {
    if (name.ends_with(".py")) reads.push_back({name, kWholeFile});
  }
  repo.expect(reads);
}

}  // namespace

std::optional<Error> read_config(ModelInput& input) {
  input.has_config = false;
  input.broken_config.clear();
  input.quantized = input.of_diffusers = false;
  input.model_types.clear();
  const FileTreePtr& repo = input.config_repo();
  if (repo == nullptr || !repo->is_file("config.json")) return std::nullopt;
  // Beside the list of a pipeline, and without weights, it is no model's: pipelines have one for the Hub's count of
  // downloads.
  if (input.has_pipeline && repo == input.repo && weight_files(*repo).empty()) return std::nullopt;
  const Result<std::string> text = repo->read("config.json", kLongestConfig);
  if (!text.ok()) return text.error();
  const auto document = json_document(*text);
  if (!document || !document->is_object() || text->starts_with(kByteOrderMark)) {
    input.broken_config = defect_of_config(*text);
    if (!input.broken_config.empty()) return std::nullopt;
    return Error{fmt::format("{} nests too deeply, or has a number that is too large, to be read",
                             quoted_name(joined_path(input.path, "config.json")))};
  }
  const nlohmann::ordered_json& config = *document;
  input.has_config = true;
  input.of_diffusers = is_of_diffusers(*repo);
  if (config.contains("auto_map")) expect_code(*repo);
  std::vector<const nlohmann::ordered_json*> waiting{&config};
  while (!waiting.empty()) {
    const nlohmann::ordered_json& at = *waiting.back();
    waiting.pop_back();
    if (at.is_object() && at.contains("model_type") && at["model_type"].is_string()) {
      const std::string type = at["model_type"];
      if (std::find(input.model_types.begin(), input.model_types.end(), type) == input.model_types.end())
        input.model_types.push_back(type);
    }
    if (at.is_object() && at.contains("quantization_config") && at["quantization_config"].is_object())
      input.quantized = true;
    for (const nlohmann::ordered_json& item : at) {
      if (item.is_structured()) waiting.push_back(&item);
    }
  }
  return std::nullopt;
}

namespace {

// The folder that an adapter names as its base: as from_pretrained looks for it, else from where the adapter lies;
// empty where there is none.
std::string folder_named(const ModelInput& input, const std::string& name) {
  namespace fs = std::filesystem;
  constexpr std::size_t kLongestPath = 4096;
  if (name.empty() || name.size() > kLongestPath || name.find('\0') != std::string::npos) return "";
  std::error_code failed;
  if (fs::is_directory(name, failed)) return name;
  if (!input.hub_name.empty()) return "";
  const fs::path beside = fs::path(input.repo->real_path("")) / name;
  return name.starts_with('.') && fs::is_directory(beside, failed) ? beside.string() : "";
}

void take_base(ModelInput& input, Location base) {
  input.base = std::move(base.tree);
  input.base_hub_name = std::move(base.hub_name);
  input.base_hub_commit = std::move(base.hub_commit);
}

// What the adapter names: a folder, else a model in the cache, else, where that is allowed, one on the Hub.
std::optional<Error> find_named_base(ModelInput& input, bool online) {
  const std::string name = adapter_base(*input.repo);
  if (name.empty()) {
    input.no_base = "adapter_config.json names no base model, and neither does `--base`";
    return std::nullopt;
  }
  const std::string folder = folder_named(input, name);
  Result<Location> base = folder.empty() ? locate_cached(name) : locate(folder);
  if (!base.ok() && folder.empty() && online && is_repo_name(name)) {
    base = locate("hf://" + name);
    if (!base.ok()) return Error{fmt::format("its base model: {}", base.error().message)};
  }
  const auto without = [&](const std::string& why) {
    input.no_base =
        fmt::format("its base model {} is {}, and `--base` does not say where it is", quoted_name(name), why);
  };
  const bool is_path = name.starts_with('.') || name.starts_with('/');
  if (!base.ok() && !is_path) {
    input.no_base =
        fmt::format("its base model {} is not in the local cache, and neither `--base` nor `--online` says where it is",
                    quoted_name(name));
  } else if (!base.ok()) {
    without("a path where no folder is");
  } else if (std::error_code failed; std::filesystem::equivalent(folder, input.repo->real_path(""), failed)) {
    without("the adapter's own folder, in which no model is");
  } else if (!base->tree->is_file("config.json")) {
    without(is_adapter(*base->tree) ? "an adapter itself, without a model in its folder"
                                    : "a folder without config.json");
  } else {
    take_base(input, std::move(*base));
  }
  return std::nullopt;
}

constexpr const char* kLoraFile = "pytorch_lora_weights.safetensors";

bool takes_lora(const FileTree& base) { return base.is_file("model_index.json") || is_of_diffusers(base); }

// Whether the repo, or what is named in it, is LoRA weights for diffusers and nothing else.  Where `--base` is of
// diffusers, files of any name are.
bool is_lora(const ModelInput& input, const ModelOptions& options) {
  if (input.repo == nullptr) return false;
  if (!input.entry.empty() && input.entry != kLoraFile) {
    if (options.base.empty() || !input.entry.ends_with(".safetensors") || is_adapter(*input.repo)) return false;
    const Result<Location> base = locate(options.base);
    return base.ok() && takes_lora(*base->tree);
  }
  if (!input.repo->is_file(kLoraFile)) return false;
  if (!input.entry.empty()) return true;
  for (const char* other : {"config.json", "adapter_config.json", "model_index.json", "modules.json"}) {
    if (input.repo->is_file(other)) return false;
  }
  return true;
}

// Nothing in the file says which pipeline it is for.
std::optional<Error> find_pipeline_of_lora(ModelInput& input, const ModelOptions& options) {
  input.lora_file = input.entry.empty() ? kLoraFile : input.entry;
  if (options.base.empty()) {
    input.no_base = "`--base` does not say which pipeline or model of diffusers they are for";
    return std::nullopt;
  }
  Result<Location> base = locate(options.base);
  if (!base.ok()) return base.error();
  if (!takes_lora(*base->tree))
    return Error{fmt::format("{} is no pipeline or model of diffusers, on which LoRA weights are loaded",
                             quoted_name(options.base))};
  take_base(input, std::move(*base));
  return std::nullopt;
}

// An adapter's base: --base, else a config beside the adapter, else what it names.
std::optional<Error> find_base(ModelInput& input, const ModelOptions& options) {
  const bool is_broken = input.repo != nullptr && input.entry.empty() && !input.repo->is_file("config.json") &&
                         input.repo->is_file("adapter_config.json") && !is_adapter(*input.repo);
  if (is_broken)
    return Error{fmt::format("{} cannot be read, is no JSON object, or has more than 1 MiB",
                             quoted_name(joined_path(input.path, "adapter_config.json")))};
  if (is_lora(input, options)) return find_pipeline_of_lora(input, options);
  if (input.repo == nullptr || !is_adapter(*input.repo)) {
    if (!options.base.empty())
      return Error{fmt::format("{} is no adapter, so `--base` means nothing", quoted_name(input.path))};
    return std::nullopt;
  }
  // A model with an adapter beside it is a model.
  const bool has_config = input.repo->is_file("config.json");
  const bool has_weights = input.repo->is_file("model.safetensors") || input.repo->is_file("pytorch_model.bin") ||
                           input.repo->is_file("model.safetensors.index.json") ||
                           input.repo->is_file("pytorch_model.bin.index.json");
  const bool named = input.entry.starts_with("adapter_model.");
  input.adapter = named || !options.base.empty() || (input.entry.empty() && !has_weights);
  if (!input.adapter) return std::nullopt;
  if (!options.base.empty()) {
    Result<Location> base = locate(options.base);
    if (!base.ok()) return base.error();
    take_base(input, std::move(*base));
    return std::nullopt;
  }
  if (has_config) {
    input.base = input.repo;
    return std::nullopt;
  }
  return find_named_base(input, options.online);
}

}  // namespace

namespace {

// The text of --quantization-config: JSON, or what the file of that name holds.
Result<std::string> quantization_text(const std::string& given) {
  constexpr std::uint64_t kMostBytes = 1u << 20;
  std::string text = given;
  if (given.find('{') == std::string::npos) {
    const Result<RegularFile> file = RegularFile::open(given);
    if (!file.ok()) return Error{"`--quantization-config`: " + file.error().message};
    if (file->size() > kMostBytes) return Error{quoted_name(given) + " is too large for a quantization config"};
    Result<std::string> read = file->read(0, file->size());
    if (!read.ok()) return read.error();
    text = std::move(*read);
  }
  const auto document = json_document(text);
  if (!document || !document->is_object()) return Error{"`--quantization-config` is not a JSON object"};
  return text;
}

void add_peft(ModelInput& input, const ModelOptions& options) {
  if (!input.adapter && input.lora_file.empty()) return;
  if (!has_package(input.sources, "peft")) {
    if (std::optional<SourceTree> peft = peft_source(options)) input.sources.push_back(std::move(*peft));
  }
  input.has_peft = has_package(input.sources, "peft");
}

// The package is imported for the parts of a repo, and not for what it registers.
void take_sentence_transformers(ModelInput& input, const ModelOptions& options) {
  std::optional<SourceTree> source;
  std::erase_if(input.sources, [&](SourceTree& each) {
    if (each.library || !has_package({each}, kSentenceTransformers)) return false;
    if (!source) source = std::move(each);
    return true;
  });
  if (!input.has_parts) return;
  if (!source) source = sentence_transformers_source(options);
  if (!source) return;
  source->library = true;
  input.sentence_transformers = std::move(source);
}

// A library as transformers is, where the model is its own.
void add_diffusers(ModelInput& input, const ModelOptions& options) {
  // A pipeline's own model of transformers, too: its safety checker.
  const bool is_own = input.class_name.starts_with(fmt::format("{}.", kDiffusers));
  if (!input.of_diffusers && !input.has_pipeline && input.lora_file.empty() && !is_own) return;
  const auto given = std::find_if(input.sources.begin(), input.sources.end(),
                                  [](const SourceTree& each) { return has_package({each}, kDiffusers); });
  if (given != input.sources.end()) {
    given->library = true;
    if (given->needs.empty()) given->needs = needs_of(*given->tree, kDiffusers);
  } else if (std::optional<SourceTree> found = diffusers_source(options)) {
    found->library = true;
    input.sources.push_back(std::move(*found));
  }
}

}  // namespace

namespace {

// The list of a pipeline says by which library and as which class a component is loaded; what its config says of that
// is not asked.
FileTreePtr as_component(const FileTreePtr& repo, const ModelOptions& options) {
  constexpr const char* kClassName = "_class_name";
  const Result<std::string> text = repo->read("config.json", kLongestConfig);
  const auto document = text.ok() ? json_document(*text) : std::nullopt;
  if (!document || !document->is_object()) return repo;
  nlohmann::ordered_json config = *document;
  if (options.component_of == "transformers") {
    if (config.erase(kClassName) == 0) return repo;
  } else if (options.component_of == kDiffusers) {
    if (config.contains(kClassName) && config[kClassName].is_string()) return repo;
    config[kClassName] = options.class_name;
    config.erase("model_type");
  } else {
    return repo;
  }
  return overlay_tree(repo, {{"config.json", config.dump()}});
}

}  // namespace

Result<ModelInput> open_model(const std::string& path, const ModelOptions& options) {
  ModelInput input;
  if (!options.quantization.empty()) {
    Result<std::string> text = quantization_text(options.quantization);
    if (!text.ok()) return text.error();
    input.quantization = std::move(*text);
  }
  input.path = path.empty() ? options.graph : path;
  input.class_name = options.class_name;
  input.dtype = options.dtype;
  input.torch = options.torch;
  input.assume = options.assume;
  input.graph_file = options.graph;
  if (!path.empty()) {
    Result<Location> location = locate(path);
    if (!location.ok()) return location.error();
    input.repo = location->tree;
    expect_front(*input.repo);
    input.hub_name = location->hub_name;
    input.hub_commit = location->hub_commit;
    if (location->entry != "config.json" && location->entry != "model_index.json") input.entry = location->entry;
    if (!options.component_of.empty()) input.repo = as_component(input.repo, options);
  }
  if (auto failed = find_base(input, options)) return std::move(*failed);
  input.has_pipeline = input.repo != nullptr && input.entry.empty() && input.repo->is_file("model_index.json");
  if (auto failed = read_config(input)) return std::move(*failed);
  if (auto lost = input.lost()) return std::move(*lost);
  if (input.adapter && !input.broken_config.empty()) return broken_config(input);
  input.has_parts = input.repo != nullptr && input.entry.empty() && input.repo->is_file("modules.json");
  if (input.graph_file.empty() &&
      (input.has_config || input.has_parts || input.has_pipeline || !input.lora_file.empty())) {
    Result<std::vector<SourceTree>> sources = sources_for(options);
    if (!sources.ok()) return sources.error();
    input.sources = std::move(*sources);
    add_peft(input, options);
    add_diffusers(input, options);
    take_sentence_transformers(input, options);
  }
  const std::string found = transformers_version(input.sources);
  const bool as_found = options.transformers.empty() || is_same_version(options.transformers, found);
  input.transformers = as_found ? found : options.transformers;
  return input;
}

std::optional<Error> ModelInput::lost() const {
  for (const FileTreePtr& tree : {repo, base}) {
    if (tree == nullptr) continue;
    if (auto lost = tree->lost()) return lost;
  }
  return std::nullopt;
}

std::optional<OwnFile> own_file(const ModelInput& input, const SourceFile& file) {
  // A file without text may be one that a fix would write.
  const bool in_repo = file.in_model_repo && input.repo != nullptr && is_plain_path(file.path);
  if (in_repo && (file.text.empty() || input.repo->is_file(file.path))) return OwnFile{std::nullopt, file.path};
  for (std::size_t i = 0; i < input.sources.size(); ++i) {
    const SourceTree& source = input.sources[i];
    const std::string lead = source.label.empty() ? "" : source.label + "/";
    if (source.library || !source.own || !file.path.starts_with(lead)) continue;
    const std::string path = file.path.substr(lead.size());
    const std::string real_path = source.tree->real_path(path);
    // An edited file has no path on disk.
    const bool same = real_path == file.real_path || real_path.empty() || file.real_path.empty();
    if (source.tree->is_file(path) && same) return OwnFile{i, path};
  }
  return std::nullopt;
}

std::vector<std::string> models_within(const ModelInput& input) {
  constexpr std::size_t kMostNamed = 8;
  std::vector<std::string> models;
  if (input.repo == nullptr) return models;
  for (const std::string& name : input.repo->list("")) {
    const bool is_model = input.repo->is_file(joined_path(name, "config.json")) ||
                          input.repo->is_file(joined_path(name, "adapter_config.json"));
    if (models.size() < kMostNamed && is_model) models.push_back(quoted_name(joined_path(input.path, name)));
  }
  return models;
}

std::optional<Error> only_a_pipeline(const ModelInput& input) {
  if (!input.has_pipeline || input.has_config) return std::nullopt;
  const std::vector<std::string> models = models_within(input);
  return Error{fmt::format("{} is a pipeline of diffusers and no model: name one of its models{}",
                           quoted_name(input.path),
                           models.empty() ? "" : fmt::format(", {}", fmt::join(models, ", ")))};
}

bool has_library(const ModelInput& input) {
  if (input.of_diffusers || input.has_pipeline || !input.lora_file.empty())
    return has_package(input.sources, kDiffusers);
  return std::any_of(input.sources.begin(), input.sources.end(), holds_transformers);
}

namespace {

// What from_pretrained would be given: the folder, or the repo of the Hub whose snapshot it is in the cache.
void name_repo(const ModelInput& input, GraphRequest& request) {
  if (!input.hub_name.empty() && request.repo == input.repo) {
    request.repo_name = input.hub_name;
    request.commit = input.hub_commit;
    return;
  }
  std::error_code failed;
  const std::filesystem::path folder =
      std::filesystem::absolute(joined_path(request.repo->real_path(""), "."), failed).lexically_normal().parent_path();
  static const RE2 snapshot(R"(.*/models--([^/]+)--([^/]+)/snapshots/([0-9a-f]{40}))");
  std::string owner, name;
  if (RE2::FullMatch(folder.string(), snapshot, &owner, &name, &request.commit))
    request.repo_name = owner + "/" + name;
  else
    request.repo_name = folder.filename().string();
}

}  // namespace

GraphRequest request_of(const ModelInput& input) {
  GraphRequest request;
  request.repo = input.config_repo();
  if (request.repo != nullptr) name_repo(input, request);
  request.sources = input.sources;
  request.class_name = input.class_name;
  request.dtype = input.dtype;
  request.torch = input.torch;
  request.assume = input.assume;
  request.without_code = input.without_code;
  return request;
}

Result<BuiltGraph> graph_of(const ModelInput& input, bool quantize) {
  BuiltGraph built;
  if (input.graph_file.empty()) {
    if (auto pipeline = only_a_pipeline(input)) return std::move(*pipeline);
    if (!input.broken_config.empty()) return broken_config(input);
    if (!has_library(input))
      return Error{
          fmt::format("no {} source found: give one with --source (a site-packages folder, a checkout, a wheel)",
                      input.of_diffusers || input.has_pipeline ? "diffusers" : "transformers")};
    GraphRequest request = request_of(input);
    request.as_loaded = quantize;
    request.quantize = quantize && (input.quantized || !input.quantization.empty());
    request.quantization = input.quantization;
    Result<BuiltGraph> result = build_graph(request);
    if (auto lost = input.lost()) return std::move(*lost);
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
