// Device maps as tests/record/diffusers_maps.py writes them, held against ours.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "check/placements.h"
#include "model_repo.h"
#include "placement/case_json.h"
#include "placement/simulate.h"

namespace ckptlint::test {

using nlohmann::json;

inline std::vector<std::string> names_in(const std::string& folded) {
  std::vector<std::string> names;
  std::istringstream words(folded);
  for (std::string word; words >> word;) {
    for (std::string& name : expanded_names(word)) names.push_back(std::move(name));
  }
  if (names.empty()) names.emplace_back();  // the model itself
  return names;
}

inline std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

// The case in the form of `map --cases`, but for the graph.
inline json case_of(const json& row, const ModuleGraph& graph) {
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
inline std::string difference(const json& row, const ModuleGraph& graph, const PlacementSimulator& simulator) {
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

}  // namespace ckptlint::test
