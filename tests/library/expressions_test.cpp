// One expression a line, with what CPython 3.11 answers (fixtures/python/expressions.txt).
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

struct Case {
  std::string expression;
  std::string answer;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  std::istringstream lines(test::fixture_text("python/expressions.txt"));
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
    return "raises " + in.describe(raised);
  } catch (const BudgetExceeded& budget) {
    return std::string("out of ") + budget.what;
  }
}

TEST_CASE("expressions give what CPython gives") {
  const std::vector<Case> all = cases();
  REQUIRE(all.size() >= 600);
  std::string text = test::fixture_text("python/expressions_prelude.py");
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
    // What is known exactly leaves no doubt behind.
    CHECK(in.notes.empty());
    in.notes.clear();
  }
}

}  // namespace
}  // namespace ckptlint::python
