// Parameters that loading under DeepSpeed ZeRO-3 passes over, and in what it ends on repos with code, against the
// library's own function for it: fixtures/upstream/transformers-*/zero3_losses.jsonl and zero3_failures.jsonl, recorded
// by tests/record/zero3_losses.py and zero3_failures.py.
#include "loading/zero3.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "loading/key_matching.h"
#include "loading/recorded_loads.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

using nlohmann::json;

std::set<std::string> lost_parameters(const json& row, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.class_name = row["class"].get<std::string>();
  request.repo = in_memory_tree({{"config.json", row["config"].dump()}});
  request.sources = sources;
  request.initialization = false;
  const Result<BuiltGraph> built = build_graph(request);
  REQUIRE(built);
  REQUIRE(!built->failure);
  const Checkpoint checkpoint = test::checkpoint_of(row["tensors"]);
  const Known<Loading> loading = match_keys(built->graph, checkpoint, built->evaluated.get());
  REQUIRE(loading);
  const auto zero3 = load_under_zero3(built->graph, checkpoint, {}, *loading, built->evaluated.get());
  if (!zero3) FAIL(zero3.unknown().why);
  REQUIRE(!zero3->failure);
  std::set<std::string> names;
  for (const Zero3Loss& loss : zero3->lost) {
    const Tensor& tensor = built->graph.tensor(loss.key.tensor);
    if (!tensor.is_buffer()) names.insert(tensor.name);
  }
  return names;
}

void check_release(const std::string& version) {
  const std::string wheel = test::wheel_of_release(version);
  REQUIRE_FALSE(wheel.empty());
  const Result<std::vector<SourceTree>> sources = open_source(wheel);
  REQUIRE(sources);
  std::vector<json> loads;
  std::istringstream asked(test::fixture_text("upstream/transformers-5.23.0/loads_of_layouts.jsonl"));
  for (std::string line; std::getline(asked, line);) loads.push_back(json::parse(line));
  std::istringstream answers(test::fixture_text("upstream/transformers-" + version + "/zero3_losses.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(answers, line); ++count) {
    INFO(version << ": " << line);
    const json answer = json::parse(line);
    const std::vector<std::string> names = test::words_of(answer["lost"]);
    CHECK(lost_parameters(loads.at(answer["row"].get<std::size_t>()), *sources) ==
          std::set<std::string>(names.begin(), names.end()));
  }
  CHECK(count > 20);
}

// What loading otherwise and loading under ZeRO-3 end in; null where it comes to its end.
json failures_of(const json& row, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  std::map<std::string, std::string> files;
  for (const auto& [name, text] : row["files"].items()) files[name] = text.get<std::string>();
  request.repo = in_memory_tree(files);
  request.sources = sources;
  request.as_loaded = true;
  const Result<BuiltGraph> built = build_graph(request);
  REQUIRE(built);
  REQUIRE(!built->failure);
  std::map<std::string, std::string> names;
  for (const json& each : row["stored"])
    names[each[1].get<std::string>() + " " + each[2].dump()] += each[0].get<std::string>() + " ";
  const Checkpoint checkpoint = test::checkpoint_of(names);
  const Known<Loading> loading = match_keys(built->graph, checkpoint, built->evaluated.get());
  REQUIRE(loading);
  if (!loading->raises.empty()) return {{"otherwise", loading->raises}};
  if (!loading->mismatched.empty()) return {{"otherwise", "mismatched"}};
  const auto zero3 = load_under_zero3(built->graph, checkpoint, {}, *loading, built->evaluated.get());
  if (!zero3) FAIL(zero3.unknown().why);
  return {{"otherwise", nullptr}, {"zero3", zero3->failure ? json(zero3->failure->what) : json()}};
}

void check_failures(const std::string& version) {
  const Result<std::vector<SourceTree>> sources = open_source(test::wheel_of_release(version));
  REQUIRE(sources);
  std::istringstream rows(test::fixture_text("upstream/zero3_failures.jsonl"));
  std::size_t ending = 0;
  for (std::string line; std::getline(rows, line);) {
    const json row = json::parse(line);
    INFO(version << ": " << row["name"]);
    json expected = row[version];
    const json have = failures_of(row, *sources);
    // Whether sizes that differ are refused is for the caller to say.
    if (have["otherwise"] == "mismatched") {
      CHECK(expected["otherwise"].get<std::string>().find("mismatch") != std::string::npos);
      continue;
    }
    if (!expected["otherwise"].is_null()) expected.erase("zero3");
    CHECK(have == expected);
    ending += !expected.value("zero3", json()).is_null();
  }
  CHECK(ending >= (version.starts_with("5.") ? 8 : 0));
}

}  // namespace

TEST_CASE("Under ZeRO-3 loading ends in what it ends in with either release") {
  check_failures("5.23.0");
  check_failures("4.57.6");
}

TEST_CASE("Under ZeRO-3 the parameters are passed over that transformers 5.23.0 passes over") {
  check_release("5.23.0");
}

TEST_CASE("Under ZeRO-3 the parameters are passed over that other releases pass over") {
  check_release("5.10.4");
  for (const char* version : {"5.0.0", "5.5.3"}) {  // which set-up does not fetch
    if (test::wheel_of_release(version).empty()) {
      WARN("not tried: the wheel of " << version << " is not there");
      continue;
    }
    check_release(version);
  }
}

}  // namespace ckptlint
