// Blocks of Python with the answers that CPython gave (tests/record/blocks.py).
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

std::string answer_to(const std::string& program) {
  SourceRoot root;
  root.tree = in_memory_tree({{"program.py", "result = None\n" + program}});
  root.lazy = false;
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  try {
    return in.repr(in.import_name("program", "result"));
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

}  // namespace
}  // namespace ckptlint::python
