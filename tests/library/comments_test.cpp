// Comments of Python text, and the lines of the statements that they belong to.
#include "python/syntax/comments.h"

#include <string>

#include "catch.h"

namespace ckptlint::python {
namespace {

// "line:column first-last" of each comment.
std::string places(const std::string& text) {
  std::string all;
  for (const Comment& comment : comments_in(text)) {
    all += (all.empty() ? "" : ", ") + std::to_string(comment.line) + ":" + std::to_string(comment.column) + " " +
           std::to_string(comment.first_line) + "-" + std::to_string(comment.last_line) +
           (comment.before_code ? " head" : "");
  }
  return all;
}

TEST_CASE("A comment belongs to the statement that it stands in or behind") {
  CHECK(places("# a\nx = 1  # b\n# c\n") == "1:1 1-1 head, 2:8 2-2, 3:1 3-3");
  CHECK(places("f(\n  1,  # a\n  # b\n)  # c\ny\n") == "2:7 1-4, 3:3 1-4, 4:4 1-4");
  CHECK(places("if x:  # a\n  y  # b\n") == "1:8 1-1, 2:6 2-2");
  CHECK(places("x = 1 + \\\n  2  # a") == "2:6 1-2");
  CHECK(places("x = '''\n# no\n'''  # a\r\n# b\r\n") == "3:6 1-3, 4:1 4-4");
}

TEST_CASE("What stands in a text is none") {
  CHECK(places("x = '# no'").empty());
  CHECK(places("x = \"\\\"# no\"").empty());
  CHECK(places("x = '''# no\n'# no\\'''# no'''").empty());
  CHECK(places("x = rb'# no' f\"{y}# no\"").empty());
  CHECK(places("'unclosed\n# a\n") == "2:1 2-2");
  CHECK(places("'''unclosed\n# a\n").empty());
}

TEST_CASE("Unsound text ends where it ends") {
  for (const std::string text : {"", "\\", "'", "'\\", "\"\"\"", "(((", ")))\n# a", "#", "\\\r", "'''\\\r"}) {
    INFO(text);
    CHECK(comments_in(text).size() <= 1);
  }
}

}  // namespace
}  // namespace ckptlint::python
