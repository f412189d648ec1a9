// Whole programs, whose results CPython recorded (tests/record/programs.py).
#include <filesystem>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python {
namespace {

std::string result_of(const std::string& text, bool lazy) {
  SourceRoot root;
  root.tree = in_memory_tree({{"program.py", text}});
  root.lazy = lazy;
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  try {
    return in.repr(in.import_name("program", "result")) + "\n";
  } catch (const PyRaise& raised) {
    return in.describe(raised) + " at line " + std::to_string(raised.where.line) + "\n";
  }
}

std::vector<std::string> programs() {
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(test::fixture_path("python/programs"))) {
    if (each.path().extension() == ".py") names.push_back(each.path().stem().string());
  }
  return names;
}

TEST_CASE("programs give what CPython gives") {
  REQUIRE(programs().size() >= 4);
  for (const std::string& name : programs()) {
    INFO(name);
    CHECK(result_of(test::fixture_text("python/programs/" + name + ".py"), false) ==
          test::fixture_text("python/programs/" + name + ".txt"));
  }
}

}  // namespace
}  // namespace ckptlint::python
