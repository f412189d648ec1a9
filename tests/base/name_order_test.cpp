#include "base/name_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <string>

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
