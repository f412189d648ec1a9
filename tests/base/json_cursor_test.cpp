// The JSON cursor against nlohmann's parser: tokens, the places of faults, depth.
#include "base/json_cursor.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/plain_length.h"
#include "catch.h"

using namespace ckptlint;

namespace {

// The tokens of a text, one letter each, strings and numbers with their values.
std::string tokens(std::string_view text) {
  JsonCursor json(text);
  std::string out;
  while (true) {
    switch (json.next()) {
      case JsonToken::kObject:
        out += '{';
        break;
      case JsonToken::kObjectEnd:
        out += '}';
        break;
      case JsonToken::kArray:
        out += '[';
        break;
      case JsonToken::kArrayEnd:
        out += ']';
        break;
      case JsonToken::kKey:
        out += fmt::format("{}:", json.string());
        break;
      case JsonToken::kString:
        out += fmt::format("'{}'", json.string());
        break;
      case JsonToken::kWholeNumber:
        out += fmt::format("{} ", json.number());
        break;
      case JsonToken::kOtherNumber:
        out += "x ";
        break;
      case JsonToken::kTrue:
        out += 't';
        break;
      case JsonToken::kFalse:
        out += 'f';
        break;
      case JsonToken::kNull:
        out += 'n';
        break;
      case JsonToken::kEnd:
        return out + '.';
      case JsonToken::kError:
        return out + fmt::format("!{}", json.offset());
    }
  }
}

}  // namespace

TEST_CASE("tokens of JSON") {
  CHECK(tokens(R"({"a":[1,-2,3.5,1e3],"b":{"c":null},"d":[true,false,"x"]})") == "{a:[1 x x x ]b:{c:n}d:[tf'x']}.");
  CHECK(tokens(" \n[ ] \t") == "[].");
  CHECK(tokens("7") == "7 .");
  CHECK(tokens("18446744073709551615") == "18446744073709551615 .");
  CHECK(tokens("18446744073709551616") == "x .");
  CHECK(tokens("[0,-0,123456789012345678901234567890]") == "[0 x x ].");
  CHECK(tokens(R"("q\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00")") == "'q\"\\/\b\f\n\r\tA\u00e9\u20ac\U0001f600'.");
  CHECK(tokens("\"\u00e9\u20ac\U0001f600\"") == "'\u00e9\u20ac\U0001f600'.");
}

TEST_CASE("where JSON goes wrong") {
  CHECK(tokens("") == "!0");
  CHECK(tokens("{\"a\":1,}") == "{a:1 !7");
  CHECK(tokens("[1,]") == "[1 !3");
  CHECK(tokens("[1 2]") == "[1 !3");
  CHECK(tokens("{\"a\" 1}") == "{!5");
  CHECK(tokens("{1:2}") == "{!1");
  CHECK(tokens("[}") == "[!1");
  CHECK(tokens("{} {}") == "{}!3");
  CHECK(tokens(std::string_view("{}\0", 3)) == "{}!2");
  CHECK(tokens("01") == "!1");
  CHECK(tokens("1.") == "!2");
  CHECK(tokens("-") == "!1");
  CHECK(tokens("nul") == "!0");
  CHECK(tokens("\"abc") == "!4");
  CHECK(tokens("\"a\nb\"") == "!2");
  CHECK(tokens("\"a\xff"
               "b\"") == "!2");
  CHECK(tokens(R"("a\x")") == "!2");
  CHECK(tokens(R"("\ud83d")") == "!1");
  CHECK(tokens(R"("\")") == "!3");
}

TEST_CASE("depth is limited and costs nothing") {
  CHECK(tokens(std::string(127, '[') + std::string(127, ']')).ends_with('.'));
  const std::string deep(128, '[');
  JsonCursor json(deep);
  CHECK_FALSE(json.skip_value());
  CHECK(json.too_deep());
}

TEST_CASE("values are passed over") {
  JsonCursor json(R"({"a":{"b":[1,{"c":2}]},"d":3})");
  CHECK(json.next() == JsonToken::kObject);
  CHECK(json.next() == JsonToken::kKey);
  CHECK(json.skip_value());
  CHECK(json.next() == JsonToken::kKey);
  CHECK(json.string() == "d");
  CHECK(json.next() == JsonToken::kWholeNumber);
}

TEST_CASE("random texts are accepted just where nlohmann accepts them") {
  const std::vector<std::string> pieces = {"{",        "}",
                                           "[",        "]",
                                           ",",        ":",
                                           "\"a\"",    "\"\\n\"",
                                           "1",        "-1",
                                           "0",        "1.5",
                                           "2E-1",     "true",
                                           "null",     " ",
                                           "\"\\u00",  "\"",
                                           "\\",       "E",
                                           ".",        "\"\xc3\xa9\"",
                                           "\"\xc3\"", "\"\\ud800\\udc00\""};
  std::uint32_t state = 7;
  std::size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    state = state * 1664525u + 1013904223u;
    const std::uint32_t length = 1 + (state >> 24) % 9;
    for (std::uint32_t k = 0; k < length; ++k) {
      state = state * 1664525u + 1013904223u;
      text += pieces[(state >> 16) % pieces.size()];
    }
    const bool expected = nlohmann::json::accept(text);
    const bool actual = tokens(text).ends_with('.');
    accepted += expected ? 1 : 0;
    if (expected != actual) {
      INFO(text);
      CHECK(actual == expected);
    }
  }
  CHECK(accepted > 100);
}

TEST_CASE("numbers beyond a double are errors where that is asked for") {
  const auto accepted = [](std::string_view text, JsonNumbers numbers) {
    return JsonCursor(text, numbers).skip_value();
  };
  for (const char* text : {"1e400", "-1e400", "1.7976931348623159e308"}) {
    INFO(text);
    CHECK(accepted(text, JsonNumbers::kAll));
    CHECK_FALSE(accepted(text, JsonNumbers::kFinite));
  }
  for (const char* text : {"1e308", "1e-400", "0e99999999999", "123456789012345678901234567890"})
    CHECK(accepted(text, JsonNumbers::kFinite));
}

TEST_CASE("where plain text ends") {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz0123456789 .,:;[]{}\x7f";
  for (std::size_t length = 0; length <= letters.size(); ++length) {
    CHECK(plain_length(letters.substr(0, length)) == length);
    for (const char* end : {"\"", "\\", "\n", "\x1f", "\x80", "\xff"}) {
      for (const char* rest : {"", "\"abcdefghijklmnopqrstuvwxyz\\\""})
        CHECK(plain_length(letters.substr(0, length) + end + rest) == length);
    }
  }
}
