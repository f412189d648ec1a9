// Blocks of Python with the answers that CPython gave (tests/record/blocks.py).
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python {
namespace {

struct Block {
  std::string program;
  std::string answer;
  std::size_t line = 0;
};

std::vector<Block> blocks_of(const std::string& text) {
  std::vector<Block> blocks;
  Block block;
  std::size_t line = 1, first = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    std::string each = text.substr(at, end - at);
    at = end + 1;
    if (each.substr(0, 3) == "=> ") {
      block.answer = each.substr(3);
      block.line = first;
      blocks.push_back(block);
      block = {};
    } else if (each.empty()) {
      first = line + 1;
    } else {
      block.program += each.substr(0, 4) == ">>> " ? "result = (" + each.substr(4) + ")\n" : each + "\n";
    }
  }
  return blocks;
}

std::string escaped_lines(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

std::string answer_to(const std::string& program, bool* partial = nullptr) {
  SourceRoot root;
  root.tree = in_memory_tree({{"program.py", "result = None\n" + program}});
  root.lazy = false;
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  try {
    const Value result = in.repr_value(in.import_name("program", "result"));
    if (partial != nullptr) *partial = result.unknown() || !in.notes.empty();
    return result.unknown() ? "unknown" : escaped_lines(in.str(result));
  } catch (const PyRaise& raised) {
    return escaped_lines(in.describe(raised));
  } catch (const BudgetExceeded& exceeded) {
    return std::string("out of ") + exceeded.what;
  }
}

TEST_CASE("blocks of the standard library give what CPython gives") {
  std::vector<Block> blocks = blocks_of(test::fixture_text("python/stdlib.txt"));
  REQUIRE(blocks.size() > 100);
  for (const Block& block : blocks) {
    INFO("fixtures/python/stdlib.txt:" << block.line << "\n" << block.program);
    CHECK(answer_to(block.program) == block.answer);
  }
}

// The programs of a file; those that have another answer are named, and how many there are of each kind.
void check_programs(const std::string& name, const std::string& text) {
  const std::string prelude = test::fixture_text("python/modules_prelude.py");
  const std::vector<Block> blocks = blocks_of(text);
  REQUIRE(blocks.size() >= 300);
  std::size_t partial_ones = 0;
  for (const Block& block : blocks) {
    bool partial = false;
    const std::string answer = answer_to(prelude + block.program, &partial);
    INFO(name << ":" << block.line << (partial ? " (partial)" : "") << "\n" << block.program);
    CHECK(answer == block.answer);
    partial_ones += partial;
  }
  INFO(partial_ones << " are partial");
  CHECK(partial_ones == 0);
}

TEST_CASE("random modules give what CPython and torch give") {
  check_programs("fixtures/python/modules.txt", test::fixture_text("python/modules.txt"));
}

// For the search for more (tests/record/random_programs.py): the answers to the programs of a file, beside it.
TEST_CASE("programs of another file", "[.][programs]") {
  const char* path = std::getenv("CKPTLINT_PROGRAMS");
  REQUIRE(path != nullptr);
  std::ifstream file(path);
  REQUIRE(file);
  std::ofstream answers(std::string(path) + ".answers");
  const std::string prelude = test::fixture_text("python/modules_prelude.py");
  for (const Block& block : blocks_of(std::string(std::istreambuf_iterator<char>(file), {}))) {
    bool partial = false;
    const std::string answer = answer_to(prelude + block.program, &partial);
    answers << (partial ? "partial" : "full") << "\t" << answer << "\n";
  }
}

}  // namespace
}  // namespace ckptlint::python
