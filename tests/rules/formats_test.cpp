// What programs read: the report on one repo in each machine format, with paths as tools in the working folder find
// them.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "catch.h"
#include "ckptlint/rule.h"
#include "commands/check.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

// Restores the working folder.
class WorkingFolder {
 public:
  explicit WorkingFolder(const std::string& path) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  ~WorkingFolder() { std::filesystem::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  std::filesystem::path before_;
};

std::string report_in(const std::string& format, const std::string& path) {
  CheckOptions options;
  options.model.paths = {path};
  options.model.sources = {test::transformers_wheel()};
  options.placement.max_memory = "0=16KiB,1=16KiB";
  options.output.format = format;
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_check(options, out, err) == kFindings);
  CHECK(err.str().empty());
  return out.str();
}

TEST_CASE("Machine formats are as recorded, with paths from the working folder") {
  const WorkingFolder folder(CKPTLINT_FIXTURES_DIR);
  const std::string path = "models/granite-switch-like";
  test::check_golden("formats/report.json", report_in("json", path));
  test::check_golden("formats/report.github.txt", report_in("github", path));
  test::check_golden("formats/report.concise.txt", report_in("concise", path));
  test::check_golden("formats/report.grouped.txt", report_in("grouped", path));
  test::check_golden("formats/report.jsonl", report_in("json-lines", path));
  test::check_golden("formats/report.junit.xml", report_in("junit", path));
  test::check_golden("formats/report.gitlab.json", report_in("gitlab", path));
  test::check_golden("formats/report.md", report_in("markdown", path));
  const Json sarif = Json::parse(report_in("sarif", path));
  const Json& run = sarif["runs"][0];
  test::check_golden("formats/report.sarif.json", run["results"].dump(1) + "\n");
  std::set<std::string> described;
  for (const Json& rule : run["tool"]["driver"]["rules"]) described.insert(rule["id"].get<std::string>());
  for (const Rule* rule : rules()) CHECK(described.contains(std::string(rule->name)));
  CHECK(described.size() == rules().size());
}

TEST_CASE("SARIF ranks what somebody may mean harm with") {
  const test::ModelRepo repo("rules/unsafe-code/bad_use");
  const Json sarif = Json::parse(report_in("sarif", repo.path()));
  const Json& run = sarif["runs"][0];
  std::map<std::string, std::string> ranked;
  for (const Json& rule : run["tool"]["driver"]["rules"]) {
    if (!rule["properties"].contains("security-severity")) continue;
    CHECK(rule["properties"]["tags"].back() == "security");
    ranked[rule["id"].get<std::string>()] = rule["properties"]["security-severity"].get<std::string>();
  }
  const std::map<std::string, std::string> expected = {
      {"path-outside-repo", "8.0"}, {"pickled-weights", "3.0"}, {"unsafe-code", "8.0"}, {"unsafe-pickle", "8.0"}};
  CHECK(ranked == expected);
  const Json& result = run["results"][0];
  CHECK(result["ruleId"] == "unsafe-code");
  CHECK(result["level"] == "warning");
  CHECK(result["properties"]["security-severity"] == "5.5");
  const Json& physical = result["locations"][0]["physicalLocation"];
  CHECK(physical["region"]["startLine"] == 15);
  CHECK(result["relatedLocations"].size() == 3);  // what names the code, and the chain of calls
}

TEST_CASE("A file outside the working folder has its absolute path") {
  const test::ModelRepo repo("models/granite-switch-like");
  const WorkingFolder folder(CKPTLINT_FIXTURES_DIR);
  const std::string real = std::filesystem::canonical(repo.path()).string();
  CHECK(report_in("github", repo.path()).find("file=" + real + "/modeling_switch.py,line=") != std::string::npos);
  CHECK(report_in("sarif", repo.path()).find("\"file://" + real + "/modeling_switch.py\"") != std::string::npos);
}

}  // namespace
}  // namespace ckptlint
