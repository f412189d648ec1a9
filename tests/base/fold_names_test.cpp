// Folding repeated names loses none, invents none, and folds what people would.
#include "base/fold_names.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "catch.h"

using namespace ckptlint;
using Texts = std::vector<std::string>;

namespace {

Texts folded(const Texts& names) {
  std::vector<NameToFold> input;
  for (const std::string& name : names) input.push_back({name, 0});
  Texts texts;
  for (const FoldedName& name : fold_names(input)) texts.push_back(name.text);
  return texts;
}

}  // namespace

TEST_CASE("repeated blocks fold") {
  CHECK(folded({"l.0.w", "l.1.w", "l.2.w", "l.3.w"}) == Texts{"l.{0..3}.w"});
  CHECK(folded({"l.0.w", "l.1.w", "l.5.w"}) == Texts{"l.{0,1,5}.w"});
  CHECK(folded({"l.0.w", "l.1.w", "l.2.w", "l.7.w", "l.8.w", "l.9.w"}) == Texts{"l.{0..2,7..9}.w"});
  CHECK(folded({"0", "1", "2"}) == Texts{"{0..2}"});
}

TEST_CASE("names that repeat nothing stay as they are") {
  CHECK(folded({"embed.weight", "norm.weight"}) == Texts{"embed.weight", "norm.weight"});
  CHECK(folded({"l.0.w"}) == Texts{"l.0.w"});
  CHECK(folded({"l.00.w", "l.01.w", "l.1x.w", "l..w", ""}) == Texts{"l.00.w", "l.01.w", "l.1x.w", "l..w", ""});
  CHECK(folded({"l.99999999999999999999.w", "l.0.w"}) == Texts{"l.99999999999999999999.w", "l.0.w"});
}

TEST_CASE("two numbers fold where every combination is there") {
  Texts names;
  for (int layer = 3; layer < 6; ++layer) {
    for (int expert = 0; expert < 4; ++expert) {
      names.push_back(fmt::format("l.{}.e.{}.w", layer, expert));
    }
  }
  CHECK(folded(names) == Texts{"l.{3..5}.e.{0..3}.w"});
  names.erase(names.begin() + 5);  // l.4.e.1.w
  CHECK(folded(names) == Texts{"l.{3,5}.e.{0..3}.w", "l.4.e.{0,2,3}.w"});
}

TEST_CASE("names of different kinds do not fold together") {
  const std::vector<NameToFold> input = {{"l.0.w", 1}, {"l.1.w", 2}, {"l.2.w", 1}};
  const auto result = fold_names(input);
  REQUIRE(result.size() == 2);
  CHECK(result[0].text == "l.{0,2}.w");
  CHECK(result[0].members == std::vector<std::uint32_t>{0, 2});
  CHECK(result[1].text == "l.1.w");
}

TEST_CASE("the same name twice, and names with holes of their own, are kept") {
  CHECK(folded({"a.0", "a.0"}) == Texts{"a.0"});
  const std::string hole("a.\0", 3);
  CHECK(folded({hole, "a.0"}) == Texts{hole, "a.0"});
}

TEST_CASE("every name is in one fold, whatever the names") {
  Texts names;
  std::uint32_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    std::string name;
    for (int part = 0; part < 12; ++part) {
      state = state * 1664525u + 1013904223u;
      if (part != 0) name += '.';
      name += state >> 31 ? "x" : fmt::to_string((state >> 24) % 3);
      if ((state >> 20) % 5 == 0) break;
    }
    names.push_back(name);
  }
  std::vector<NameToFold> input;
  for (const std::string& name : names) input.push_back({name, 0});
  std::set<std::uint32_t> seen;
  std::size_t total = 0;
  for (const FoldedName& fold : fold_names(input)) {
    seen.insert(fold.members.begin(), fold.members.end());
    total += fold.members.size();
  }
  CHECK(seen.size() == names.size());
  CHECK(total == names.size());
}

TEST_CASE("numbers are compared as numbers") {
  CHECK(natural_less("l.9.w", "l.10.w"));
  CHECK_FALSE(natural_less("l.10.w", "l.9.w"));
  CHECK(natural_less("l.2", "l.2.a"));
  CHECK(natural_less("a1b2", "a1b10"));
  CHECK_FALSE(natural_less("a", "a"));
  CHECK(natural_less("a.1", "a.01") != natural_less("a.01", "a.1"));
  CHECK(natural_less("a.x", "b.1"));
}
