// Renamings and the order of keys, on single keys.
#include "loading/transform.h"

#include "catch.h"
#include "loading/key_order.h"

namespace ckptlint {
namespace {

Transform made(std::vector<std::string> sources, std::string target, const std::string& pattern,
               std::vector<std::pair<int, std::size_t>> branches) {
  auto compiled = PythonPattern::compile(pattern);
  REQUIRE(compiled);
  return Transform{std::move(sources), {std::move(target)}, *compiled, std::move(branches)};
}

std::string renamed(const Transform& transform, const std::string& key) {
  const auto result = transform.rename(key);
  return result ? result->key : "(not)";
}

TEST_CASE("A renaming replaces what matched where it first stands") {
  const auto gamma = plain_renaming("LayerNorm.gamma", "LayerNorm.weight");
  REQUIRE(gamma);
  CHECK(renamed(*gamma, "a.LayerNorm.gamma") == "a.LayerNorm.weight");
  CHECK(renamed(*gamma, "a.LayerNorm.gammas") == "(not)");
  CHECK(renamed(*gamma, "a.norm.weight") == "(not)");
  // The match is the second one, the text that is replaced the first.
  const Transform word = made({"x(?!\\w)"}, "y", "(?P<g0>x(?!\\w))", {{1, 0}});
  CHECK(renamed(word, "xx.a") == "yx.a");
}

TEST_CASE("What a pattern captures goes into the target") {
  const Transform add = made({"^(.+)"}, "model.\\1", "(?P<g0>^(.+))", {{1, 0}});
  CHECK(renamed(add, "a.b") == "model.a.b");
  const Transform two =
      made({"^b\\.(.+)", "^a\\.(.+)"}, "c.\\1", "(?P<g0>^b\\.(.+))|(?P<g1>^a\\.(.+))", {{1, 0}, {3, 1}});
  CHECK(renamed(two, "a.x") == "c.x");
  CHECK(two.rename("a.x")->source == 1);
  CHECK(two.rename("b.x")->source == 0);
}

TEST_CASE("A scope is taken off, with or without the prefix of the base model, and put back") {
  Transform scoped = made({"^q"}, "query", "(?P<g0>^q(?!\\w))", {{1, 0}});
  scoped.scope_prefix = "vision";
  scoped.base_model_prefix = "model";
  CHECK(renamed(scoped, "vision.q.weight") == "vision.query.weight");
  CHECK(renamed(scoped, "model.vision.q.weight") == "model.vision.query.weight");
  CHECK(renamed(scoped, "text.q.weight") == "(not)");
  CHECK(renamed(scoped, "q.weight") == "(not)");
}

TEST_CASE("Text is replaced as Python replaces it") {
  CHECK(replaced_all("a.*.b.*.c", "*.", "0.") == "a.0.b.0.c");
  CHECK(replaced_once("a.a", "a", "bb") == "bb.a");
  CHECK(replaced_all("abc", "", "x") == "abc");
}

TEST_CASE("Keys load by components, and numbers in them by size") {
  CHECK(loads_before("layers.2.weight", "layers.10.weight"));
  CHECK(!loads_before("layers.10.weight", "layers.2.weight"));
  CHECK(loads_before("a.1", "a.b"));  // a number is before a word
  CHECK(loads_before("shard", "shard_2"));
  CHECK(loads_before("shard_2", "shard_11"));
  CHECK(loads_before("a", "a.b"));
  CHECK(!loads_before("a.b", "a"));
  CHECK(!loads_before("a.b", "a.b"));
  CHECK(loads_before("a.B", "a.a"));
  CHECK(loads_before("w1.x", "w1.y"));
  CHECK(loads_before("a.007", "a.8"));
}

}  // namespace
}  // namespace ckptlint
