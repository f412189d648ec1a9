// Names that try to forge output: whatever a file calls its tensors, no format shows a line that the program did not
// mean.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "commands/check.h"
#include "commands/graph.h"
#include "commands/list.h"
#include "commands/load.h"
#include "commands/map.h"
#include "model_repo.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

constexpr const char* kForgeries[] = {
    "a\n::error::forged",
    "a\r\n::error file=x::forged",
    "\x1b[2J\x1b[1;1Hforged",
    "\xe2\x80\xae"
    "desrever",
    "x\xc2\x9b"
    "31mforged",
    "a\", \"rule\": \"forged",
    "\xe2\x80\xa8line",
    "::warning::forged",
    "`forged` [wrong-index]",
    "\xf3\xa0\x81\x81tag",
    "%0A::error::forged",
    "a\x07\x08\x7f",
    "x ##[error]forged",
    "a name so long that lines are broken ::error::forged where it is shown ::error::forged among other words "
    "::error::forged that are of no use ::error::forged to anybody",
};

std::string safetensors_with(const std::string& name) {
  // Two bytes too few: the name is in the finding.
  const nlohmann::json header = {{name, {{"dtype", "F32"}, {"shape", {4}}, {"data_offsets", {0, 14}}}}};
  std::string text = header.dump();
  const std::uint64_t length = text.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out + text + std::string(14, '\0');
}

void check_plain(const std::string& out, const std::string& format) {
  INFO(out);
  CHECK(std::all_of(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\n'; }));
  for (const char* hidden : {"\xe2\x80\xae", "\xe2\x80\xa8", "\xc2\x9b", "\xf3\xa0\x81\x81", "\x7f"})
    CHECK(out.find(hidden) == std::string::npos);
  std::istringstream lines(out);
  CHECK(out.find("##[") == std::string::npos);
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(' '));  // as the runner of GitHub Actions reads it
    CHECK_FALSE(line.starts_with("::error::"));
    CHECK_FALSE(line.starts_with("::error file=x"));
    if (format != "github") CHECK_FALSE(line.starts_with("::"));
  }
}

TEST_CASE("No name in a weight file forges output, in any format") {
  for (const char* name : kForgeries) {
    test::ScratchFolder folder;
    folder.write("model.safetensors", safetensors_with(name));
    for (const char* format : {"text", "json", "sarif", "github"}) {
      CheckOptions options;
      options.model.paths = {folder.path("model.safetensors")};
      options.output.format = format;
      std::ostringstream out;
      std::ostringstream err;
      CHECK(run_check(options, out, err) == kFindings);
      check_plain(out.str(), format);
      check_plain(err.str(), "text");
      if (std::string(format) == "json" || std::string(format) == "sarif") CHECK(nlohmann::json::accept(out.str()));
    }
  }
}

// A model of one layer with one buffer, both of that name.
std::string graph_with(const std::string& name) {
  using nlohmann::json;
  const std::string inside = name + "." + name;
  return json{{"class", name},
              {"modules", {{"", name, nullptr}, {name, name, nullptr}}},
              {"parameters", {{name + ".weight", "float32", {4}, nullptr}}},
              {"buffers", {{inside, "float32", {4}, true, nullptr}}},
              {"no_split_modules", {name}},
              {"base_model_prefix", ""}}
      .dump();
}

TEST_CASE("No name in a weight file or a graph forges what the other commands print") {
  for (const char* name : kForgeries) {
    test::ScratchFolder folder;
    folder.write("model.safetensors", safetensors_with(name));
    folder.write("graph.json", graph_with(name));
    ModelOptions model;
    model.paths = {folder.path()};
    model.graph = folder.path("graph.json");
    for (const std::string format : {"text", "json", "dot", "python"}) {
      OutputOptions output;
      output.format = format;
      std::ostringstream out;
      std::ostringstream err;
      std::istringstream in;
      if (format == "text" || format == "json") {
        ListOptions list;
        list.paths = {folder.path("model.safetensors")};
        list.output = output;
        CHECK(run_list(list, out, err) == kFindings);
        (void)run_load(LoadOptions{model, output}, out, err);
      }
      if (format != "python") {
        GraphOptions graph;
        graph.model = model;
        graph.output = output;
        CHECK(run_graph(graph, out, err) == kNothingFound);
      }
      if (format != "dot") {
        MapOptions map;
        map.model = model;
        map.output = output;
        map.placement.max_memory = "0=20,1=20,cpu=1MiB";
        (void)run_map(map, in, out, err);
        map.trace = format == "text";
        (void)run_map(map, in, out, err);
      }
      check_plain(out.str(), format);
      check_plain(err.str(), "text");
    }
  }
}

TEST_CASE("What cannot be read is said to be so, and is not taken for absent") {
  test::ScratchFolder folder;
  folder.write("config.json", R"({"architectures": ["LlamaForCausalLM"]})");
  folder.link("/nowhere/blob", "model.safetensors");
  CheckOptions options;
  options.model.sources = {test::transformers_wheel()};
  options.model.paths = {folder.path()};
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_check(options, out, err) == kFindings);
  CHECK(out.str().find("`model.safetensors` cannot be read") != std::string::npos);
}

}  // namespace
}  // namespace ckptlint
