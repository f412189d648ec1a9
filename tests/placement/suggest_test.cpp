// Suggested maps: how devices are filled, what is refused, and that nothing is lost.
#include "placement/suggest.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "ckptlint/quantizer.h"
#include "placement/graph_text.h"
#include "placement/random_cases.h"

namespace ckptlint {
namespace {

using test::decoder;
using test::graph_of;

PlacementQuestion devices(const std::vector<std::int64_t>& bytes, std::int64_t cpu = 0) {
  PlacementQuestion question;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    question.budgets.push_back({Device::accelerator(static_cast<std::int32_t>(i)), Bytes::whole(bytes[i])});
  if (cpu > 0) question.budgets.push_back({Device::cpu(), Bytes::whole(cpu)});
  return question;
}

std::vector<std::pair<std::string, Device>> pairs(const SuggestedMap& suggested) {
  std::vector<std::pair<std::string, Device>> map;
  for (const DeviceMapEntry& entry : suggested.map.entries) map.emplace_back(entry.name, entry.device);
  return map;
}

}  // namespace

TEST_CASE("a model on one device is one entry") {
  const ModuleGraph graph = decoder(4);
  const Result<SuggestedMap> suggested = suggest_map(PlacementSimulator(graph), devices({5000}));
  REQUIRE(suggested);
  REQUIRE(suggested->map.entries.size() == 1);
  CHECK(suggested->map.entries[0].name.empty());
}

TEST_CASE("two devices share the layers, whole and in order") {
  const ModuleGraph graph = decoder(4, R"("no_split_modules":["Layer"])");
  const Result<SuggestedMap> suggested = suggest_map(PlacementSimulator(graph), devices({3000, 3000}));
  REQUIRE(suggested);
  CHECK(pairs(*suggested) == std::vector<std::pair<std::string, Device>>{{"model.embed", Device::accelerator(0)},
                                                                         {"model.layers.0", Device::accelerator(0)},
                                                                         {"model.layers.1", Device::accelerator(0)},
                                                                         {"model.layers.2", Device::accelerator(1)},
                                                                         {"model.layers.3", Device::accelerator(1)},
                                                                         {"lm_head", Device::accelerator(1)}});
  CHECK(suggested->loads.at(0).used == Bytes::whole(2016));
  CHECK(suggested->loads.at(1).used == Bytes::whole(2016));
  CHECK_FALSE(suggested->spills);
}

TEST_CASE("what the accelerators cannot hold goes to cpu, with room left for it to come back") {
  const ModuleGraph graph = decoder(4, R"("no_split_modules":["Layer"])");
  const Result<SuggestedMap> suggested = suggest_map(PlacementSimulator(graph), devices({2100, 900}, 10000));
  REQUIRE(suggested);
  CHECK(suggested->spills);
  CHECK(suggested->loads.at(0).used <= Bytes::whole(2100 - 808));
  CHECK(suggested->loads.at(2).used > Bytes{});
}

TEST_CASE("of budgets that a quantizer shrinks, no more is used than it leaves") {
  ModuleGraph graph = decoder(4, R"("no_split_modules":["Layer"])");
  Quantizer quantizer;
  quantizer.class_name = "Quantizer";
  quantizer.budget_factor = 0.9;
  for (const Tensor& tensor : graph.tensors) quantizer.element_sizes.push_back({bits(tensor.dtype), false});
  graph.quantizer = std::make_shared<const Quantizer>(quantizer);
  const Result<SuggestedMap> suggested = suggest_map(PlacementSimulator(graph), devices({3000, 3000}));
  REQUIRE(suggested);
  CHECK(suggested->loads.at(0).budget == Bytes::whole(3000));
  CHECK(suggested->loads.at(0).target == Bytes::whole(2700));
  // Each half takes 2016 bytes.
  CHECK(suggest_map(PlacementSimulator(graph), devices({2240, 2240})));
  CHECK_FALSE(suggest_map(PlacementSimulator(graph), devices({2239, 2239})));
}

TEST_CASE("what cannot be placed is said") {
  const ModuleGraph graph = decoder(4, R"("no_split_modules":["Layer"])");
  const Result<SuggestedMap> block = suggest_map(PlacementSimulator(graph), devices({700, 700, 700, 700, 700, 700}));
  REQUIRE_FALSE(block);
  CHECK(block.error().message == "`model.layers.0` needs 808 B on one device, and the largest has 700 B");
  const Result<SuggestedMap> room = suggest_map(PlacementSimulator(graph), devices({1000, 1000}));
  REQUIRE_FALSE(room);
  CHECK(room.error().message == "the model needs 3.9 KiB in whole blocks, and the devices have 2 KiB in all");
}

TEST_CASE("ties stay together") {
  const ModuleGraph graph =
      decoder(4, R"("no_split_modules":["Layer"],"tied_weights_keys":{"lm_head.weight":"model.embed.weight"})");
  const Result<SuggestedMap> suggested = suggest_map(PlacementSimulator(graph), devices({2500, 2500}));
  REQUIRE(suggested);
  Device embed, head;
  for (const DeviceMapEntry& entry : suggested->map.entries) {
    if (entry.name == "model.embed") embed = entry.device;
    if (entry.name == "lm_head") head = entry.device;
  }
  CHECK(embed == head);
}

TEST_CASE("suggested maps lose nothing, whatever the model") {
  std::size_t suggestions = 0;
  for (std::uint64_t seed = 1000; seed < 1300; ++seed) {
    test::Random random(seed);
    ModuleGraph graph = test::RandomGraph(random).graph;
    graph.no_split_modules = random.sample({"Model", "Layer", "Block", "Attention"}, random.below(3));
    const PlacementSimulator simulator(graph);
    PlacementQuestion question = devices({1}, 1);
    const Result<ModelSize> size = simulator.size(question);
    REQUIRE(size);
    const std::int64_t total = size->total.rounded_up();
    question = devices({total / 2 + 1, total / 3 + 1, total / 2 + 1}, random.percent(50) ? 2 * total + 1 : 0);
    const Result<SuggestedMap> suggested = suggest_map(simulator, question);
    INFO("seed " << seed << (suggested ? "" : suggested.error().message));
    if (!suggested) {
      CHECK(suggested.error().message.find("no map was found") == std::string::npos);
      continue;
    }
    ++suggestions;
    const Result<Placement> placement = simulator.place_by_hand(pairs(*suggested), question);
    REQUIRE(placement);
    CHECK(placement->unplaced.empty());
    CHECK(placement->notes.tied_apart == 0);
    for (const DeviceLoad& load : placement->loads) {
      if (load.budget) CHECK(load.used <= *load.budget);
    }
  }
  CHECK(suggestions > 200);
}

}  // namespace ckptlint
