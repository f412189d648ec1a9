// Patterns for keys that are to be ignored: they match all of those, and none of the others.
#include "fix/ignore_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <string>
#include <vector>

#include "catch.h"

using namespace ckptlint;
using Texts = std::vector<std::string>;

namespace {

bool matches_any(const std::string& key, const Texts& patterns) {
  for (const std::string& pattern : patterns) {
    if (RE2::PartialMatch(key, RE2(pattern))) return true;
  }
  return false;
}

// `count` keys with the numbers from 0 between `before` and `after`.
Texts numbered(const std::string& before, int count, const std::string& after) {
  Texts keys;
  for (int i = 0; i < count; ++i) keys.push_back(before + std::to_string(i) + after);
  return keys;
}

}  // namespace

TEST_CASE("the fewest and shortest patterns that hide nothing else") {
  struct Case {
    Texts keys, others, patterns;
  };
  const std::vector<Case> cases = {
      {{}, {"a"}, {}},
      {{"inv_freq"}, {}, {R"(^inv_freq$)"}},
      {{"m.inv_freq"}, {"m.weight"}, {R"(^m\.inv_freq$)"}},
      {{"l.0.inv_freq", "l.1.inv_freq", "inv_freq"}, {"l.0.weight"}, {R"((^|\.)inv_freq$)"}},
      // The last component alone would hide another key: the numbers stay, the prefix is told.
      {{"l.0.b", "l.1.b"}, {"m.b"}, {R"(^l\.\d+\.b$)"}},
      {{"l.0.b"}, {"l.1.b", "m.b"}, {R"(^l\.0\.b$)"}},
      // A name that ends alike is another name.
      {{"x.freq", "y.freq"}, {"x.inv_freq"}, {R"((^|\.)freq$)"}},
      {{"a.x", "b.y"}, {}, {R"(^a\.x$)", R"(^b\.y$)"}},
      // What is also to be kept has no pattern.
      {{"a.x", "b.y"}, {"a.x"}, {R"(^b\.y$)"}},
      {{"a"}, {"a"}, {}},
      {{"a", "a"}, {}, {R"(^a$)"}},
  };
  for (const Case& each : cases) {
    CAPTURE(each.keys, each.others);
    CHECK(ignore_patterns(each.keys, each.others) == each.patterns);
  }
}

TEST_CASE("names are quoted, whatever is in them") {
  for (const std::string key : {"a+b", "a(b", "[x]", "a\\d", "a$", "^a", "a b", "a\nb", "a\x01", "w\xc3\xa9ight", "a-b",
                                "a{2}", "a|b", "?*", ".", "..", "a..b"}) {
    const Texts others = {"ab", "aab", "x", "a5", "a", "weight", "b", "aa"};
    const Texts patterns = ignore_patterns({key}, others);
    CAPTURE(key, patterns);
    CHECK(patterns.size() == 1);
    CHECK(matches_any(key, patterns));
    for (const std::string& other : others) CHECK_FALSE(matches_any(other, patterns));
  }
}

TEST_CASE("a prefix is used only where naming the keys takes many patterns") {
  Texts few, many;
  for (int i = 0; i < 8; ++i) few.push_back("old." + std::string(1, static_cast<char>('a' + i)));
  for (int i = 0; i < 9; ++i) many.push_back("old." + std::string(1, static_cast<char>('a' + i)));
  CHECK(ignore_patterns(few, {"new.a"}).size() == 8);
  CHECK(ignore_patterns(many, {"new.a"}) == Texts{R"(^old\.)"});
  CHECK(ignore_patterns(many, {"old.z"}).size() == 9);  // the prefix would hide a key that is wanted
}

TEST_CASE("thousands of keys end in few patterns, or in none") {
  const Texts keys = numbered("layers.", 5000, ".self_attn.rotary_emb.inv_freq");
  CHECK(ignore_patterns(keys, numbered("layers.", 5000, ".mlp.weight")) == Texts{R"((^|\.)inv_freq$)"});
  Texts scattered, others;
  for (int i = 0; i < 100; ++i) {
    scattered.push_back(fmt::format("m{}.x{}", i, i));
    others.push_back(fmt::format("m{}.y", i));
    others.push_back(fmt::format("n.x{}", i));
  }
  CHECK(ignore_patterns(scattered, others).empty());
}
