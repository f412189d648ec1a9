// What DiffusionPipeline.from_pretrained of diffusers made of small folders (tests/record/diffusers_pipelines.py picked
// the cases).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "catch.h"
#include "model_repo.h"
#include "parts/diffusion_pipeline.h"
#include "parts/recorded_pipelines.h"
#include "release_wheels.h"
#include "side_by_side.h"
#include "torch_writer.h"

namespace ckptlint {
namespace {

using nlohmann::json;
using test::kInfinity, test::kInfinityAsText, test::pipeline_rows, test::replaced;
using Files = std::map<std::string, json>;  // a text, a JSON value, or the tensors of a weight file

bool is_weight_file(const std::string& path) { return path.ends_with(".safetensors") || path.ends_with(".bin"); }

void put(Files& files, const std::string& folder, const json& component) {
  for (const auto& [name, value] : component["files"].items()) files[folder + "/" + name] = value;
}

bool is_at(const std::string& path, const std::string& place) { return path == place || path.starts_with(place + "/"); }

json* at_keys(json& value, const json& keys, std::size_t count) {
  json* at = &value;
  for (std::size_t i = 0; i < count; ++i)
    at = keys[i].is_number() ? &(*at)[keys[i].get<std::size_t>()] : &(*at)[keys[i].get<std::string>()];
  return at;
}

// Tensors by what they are, without those of some names, or in another type.
json changed_tensors(const json& tensors, const std::set<std::string>& lacking, const std::string& type) {
  json changed = json::object();
  for (const auto& [kind, names] : tensors.items()) {
    std::string kept;
    std::istringstream words(names.get<std::string>());
    for (std::string word; words >> word;) {
      for (const std::string& name : test::expanded_names(word)) {
        if (!lacking.contains(name)) kept += (kept.empty() ? "" : " ") + name;
      }
    }
    const bool is_float = kind.starts_with("F") || kind.starts_with("BF");
    const std::string key = type.empty() || !is_float ? kind : type + kind.substr(kind.find(' '));
    if (changed.contains(key)) kept = changed[key].get<std::string>() + " " + kept;
    if (!kept.empty()) changed[key] = kept;
  }
  return changed;
}

void edit(Files& files, const json& step, const std::map<std::string, json>& parts) {
  const std::string what = step[0], path = step[1];
  if (what == "remove") {
    std::erase_if(files, [&](const auto& file) { return is_at(file.first, path); });
  } else if (what == "move") {
    Files moved;
    for (const auto& [name, value] : files)
      moved[is_at(name, path) ? step[2].get<std::string>() + name.substr(path.size()) : name] = value;
    files = std::move(moved);
  } else if (what == "set" || what == "unset") {
    json& value = files[path];
    if (value.is_string()) value = json::parse(value.get<std::string>());
    json* const around = at_keys(value, step[2], step[2].size() - 1);
    const json& last = step[2].back();
    if (what == "unset")
      around->erase(last.get<std::string>());
    else if (last.is_number())
      (*around)[last.get<std::size_t>()] = step[3];
    else
      (*around)[last.get<std::string>()] = step[3];
  } else if (what == "write") {
    files[path] = step[2];
  } else if (what == "dtype") {
    const std::map<std::string, std::string> types{{"float16", "F16"}, {"bfloat16", "BF16"}, {"float32", "F32"}};
    files[step[2]] = changed_tensors(files.at(path), {}, types.at(step[3]));
    files.erase(path);
  } else if (what == "part") {
    std::erase_if(files, [&](const auto& file) { return is_at(file.first, path); });
    put(files, path, parts.at(step[2]));
  } else {
    REQUIRE(what == "lack");
    const std::vector<std::string> names = step[2];
    files[path] = changed_tensors(files.at(path), {names.begin(), names.end()}, "");
  }
}

void write(const Files& files, const test::ScratchFolder& folder) {
  for (const auto& [path, value] : files) {
    const std::string to = folder.path(path);
    std::filesystem::create_directories(std::filesystem::path(to).parent_path());
    if (is_weight_file(path) && value.is_object()) {
      std::string text;
      for (const auto& [kind, names] : value.items()) {
        std::istringstream words(names.get<std::string>());
        for (std::string word; words >> word;) text += word + " " + kind.substr(0, kind.find(" = ")) + "\n";
      }
      if (path.ends_with(".bin"))
        std::ofstream(to, std::ios::binary) << test::torch_file(text);
      else
        test::write_sparse_checkpoint(text, to);
    } else {
      std::ofstream(to) << (value.is_string() ? value.get<std::string>()
                                              : replaced(value.dump(), kInfinityAsText, kInfinity));
    }
  }
}

std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

// The folder of a row; not on several threads, as it checks what it does.
std::unique_ptr<test::ScratchFolder> folder_of(const json& row, const std::map<std::string, json>& parts) {
  Files files{{"model_index.json", row["index"]}};
  for (const auto& [folder, name] : row["parts"].items()) put(files, folder, parts.at(name));
  for (const json& step : row.value("edits", json::array())) edit(files, step, parts);
  auto folder = std::make_unique<test::ScratchFolder>();
  write(files, *folder);
  return folder;
}

// What is wrong with our answer, or nothing.
std::string difference(const json& row, const std::string& folder, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  Result<FileTreePtr> repo = open_folder(folder);
  if (!repo.ok()) return repo.error().message;
  request.repo = *repo;
  request.sources = sources;
  const Known<DiffusionPipeline> pipeline =
      diffusion_pipeline_of(request, row.value("arguments", json::object()).dump());
  if (!pipeline) return "not known: " + pipeline.unknown().why;
  const std::string& raises = pipeline->load.raises;
  if (row.contains("error")) return type_of(raises) == type_of(row["error"]) ? "" : "no such error, but " + raises;
  if (!raises.empty()) return "raises " + raises;
  if (row.contains("map") && row["map"].is_object()) {
    json devices = json::object();
    for (const auto& [component, device] : pipeline->devices) devices[component] = device;
    json want = json::object();
    for (const auto& [component, device] : row["map"].items())
      want[component] = device.is_string() ? device.get<std::string>() : device.dump();
    if (devices != want) return "another map: " + devices.dump();
  }
  for (const PipelineComponent& each : pipeline->components) {
    if (!row.contains("answer") || !row["answer"].contains(each.name)) continue;
    const json& want = row["answer"][each.name];
    if (each.made != (want.is_null() ? "" : want.get<std::string>())) return each.name + " is a " + each.made;
  }
  return "";
}

// What loading a model of transformers ends in once its weights are read: the section of that component says it.
bool is_of_weights(const json& row) {
  const std::string error = row.value("error", "");
  if (error.find("You set `ignore_mismatched_sizes` to `False`") != std::string::npos ||
      error.find("has no attribute 'all_tied_weights_keys'") != std::string::npos)
    return true;
  if (error.find("Error(s) in loading state_dict for ") == std::string::npos || !row.contains("edits")) return false;
  const std::string changed = row["edits"][0][1];
  const json component = row["index"].value(changed.substr(0, changed.find('/')), json());
  return component.is_array() && component[0] == "transformers";
}

// `prefix`: of the files' names.
void check_release(const std::string& version, const std::string& transformers, std::size_t least,
                   const std::string& prefix = "") {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  std::map<std::string, json> parts;
  for (json& part : pipeline_rows(prefix + "pipeline_parts-" + version + ".jsonl.gz"))
    parts.emplace(part["name"], std::move(part));
  std::vector<json> rows = pipeline_rows(prefix + "pipelines-" + version + ".jsonl.gz");
  std::erase_if(rows, [](const json& row) {
    return row.contains("as") || row.value("arguments", json::object()).contains("as");
  });
  // What older releases saved without components ends later than it was asked.
  std::erase_if(rows, [](const json& row) { return row["parts"].empty() && row.contains("map"); });
  REQUIRE(rows.size() > least);
  std::vector<std::unique_ptr<test::ScratchFolder>> folders;
  for (const json& row : rows) folders.push_back(folder_of(row, parts));
  std::vector<std::string> differences(rows.size());
  test::side_by_side(rows.size(),
                     [&](std::size_t i) { differences[i] = difference(rows[i], folders[i]->path(), sources); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_of_weights(rows[i])) continue;
    json shown = rows[i];
    for (const char* field : {"index", "parts", "log"}) shown.erase(field);
    INFO("row " << i << ": " << shown.dump().substr(0, 700));
    CHECK(differences[i] == "");
  }
}

TEST_CASE("Pipelines of diffusers 0.42.1 are made of their components as the library makes them") {
  check_release("0.42.1", "5.23.0", 400);
}
TEST_CASE("Pipelines of diffusers 0.40.0 are made of their components as the library makes them") {
  check_release("0.40.0", "5.23.0", 200);
}
TEST_CASE("Pipelines of diffusers 0.31.0 are made of their components as the library makes them") {
  check_release("0.31.0", "4.57.6", 40);
}

TEST_CASE("Pipelines with code of their own are loaded as diffusers 0.42.1 loads them") {
  check_release("0.42.1", "5.23.0", 190, "code_");
}
TEST_CASE("Pipelines with code of their own are loaded as diffusers 0.36.0 loads them") {
  check_release("0.36.0", "4.57.6", 60, "code_");
}

}  // namespace
}  // namespace ckptlint
