// Module graphs as JSON: what is written is read again, and what is malformed is refused by name.
#include "graph/graph_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.h"
#include "graph/gzip.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

// `field` of a small valid graph replaced by `value`.
std::string graph_with(const std::string& field, const std::string& value) {
  auto graph = nlohmann::ordered_json::parse(R"({
    "class": "Root",
    "modules": [["", "Root", null], ["a", "Linear", null], ["b", "Linear", "a"]],
    "parameters": [["a.weight", "float32", [2, 3], null], ["b.weight", "float32", [2, 3], "a.weight"]],
    "buffers": [["scale", "bool", [], false, null], ["a.mask", "int64", [4], true, null], ["b.mask", "int64", [4], true, "a.mask"]]})");
  graph[field] = nlohmann::ordered_json::parse(value);
  return graph.dump();
}

std::string error_of(const std::string& text) {
  const Result<ModuleGraph> graph = parse_module_graph(text, "graph.json");
  return graph ? "" : graph.error().message;
}

// A gzip file with one stored block.
std::string stored_gzip(const std::string& text, std::uint32_t crc) {
  std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
  const auto append = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  };
  const auto size = static_cast<std::uint32_t>(text.size());
  append(size, 2);
  append(~size, 2);
  bytes += text;
  append(crc, 4);
  append(size, 4);
  return bytes;
}

}  // namespace

TEST_CASE("rows become modules and tensors, module by module") {
  const Result<ModuleGraph> graph =
      parse_module_graph(graph_with("no_split_modules", R"(["Linear", "Block"])"), "graph.json");
  REQUIRE(graph);
  CHECK(graph->class_name == "Root");
  REQUIRE(graph->modules.size() == 3);
  CHECK(graph->modules[2].alias == ModuleId{1});
  CHECK(graph->modules[2].parent == ModuleId{0});
  CHECK(graph->modules[0].tensor_count == 1);
  CHECK(graph->modules[1].first_tensor == 1);
  REQUIRE(graph->tensors.size() == 5);
  CHECK(graph->tensors[0].name == "scale");
  CHECK_FALSE(graph->tensors[0].persistent);
  CHECK(graph->tensors[1].name == "a.weight");
  CHECK(graph->tensors[1].shape == std::vector<std::int64_t>{2, 3});
  CHECK(graph->tensors[2].name == "a.mask");
  CHECK(graph->tensors[2].is_buffer());
  CHECK(graph->tensors[3].alias == TensorId{1});
  CHECK(graph->tensors[4].alias == TensorId{2});
  CHECK(graph->no_split_modules == std::vector<std::string>{"Block", "Linear"});
  CHECK_FALSE(graph->keep_in_fp32_modules);
}

TEST_CASE("ties keep the file's order; a list is patterns") {
  const Result<ModuleGraph> pairs =
      parse_module_graph(graph_with("tied_weights_keys", R"({"z": "a", "b": "a"})"), "graph.json");
  REQUIRE(pairs);
  CHECK(*pairs->tied_weights == std::vector<std::pair<std::string, std::string>>{{"z", "a"}, {"b", "a"}});
  const Result<ModuleGraph> patterns =
      parse_module_graph(graph_with("tied_weights_keys", R"(["lm_head.weight"])"), "graph.json");
  REQUIRE(patterns);
  CHECK_FALSE(patterns->tied_weights);
  CHECK(patterns->tied_patterns == std::vector<std::string>{"lm_head.weight"});
}

TEST_CASE("what is written is read again") {
  Result<ModuleGraph> graph =
      parse_module_graph(graph_with("tied_weights_keys", R"({"b.weight": "a.weight"})"), "graph.json");
  REQUIRE(graph);
  graph->sources.files.push_back({"modeling.py", "", {}, false});
  graph->modules[1].registered = {FileId{0}, 3, 5, 3, 20};
  graph->modules[1].class_span = {FileId{0}, 1, 1, 1, 8};
  graph->tensors[2].registered = {FileId{0}, 4, 5, 4, 9};
  graph->tensors[2].rebuild = Rebuild::kWritten;
  graph->tensors[0].initial_value = std::vector<double>{-HUGE_VAL};
  graph->partial.push_back({"a call that is not known", {FileId{0}, 7, 1, 7, 2}});
  const std::string text = module_graph_json(*graph);
  const Result<ModuleGraph> again = parse_module_graph(text, "graph.json");
  INFO((again ? "" : again.error().message));
  REQUIRE(again);
  CHECK(module_graph_json(*again) == text);
  CHECK(again->modules[1].registered == graph->modules[1].registered);
  CHECK(again->tensors[2].rebuild == Rebuild::kWritten);
  CHECK(again->tensors[0].initial_value == graph->tensors[0].initial_value);
  REQUIRE(again->partial.size() == 1);
  CHECK(again->partial[0].where.line == 7);
  CHECK(nlohmann::json::parse(text).at("basis") == "source");
}

TEST_CASE("names that are not UTF-8 are still written as JSON") {
  ModuleGraph graph;
  graph.class_name = "R\xff";
  graph.modules.push_back({});
  CHECK(nlohmann::json::parse(module_graph_json(graph)).at("class") == "R\uFFFD");
}

TEST_CASE("malformed graphs are told apart") {
  struct Row {
    const char* field;
    const char* value;
    const char* says;
  };
  const std::vector<Row> table = {
      {"modules", "[]", "`modules` has no root"},
      {"modules", "{}", "`modules` is not a list"},
      {"modules", R"([["a","Root",null]])", "row 0 of `modules` is not the root, which comes first and is named \"\""},
      {"modules", R"([["","Root"]])", "row 0 of `modules` is not [name, class, alias]"},
      {"modules", R"([["","Root",null],["a.b","L",null]])", "row 1 of `modules` comes before its parent"},
      {"modules", R"([["","Root",null],["a","L","z"]])", "row 1 of `modules` is an alias of no earlier module"},
      {"modules", R"([["","Root",null],["a","L",null],["a","L",null]])",
       "row 2 of `modules` has a name that an earlier module has"},
      {"modules", R"([["","Root",null],[1,"L",null]])", "row 1 of `modules` has no name"},
      {"parameters", R"([["c.weight","float32",[1],null]])", "row 0 of `parameters` belongs to no module"},
      {"parameters", R"([["a.weight","float99",[1],null]])",
       "row 0 of `parameters` has the dtype `float99`, which torch does not have"},
      {"parameters", R"([["a.weight","float32",[-1],null]])",
       "row 0 of `parameters` has an extent that is not a whole number"},
      {"parameters", R"([["a.weight","float32",[1.5],null]])",
       "row 0 of `parameters` has an extent that is not a whole number"},
      {"parameters", R"([["a.weight","float32",7,null]])", "row 0 of `parameters` has no shape"},
      {"parameters", R"([["a.weight","float32",[1],"a.bias"]])", "row 0 of `parameters` is an alias of no earlier row"},
      {"parameters", R"([["a.weight","float32",[1],null],["a.weight","float32",[1],null]])",
       "row 1 of `parameters` has a name that an earlier row has"},
      {"buffers", R"([["a.mask","float32",[1],null]])",
       "row 0 of `buffers` is not [name, dtype, shape, persistent, alias]"},
      {"buffers", R"([["a.mask","float32",[1],1,null]])", "row 0 of `buffers` does not say whether it is persistent"},
      {"no_split_modules", "7", "`no_split_modules` is neither a list nor null"},
      {"no_split_modules", "[7]", "`no_split_modules` has an item that is not a string"},
      {"tied_weights_keys", R"({"a": 7})", "`tied_weights_keys` has a value that is not a string"},
      {"class", "7", "`class` is not a string"},
      {"spans", R"({"files":["m.py"],"modules":[null]})", "`modules` has not one entry a row"},
      {"spans", R"({"files":["m.py"],"modules":[null,[1,1,1,1,1],null]})",
       "`spans` names a file that it does not list"},
      {"spans", R"({"files":["m.py"],"modules":[null,[0,1],null]})",
       "`spans` has an entry that is neither null nor five numbers"},
      {"rebuild", R"(["never",null,null])", "`rebuild` has an entry that is none of null, \"unset\" and \"written\""},
      {"initial", R"([["x"],null,null])", "`initial` has a value that is not a number"},
      {"partial", "[7]", "`partial` has an entry that is not an object"},
  };
  for (const Row& row : table) {
    INFO(row.field << ": " << row.value);
    CHECK(error_of(graph_with(row.field, row.value)) == std::string("`graph.json` is not a module graph: ") + row.says);
  }
  CHECK(error_of("[]") == "`graph.json` is not a module graph: it is not an object");
  CHECK(error_of("{\"class\": ") == "`graph.json` is not JSON: reading it stops at byte 11");
  CHECK(error_of("{\"class\": 1e999}") == "`graph.json` has a number that is too large");
  CHECK_FALSE(error_of(std::string(100000, '[')).empty());
}

TEST_CASE("graph files may be compressed") {
  const test::ScratchFolder folder;
  const std::string text = R"({"class":"R","modules":[["","R",null]],"parameters":[],"buffers":[]})";
  constexpr std::uint32_t kCrc = 0x9fe570e5;
  folder.write("plain.json", text);
  folder.write("packed.json.gz", stored_gzip(text, kCrc));
  folder.write("wrong.json.gz", stored_gzip(text, kCrc + 1));
  folder.write("cut.json.gz", stored_gzip(text, kCrc).substr(0, 40));
  CHECK(read_module_graph(folder.path("plain.json")));
  const Result<ModuleGraph> packed = read_module_graph(folder.path("packed.json.gz"));
  INFO((packed ? "" : packed.error().message));
  CHECK(packed);
  for (const char* name : {"wrong.json.gz", "cut.json.gz"}) {
    const Result<ModuleGraph> damaged = read_module_graph(folder.path(name));
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().message.find("is damaged or cut short") != std::string::npos);
  }
  CHECK_FALSE(read_module_graph(folder.path("absent.json")));
  CHECK_FALSE(read_module_graph(folder.path()));
}

TEST_CASE("gzip members follow each other, and bombs are refused") {
  const std::string text = "x";
  const std::string one = stored_gzip(text, 0x8cdc1683);
  const Result<std::string> two = inflate_gzip(one + one, "two", 10);
  REQUIRE(two);
  CHECK(*two == "xx");
  const Result<std::string> bomb = inflate_gzip(one + one, "two", 1);
  REQUIRE_FALSE(bomb);
  CHECK(bomb.error().message == "the gzip file `two` inflates to more than 1 bytes");
}

}  // namespace ckptlint
