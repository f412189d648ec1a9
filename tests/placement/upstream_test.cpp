// Answers against those of the real libraries: fixtures/upstream/*/device_maps.*, recorded by
// tests/record/device_maps.py.
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "catch.h"
#include "golden.h"
#include "placement/answer_json.h"
#include "placement/case_json.h"
#include "placement/random_cases.h"

namespace ckptlint::test {
namespace {

struct Release {
  const char* folder;
  LibraryVersion accelerate;
  LibraryVersion transformers;
};

// The releases of which whole answers are kept.
const std::vector<Release> kReleases = {
    {"accelerate-1.15.0-transformers-5.23.0", {1, 15, 0}, {5, 23, 0}},
    {"accelerate-1.12.0-transformers-4.57.6", {1, 12, 0}, {4, 57, 6}},
};

// The releases at which, or just before which, some answer changed.
const std::vector<Release> kChanges = {
    {"accelerate-0.26.1-transformers-4.40.0", {0, 26, 1}, {4, 40, 0}},
    {"accelerate-0.27.2-transformers-4.49.0", {0, 27, 2}, {4, 49, 0}},
    {"accelerate-0.28.0-transformers-4.50.0", {0, 28, 0}, {4, 50, 0}},
    {"accelerate-0.33.0-transformers-4.51.0", {0, 33, 0}, {4, 51, 0}},
    {"accelerate-0.34.2-transformers-4.52.1", {0, 34, 2}, {4, 52, 1}},
    {"accelerate-1.1.1-transformers-4.52.1", {1, 1, 1}, {4, 52, 1}},
    {"accelerate-1.2.1-transformers-5.0.0", {1, 2, 1}, {5, 0, 0}},
    {"accelerate-1.2.1-transformers-5.1.0", {1, 2, 1}, {5, 1, 0}},
    {"accelerate-1.3.0-transformers-5.12.0", {1, 3, 0}, {5, 12, 0}},
    {"accelerate-1.8.0-transformers-5.13.0", {1, 8, 0}, {5, 13, 0}},
    {"accelerate-1.13.0-transformers-5.14.0", {1, 13, 0}, {5, 14, 0}},
    {"accelerate-1.14.0-transformers-5.16.0", {1, 14, 0}, {5, 16, 0}},
    {"accelerate-1.15.0-transformers-5.18.0", {1, 15, 0}, {5, 18, 0}},
};

std::vector<Release> all_releases() {
  std::vector<Release> all = kReleases;
  all.insert(all.end(), kChanges.begin(), kChanges.end());
  return all;
}

// In canonical form: without the function in which the library fails.
std::string answer_to(const std::string& line, const Release& release) {
  const Result<PlacementCase> asked =
      parse_case(line, libraries_of(release.accelerate, release.transformers), "the case");
  if (!asked) return asked.error().message;
  const PlacementSimulator simulator(*asked->graph);
  const Result<Placement> placement = answer_case(*asked, simulator, *asked->graph);
  if (!placement) return placement.error().message;
  if (placement->crash) return "{\"error\":\"" + placement->crash->exception + "\"}";
  return answer_json(*asked->graph, *placement, asked->question.flavour);
}

}  // namespace

TEST_CASE("random cases are answered as the real libraries did") {
  for (const Release& release : all_releases()) {
    INFO(release.folder);
    std::istringstream digests(fixture_text(std::string("upstream/") + release.folder + "/device_maps.sha256"));
    std::string line;
    std::getline(digests, line);
    std::uint64_t number = 0;
    for (std::size_t cases = 0; digests >> cases >> line;) {
      const std::uint64_t first = number;
      std::string answers;
      for (std::size_t i = 0; i < cases; ++i) answers += answer_to(RandomCase(number++).json(), release) + "\n";
      INFO("cases " << first << " to " << number - 1);
      CHECK(sha256_hex(answers) == line);
    }
    CHECK(number == kRandomCases);
  }
}

TEST_CASE("recorded cases of every kind are answered as the real libraries did") {
  for (const Release& release : kReleases) {
    std::istringstream lines(fixture_text(std::string("upstream/") + release.folder + "/device_maps.jsonl"));
    std::size_t cases = 0;
    for (std::string line; std::getline(lines, line); ++cases) {
      INFO(release.folder << " case " << cases);
      const nlohmann::json want = nlohmann::json::parse(line).at("answer");
      CHECK(nlohmann::json::parse(answer_to(line, release)) == want);
    }
    CHECK(cases >= 20);
  }
}

TEST_CASE("cases made for what changed between releases are answered as each did") {
  for (const Release& release : all_releases()) {
    std::istringstream cases(fixture_text("placement/version_cases.jsonl"));
    std::istringstream answers(fixture_text(std::string("upstream/") + release.folder + "/version_answers.jsonl"));
    std::size_t count = 0;
    for (std::string line, answer; std::getline(cases, line); ++count) {
      INFO(release.folder << " case " << count);
      REQUIRE(std::getline(answers, answer));
      CHECK(nlohmann::json::parse(answer_to(line, release)) == nlohmann::json::parse(answer));
    }
    CHECK(count == 15);
  }
}

}  // namespace ckptlint::test
