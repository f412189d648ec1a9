// Device maps of models of diffusers against its own _determine_device_map (tests/record/diffusers_maps.py picked the
// cases).
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "check/placements.h"
#include "golden.h"
#include "graph/asking.h"
#include "graph/build.h"
#include "graph/evaluated_model.h"
#include "graph/graph_json.h"
#include "graph/gzip.h"
#include "model_repo.h"
#include "placement/case_json.h"
#include "placement/simulate.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

std::vector<std::string> names_in(const std::string& folded) {
  std::vector<std::string> names;
  std::istringstream words(folded);
  for (std::string word; words >> word;) {
    for (std::string& name : test::expanded_names(word)) names.push_back(std::move(name));
  }
  if (names.empty()) names.emplace_back();  // the model itself
  return names;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

// What the model keeps whole once its own list is another one; false where that could not be asked.
bool gather_anew(EvaluatedModel& evaluated, const json& classes, ModuleGraph& graph) {
  python::Interpreter& in = *evaluated.interpreter;
  const auto ended = run_phase([&] {
    const python::Value model = python::Value::of(in.type_of(evaluated.model));
    python::Value former;
    in.find_attribute(model, in.intern("_no_split_modules"), former);
    python::List* list = in.list();
    for (const json& name : classes) list->items.push(in.arena, in.string(name.get<std::string>()));
    in.generic_set(evaluated.model, in.intern("_no_split_modules"), python::Value::of(list));
    const Answer<python::Value> gathered = attempt(
        [&] { return in.call_method(evaluated.model, in.intern("_get_no_split_modules"), {in.string("auto")}); });
    graph.refuses_device_maps = gathered ? "" : in.describe(*gathered.raised());
    graph.gathered_no_split_modules.reset();
    if (gathered) {
      graph.gathered_no_split_modules.emplace();
      for (const python::Value& each : in.collect(*gathered)->items)
        graph.gathered_no_split_modules->push_back(in.str(each));
    }
    in.generic_set(evaluated.model, in.intern("_no_split_modules"), former);
    return true;
  });
  return std::holds_alternative<bool>(ended);
}

std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

// The case in the form of `map --cases`, but for the graph.
json case_of(const json& row, const ModuleGraph& graph) {
  json asked{{"flavour", "diffusers"}, {"graph", "."}, {"device_map", row["device_map"]}};
  for (const json& budget : row["max_memory"])
    asked["max_memory"][budget[0].is_number() ? budget[0].dump() : budget[0].get<std::string>()] = budget[1];
  if (row.contains("dtype")) asked["dtype"] = row["dtype"];
  for (const Tensor& tensor : graph.tensors) {
    if (tensor.is_buffer() || tensor.alias != TensorId::kNone || !row.contains("keep")) continue;
    for (const json& name : row["keep"]) {
      if (tensor.name.find(name.get<std::string>()) != std::string::npos)
        asked["special_dtypes"][tensor.name] = "float32";
    }
  }
  return asked;
}

// What is wrong with our map, or nothing.
std::string difference(const json& row, const ModuleGraph& graph, const PlacementSimulator& simulator) {
  const bool by_hand = row["device_map"].is_array();
  if (by_hand) return "";  // it is returned as it is
  const PlacementLibraries libraries = libraries_of(kLatestAccelerate, kLatestTransformers);
  Result<PlacementCase> asked = parse_case(case_of(row, graph).dump(), libraries, "row");
  if (!asked.ok()) return row.contains("error") ? "" : asked.error().message;
  if (const auto refused = refused_mode(graph, libraries)) asked->crash = refused;
  const Result<Placement> placement = answer_case(*asked, simulator, graph);
  if (!placement.ok()) return placement.error().message;
  if (row.contains("error"))
    return placement->crash && placement->crash->exception == type_of(row["error"]) ? "" : "no such error";
  if (placement->crash) return "raises " + placement->crash->exception;
  std::vector<std::pair<std::string, std::string>> want, have;
  for (const json& run : row["map"]) {
    for (std::string& name : names_in(run[0]))
      want.emplace_back(std::move(name), run[1].is_string() ? run[1].get<std::string>() : run[1].dump());
  }
  for (const DeviceMapEntry& entry : placement->map.entries) have.emplace_back(entry.name, name_of(entry.device));
  if (have != want) return "another map";
  std::vector<std::string> lost;
  for (const LostTensor& each : placement->unplaced) lost.push_back(graph.tensor(each.tensor).name);
  const std::vector<std::string> unplaced =
      row.contains("unplaced") ? names_in(row["unplaced"]) : std::vector<std::string>();
  return sorted(lost) == sorted(unplaced) ? "" : "other tensors without a device";
}

void check_release(const std::string& version, const std::string& transformers, std::size_t least) {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  const json configs = json::parse(test::fixture_text("diffusers/small_configs-" + version + ".json"));
  const Result<std::string> text =
      inflate_gzip(test::fixture_text("diffusers/device_maps-" + version + ".jsonl.gz"), "maps", 64u << 20);
  REQUIRE(text);
  std::map<std::string, std::vector<json>> of_model;
  std::istringstream lines(*text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    json row = json::parse(line);
    of_model[row["model"]].push_back(std::move(row));
  }
  CHECK(count >= least);
  std::vector<std::string> models, differences(of_model.size());
  for (const auto& [name, rows] : of_model) models.push_back(name);
  test::side_by_side(models.size(), [&](std::size_t i) {
    const json config = configs.contains(models[i]) ? configs[models[i]] : json{{"_class_name", models[i]}};
    GraphRequest request;
    request.repo = in_memory_tree({{"config.json", config.dump()}});
    request.sources = sources;
    request.as_loaded = false;
    Result<BuiltGraph> built = build_graph(request);
    if (!built.ok() || built->failure || built->evaluated == nullptr) {
      differences[i] = models[i] + ": not built\n";
      return;
    }
    // A class that from_config replaces by another was asked as it is.
    if (built->graph.class_name != config["_class_name"]) return;
    const ModuleGraph as_built = built->graph;
    for (const json& row : of_model[models[i]]) {
      ModuleGraph graph = as_built;
      const bool gathered = !row.contains("no_split") || gather_anew(*built->evaluated, row["no_split"], graph);
      if (!gathered) differences[i] += "the classes could not be asked for\n";
      const PlacementSimulator simulator(graph);
      const std::string wrong = difference(row, graph, simulator);
      if (!wrong.empty()) differences[i] += wrong + ": " + row.dump().substr(0, 600) + "\n";
    }
  });
  for (const std::string& different : differences) CHECK(different == "");
}

TEST_CASE("Device maps of diffusers 0.42.1 are the ones that it makes") { check_release("0.42.1", "5.23.0", 2000); }
TEST_CASE("Device maps of diffusers 0.36.0 are the ones that it makes") { check_release("0.36.0", "4.57.6", 600); }
TEST_CASE("Device maps of diffusers 0.30.3 are the ones that it makes") { check_release("0.30.3", "4.57.6", 600); }
TEST_CASE("Device maps of diffusers 0.31.0 are the ones that it makes") { check_release("0.31.0", "4.57.6", 400); }

}  // namespace
}  // namespace ckptlint
