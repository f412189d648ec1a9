// fixtures/corpus.tsv: reported failures, each with the rule and the fixture that catch it, or the reason why none
// does.
#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "ckptlint/rule.h"
#include "golden.h"

namespace ckptlint {
namespace {

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns(1);
  for (const char c : line) {
    if (c == '\t')
      columns.emplace_back();
    else
      columns.back() += c;
  }
  return columns;
}

}  // namespace

TEST_CASE("every reported failure has a fixture that reports it, or a reason") {
  std::istringstream lines(test::fixture_text("corpus.tsv"));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "case\trule\tfixture\treason");
  while (std::getline(lines, line)) {
    INFO(line);
    const std::vector<std::string> columns = columns_of(line);
    REQUIRE(columns.size() == 4);
    CHECK(columns[1].empty() == columns[2].empty());
    if (columns[1].empty()) {
      CHECK_FALSE(columns[3].empty());
      continue;
    }
    CHECK(find_rule(columns[1]) != nullptr);
    CHECK(test::fixture_text(columns[2] + "/expected.txt").find("[" + columns[1] + "]") != std::string::npos);
  }
}

}  // namespace ckptlint
