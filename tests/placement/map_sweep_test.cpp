// The maps of a moving budget against single budgets, each asked by itself.
#include "placement/map_sweep.h"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "placement/graph_text.h"
#include "placement/prepared.h"
#include "placement/random_cases.h"

namespace ckptlint {
namespace {

using test::decoder;

PlacementQuestion with_budgets(PlacementQuestion question, const BudgetSweep& sweep, std::int64_t bytes) {
  question.budgets = sweep.fixed;
  for (const Device device : sweep.moved) question.budgets.push_back({device, Bytes::whole(bytes)});
  return question;
}

std::string text_of(const Placement& placement) {
  std::string text;
  for (const DeviceMapEntry& entry : placement.map.entries) text += entry.name + "=" + name_of(entry.device) + " ";
  return text;
}

std::string text_of(const PlacementTree& tree, const MapSweep& sweep, const SweptMap& map) {
  std::string text;
  for (const MapRow& row : map.rows)
    text += std::string(tree.name(row.node)) + "=" + name_of(sweep.devices[index(row.device)]) + " ";
  return text;
}

// At both ends of every range, and within it.
void check_sweep(const ModuleGraph& graph, const PlacementQuestion& question, const BudgetSweep& sweep) {
  const PlacementSimulator simulator(graph);
  const Result<PlacementTree>& tree = simulator.prepared().tree;
  REQUIRE(tree.ok());
  const Result<SizedModel> model = size_model(*tree, question);
  REQUIRE(model.ok());
  const Result<MapSweep> swept = sweep_maps(*model, question.mode, sweep, Bytes::whole(1), 10'000);
  REQUIRE(swept.ok());
  REQUIRE(swept->complete);
  std::int64_t next = 1;
  for (const SweptMap& map : swept->maps) {
    const std::int64_t from = map.budget.from.rounded_up();
    REQUIRE(from == next);
    const std::int64_t to = map.budget.to ? map.budget.to->rounded_up() : from + 1'000'000;
    next = to + 1;
    for (const std::int64_t bytes : {from, from + (to - from) / 3, to}) {
      INFO(name_of(question.mode) << ", budget " << bytes);
      const Result<Placement> placement = simulator.place(with_budgets(question, sweep, bytes));
      REQUIRE(placement.ok());
      REQUIRE(placement->crash.has_value() == map.crash.has_value());
      if (map.crash) continue;
      REQUIRE(text_of(*placement) == text_of(*tree, *swept, map));
      std::vector<TensorId> lost;
      for (const LostTensor& each : placement->unplaced) {
        if (each.cause != LossCause::kLeftOut) lost.push_back(each.tensor);
      }
      REQUIRE(lost == map.lost);
      for (const DeviceLoad& load : placement->loads) {
        const auto slot = std::find(swept->devices.begin(), swept->devices.end(), load.device);
        REQUIRE(slot != swept->devices.end());
        REQUIRE(load.used == map.used[static_cast<std::size_t>(slot - swept->devices.begin())]);
      }
    }
  }
  CHECK_FALSE(swept->maps.back().budget.to);
}

TEST_CASE("every range of a sweep has the map that its budgets lead to, for a decoder") {
  const ModuleGraph graph = decoder(4, R"("no_split_modules":["Layer"])");
  const Budget cpu{Device::cpu(), Bytes::whole(700)};
  for (const Flavour flavour : {Flavour::kAccelerate, Flavour::kTransformers}) {
    for (const MapMode mode : {MapMode::kAuto, MapMode::kBalancedLow0, MapMode::kSequential}) {
      PlacementQuestion question;
      question.flavour = flavour;
      question.mode = mode;
      for (const std::uint32_t devices : {1u, 2u, 3u})
        check_sweep(graph, question, BudgetSweep::equal(devices, std::nullopt));
      check_sweep(graph, question, {{Device::accelerator(0)}, {{Device::accelerator(1), Bytes::whole(1500)}, cpu}});
      check_sweep(graph, question, {{Device::accelerator(1)}, {{Device::accelerator(0), Bytes::whole(1500)}, cpu}});
      check_sweep(graph, question, {{Device::cpu()}, {{Device::accelerator(0), Bytes::whole(1500)}}});
    }
  }
}

TEST_CASE("every range of a sweep has the map that its budgets lead to, for random models") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    test::Random random(seed);
    const ModuleGraph graph = test::RandomGraph(random).graph;
    if (graph.modules.size() > 60 || graph.modules.size() < 4) continue;
    INFO("seed " << seed);
    PlacementQuestion question;
    question.flavour = random.percent(50) ? Flavour::kAccelerate : Flavour::kTransformers;
    question.mode = random.pick<MapMode>({MapMode::kAuto, MapMode::kBalancedLow0, MapMode::kSequential});
    if (!PlacementSimulator(graph).prepared().tree.ok()) continue;
    if (random.percent(50))
      check_sweep(graph, question, BudgetSweep::equal(1 + random.below(4), std::nullopt));
    else
      check_sweep(
          graph, question,
          {{Device::accelerator(static_cast<std::int32_t>(random.below(2)))},
           {{Device::accelerator(2), Bytes::whole(random.below(4000))}, {Device::cpu(), Bytes::whole(1 << 20)}}});
  }
}

TEST_CASE("a sweep that has more maps than it may says so") {
  const ModuleGraph graph = decoder(6, R"("no_split_modules":["Layer"])");
  const PlacementSimulator simulator(graph);
  const PlacementQuestion question;
  const Result<SizedModel> model = size_model(*simulator.prepared().tree, question);
  REQUIRE(model.ok());
  const Result<MapSweep> swept =
      sweep_maps(*model, MapMode::kAuto, BudgetSweep::equal(2, std::nullopt), Bytes::whole(1), 3);
  REQUIRE(swept.ok());
  CHECK_FALSE(swept->complete);
  CHECK(swept->maps.size() == 3);
  CHECK(swept->maps.back().budget.to);
}

}  // namespace
}  // namespace ckptlint
