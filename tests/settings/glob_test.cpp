// Patterns of paths.
#include "settings/glob.h"

#include <string>

#include "catch.h"

namespace ckptlint {
namespace {

bool matches(const std::string& pattern, const std::string& path) {
  const Result<Glob> glob = Glob::parse(pattern);
  INFO(pattern);
  REQUIRE(glob.ok());
  return glob->matches(path);
}

TEST_CASE("A pattern stands for the paths that ignore files mean by it") {
  struct Row {
    const char* pattern;
    const char* path;
    bool matches;
  };
  for (const Row& row : {Row{"*.py", "a.py", true},
                         {"*.py", "b/a.py", false},
                         {"**/*.py", "a.py", true},
                         {"**/*.py", "b/c/a.py", true},
                         {"models/**", "models/a/b.json", true},
                         {"models/**", "models/", true},
                         {"models/**", "models", false},
                         {"models/*", "models/a", true},
                         {"models/*", "models/a/b", false},
                         {"a?c", "abc", true},
                         {"a?c", "a/c", false},
                         {"[a-c]x", "bx", true},
                         {"[!a-c]x", "bx", false},
                         {"[!a-c]x", "dx", true},
                         {"[]]x", "]x", true},
                         {"{a,b*}.py", "bcd.py", true},
                         {"{a,b}.py", "c.py", false},
                         {"a,b", "a,b", true},
                         {"a.py", "abpy", false},
                         {"\\*", "*", true},
                         {"\\*", "a", false},
                         {"(a|b)+$", "(a|b)+$", true},
                         {"*", "\xff\n", true}}) {
    INFO(row.pattern << " " << row.path);
    CHECK(matches(row.pattern, row.path) == row.matches);
  }
}

TEST_CASE("A path that is protected stands for itself") {
  for (const std::string path : {"/home/[x]/a*b", "/{a,b}/c\\d", "/plain/path.d"}) {
    INFO(path);
    CHECK(matches(protected_from_glob(path), path));
  }
  CHECK(!matches(protected_from_glob("/a*b"), "/acb"));
}

TEST_CASE("What is no pattern is refused") {
  for (const std::string pattern : {"", "[a", "{a", "{a,{b}}", "a\\", "[z-a]"}) {
    INFO(pattern);
    CHECK(!Glob::parse(pattern).ok());
  }
  CHECK(!Glob::parse(std::string(10'000, 'a')).ok());
}

TEST_CASE("A pattern takes linear time") {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "**/*a";
  CHECK(!matches(pattern, std::string(20'000, 'a') + "b"));
}

}  // namespace
}  // namespace ckptlint
