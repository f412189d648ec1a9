// Members of JSON texts set, put in and taken out: what was written around them stays, byte for byte.
#include "fix/json_edit.h"

#include <string>
#include <vector>

#include "catch.h"

using namespace ckptlint;

namespace {

struct Case {
  std::string text, path, value;
  std::string result;  // or "! " and why not
};

void check(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    INFO(each.text << "  " << each.path << " = " << each.value);
    const Result<std::string> result = with_json_member(each.text, each.path, each.value);
    CHECK((result.ok() ? *result : "! " + result.error().message) == each.result);
  }
}

}  // namespace

TEST_CASE("a member gets another value where it stands") {
  check({
      {R"({"a": 1, "b": 2})", "a", "3", R"({"a": 3, "b": 2})"},
      {R"({"a": 1, "b": 2})", "b", "[1, 2]", R"({"a": 1, "b": [1, 2]})"},
      {R"({ "a" : {"x": [1, {"a": 2}]} , "b":2 })", "a", "null", R"({ "a" : null , "b":2 })"},
      {"{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}\r\n", "b", "true", "{\r\n\t\"a\": 1,\r\n\t\"b\": true\r\n}\r\n"},
      {"  {\"a\":1}  \n\n", "a", "2", "  {\"a\":2}  \n\n"},
      {R"({"a": "x", "b": "a"})", "b", "\"y\"", R"({"a": "x", "b": "y"})"},  // a value is no key
      {"{\"\xc3\xa9t\xc3\xa9\": \"\xe2\x82\xac\"}", "\xc3\xa9t\xc3\xa9", "1", "{\"\xc3\xa9t\xc3\xa9\": 1}"},
      {R"({"\u0061": 1})", "a", "2", R"({"\u0061": 2})"},  // written with an escape, and kept so
      {R"({"a": "}, \"a\": 9", "b": 1})", "b", "2", R"({"a": "}, \"a\": 9", "b": 2})"},
  });
}

TEST_CASE("of members of one name the last counts, as readers take it") {
  check({
      {R"({"a": 1, "a": 2})", "a", "3", R"({"a": 1, "a": 3})"},
      {R"({"o": {"x": 1}, "o": {"y": 2}})", "o.y", "3", R"({"o": {"x": 1}, "o": {"y": 3}})"},
      {R"({"o": {"x": 1}, "o": 5})", "o.x", "3", "! there is no object `o`"},
  });
}

TEST_CASE("a path leads through objects") {
  check({
      {R"({"t": {"n": 1}, "n": 2})", "t.n", "3", R"({"t": {"n": 3}, "n": 2})"},
      {R"({"a": {"b": {"c": {}}}})", "a.b.c.d", "4", R"({"a": {"b": {"c": {"d": 4}}}})"},
      {R"({"t": [1]})", "t.n", "3", "! there is no object `t`"},
      {R"({"t": null})", "t.n", "3", "! there is no object `t`"},
      {R"({"a": 1})", "t.n", "3", "! there is no object `t`"},
      {R"({"t.n": 1, "t": {"n": 2}})", "t.n", "3", R"({"t.n": 1, "t": {"n": 3}})"},  // a dot in a name is no path
  });
}

TEST_CASE("a member that is not there becomes the first, laid out as the first was") {
  check({
      {R"({"a": 1})", "b", "2", R"({"b": 2,"a": 1})"},
      {R"({})", "b", "2", R"({"b": 2})"},
      {"{\n}", "b", "2", "{\"b\": 2\n}"},
      {"{\n  \"a\": 1\n}\n", "b", "2", "{\n  \"b\": 2,\n  \"a\": 1\n}\n"},
      {"{\r\n\t\"a\": 1\r\n}", "b", "2", "{\r\n\t\"b\": 2,\r\n\t\"a\": 1\r\n}"},
      {R"({"a": 1})", "q\"\n", "2", R"({"q\"\n": 2,"a": 1})"},
  });
}

TEST_CASE("a member is taken out with its comma") {
  check({
      {R"({"a": 1, "b": 2, "c": 3})", "a", "", R"({"b": 2, "c": 3})"},
      {R"({"a": 1, "b": 2, "c": 3})", "b", "", R"({"a": 1, "c": 3})"},
      {R"({"a": 1, "b": 2, "c": 3})", "c", "", R"({"a": 1, "b": 2})"},
      {R"({"a": 1})", "a", "", R"({})"},
      {"{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", "", "{\n  \"a\": 1\n}\n"},
      {"{\n  \"a\": 1 ,\n  \"b\": 2\n}\n", "a", "", "{\n  \"b\": 2\n}\n"},
      {R"({"t": {"n": 1}})", "t.n", "", R"({"t": {}})"},
      {R"({"a": 1})", "b", "", "! there is no `b`"},
  });
}

TEST_CASE("what is no JSON object is left alone") {
  const std::string refusal = "! the text is not valid JSON";
  check({
      {"", "a", "1", refusal},
      {"   ", "a", "1", refusal},
      {"[1]", "a", "1", refusal},
      {"3", "a", "1", refusal},
      {R"({"a": 1)", "a", "2", refusal},
      {R"({"a": 1,})", "a", "2", refusal},
      {R"({"a" 1})", "a", "2", refusal},
      {R"({"a": 1 "b": 2})", "a", "2", refusal},
      {R"({"a": NaN})", "a", "2", refusal},
      {R"({'a': 1})", "a", "2", refusal},
      {"\xef\xbb\xbf{\"a\": 1}", "a", "2", refusal},
      {"{\"a\": " + std::string(100000, '['), "a", "2", refusal},
  });
}
