// The ranges of a witness against every single budget.
#include "placement/witness.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "placement/budget_text.h"
#include "placement/graph_text.h"
#include "placement/random_cases.h"

namespace ckptlint {
namespace {

using test::decoder;
using test::graph_of;

struct Seen {
  bool crashes = false;
  bool spills = false;
  bool apart = false;
  std::vector<TensorId> lost;
};

// Whether a block that was placed tensor by tensor is on several devices.
bool is_apart(const ModuleGraph& graph, const Placement& placement) {
  return std::any_of(placement.trace.begin(), placement.trace.end(), [&](const PlacementStep& step) {
    if (step.kind != StepKind::kTookApart) return false;
    std::set<Device> devices;
    for (const DeviceMapEntry& entry : placement.map.entries) {
      if (entry.name.starts_with(graph.module(step.module).name + ".")) devices.insert(entry.device);
    }
    return devices.size() > 1;
  });
}

Seen look(const ModuleGraph& graph, const PlacementSimulator& simulator, PlacementQuestion question,
          std::uint32_t devices, std::int64_t bytes) {
  question.budgets.clear();
  for (std::uint32_t i = 0; i < devices; ++i)
    question.budgets.push_back({Device::accelerator(static_cast<std::int32_t>(i)), Bytes::whole(bytes)});
  question.budgets.push_back({Device::cpu(), kMostBudget});
  question.trace = true;
  const Result<Placement> placement = simulator.place(question);
  REQUIRE(placement);
  Seen seen;
  seen.crashes = placement->crash.has_value();
  for (const LostTensor& lost : placement->unplaced) {
    if (lost.cause != LossCause::kLeftOut) seen.lost.push_back(lost.tensor);
  }
  for (const DeviceMapEntry& entry : placement->map.entries) seen.spills |= !entry.device.is_accelerated();
  seen.apart = !seen.crashes && !seen.spills && is_apart(graph, *placement);
  return seen;
}

bool holds(const BudgetRange& range, Bytes budget) {
  return range.from <= budget && (!range.to || budget <= *range.to);
}

// Every budget from 1 to `last` is asked, and must be as the witness says.  At how many a block lies apart.
std::size_t check_every_budget(const ModuleGraph& graph, const PlacementQuestion& question, std::uint32_t devices,
                               std::int64_t last) {
  const PlacementSimulator simulator(graph);
  WitnessQuestion asked;
  asked.devices = devices;
  asked.from = Bytes::whole(1);
  const Result<Witness> witness = find_witness(simulator, question, asked);
  REQUIRE(witness);
  REQUIRE(witness->complete);
  std::int64_t first_working = 0;
  std::size_t apart = 0;
  for (std::int64_t bytes = 1; bytes <= last; ++bytes) {
    const Bytes budget = Bytes::whole(bytes);
    const Seen seen = look(graph, simulator, question, devices, bytes);
    const auto loss = std::find_if(witness->losses.begin(), witness->losses.end(),
                                   [&](const LossRange& range) { return holds(range.budget, budget); });
    const bool crash = std::any_of(witness->crashes.begin(), witness->crashes.end(),
                                   [&](const BudgetRange& range) { return holds(range, budget); });
    INFO(name_of(question.mode) << ", " << devices << " devices of " << bytes << " bytes");
    REQUIRE(seen.crashes == crash);
    const bool lies_apart = std::any_of(witness->apart.begin(), witness->apart.end(),
                                        [&](const BudgetRange& range) { return holds(range, budget); });
    REQUIRE(seen.apart == lies_apart);
    apart += seen.apart;
    REQUIRE(seen.lost.empty() == (loss == witness->losses.end()));
    for (const TensorId id : seen.lost)
      REQUIRE(std::find(loss->lost.begin(), loss->lost.end(), id) != loss->lost.end());
    if (witness->safe_from && *witness->safe_from <= budget) REQUIRE((seen.lost.empty() && !seen.crashes));
    if (first_working == 0 && seen.lost.empty() && !seen.crashes && !seen.spills) first_working = bytes;
  }
  if (first_working != 0) CHECK(witness->smallest_working == Bytes::whole(first_working));
  if (first_working == 0 && witness->smallest_working) CHECK(*witness->smallest_working > Bytes::whole(last));
  return apart;
}

}  // namespace

TEST_CASE("every budget is as the witness says, for a decoder") {
  const ModuleGraph graph = decoder(3, R"("no_split_modules":[])");
  for (const Flavour flavour : {Flavour::kAccelerate, Flavour::kTransformers}) {
    for (const MapMode mode : {MapMode::kAuto, MapMode::kBalancedLow0, MapMode::kSequential}) {
      PlacementQuestion question;
      question.flavour = flavour;
      question.mode = mode;
      for (const std::uint32_t devices : {1u, 2u, 4u}) check_every_budget(graph, question, devices, 4200);
    }
  }
}

TEST_CASE("every budget is as the witness says, where a block may lie apart without what is left out of placement") {
  const ModuleGraph graph = decoder(3, R"("no_split_modules":["Layer"],"no_placement_params":["up.weight"])");
  std::size_t apart = 0;
  for (const MapMode mode : {MapMode::kAuto, MapMode::kSequential}) {
    PlacementQuestion question;
    question.flavour = Flavour::kTransformers;
    question.mode = mode;
    for (const std::uint32_t devices : {2u, 4u, 8u}) apart += check_every_budget(graph, question, devices, 2400);
  }
  CHECK(apart > 0);
  // Enough for the model is what is placed of it.
  PlacementQuestion question;
  question.flavour = Flavour::kTransformers;
  const Result<Witness> witness = find_witness(PlacementSimulator(graph), question, {});
  REQUIRE(witness);
  CHECK(witness->searched.from == Bytes::whole((800 + 3 * 408) / 2));
}

TEST_CASE("every budget is as the witness says, for random models") {
  std::size_t small = 0;
  for (std::uint64_t seed = 0; seed < 400 && small < 40; ++seed) {
    test::Random random(seed);
    ModuleGraph graph = test::RandomGraph(random).graph;
    // Small tensors, so that every budget can be tried.
    for (Tensor& tensor : graph.tensors) {
      for (std::int64_t& extent : tensor.shape) extent = 1 + extent % 3;
    }
    if (graph.modules.size() > 25 || graph.modules.size() < 4) continue;
    ++small;
    PlacementQuestion question;
    question.flavour = random.percent(50) ? Flavour::kAccelerate : Flavour::kTransformers;
    question.fallback_allocation = random.percent(50);
    question.mode = random.pick<MapMode>({MapMode::kAuto, MapMode::kBalancedLow0, MapMode::kSequential});
    check_every_budget(graph, question, 1 + random.below(4), 300);
  }
  CHECK(small == 40);
}

TEST_CASE("a witness names the ranges and the tensors") {
  const ModuleGraph graph = decoder(4, R"("no_split_modules":[])");
  PlacementQuestion question;
  question.mode = MapMode::kSequential;
  WitnessQuestion asked;
  const Result<Witness> witness = find_witness(PlacementSimulator(graph), question, asked);
  REQUIRE(witness);
  CHECK(witness->searched.from == Bytes::whole(4032 / 2));
  REQUIRE_FALSE(witness->losses.empty());
  const LossRange& last = witness->losses.back();
  REQUIRE(last.budget.to);
  for (const TensorId id : last.lost) CHECK(graph.tensor(id).name.find("layer_scalar") != std::string::npos);
  REQUIRE(witness->safe_from);
  CHECK(*witness->safe_from == *last.budget.to + Bytes::whole(1));
}

TEST_CASE("nothing is searched where nothing can be lost, if only losses are asked for") {
  const ModuleGraph graph = decoder(4, R"("no_split_modules":["Layer"])");
  WitnessQuestion asked;
  asked.only_losses = true;
  const Result<Witness> witness = find_witness(PlacementSimulator(graph), {}, asked);
  REQUIRE(witness);
  CHECK(witness->losses.empty());
  CHECK_FALSE(witness->smallest_working);
  asked.only_losses = false;
  const Result<Witness> searched = find_witness(PlacementSimulator(graph), {}, asked);
  REQUIRE(searched);
  CHECK(searched->losses.empty());
  CHECK(searched->smallest_working);
}

TEST_CASE("a search that gives up says so") {
  const ModuleGraph graph = decoder(6, R"("no_split_modules":[])");
  WitnessQuestion asked;
  asked.most_simulations = 2;
  const Result<Witness> witness = find_witness(PlacementSimulator(graph), {}, asked);
  REQUIRE(witness);
  CHECK_FALSE(witness->complete);
  CHECK(witness->searched.to);
  CHECK_FALSE(witness->safe_from);
  asked.devices = 0;
  CHECK_FALSE(find_witness(PlacementSimulator(graph), {}, asked));
}

}  // namespace ckptlint
