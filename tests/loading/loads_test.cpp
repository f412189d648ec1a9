// What from_pretrained of the real libraries reported (tests/record/loads.py picked the cases).
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "loading/key_matching.h"
#include "loading/recorded_loads.h"
#include "model_repo.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

json report_of(const ModuleGraph& graph, const Loading& loading) {
  if (!loading.raises.empty()) return {{"error", loading.raises}};
  std::set<std::string> missing, unexpected, mismatched;
  for (const TensorId id : loading.missing) missing.insert(graph.tensor(id).name);
  for (const UnexpectedKey& key : loading.unexpected) unexpected.insert(key.key);
  for (const MismatchedKey& key : loading.mismatched) mismatched.insert(graph.tensor(key.tensor).name);
  // The library was asked with ignore_mismatched_sizes=True.
  for (const MismatchedKey& key : loading.unpacked) mismatched.insert(graph.tensor(key.tensor).name);
  return {{"missing_keys", missing}, {"unexpected_keys", unexpected}, {"mismatched_keys", mismatched}};
}

// The library's files on a model as custom code of the repo (`remote_sources` of tests/record/load_cases.py).
std::map<std::string, std::string> remote_sources(const FileTree& library, const std::string& module) {
  std::string folder = module.substr(0, module.rfind('.'));
  std::replace(folder.begin(), folder.end(), '.', '/');
  std::map<std::string, std::string> files;
  std::vector<std::string> wanted{module.substr(module.rfind('.') + 1) + ".py"};
  while (!wanted.empty()) {
    const std::string name = wanted.back();
    wanted.pop_back();
    Result<std::string> text = library.read(folder + "/" + name);
    if (files.contains(name) || !text) continue;
    re2::StringPiece rest(*text);
    for (std::string sibling; RE2::FindAndConsume(&rest, R"((?m)^from \.(\w+) import)", &sibling);)
      wanted.push_back(sibling + ".py");
    RE2::GlobalReplace(&*text, R"((?m)^(\s*)from \.\.\.(\w))", R"(\1from transformers.\2)");
    RE2::GlobalReplace(&*text, R"((?m)^(\s*)from \.\.\. import)", R"(\1from transformers import)");
    RE2::GlobalReplace(&*text, R"((?m)^(\s*)from \.\.(\w))", R"(\1from transformers.models.\2)");
    files[name] = *text;
  }
  return files;
}

// Nothing, where both are exceptions of one class.
std::string error_difference(const std::string& have, const std::string& want) {
  return have.substr(0, have.find_first_of(": ")) == want.substr(0, want.find_first_of(": ")) ? "" : "raises " + have;
}

// What is wrong with our report, or nothing.
std::string difference(const json& row, const Checkpoint& checkpoint, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  const std::string module = row["class"].get<std::string>();
  std::map<std::string, std::string> files;
  if (row.contains("files")) files = row["files"].get<std::map<std::string, std::string>>();
  if (row.contains("remote")) files = remote_sources(*sources.front().tree, module.substr(0, module.find(':')));
  if (files.empty()) request.class_name = module;  // code of its own is named by the config
  files["config.json"] = row["config"].dump();
  request.repo = in_memory_tree(std::move(files));
  request.sources = sources;
  request.initialization = false;
  request.as_loaded = true;
  request.quantize = row["config"].contains("quantization_config");
  const Result<BuiltGraph> built = build_graph(request);
  if (!built) return built.error().message;
  const json& want = row["report"];
  if (built->failure) return want.contains("error") ? "" : built->failure->what;
  if (built->not_quantized) {
    const bool raises = !built->quantizer_raises.empty() && want.contains("error");
    return raises ? error_difference(built->quantizer_raises, want["error"]) : built->not_quantized->why;
  }
  const Known<Loading> loading = match_keys(built->graph, checkpoint, built->evaluated.get());
  if (!loading) return loading.unknown().why;
  const json have = report_of(built->graph, *loading);
  if (want.contains("error"))
    return have.contains("error") ? error_difference(have["error"], want["error"]) : "no error is predicted";
  if (have.contains("error")) return have["error"];
  for (const char* kind : {"missing_keys", "unexpected_keys", "mismatched_keys"}) {
    if (have[kind] != json(test::words_of(want[kind]))) return std::string(kind) + " differ: " + have[kind].dump();
  }
  return "";
}

void check_release(const std::string& version,
                   const std::vector<const char*>& files = {"loads.jsonl", "loads_of_layouts.jsonl"},
                   std::size_t most_different_of_100 = 1) {
  const std::string wheel = test::wheel_of_release(version);
  if (wheel.empty()) {
    WARN("not tried: the wheel of " << version << " is not there");
    return;
  }
  const Result<std::vector<SourceTree>> sources = open_source(wheel);
  REQUIRE(sources);
  std::vector<json> rows;
  for (const char* file : files) {
    std::istringstream lines(test::fixture_text("upstream/transformers-" + version + "/" + file));
    for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
  }
  REQUIRE(rows.size() > 20);
  // Not on several threads, as what is checked on the way is counted.
  std::vector<Checkpoint> checkpoints;
  for (const json& row : rows) checkpoints.push_back(test::checkpoint_of(row["tensors"]));
  std::vector<std::string> differences(rows.size());
  test::side_by_side(rows.size(),
                     [&](std::size_t i) { differences[i] = difference(rows[i], checkpoints[i], *sources); });
  // Rows with "differs", which says why, are known to differ: they count, and one that does not any more has to go.
  std::size_t different = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(version << ", " << rows[i]["class"] << ", " << rows[i]["case"] << "\n" << rows[i]["report"]);
    if (rows[i].contains("differs")) {
      CHECK(differences[i] != "");
      ++different;
    } else {
      CHECK(differences[i] == "");
    }
  }
  CHECK(different * 100 <= rows.size() * most_different_of_100);
}

TEST_CASE("Loads of transformers 5.23.0 are reported as it reports them") { check_release("5.23.0"); }

TEST_CASE("Loads of quantized checkpoints are reported as transformers 5.23.0 reports them") {
  check_release("5.23.0", {"quantized_loads.jsonl"});
}

TEST_CASE("Loads of quantized checkpoints are reported as transformers 4.57.6 reports them") {
  check_release("4.57.6", {"quantized_loads.jsonl"});
}

TEST_CASE("Loads of quantized checkpoints are reported as releases before 4.56 report them") {
  for (const char* version : {"4.53.3", "4.49.0"}) {
    INFO(version);
    check_release(version, {"quantized_loads.jsonl"});
  }
}

TEST_CASE("Loads of FP8 checkpoints are reported as every release of transformers 5 reports them") {
  for (const char* version : {"5.0.0", "5.2.0", "5.5.4", "5.8.0", "5.10.4", "5.12.0"}) {
    INFO(version);
    check_release(version, {"fp8_loads.jsonl"});
  }
}

TEST_CASE("Loads of changed quantized checkpoints are reported as transformers 5.23.0 reports them") {
  check_release("5.23.0", {"quantized_changes.jsonl"});
}

TEST_CASE("Loads of changed quantized checkpoints are reported as transformers 5.10.4 reports them") {
  check_release("5.10.4", {"quantized_changes.jsonl"});
}

TEST_CASE("Loads of changed quantized checkpoints are reported as transformers 4.57.6 reports them") {
  check_release("4.57.6", {"quantized_changes.jsonl"});
}

TEST_CASE("Loads of transformers 4.57.6 are reported as it reports them") { check_release("4.57.6"); }

}  // namespace
}  // namespace ckptlint
