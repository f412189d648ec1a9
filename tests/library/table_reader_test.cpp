// Tables read without the parser are what the parser reads, and everything else is left to it.
#include "python/table_reader.h"

#include <catch2/catch.hpp>
#include <string>

#include "library/environment.h"
#include "library/library.h"
#include "python/interpreter.h"

namespace ckptlint::python {
namespace {

std::string value_in(const std::string& text) {
  SourceRoot root;
  root.tree = in_memory_tree({{"program.py", "from collections import OrderedDict\n" + text + "\n"}});
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  return in.repr(in.import_name("program", "X"));
}

// So long that it is tried as a table.
std::string grown(std::string text) {
  const std::size_t hole = text.find("...");
  std::string rows;
  for (int i = 0; i < 200; ++i) rows += "    \"filler " + std::to_string(i) + "\",  # one of many\n";
  return text.replace(hole, 3, rows);
}

bool is_table(const std::string& text) {
  Arena arena(std::size_t{1} << 24);
  Symbols symbols(arena);
  return read_table(arena, symbols, text, 1) != nullptr;
}

TEST_CASE("tables are read as the parser reads them") {
  const std::string tables[] = {
      "X = [...]",
      "X = (\n...)",
      "X = [(...), ('a', None), ()]",
      "X = OrderedDict(\n  [\n    (\"a\", [...]),\n    # a comment, with \"quotes'\n    ('b#', ('c', True), ),\n  "
      "],\n)",
      "X = {\"a\": [...], 'b': {\"c\": False,}, \"d\": (\"e\"), \"f\": (\"g\",)}",
      "X = [{}, [], (), ('''''' 'no table'), ...]",
  };
  for (const std::string& table : tables) {
    const std::string whole = grown(table);
    INFO(table);
    CHECK(is_table(whole) == (table.find("no table") == std::string::npos));
    // Behind `if`, no statement of its own: the parser reads it.
    CHECK(value_in(whole) == value_in("if True:\n  pass\n  " + whole));
  }
}

TEST_CASE("what is no table is left to the parser") {
  for (const char* text : {"X = 1",
                           "X = -1.5",
                           "X = ['a' 'b']",
                           "X = [\"a\\n\"]",
                           "X = [r'a']",
                           "X = [f'{a}']",
                           "X = ['a', b]",
                           "X = [a for a in ['b']]",
                           "X = ['a'] + ['b']",
                           "X: list = ['a']",
                           "X = Y = ['a']",
                           "X = ['a'",
                           "X = ['a']]",
                           "X = {'a'}",
                           "X = {'a': 'b' 'c': 'd'}",
                           "X = {**a}",
                           "X = ['a' ,, 'b']",
                           "X = [,]",
                           "X = f('a', 'b')",
                           "X = f(a='b')",
                           "X = f(g(['a']))",
                           "X = a.b(['c'])",
                           "X['a'] = ['b']",
                           "X = ['a']; Y = 1",
                           "X = ['a\n']",
                           "X",
                           "",
                           "X = '''a'''",
                           "X = ['a']\nY = ['b']"}) {
    INFO(text);
    CHECK_FALSE(is_table(text));
  }
  CHECK_FALSE(is_table("X = " + std::string(1000, '[') + std::string(1000, ']')));
}

TEST_CASE("comments are no part of what is parsed, strings with a hash are") {
  CHECK(value_in("X = [  # one\n  '#', \"a # b\",  # two ' \"\n  '''\n#''',\n  # three\n  1]  # four") ==
        "['#', 'a # b', '\\n#', 1]");
}

}  // namespace
}  // namespace ckptlint::python
