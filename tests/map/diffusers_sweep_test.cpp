// Every class of diffusers 0.42.1 that builds by itself, on 2, 4 and 8 equal devices, in every mode: what its own
// device maps lose, and what it refuses.  Four budgets of each range of SD3Transformer2DModel, and those of MMAudioVAE
// in goldens of the library, were asked of the library itself (tests/README.md).
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "check/placements.h"
#include "golden.h"
#include "graph/build.h"
#include "placement/budget_ranges.h"
#include "placement/simulate.h"
#include "placement/witness.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

std::string line_of(const ModuleGraph& graph, MapMode mode) {
  PlacementRequest request;
  request.mode = mode;
  if (const auto refused = refused_mode(graph, request.libraries)) return "refused";
  const PlacementSimulator simulator(graph);
  std::string found;
  for (const std::uint32_t devices : {2u, 4u, 8u}) {
    WitnessQuestion asked;
    asked.devices = devices;
    const Result<Witness> witness = find_witness(simulator, question_of_loading(graph, request), asked);
    if (!witness.ok()) return witness.error().message;
    for (const LossRange& range : witness->losses) {
      found += found.empty() ? "" : "; ";
      found += range_text(devices, range.budget);
      for (const TensorId id : range.lost) found += " " + graph.tensor(id).name;
    }
    if (!witness->crashes.empty()) found += " raises";
  }
  return found;
}

TEST_CASE("Over all classes of diffusers 0.42.1, maps lose and refuse what is known") {
  const std::vector<SourceTree> sources = test::diffusers_sources("0.42.1", "5.23.0");
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers 0.42.1 is not there");
    return;
  }
  std::vector<std::pair<std::string, std::string>> classes;  // module, class
  std::istringstream table(test::fixture_text("diffusers/graphs-0.42.1.tsv"));
  for (std::string line; std::getline(table, line);) {
    const std::size_t tab = line.find('\t');
    classes.emplace_back(line.substr(0, tab), line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1));
  }
  constexpr MapMode kModes[] = {MapMode::kAuto, MapMode::kBalancedLow0, MapMode::kSequential};
  std::vector<std::string> lines(classes.size());
  test::side_by_side(classes.size(), [&](std::size_t i) {
    GraphRequest request;
    request.repo = in_memory_tree({{"config.json", nlohmann::json{{"_class_name", classes[i].second}}.dump()}});
    request.class_name = classes[i].first + ":" + classes[i].second;
    request.sources = sources;
    request.as_loaded = true;
    const Result<BuiltGraph> built = build_graph(request);
    if (!built.ok() || built->failure) {
      lines[i] = classes[i].second + ": not built\n";
      return;
    }
    for (const MapMode mode : kModes) {
      const std::string line = line_of(built->graph, mode);
      if (line == "refused") {
        lines[i] = classes[i].second + ": refuses device maps\n";
        return;
      }
      if (!line.empty()) lines[i] += classes[i].second + ", " + std::string(name_of(mode)) + ": " + line + "\n";
    }
  });
  std::string all;
  for (const std::string& line : lines) all += line;
  test::check_golden("diffusers/sweep-0.42.1.txt", all);
}

}  // namespace
}  // namespace ckptlint
