// The order of names against a plain stable sort.
#include "base/name_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "catch.h"

using namespace ckptlint;

namespace {

std::vector<std::uint32_t> expected_order(const std::vector<std::string_view>& names) {
  std::vector<std::uint32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return names[a] < names[b]; });
  return order;
}

}  // namespace

TEST_CASE("names are ordered as a stable bytewise sort orders them") {
  using namespace std::string_view_literals;
  const std::vector<std::vector<std::string_view>> lists = {
      {},
      {"a"},
      {"b", "a", "b", "a"},
      {"abcdefgh", "abcdefg", "abcdefghi", "abcdefgh\0"sv, ""},
      {"a\0"sv, "a", "a\0\0"sv, "a\xff", "a\x7f"},
      {"model.layers.10.weight", "model.layers.2.weight", "model.layers.1.weight"},
  };
  for (const auto& names : lists) CHECK(name_order(names).places == expected_order(names));
}

TEST_CASE("random names with much in common") {
  std::vector<std::string> texts;
  std::uint32_t state = 3;
  for (int i = 0; i < 5000; ++i) {
    state = state * 1664525u + 1013904223u;
    texts.push_back(fmt::format("model.layers.{}.experts.{}.{}", (state >> 20) % 12, (state >> 8) % 12,
                                std::string((state >> 28), 'x')));
  }
  const std::vector<std::string_view> names(texts.begin(), texts.end());
  CHECK(name_order(names).places == expected_order(names));
  CHECK_FALSE(name_order(names).distinct);
}

TEST_CASE("names that are distinct, and some that are not") {
  std::vector<std::string> texts;
  for (int layer = 0; layer < 40; ++layer) {
    for (const char* part : {"down", "gate", "up", "upper"}) {
      texts.push_back(fmt::format("model.layers.{}.mlp.{}_proj.weight", layer, part));
      texts.push_back(texts.back() + "_scale_inv");
    }
  }
  for (const std::string& twice : {texts[0], texts[100], texts.back(), std::string("model."), std::string()}) {
    std::vector<std::string_view> names(texts.begin(), texts.end());
    if (twice.size() > 6) {
      CHECK(name_order(names).distinct);
      names.push_back(twice);
    } else {
      names.insert(names.end(), {twice, twice});
    }
    CHECK_FALSE(name_order(names).distinct);
    CHECK(name_order(names).places == expected_order(names));
  }
}

TEST_CASE("pieces in order become one order") {
  std::vector<std::string> texts;
  std::uint32_t state = 5;
  std::vector<std::string_view> names;
  std::vector<std::uint32_t> places;
  std::vector<std::size_t> ends;
  const auto random = [&](std::uint32_t below) { return (state = state * 1664525u + 1013904223u) / 65536 % below; };
  for (int i = 0; i < 4000; ++i) texts.push_back(fmt::format("layers.{}.{}", random(60), random(4000)));
  for (const std::size_t length : {0u, 1u, 700u, 1u, 299u, 2999u}) {
    const std::size_t begin = names.size();
    for (std::size_t i = begin; i < begin + length; ++i) names.emplace_back(texts[i]);
    for (const std::uint32_t place : expected_order({names.begin() + static_cast<std::ptrdiff_t>(begin), names.end()}))
      places.push_back(static_cast<std::uint32_t>(begin) + place);
    ends.push_back(names.size());
  }
  CHECK(merged_order(names, places, ends).places == expected_order(names));
  CHECK_FALSE(merged_order(names, places, ends).distinct);
  CHECK(merged_order({}, {}, {}).places.empty());
}

TEST_CASE("long stretches in order are merged") {
  std::vector<std::string> texts;
  for (int stretch = 0; stretch < 7; ++stretch) {
    for (int i = 0; i < 100; ++i) texts.push_back(fmt::format("{:04}", (i * 7 + stretch * 3) + 1000 * (stretch % 2)));
  }
  const std::vector<std::string_view> all(texts.begin(), texts.end());
  CHECK(name_order(all).places == expected_order(all));
  const std::vector<std::string_view> two(all.begin(), all.begin() + 200);
  CHECK(name_order(two).distinct);
  for (const std::size_t twice : {0u, 60u, 99u}) {
    std::vector<std::string_view> names = two;
    names.push_back(names[twice]);
    CHECK(name_order(names).places == expected_order(names));
    CHECK_FALSE(name_order(names).distinct);
  }
  std::vector<std::string_view> neighbours = two;
  neighbours[51] = neighbours[50];
  CHECK_FALSE(name_order(neighbours).distinct);
}
