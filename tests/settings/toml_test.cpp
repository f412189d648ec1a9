// TOML as plain values, and what is refused before it is read.
#include "settings/toml.h"

#include <string>

#include "catch.h"

namespace ckptlint {
namespace {

std::string defect_of(const std::string& text) {
  const auto read = toml_document(text);
  const auto* defect = std::get_if<TomlDefect>(&read);
  return defect == nullptr ? "" : std::to_string(defect->place.line) + ": " + defect->what;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("Values have their kinds and places, and members the order in which they are written") {
  const auto read = toml_document("b = \"text\"\na = [1, true]\n\n[t]\nx.y = 1.5\n");
  REQUIRE(std::holds_alternative<TomlValue>(read));
  const TomlValue& table = std::get<TomlValue>(read);
  REQUIRE(table.members.size() == 3);
  CHECK(table.members[0].key == "b");
  CHECK(table.members[0].value.text == "text");
  CHECK(table.members[0].value.place.column == 5);
  const TomlValue& list = table.members[1].value;
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[0].integer == 1);
  CHECK(list.items[1].kind == TomlValue::Kind::kFlag);
  CHECK(list.items[1].place.line == 2);
  const TomlMember* x = table.find("t") == nullptr ? nullptr : table.find("t")->value.find("x");
  REQUIRE(x != nullptr);
  CHECK(x->place.line == 5);
  REQUIRE(x->value.find("y") != nullptr);
  CHECK(x->value.find("y")->value.kind == TomlValue::Kind::kOther);
  CHECK(table.find("nowhere") == nullptr);
}

TEST_CASE("What is no TOML, or no configuration's size or depth, is refused with its line") {
  CHECK(defect_of("a = 1\nb = \n").starts_with("2: is no TOML: "));
  CHECK(defect_of("a = 1\na = 2\n").starts_with("2: is no TOML: "));
  CHECK(defect_of("a = \"\xff\"\n").starts_with("1: is no TOML: "));
  CHECK(defect_of(std::string("a\0 = 1", 6)).starts_with("1: is no TOML: "));
  CHECK(defect_of("\n" + repeated("a.", 500) + "b = 1\n") == "2: has too many dots in a line");
  CHECK(defect_of(repeated("a.", 300) + "b = 1\n") == "1: nests too deeply for a configuration");
  CHECK(defect_of("a = " + repeated("[", 10'000)) != "");
  CHECK(defect_of("a = " + repeated("[", 12) + repeated("]", 12)) == "1: nests too deeply for a configuration");
  CHECK(defect_of(repeated("# a comment\n", 30'000)) == "1: is too long for a configuration");
  // As deep as its text may be made at all: lists in each other, each of tables of dotted keys.
  std::string deep;
  for (int i = 0; i < 15; ++i) deep += repeated("a.", 399) + "a = [\n{";
  CHECK(!defect_of("x = [\n{" + deep).empty());
  deep = "1";
  for (int i = 0; i < 7; ++i) deep = "[\n{" + repeated("a.", 399) + "a = " + deep + "}\n]";
  CHECK(!defect_of("x = " + deep).empty());
}

}  // namespace
}  // namespace ckptlint
