// Device maps of models of diffusers against its own _determine_device_map (tests/record/diffusers_maps.py picked the
// cases).
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "graph/asking.h"
#include "graph/build.h"
#include "graph/evaluated_model.h"
#include "graph/graph_json.h"
#include "map/recorded_diffusers_maps.h"
#include "placement/simulate.h"
#include "recorded_rows.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;
using test::difference;

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

void check_release(const std::string& version, const std::string& transformers, std::size_t least) {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  const json configs = json::parse(test::fixture_text("diffusers/small_configs-" + version + ".json"));
  std::vector<json> rows = test::recorded_rows("diffusers/device_maps-" + version + ".jsonl.gz");
  CHECK(rows.size() >= least);
  std::map<std::string, std::vector<json>> of_model;
  for (json& row : rows) of_model[row["model"]].push_back(std::move(row));
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
