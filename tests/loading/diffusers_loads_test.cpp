// What from_pretrained of models of diffusers reported (tests/record/diffusers_loads.py picked the cases).
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <variant>
#include <vector>

#include "base/disk.h"
#include "catch.h"
#include "golden.h"
#include "graph/asking.h"
#include "graph/evaluated_model.h"
#include "graph/evaluator.h"
#include "graph/gzip.h"
#include "library/library.h"
#include "library/torch/torch.h"
#include "loading/diffusers_load.h"
#include "loading/recorded_loads.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

bool is_weight_file(const std::string& name) {
  return name.ends_with(".safetensors") || name.ends_with(".bin") || name.ends_with(".ckpt");
}

StoredFile file_of(const std::string& path, const json& described) {
  StoredFile file{path, described.is_object()};
  if (!file.loadable) return file;
  const Checkpoint checkpoint = test::checkpoint_of(described);
  for (const StoredTensor& each : checkpoint.tensors) {
    const auto shape = checkpoint.shape(each);
    file.tensors.push_back({std::string(each.name), each.dtype, {shape.begin(), shape.end()}});
  }
  return file;
}

// A file that is no weights; an index is kept with the names of each shard folded.
std::string text_of(const json& value) {
  if (value.is_string()) return value;
  json index = value;
  if (!index.is_object() || !index.contains("weight_map")) return index.dump();
  json map = json::object();
  for (const auto& [shard, names] : index["weight_map"].items()) {
    for (const std::string& name : test::words_of(names)) map[name] = shard;
  }
  index["weight_map"] = std::move(map);
  return index.dump();
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

// Exceptions are told as the rows have them, with the folder by its name.
std::string as_recorded(std::string text) {
  for (std::size_t at = text.find("/repo"); at != std::string::npos; at = text.find("/repo", at))
    text.replace(at, 5, "FOLDER");
  return text;
}

std::string difference_of(const NamedLoad& load, const json& want) {
  if (want.contains("error")) return "no error is predicted";
  if (sorted(load.missing) != test::words_of(want["missing"])) return "missing differ";
  if (sorted(load.unexpected) != test::words_of(want["unexpected"])) return "unexpected differ";
  std::vector<std::string> names, wanted;
  for (const auto& [stored, name] : load.mismatched) names.push_back(name);
  for (const json& each : want["mismatched"]) wanted.push_back(each[0]);
  return sorted(names) == sorted(wanted) ? "" : "mismatched differ";
}

std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

// The folder of a row; not on several threads, as what is checked on the way is counted.
struct Folder {
  FileTreePtr tree;
  std::vector<StoredFile> files;
};

Folder folder_of(const json& row) {
  std::map<std::string, std::string> texts;
  Folder made;
  const std::string folder = row["arguments"].value("subfolder", "");
  for (const auto& [name, value] : row["files"].items()) {
    const std::string path = folder.empty() || name.find('/') != std::string::npos ? name : folder + "/" + name;
    if (is_weight_file(name)) made.files.push_back(file_of(path, value));
    texts[path] = is_weight_file(name) ? "" : text_of(value);
  }
  made.tree = in_memory_tree(std::move(texts));
  return made;
}

// What is wrong with our report, or nothing.
std::string difference(const json& row, const Folder& folder, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.repo = folder.tree;
  request.sources = sources;
  Result<std::shared_ptr<python::Interpreter>> made = make_evaluator(request, python::install_library);
  if (!made.ok()) return made.error().message;
  EvaluatedModel evaluated{std::move(*made), python::Value()};
  python::Interpreter& in = *evaluated.interpreter;
  const std::string name = row["class"];
  auto ended = run_phase([&] {
    python::set_default_device(in, "cpu");
    evaluated.model = in.import_name(name.substr(0, name.find(':')), name.substr(name.find(':') + 1));
    return load_with_diffusers(evaluated, folder.tree, folder.files, row["arguments"].dump());
  });
  const json& want = row["report"];
  if (const NamedLoad* load = std::get_if<NamedLoad>(&ended)) return difference_of(*load, want);
  const Stopped& stopped = std::get<Stopped>(ended);
  if (stopped.by != Stopped::By::kRaise) return "not known: " + stopped.what;
  if (!want.contains("error")) return "raises " + stopped.what;
  return type_of(stopped.what) == type_of(want["error"]) ? "" : "raises " + as_recorded(stopped.what);
}

void check_release(const std::string& version, const std::string& transformers, std::size_t least) {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  const std::string packed = test::fixture_text("diffusers/loads-" + version + ".jsonl.gz");
  const Result<std::string> text = inflate_gzip(packed, "loads", 64u << 20);
  REQUIRE(text);
  std::vector<json> rows;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    json row = json::parse(line);
    if (!row.value("auto", false)) rows.push_back(std::move(row));
  }
  REQUIRE(rows.size() >= least);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  std::vector<Folder> folders;
  for (const json& row : rows) folders.push_back(folder_of(row));
  std::vector<std::string> differences(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) { differences[i] = difference(rows[i], folders[i], sources); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(version << ", row " << i << ", " << rows[i]["class"] << ", " << rows[i]["case"] << ", " << rows[i]["arguments"]
                 << "\n"
                 << rows[i]["report"].dump().substr(0, 400));
    CHECK(differences[i] == "");
  }
}

// Whether it is raised for want of a package or of an accelerator.
bool is_of_machine(const std::string& error) {
  static const std::set<std::string> types{"ImportError", "PackageNotFoundError", "ModuleNotFoundError",
                                           "NotImplementedError"};
  return types.contains(type_of(error)) || error.find("No GPU found") != std::string::npos;
}

TEST_CASE("What diffusers 0.42.1 raises of a quantization_config on every machine is what it is said to raise") {
  const std::vector<SourceTree> sources = test::diffusers_sources("0.42.1", "5.23.0");
  if (sources.empty()) return;
  std::istringstream lines(test::fixture_text("diffusers/quantizers-0.42.1.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const json row = json::parse(line);
    GraphRequest request;
    request.repo = in_memory_tree({{"config.json", json{{"quantization_config", row["config"]}}.dump()}});
    request.sources = sources;
    Result<std::shared_ptr<python::Interpreter>> made = make_evaluator(request, python::install_library);
    REQUIRE(made);
    EvaluatedModel evaluated{std::move(*made), python::Value()};
    const auto stopped = stopped_by([&] { make_diffusers_quantizer(evaluated, request.repo); });
    const std::string error = row["error"];
    INFO(line.substr(0, 300));
    CHECK((stopped ? stopped->what : "") == (is_of_machine(error) ? "" : error));
  }
  CHECK(count > 40);
}

TEST_CASE("Loads of models of diffusers 0.42.1 are reported as it reports them") {
  check_release("0.42.1", "5.23.0", 700);
}

TEST_CASE("Loads of models of diffusers 0.36.0 are reported as it reports them") {
  check_release("0.36.0", "4.57.6", 350);
}

TEST_CASE("Loads of models of diffusers 0.30.3 are reported as it reports them") {
  check_release("0.30.3", "4.57.6", 100);
}

TEST_CASE("Loads of models of diffusers 0.31.0 are reported as it reports them") {
  check_release("0.31.0", "4.57.6", 10);
}

}  // namespace
}  // namespace ckptlint
