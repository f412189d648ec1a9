// Blocks of Python with the answers that CPython gave (tests/record/blocks.py).
#include "library/blocks.h"

#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"

namespace ckptlint::python {
namespace {

TEST_CASE("blocks of the standard library give what CPython gives") {
  std::vector<ProgramBlock> blocks = blocks_of(test::fixture_text("python/stdlib.txt"));
  REQUIRE(blocks.size() > 100);
  for (const ProgramBlock& block : blocks) {
    INFO("fixtures/python/stdlib.txt:" << block.line << "\n" << block.program);
    CHECK(answer_to(block.program) == block.answer);
  }
}

// The programs of a file; those that have another answer are named, and how many there are of each kind.
void check_programs(const std::string& name, const std::string& text) {
  const std::string prelude = test::fixture_text("python/modules_prelude.py");
  const std::vector<ProgramBlock> blocks = blocks_of(text);
  REQUIRE(blocks.size() >= 300);
  std::size_t partial_ones = 0;
  for (const ProgramBlock& block : blocks) {
    std::string unknown;
    const std::string answer = answer_to(prelude + block.program, &unknown);
    INFO(name << ":" << block.line << (unknown.empty() ? "" : " (not known: " + unknown + ")") << "\n"
              << block.program);
    CHECK(answer == block.answer);
    partial_ones += !unknown.empty();
  }
  INFO(partial_ones << " are partial");
  CHECK(partial_ones == 0);
}

TEST_CASE("random modules give what CPython and torch give") {
  check_programs("fixtures/python/modules.txt", test::fixture_text("python/modules.txt"));
}

}  // namespace
}  // namespace ckptlint::python
