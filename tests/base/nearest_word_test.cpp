// Which word was probably meant.
#include "base/nearest_word.h"

#include <array>

#include "catch.h"

namespace ckptlint {
namespace {

constexpr std::array<std::string_view, 6> kWords = {"select",     "ignore", "extend-select",
                                                    "max-memory", "no",     "severity"};

TEST_CASE("The nearest word is a few edits away, and an exchange of neighbours is one") {
  CHECK(nearest_word("selct", kWords) == "select");
  CHECK(nearest_word("slelect", kWords) == "select");
  CHECK(nearest_word("ingore", kWords) == "ignore");
  CHECK(nearest_word("max_memory", kWords) == "max-memory");
  CHECK(nearest_word("extendselect", kWords) == "extend-select");
  CHECK(did_you_mean("severty", kWords) == "; did you mean `severity`?");
}

TEST_CASE("What is far from every word has no nearest one") {
  for (const char* word : {"", "x", "an", "budget", "maximum", "memory-of-all-devices"}) {
    INFO(word);
    CHECK(nearest_word(word, kWords).empty());
  }
  CHECK(nearest_word(std::string(100'000, 's'), kWords).empty());
  CHECK(did_you_mean("budget", kWords).empty());
}

}  // namespace
}  // namespace ckptlint
