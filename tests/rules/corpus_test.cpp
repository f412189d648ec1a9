// fixtures/corpus.tsv: which reported failure is caught by which rule on which fixture, or why none catches it.
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "ckptlint/rule.h"
#include "golden.h"

namespace ckptlint {
namespace {

std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& cells = rows.emplace_back(1);
    for (const char c : line) {
      if (c == '\t')
        cells.emplace_back();
      else
        cells.back() += c;
    }
  }
  return rows;
}

TEST_CASE("Each reported failure of the corpus has a fixture on which its rule speaks, or a reason") {
  const auto rows = rows_of(test::fixture_text("corpus.tsv"));
  REQUIRE(rows.size() > 1);
  CHECK(rows.front() == std::vector<std::string>{"case", "rule", "fixture", "reason"});
  std::set<std::string> cases;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    INFO("line " << i + 1 << ", " << rows[i].front());
    REQUIRE(rows[i].size() == 4);
    const std::string &name = rows[i][0], &rule = rows[i][1], &fixture = rows[i][2], &reason = rows[i][3];
    CHECK(cases.insert(name).second);
    CHECK(rule.empty() == fixture.empty());
    if (rule.empty()) {
      CHECK(!reason.empty());
      continue;
    }
    CHECK(find_rule(rule) != nullptr);
    const std::string report = test::fixture_text(fixture + "/expected.txt");
    CHECK(report.find(" [" + rule + "]\n") != std::string::npos);
  }
}

}  // namespace
}  // namespace ckptlint
