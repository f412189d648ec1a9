// What torch 2.13.0 answers to expressions over tensors and modules (fixtures/upstream/torch-2.13.0).
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python {
namespace {

const std::string kFolder = "upstream/torch-2.13.0/";

struct Case {
  std::string expression;
  std::string answer;
};

std::vector<Case> cases_of(const std::string& table) {
  std::vector<Case> all;
  std::istringstream lines(test::fixture_text(kFolder + table));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t arrow = line.find(" => ");
    REQUIRE(arrow != std::string::npos);
    all.push_back({line.substr(0, arrow), line.substr(arrow + 4)});
  }
  return all;
}

std::string answer_of(Interpreter& in, std::size_t number) {
  try {
    const Value value = in.call(in.import_name("cases", "case_" + std::to_string(number)), {});
    return value.unknown() ? "unknown: " + std::string(value.as<Unknown>()->origin->view()) : in.repr(value);
  } catch (const PyRaise& raised) {
    const std::string text = "raises " + in.describe(raised);
    return text.substr(0, text.find('\n'));
  } catch (const BudgetExceeded& budget) {
    return std::string("out of ") + budget.what;
  }
}

void check_table(const std::string& table, std::size_t at_least) {
  const std::vector<Case> all = cases_of(table);
  REQUIRE(all.size() >= at_least);
  std::string text = test::fixture_text(kFolder + "prelude.py");
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += "\n\ndef case_" + std::to_string(i) + "():\n    return (" + all[i].expression + ")\n";
  }
  SourceRoot root;
  root.tree = in_memory_tree({{"cases.py", text}});
  root.lazy = false;
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(all[i].expression);
    CHECK(answer_of(in, i) == all[i].answer);
  }
}

TEST_CASE("tensors have torch's dtypes, shapes and elements") { check_table("tensors.txt", 600); }

TEST_CASE("layers and modules register what torch's do") { check_table("layers.txt", 350); }

}  // namespace
}  // namespace ckptlint::python
