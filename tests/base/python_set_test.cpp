// Hashes and the order of sets as CPython 3.11 gave them under PYTHONHASHSEED=0.
#include "base/python_set.h"

#include <numeric>
#include <string>
#include <vector>

#include "catch.h"

namespace ckptlint {
namespace {

const std::vector<std::string>& layer_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    made.reserve(40);
    for (int i = 0; i < 40; ++i) made.push_back("layers." + std::to_string(i));
    return made;
  }();
  return names;
}

PythonSet layers(std::uint32_t from, std::uint32_t to) {
  PythonSet set;
  for (std::uint32_t i = from; i < to; ++i) set.add(layer_names()[i], i);
  return set;
}

}  // namespace

TEST_CASE("hashes are those of CPython 3.11 with PYTHONHASHSEED=0") {
  const std::vector<std::pair<std::string, std::uint64_t>> table = {
      {"", 0u},
      {"a", 4644417185603328019u},
      {"model", 4154841955759113104u},
      {"abcdefgh", 4574395652268504554u},
      {"model.layers.0", 1064623769927562606u},
      {"layers.12.mlp.experts.5.gate_proj.weight", 13876829427726033357u},
      {"é", 6047309291227476195u},
      {"漢字", 11651136446871829021u},
      {"x😀", 14360098185818407181u},
  };
  for (const auto& [text, hash] : table) {
    INFO(text);
    CHECK(python_hash(text) == hash);
  }
}

TEST_CASE("sets are walked as CPython walks them") {
  using Order = std::vector<std::uint32_t>;
  CHECK(PythonSet().order().empty());
  CHECK(layers(0, 6).order() == Order{0, 1, 5, 2, 4, 3});
  CHECK(layers(0, 40).order() == Order{19, 26, 38, 32, 23, 33, 37, 28, 30, 24, 18, 31, 11, 20, 0,  1, 5,  36, 12, 2,
                                       14, 21, 17, 27, 6,  3,  13, 39, 34, 15, 29, 4,  8,  22, 35, 7, 16, 9,  10, 25});
}

TEST_CASE("adding twice changes nothing") {
  PythonSet set = layers(0, 6);
  for (std::uint32_t i = 0; i < 6; ++i) set.add(layer_names()[i], 99);
  CHECK(set.size() == 6);
  CHECK(set.order() == layers(0, 6).order());
}

TEST_CASE("differences are walked as CPython walks them") {
  using Order = std::vector<std::uint32_t>;
  // Much is taken away: one by one into a new set.
  CHECK(PythonSet::difference(layers(0, 40), layers(5, 40)).order() == Order{0, 1, 2, 4, 3});
  // Little is taken away: a copy, from which it is deleted.
  CHECK(PythonSet::difference(layers(0, 40), layers(38, 40)).order() ==
        Order{19, 26, 32, 23, 33, 37, 28, 30, 24, 18, 31, 11, 20, 0,  1, 5,  36, 12, 2,
              14, 21, 17, 27, 6,  3,  13, 34, 15, 29, 4,  8,  22, 35, 7, 16, 9,  10, 25});
  CHECK(PythonSet::difference(layers(0, 6), layers(0, 6)).order().empty());
}

}  // namespace ckptlint
