// What `compat --round-trip` says of small repos, against what one release really saved and another really loaded.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "command_line/run.h"
#include "graph/gzip.h"
#include "model_repo.h"
#include "release_repos.h"
#include "release_wheels.h"

using namespace ckptlint::test;
using Json = nlohmann::json;

namespace {

const std::string kRecorded = "upstream/releases/";

std::set<std::string> names_of(const Json& folded) {
  std::set<std::string> names;
  for (const std::string each : folded) {
    for (std::string& name : expanded_names(each)) names.insert(std::move(name));
  }
  return names;
}

std::map<std::string, Json> shapes_of_answer(const Json& stored) {
  std::map<std::string, Json> shapes;
  for (const auto& [shape, names] : stored.items()) {
    for (const std::string& name : names_of(names)) shapes[name] = Json::parse(shape);
  }
  return shapes;
}

std::map<std::string, Json> shapes_of_trip(const Json& stored) {
  std::map<std::string, Json> shapes;
  for (const auto& [folded, shape] : stored.items()) {
    for (const std::string& name : expanded_names(folded)) shapes[name] = shape;
  }
  return shapes;
}

bool any_is(const Json& stages, const char* verdict) {
  return std::any_of(stages.begin(), stages.end(), [&](const Json& each) { return each["verdict"] == verdict; });
}

void check_trip(const Json& trip, const Json& answer) {
  INFO(answer["saved_by"] << " " << answer["repo"] << " of its " << answer["from"] << " " << trip["stages"]);
  CHECK_FALSE(any_is(trip["stages"], "?"));
  const bool is_saved = !answer["stored"].contains("error");
  CHECK((trip["stages"]["saves"]["verdict"] == "yes") == is_saved);
  if (!is_saved) return;
  CHECK(shapes_of_trip(trip["stored"]) == shapes_of_answer(answer["stored"]));
  const Json& end = answer["end"];
  if (end.contains("error")) {
    const bool stops = trip["stages"]["config"]["verdict"] == "no" || trip["stages"]["build"]["verdict"] == "no" ||
                       trip["stages"]["keys"]["verdict"] == "no";
    CHECK(stops);
    return;
  }
  CHECK(trip["stages"]["build"]["verdict"] == "yes");
  for (const char* kind : {"missing", "unexpected", "mismatched"}) {
    INFO(kind);
    CHECK(trip[kind].get<std::set<std::string>>() == names_of(end[kind]));
  }
}

}  // namespace

TEST_CASE("What one release saves, the other loads as it says") {
  std::map<std::pair<std::string, std::string>, std::map<std::string, Json>> answers;  // by repo and start, then saver
  const std::string path = kRecorded + "round_trips.jsonl.gz";
  const ckptlint::Result<std::string> recorded = ckptlint::inflate_gzip(fixture_text(path), path, 64u << 20);
  REQUIRE(recorded.ok());
  std::istringstream lines(*recorded);
  for (std::string line; std::getline(lines, line);) {
    const Json answer = Json::parse(line);
    answers[{answer["repo"], answer["from"]}][answer["saved_by"]] = answer;
  }
  REQUIRE(!answers.empty());
  const std::string sources =
      " --source " + transformers_wheel("4.57.6") + " --source " + transformers_wheel("5.23.0") + " --format json";
  for (const auto& [which, of_release] : answers) {
    const ModelRepo repo(fixture_of_repo(which.first));
    if (which.second == "config") std::filesystem::remove(repo.folder().path("model.safetensors"));
    const Json table = Json::parse(run("compat " + repo.path() + " --round-trip" + sources).out);
    REQUIRE(table.at("round_trips").size() == 2);
    for (const Json& trip : table["round_trips"]) {
      CHECK(trip["of"] == which.second);
      check_trip(trip, of_release.at(trip["saved_by"]));
    }
  }
}
