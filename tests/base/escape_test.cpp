// Names of unknown origin as they are shown: harmless ones unchanged, all others visible and short; and arithmetic
// that sees overflow.
#include "base/escape.h"

#include "base/checked.h"
#include "base/utf8.h"
#include "catch.h"

using namespace ckptlint;

TEST_CASE("ordinary names stay as they are") {
  CHECK(printable("model.layers.0.self_attn.q_proj.weight") == "model.layers.0.self_attn.q_proj.weight");
  CHECK(printable("モデル/ß\\n") == "モデル/ß\\n");
}

TEST_CASE("what could forge output becomes visible") {
  CHECK(printable("a\nb\r\t") == "a\\nb\\r\\t");
  CHECK(printable("\x1b[31mred\x7f") == "\\x1b[31mred\\x7f");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xc2\x9b") == "\\u009b");
  CHECK(printable("evil\xe2\x80\xaegnp.exe") == "evil\\u202egnp.exe");
  CHECK(printable("\xe2\x80\xa8") == "\\u2028");
  CHECK(printable("\xf3\xa0\x81\x81") == "\\U000e0041");
}

TEST_CASE("bytes that are not UTF-8 are shown one by one") {
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("\xc0\x80") == "\\xc0\\x80");           // overlong NUL
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable("caf\xc3") == "caf\\xc3");
}

TEST_CASE("markup is shown as what it is") {
  CHECK(without_markup("<a href=\"x\">&</a>\x1b") == "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;\\x1b");
}

TEST_CASE("long names are cut in the middle, between characters") {
  CHECK(quoted_name("short") == "`short`");
  CHECK(quoted_name("0123456789", 4) == "`01...89`");
  CHECK(quoted_name("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 6) == "`\xc3\xa9...\xc3\xa9`");
}

TEST_CASE("checked arithmetic sees every overflow") {
  CHECK(checked_add<std::uint64_t>(1, ~0ull) == std::nullopt);
  CHECK(checked_multiply<std::uint64_t>(1ull << 32, 1ull << 32) == std::nullopt);
  CHECK(element_count(std::vector<std::int64_t>{}) == 1u);
  CHECK(element_count(std::vector<std::int64_t>{3, 0, 5}) == 0u);
  CHECK(element_count(std::vector<std::int64_t>{1ll << 62, 4}) == std::nullopt);
  CHECK(element_count(std::vector<std::int64_t>{-1}) == std::nullopt);
  CHECK(bit_count(1ull << 60, 64) == std::nullopt);
  CHECK(bit_count(3, 6) == 18u);
}
