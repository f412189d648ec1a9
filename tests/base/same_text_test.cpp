// The comparison of short texts, at every length and with each byte changed.
#include "base/same_text.h"

#include <string>

#include "catch.h"

using namespace ckptlint;

TEST_CASE("texts are the same where each of their bytes is") {
  for (std::size_t length = 0; length <= 70; ++length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(i * 37);
    const std::string copy = text;
    CHECK(same_text(text, copy));
    CHECK_FALSE(same_text(text, copy + "x"));
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ '\x80');
      CHECK_FALSE(same_text(text, other));
    }
  }
}
