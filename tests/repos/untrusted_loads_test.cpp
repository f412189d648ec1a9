// What from_pretrained makes of repos whose code is not trusted, where the library has the model type itself.  Recorded
// by tests/record/untrusted_loads.py.
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "check/pipeline.h"
#include "ckptlint/rule.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

using nlohmann::json;

// What it comes to, in the words of the record; null where it is the model of the repo, or where the library asks for
// trust.
json outcome(const std::string& repo, const std::string& version) {
  ModelOptions options;
  options.sources = {test::transformers_wheel(version)};
  const test::ModelRepo copy("rules/other-model-untrusted/" + repo);
  const Result<ModelInput> input = open_model(copy.path(), options);
  REQUIRE(input.ok());
  Question question;
  question.simulate_placement = false;
  question.rules = {find_rule("other-model-untrusted")};
  const Result<std::unique_ptr<Analysis>> result = analyze(*input, question);
  REQUIRE(result.ok());
  const Known<std::optional<WithoutCode>>& without = (*result)->model.without_code;
  if (!without) {
    CHECK(without.unknown().why == "");
    return nullptr;
  }
  if (!*without) return nullptr;
  const WithoutCode& other = **without;
  if (!other.mismatched.empty()) return {{"raises", "another shape"}};
  if (!other.raises.empty()) return {{"raises", other.raises.substr(0, other.raises.find('\n'))}};
  const std::set<std::string> missing(other.missing.begin(), other.missing.end()),
      unexpected(other.unexpected.begin(), other.unexpected.end());
  return {{"class", other.class_name}, {"missing", missing}, {"unexpected", unexpected}};
}

void check_untrusted(const std::string& version) {
  std::istringstream rows(test::fixture_text("upstream/transformers-" + version + "/untrusted_loads.jsonl"));
  std::size_t compared = 0;
  for (std::string line; std::getline(rows, line); ++compared) {
    INFO(version << ": " << line);
    const json row = json::parse(line), want = row[1];
    const json have = outcome(row[0].get<std::string>(), version);
    const bool fits = want.contains("class") && want["missing"].empty() && want["unexpected"].empty();
    const bool asks =
        want.contains("raises") && want["raises"].get<std::string>().find("custom code") != std::string::npos;
    if (have.is_object() && have.contains("raises") && have["raises"] == "another shape") {
      // In the words of each release.
      CHECK(want["raises"].get<std::string>().starts_with("RuntimeError: "));
      continue;
    }
    CHECK(have == (fits || asks ? json(nullptr) : want));
  }
  CHECK(compared >= 7);
}

TEST_CASE("repos whose code is not trusted are loaded as transformers 5.23.0 does") { check_untrusted("5.23.0"); }
TEST_CASE("repos whose code is not trusted are loaded as transformers 4.57.6 does") { check_untrusted("4.57.6"); }

}  // namespace
}  // namespace ckptlint
