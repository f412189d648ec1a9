// Edits of text: where lines and columns lie, sets of edits applied or refused, differences found and shown.
#include "base/text_edit.h"

#include <random>
#include <string>
#include <vector>

#include "catch.h"

using namespace ckptlint;

namespace {

struct Applied {
  std::string text;
  std::vector<Edit> edits;
  std::string result;  // or "! " and why not
};

Edit edit(std::size_t begin, std::size_t end, const std::string& text) { return {FileId{0}, begin, end, text}; }

std::string applied(const std::string& text, const std::vector<Edit>& edits) {
  const Result<std::string> result = apply_edits(text, edits);
  return result.ok() ? *result : "! " + result.error().message;
}

}  // namespace

TEST_CASE("lines and columns lead to bytes") {
  struct Case {
    std::string text;
    std::uint32_t line, column;
    std::size_t offset;
  };
  const std::vector<Case> cases = {
      {"ab\ncd\n", 1, 1, 0},
      {"ab\ncd\n", 2, 2, 4},
      {"ab\ncd\n", 1, 3, 2},      // the line break
      {"ab\ncd\n", 1, 99, 2},     // beyond the line: its end
      {"ab\ncd\n", 3, 1, 6},      // behind the last line break
      {"ab\ncd", 9, 1, 5},        // beyond the text
      {"ab\ncd", 2, 0, 3},        // no column
      {"ab\r\ncd", 1, 9, 3},      // the carriage return is of the line
      {"\tx\n\ty", 2, 2, 4},      // a tab is one byte
      {"\xc3\xa9x\ny", 1, 3, 2},  // columns are bytes
      {"", 1, 1, 0},
      {"", 7, 7, 0},
      {"\n\n\n", 3, 5, 2},
  };
  for (const Case& each : cases) {
    INFO(each.text << " " << each.line << ":" << each.column);
    CHECK(offset_at(each.text, each.line, each.column) == each.offset);
  }
}

TEST_CASE("a set of edits is applied as one, or not at all") {
  const std::vector<Applied> cases = {
      {"abc", {}, "abc"},
      {"abc", {edit(1, 2, "X")}, "aXc"},
      {"abc", {edit(3, 3, "!")}, "abc!"},
      {"abc", {edit(0, 3, "")}, ""},
      {"", {edit(0, 0, "new\n")}, "new\n"},
      {"abcdef", {edit(4, 5, "E"), edit(0, 1, "A")}, "AbcdEf"},  // in any order
      {"abc", {edit(1, 1, "1"), edit(1, 1, "2")}, "a12bc"},      // insertions keep theirs
      {"abc", {edit(1, 1, "1"), edit(1, 2, "B")}, "a1Bc"},       // an insertion before a replacement
      {"abc", {edit(0, 1, "A"), edit(1, 2, "B")}, "ABc"},        // neighbours do not overlap
      {"a\r\nb\r\n", {edit(3, 4, "c")}, "a\r\nc\r\n"},
      {"\xe2\x82\xac 5", {edit(4, 5, "\xe2\x82\xac")}, "\xe2\x82\xac \xe2\x82\xac"},
      {"abc", {edit(0, 2, "X"), edit(1, 3, "Y")}, "! two edits overlap"},
      {"abc", {edit(0, 3, "X"), edit(1, 1, "Y")}, "! two edits overlap"},  // an insertion into what goes
      {"abc", {edit(0, 2, "X"), edit(0, 2, "X")}, "! two edits overlap"},  // twice the same
      {"abc", {edit(1, 2, "B"), edit(1, 1, "1")}, "! two edits overlap"},  // the insertion would be behind
      {"abc", {edit(2, 4, "")}, "! an edit lies outside the file"},
      {"abc", {edit(4, 4, "x")}, "! an edit lies outside the file"},
      {"abc", {edit(2, 1, "x")}, "! an edit lies outside the file"},
      {"abc", {edit(0, static_cast<std::size_t>(-1), "x")}, "! an edit lies outside the file"},
  };
  for (const Applied& each : cases) {
    INFO(each.text << " -> " << each.result);
    CHECK(applied(each.text, each.edits) == each.result);
  }
}

TEST_CASE("a difference is shown as diff -u shows it") {
  struct Case {
    std::string before, after, shown;  // without the two lines of file names
  };
  const std::vector<Case> cases = {
      {"a\nb\n", "a\nb\n", ""},
      {"a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
      {"", "a\n", "@@ -0,0 +1 @@\n+a\n"},
      {"a\n", "", "@@ -1 +0,0 @@\n-a\n"},
      {"a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
      {"a\nb", "a\nb\nc",
       "@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n"},
      {"a\r\n", "a\n", "@@ -1 +1 @@\n-a\r\n+a\n"},
      {"1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n", "@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+6\n"},
      // Six lines between two changes are shown in one hunk, seven in two.
      {"x\n1\n2\n3\n4\n5\n6\ny\n", "X\n1\n2\n3\n4\n5\n6\nY\n",
       "@@ -1,8 +1,8 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n+Y\n"},
      {"x\n1\n2\n3\n4\n5\n6\n7\ny\n", "X\n1\n2\n3\n4\n5\n6\n7\nY\n",
       "@@ -1,4 +1,4 @@\n-x\n+X\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-y\n+Y\n"},
  };
  for (const Case& each : cases) {
    INFO(each.before << "->\n" << each.after);
    const std::string heading = each.shown.empty() ? "" : "--- a/m.py\n+++ b/m.py\n";
    CHECK(unified_diff("m.py", each.before, each.after) == heading + each.shown);
  }
}

TEST_CASE("edits between two texts make one into the other") {
  CHECK(edits_between("a\nb\n", "a\nb\n", FileId{0}).empty());
  const std::vector<Edit> one = edits_between("a\nb\nc\n", "a\nB\nc\n", FileId{3});
  REQUIRE(one.size() == 1);
  CHECK(one[0].file == FileId{3});
  CHECK(one[0].begin == 2);
  CHECK(one[0].end == 4);
  CHECK(one[0].text == "B\n");

  std::mt19937 random(7);  // NOLINT: the same texts in every run
  const std::vector<std::string> lines = {"a\n", "b\n", "\n", "a\r\n", "\tb\n", "\xc3\xa9\n"};
  const auto text = [&] {
    std::string made;
    for (auto count = random() % 12; count > 0; --count) made += lines[random() % lines.size()];
    return random() % 3 == 0 ? made + "no end" : made;
  };
  for (int i = 0; i < 500; ++i) {
    const std::string before = text();
    const std::string after = text();
    INFO(before << "->\n" << after);
    CHECK(applied(before, edits_between(before, after, FileId{0})) == after);
  }
}

TEST_CASE("texts that have more than a thousand lines of their own are replaced as a block") {
  std::string before, after;
  for (int i = 0; i < 1000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  const std::vector<Edit> edits = edits_between(before, after, FileId{0});
  CHECK(edits.size() == 1);
  CHECK(applied(before, edits) == after);
}
