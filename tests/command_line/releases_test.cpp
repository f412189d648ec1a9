// What `compat` says of small repos, against what the releases themselves made of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command_line/run.h"
#include "graph/gzip.h"
#include "model_repo.h"
#include "release_repos.h"
#include "release_wheels.h"
#include "scratch_folder.h"

using namespace ckptlint::test;
using Json = nlohmann::json;

namespace {

// What the program leaves open, and why.
struct Open {
  std::string_view release, of, why;  // of which repos: a part of their names
};
constexpr std::array kOpen = {
    // Whether a tensor is copied depends on its address.
    Open{"5.0.0", "GptOss", "the shape of a converted tensor is not known"},
};

// "3 missing; 2 of another shape", by the words for each list of names.
std::string words_of_counts(const Json& lists, std::initializer_list<std::pair<const char*, const char*>> words) {
  std::string counts;
  for (const auto& [kind, word] : words) {
    const int count = lists[kind]["count"];
    if (count > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : "; ", count, word);
  }
  return counts.empty() ? "yes" : "no: " + counts;
}

// What `answer` means in the words of compat; of keys and buffers how many names there are, and nothing where compat
// has nothing to say.
std::string words_of_answer(const Json& answer, const char* stage) {
  if (!answer.contains(stage)) return "-";
  if (answer[stage].is_string()) return answer[stage] == "yes" ? "yes" : "no";
  const Json& keys = answer[stage];
  if (keys.contains("error")) {
    const std::string error = keys["error"];
    return "no: " + error.substr(0, error.find(':'));
  }
  if (std::string_view(stage) == "buffers")
    return words_of_counts(keys, {{"unset", "unset"}, {"overwritten", "overwritten"}});
  if (std::string_view(stage) == "maps") return keys["errors"].empty() && keys["lost"]["count"] == 0 ? "yes" : "no";
  return words_of_counts(keys, {{"missing", "missing"}, {"mismatched", "of another shape"}});
}

// The same of a cell of compat's table, which also names the first of the keys.
std::string words_of_cell(const Json& cell, bool with_reason) {
  std::string words = cell["verdict"];
  if (words != "no" || !with_reason) return words;
  std::istringstream clauses(cell["why"].get<std::string>());
  std::string counts;
  for (std::string clause; std::getline(clauses, clause, ';');)
    counts += (counts.empty() ? "" : ";") + clause.substr(0, clause.find(':'));
  return "no: " + counts;
}

bool is_left_open(const Json& cell, const std::string& release, const std::string& repo) {
  return std::any_of(kOpen.begin(), kOpen.end(), [&](const Open& each) {
    return cell["verdict"] == "?" && release == each.release && repo.find(each.of) != std::string::npos &&
           cell["why"].get<std::string>().find(each.why) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("Releases accept, build and load what compat says they do") {
  std::map<std::string, std::vector<Json>> answers;  // by repo
  std::istringstream lines(fixture_text("upstream/releases/answers.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    Json answer = Json::parse(line);
    if (!wheel_of_release(answer["release"]).empty()) answers[answer["repo"]].push_back(std::move(answer));
  }
  REQUIRE(!answers.empty());
  for (const auto& [name, of_releases] : answers) {
    const ModelRepo repo(fixture_of_repo(name));
    std::string arguments = "compat " + repo.path() + " --format json";
    for (const Json& answer : of_releases) arguments += " --source " + wheel_of_release(answer["release"]);
    std::map<std::string, Json> rows;
    const Json table = Json::parse(run(arguments).out);
    for (const Json& row : table.at("releases")) rows[row["release"]] = row["stages"];
    for (const Json& answer : of_releases) {
      const std::string release = answer["release"];
      for (const char* stage : {"config", "build", "keys", "buffers", "maps"}) {
        const std::string_view name_of_stage = stage;
        const bool is_asked = answer.contains(stage) || (name_of_stage != "buffers" && name_of_stage != "maps");
        if (!is_asked || answer.value(stage, Json()) == "not asked") continue;  // not of every release
        const Json& cell = rows.at(release)[stage];
        INFO(release << " " << name << " " << stage << " " << cell);
        if (is_left_open(cell, release, name)) continue;
        const bool with_reason = name_of_stage == "keys" || name_of_stage == "buffers";
        CHECK(words_of_cell(cell, with_reason) == words_of_answer(answer, stage));
      }
    }
  }
}

// Each class that refuses its plan, and some of the others.
TEST_CASE("The column for plans says what loading on two ranks comes to") {
  constexpr int kEach = 40;
  const std::string path = "upstream/transformers-5.23.0/parallel.jsonl.gz";
  const ckptlint::Result<std::string> recorded = ckptlint::inflate_gzip(fixture_text(path), path, 1u << 30);
  REQUIRE(recorded.ok());
  const Json asked = {{"distributed_config", {{"tp_size", 2}, {"tp_plan", "auto"}}}};
  std::istringstream lines(*recorded);
  int sound = 0, refused = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line);
    if (row["kind"] != "tp" || row["sizes"] != "even") continue;
    const Json& runs = row["runs"];
    const auto run_on_two = std::find_if(runs.begin(), runs.end(),
                                         [&](const Json& each) { return each["world"] == 2 && each["with"] == asked; });
    if (run_on_two == runs.end()) continue;
    const std::string error = run_on_two->value("error", "");
    if (error.empty() && sound++ % kEach != 0) continue;
    refused += error.empty() ? 0 : 1;
    const ScratchFolder folder;
    folder.write("config.json", row["config"].dump());
    const Run made = run("compat --releases 5.23.0 --format json " + folder.path());
    INFO(row["class"] << " " << error << made.out);
    const Json cell = Json::parse(made.out).at("releases").at(0)["stages"]["tp"];
    const bool has_none = error.find("has no `tp_plan`") != std::string::npos;
    CHECK(cell["verdict"] == (has_none ? "-" : error.empty() ? "yes" : "no"));
  }
  CHECK(sound > 500);
  CHECK(refused > 10);
}
