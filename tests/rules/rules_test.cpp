// Every rule on its fixtures: fixtures/rules/<rule>/<case>/ is a model repo (or names one in `model`), with options in
// `options`, a line each.  Beside it lie the report (expected.txt) and what --fix would change (expected.diff).
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "ckptlint/rule.h"
#include "commands/check.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;
using test::ModelRepo;

std::vector<std::string> folders_in(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(test::fixture_path(path))) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

struct Case {
  std::string rule;
  std::string name;
  std::string folder() const { return "rules/" + rule + "/" + name; }
  bool is_bad() const { return name.starts_with("bad_"); }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const std::string& rule : folders_in("rules")) {
    for (const std::string& name : folders_in("rules/" + rule)) cases.push_back({rule, name});
  }
  return cases;
}

std::string repo_of(const Case& each) {
  if (!fs::exists(test::fixture_path(each.folder() + "/model"))) return each.folder();
  const std::string path = test::fixture_text(each.folder() + "/model");
  return path.substr(0, path.find('\n'));
}

CheckOptions options_for(const Case& each, const ModelRepo& repo) {
  CheckOptions options;
  options.model.paths = {repo.path()};
  options.model.sources = {test::transformers_wheel()};
  if (!fs::exists(test::fixture_path(each.folder() + "/options"))) return options;
  std::istringstream lines(test::fixture_text(each.folder() + "/options"));
  bool has_source = false;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find('='));
    const std::string value = line.substr(name.size() + 1);
    if (name == "--max-memory")
      options.placement.max_memory = value;
    else if (name == "--device-map")
      options.placement.device_map = value;
    else if (name == "--offload-buffers")
      options.placement.offload_buffers = true;
    else if (name == "--offload-folder")
      options.placement.offload_folder = value;
    else if (name == "--accelerate")
      options.placement.accelerate = value;
    else if (name == "--quantization-config")
      options.model.quantization = value;
    else if (name == "--ignore")
      options.ignore.push_back(value);
    else if (name == "--class")
      options.model.class_name = value;
    else if (name == "--fsdp")
      options.model.fsdp = true;
    else if (name == "--zero3")
      options.model.zero3 = true;
    else if (name == "--tp")
      options.parallel.tensor = value;
    else if (name == "--ep")
      options.parallel.expert = value;
    else if (name == "--pp")
      options.parallel.pipeline = value;
    else if (name == "--source") {  // a release that set-up fetched
      if (!std::exchange(has_source, true)) options.model.sources.clear();
      options.model.sources.push_back(test::transformers_wheel(value));
    } else if (name == "--base")
      options.model.base = test::fixture_path(value);
    else
      FAIL("unknown option in a fixture: " << line);
  }
  return options;
}

struct Run {
  int status = 0;
  std::string out;
  std::string err;
};

Run run(const CheckOptions& options, const ModelRepo& repo) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_check(options, out, err);
  return {status, repo.without_path(out.str()), repo.without_path(err.str())};
}

// The rules that a report names; with `grave`, those alone that are more than worth knowing.
std::set<std::string> rules_found(const std::string& report, bool grave = false) {
  std::set<std::string> found;
  for (const Rule* rule : rules()) {
    const std::string tag = " [" + std::string(rule->name) + "]\n";
    for (std::size_t at = report.find(tag); at != std::string::npos; at = report.find(tag, at + 1)) {
      const std::size_t line = report.rfind('\n', at) + 1;  // npos + 1 is the first line's
      if (!grave || report.compare(line, 6, "info: ") != 0) found.emplace(rule->name);
    }
  }
  return found;
}

TEST_CASE("Each rule is listed in order and documented in full") {
  std::vector<std::string> names;
  for (const Rule* rule : rules()) {
    names.emplace_back(rule->name);
    INFO(rule->name);
    for (const std::string_view field : {rule->summary, rule->why, rule->example, rule->remedy, rule->references}) {
      CHECK(!field.empty());
    }
    // What is known is compared when all else was found.
    const bool of_model = rule->family != Family::kKnown;
    CHECK((rule->check != nullptr) == of_model);
    CHECK(!name_of(rule->family).empty());
    CHECK((rule->needs != Facts::kNone) == of_model);
    CHECK(rule->summary.back() != '.');
    CHECK(find_rule(rule->name) == rule);
  }
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(find_rule("no-such-rule") == nullptr);
}

TEST_CASE("Each rule has a case that it reports and one that it does not, and each folder is a rule's") {
  for (const Rule* rule : rules()) {
    const std::vector<std::string> names = folders_in("rules/" + std::string(rule->name));
    INFO(rule->name);
    CHECK(std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.starts_with("bad_"); }));
    CHECK(std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.starts_with("ok_"); }));
    CHECK(std::all_of(names.begin(), names.end(),
                      [](const std::string& name) { return name.starts_with("bad_") || name.starts_with("ok_"); }));
    CHECK(fs::exists(std::string(CKPTLINT_SOURCE_DIR "/rules/") + std::string(rule->name) + ".cpp"));
  }
  for (const std::string& name : folders_in("rules")) CHECK(find_rule(name) != nullptr);
}

TEST_CASE("Reports are as recorded: a bad case has its rule's finding, an ok case has none at all") {
  for (const Case& each : all_cases()) {
    DYNAMIC_SECTION(each.rule << "/" << each.name) {
      const ModelRepo repo(repo_of(each));
      const Run result = run(options_for(each, repo), repo);
      INFO(result.out << result.err);
      CHECK(result.err.empty());
      CHECK(rules_found(result.out).contains(each.rule) == each.is_bad());
      // What is only worth knowing fails nobody.
      const bool fails = result.out.starts_with("error: ") || result.out.starts_with("warning: ");
      CHECK(result.status == (fails ? kFindings : kNothingFound));
      if (!each.is_bad()) CHECK(rules_found(result.out).empty());
      test::check_golden(each.folder() + "/expected.txt", result.out);
    }
  }
}

TEST_CASE("A fix removes its finding, adds none, and changes nothing when applied again") {
  for (const Case& each : all_cases()) {
    if (!each.is_bad()) continue;
    DYNAMIC_SECTION(each.rule << "/" << each.name) {
      const ModelRepo repo(repo_of(each));
      CheckOptions options = options_for(each, repo);
      const std::set<std::string> before = rules_found(run(options, repo).out);
      options.unsafe_fixes = true;
      options.diff = true;
      const std::string diff = run(options, repo).out;
      const bool has_golden = fs::exists(test::fixture_path(each.folder() + "/expected.diff"));
      if (!diff.empty() || has_golden) test::check_golden(each.folder() + "/expected.diff", diff);
      options.diff = false;
      options.fix = true;
      const Run fixed = run(options, repo);
      const std::set<std::string> after = rules_found(fixed.out);
      const std::set<std::string> grave = rules_found(fixed.out, true);
      CHECK(std::includes(before.begin(), before.end(), grave.begin(), grave.end()));
      CHECK(after.contains(each.rule) == diff.empty());
      options.diff = true;
      CHECK(run(options, repo).out.empty());
      options.diff = false;
      CHECK(run(options, repo).err.empty());
    }
  }
}

TEST_CASE("The same input gives the same report") {
  const ModelRepo repo("models/granite-switch-like");
  const CheckOptions options = options_for({"unplaceable-top-level-tensor", "bad_two_branches"}, repo);
  const std::string first = run(options, repo).out;
  CHECK(run(options, repo).out == first);
}

std::string table_of(const FamilyRow& family) {
  std::string table = "**" + std::string(family.name) + "**: " + std::string(family.about) + "\n\n";
  table += "| rule | severity | reports |\n|---|---|---|\n";
  for (const Rule* rule : rules()) {
    if (rule->family != family.family) continue;
    const char* severity = rule->severity == Severity::kError     ? "error"
                           : rule->severity == Severity::kWarning ? "warning"
                                                                  : "info";
    table += "| `" + std::string(rule->name) + "` | " + severity + " | " + std::string(rule->summary) + " |\n";
  }
  return table;
}

TEST_CASE("The tables in rules/README.md are the list of rules, by family") {
  std::string tables;
  for (const FamilyRow& family : families()) tables += (tables.empty() ? "" : "\n") + table_of(family);
  const std::string path = CKPTLINT_SOURCE_DIR "/rules/README.md";
  std::ifstream in(path, std::ios::binary);
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  const std::size_t begin = readme.find("**" + std::string(families().front().name) + "**");
  REQUIRE(begin != std::string::npos);
  const std::string expected = readme.substr(0, begin) + tables;  // which end the page
  const char* update = std::getenv("GOLDEN_UPDATE");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream out(path, std::ios::binary);
    out << expected;
    REQUIRE(out.good());
    return;
  }
  INFO("rules/README.md (GOLDEN_UPDATE=1 rewrites it)");
  CHECK(readme == expected);
}

}  // namespace
}  // namespace ckptlint
