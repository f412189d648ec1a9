// Single placements of small graphs: splits, losses, ties, crashes.
#include "placement/simulate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "placement/graph_text.h"
#include "placement/words.h"

namespace ckptlint {
namespace {

using test::decoder;
using test::graph_of;

PlacementQuestion asked(Flavour flavour, MapMode mode, const std::vector<std::int64_t>& devices,
                        std::int64_t cpu = 100000) {
  PlacementQuestion question;
  question.flavour = flavour;
  question.mode = mode;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    question.budgets.push_back({Device::accelerator(static_cast<std::int32_t>(i)), Bytes::whole(devices[i])});
  }
  question.budgets.push_back({Device::cpu(), Bytes::whole(cpu)});
  return question;
}

Placement placed(const ModuleGraph& graph, const PlacementQuestion& question) {
  const Result<Placement> placement = PlacementSimulator(graph).place(question);
  INFO((placement ? "" : placement.error().message));
  REQUIRE(placement);
  return *placement;
}

std::vector<std::string> entries(const Placement& placement) {
  std::vector<std::string> texts;
  for (const DeviceMapEntry& entry : placement.map.entries) texts.push_back(entry.name + " " + name_of(entry.device));
  return texts;
}

std::vector<std::string> unplaced(const ModuleGraph& graph, const Placement& placement) {
  std::vector<std::string> names;
  for (const LostTensor& lost : placement.unplaced) names.push_back(graph.tensor(lost.tensor).name);
  return names;
}

}  // namespace

TEST_CASE("a model that fits is one entry") {
  const ModuleGraph graph = decoder(4);
  const Placement placement = placed(graph, asked(Flavour::kAccelerate, MapMode::kSequential, {10000, 10000}));
  CHECK(entries(placement) == std::vector<std::string>{" 0"});
  CHECK(placement.unplaced.empty());
  CHECK_FALSE(placement.crash);
  REQUIRE(placement.loads.size() == 3);
  CHECK(placement.loads[0].used == Bytes::whole(4032));
  CHECK(placement.loads[0].tensors == 18);
  CHECK(placement.loads[1].used == Bytes{});
}

TEST_CASE("a split loses the module's own buffer, and says where and why") {
  const ModuleGraph graph = decoder(4);
  PlacementQuestion question = asked(Flavour::kAccelerate, MapMode::kSequential, {2850, 10000});
  question.trace = true;
  const Placement placement = placed(graph, question);
  CHECK(unplaced(graph, placement) == std::vector<std::string>{"model.layers.2.layer_scalar"});
  const LostTensor& lost = placement.unplaced.at(0);
  CHECK(lost.cause == LossCause::kDroppedOnSplit);
  REQUIRE(lost.split != ModuleId::kNone);
  CHECK(graph.module(lost.split).name == "model.layers.2");
  REQUIRE(lost.device);
  CHECK(*lost.device == Device::accelerator(0));
  CHECK(lost.needed == Bytes::whole(808));
  CHECK(lost.available == Bytes::whole(2850 - 400 - 400 - 2 * 808));  // the largest layer's room taken off
  CHECK(sentence_of(graph, lost) ==
        "`model.layers.2` does not fit on 0 (needs 808 B, 434 B left) and is split, which drops its own buffers");

  std::vector<std::string> steps;
  for (const PlacementStep& step : placement.trace) steps.push_back(sentence_of(graph, step));
  CHECK(steps.at(0) ==
        "`model` does not fit on 0: needs 3.5 KiB, 2.4 KiB left beside 400 B kept for the largest layer; it is split");
  CHECK(steps.at(1) == "`model.embed` goes to 0: 400 B, 2 KiB left");
  CHECK(std::find(steps.begin(), steps.end(),
                  "`model.layers.2` does not fit on 0: needs 808 B, 434 B left beside 400 B kept for the largest "
                  "layer; it is split, and its buffer "
                  "`layer_scalar` is dropped") != steps.end());
  CHECK(steps.back() == "`lm_head` goes to 1: 400 B, 8.2 KiB left");
}

TEST_CASE("nothing is lost where a split keeps buffers, or the block is not split") {
  const ModuleGraph graph = decoder(4);
  PlacementQuestion question = asked(Flavour::kAccelerate, MapMode::kSequential, {2850, 10000});
  question.libraries.split_keeps_buffers = true;
  CHECK(placed(graph, question).unplaced.empty());
  question.libraries.split_keeps_buffers = false;
  question.no_split_module_classes = {"Layer"};
  const Placement whole = placed(graph, question);
  CHECK(whole.unplaced.empty());
  CHECK(entries(whole).at(0) == "model.embed 0");
}

TEST_CASE("transformers' own flavour takes the model's no-split classes") {
  const ModuleGraph split = decoder(4, R"("no_split_modules":[])");
  const ModuleGraph whole = decoder(4, R"("no_split_modules":["Layer"])");
  const PlacementQuestion question = asked(Flavour::kTransformers, MapMode::kSequential, {2850, 10000});
  CHECK(unplaced(split, placed(split, question)) == std::vector<std::string>{"model.layers.2.layer_scalar"});
  CHECK(placed(whole, question).unplaced.empty());
}

TEST_CASE("crashes of the libraries are answers") {
  const ModuleGraph graph = decoder(2, R"("no_split_modules":["Absent"])");
  const Placement no_block = placed(graph, asked(Flavour::kTransformers, MapMode::kAuto, {2000, 2000}));
  REQUIRE(no_block.crash);
  CHECK(no_block.crash->exception == "ValueError");

  PlacementQuestion with_disk = asked(Flavour::kAccelerate, MapMode::kAuto, {2000, 2000});
  with_disk.budgets.push_back({Device::disk(), Bytes::whole(1)});
  REQUIRE(placed(graph, with_disk).crash);
  CHECK(placed(graph, with_disk).crash->exception == "RuntimeError");

  PlacementQuestion gap = asked(Flavour::kAccelerate, MapMode::kBalancedLow0, {2000});
  gap.budgets.push_back({Device::accelerator(5), Bytes::whole(2000)});
  REQUIRE(placed(graph, gap).crash);
  CHECK(placed(graph, gap).crash->exception == "KeyError");

  const ModuleGraph tied = graph_of(
      R"([["","Root",null],["a","Linear",null],["b","Linear",null]])",
      R"([["weight","float32",[10],null],["a.weight","float32",[10],"weight"],["b.weight","float32",[10],null]])",
      "[]");
  const Placement top_level_tie = placed(tied, asked(Flavour::kAccelerate, MapMode::kSequential, {100}));
  REQUIRE(top_level_tie.crash);
  CHECK(top_level_tie.crash->exception == "IndexError");
}

TEST_CASE("tied modules go together") {
  const ModuleGraph graph = graph_of(
      R"([["","Root",null],["embed","Embedding",null],["first","Linear",null],["second","Linear",null],["head","Linear",null]])",
      R"([["embed.weight","float32",[10],null],["first.weight","float32",[15],null],["second.weight","float32",[15],null],["head.weight","float32",[10],"embed.weight"]])",
      "[]", R"("tied_weights_keys":{"head.weight":"embed.weight"},"no_split_modules":[])");
  for (const Flavour flavour : {Flavour::kAccelerate, Flavour::kTransformers}) {
    PlacementQuestion question = asked(flavour, MapMode::kSequential, {105, 200});
    question.trace = true;
    const Placement placement = placed(graph, question);
    REQUIRE_FALSE(placement.crash);
    CHECK(entries(placement) == std::vector<std::string>{"embed 0", "head 0", "first 1", "second 1"});
    CHECK(sentence_of(graph, placement.trace.at(0)) == "`embed` with `head`, tied to it, goes to 0: 40 B, 5 B left");
  }
}

TEST_CASE("a module that is held twice is lost under its second name") {
  const ModuleGraph graph = graph_of(
      R"([["","Root",null],["a","Linear",null],["b","Linear","a"],["c","Linear",null],["d","Linear",null]])",
      R"([["a.weight","float32",[10],null],["b.weight","float32",[10],"a.weight"],["c.weight","float32",[15],null],["d.weight","float32",[15],null]])",
      "[]", R"("no_split_modules":[])");
  const Placement placement = placed(graph, asked(Flavour::kTransformers, MapMode::kSequential, {105, 200}));
  CHECK(unplaced(graph, placement) == std::vector<std::string>{"b.weight"});
  CHECK(placement.unplaced.at(0).cause == LossCause::kSharedName);
}

TEST_CASE("bools count as an eighth of a byte for accelerate, and as a byte for transformers") {
  const ModuleGraph graph = graph_of(R"([["","Root",null],["a","Mask",null]])", "[]",
                                     R"([["a.mask","bool",[10],true,null]])", R"("no_split_modules":[])");
  const Result<ModelSize> accelerate = PlacementSimulator(graph).size(asked(Flavour::kAccelerate, MapMode::kAuto, {1}));
  const Result<ModelSize> transformers =
      PlacementSimulator(graph).size(asked(Flavour::kTransformers, MapMode::kAuto, {1}));
  REQUIRE(accelerate);
  REQUIRE(transformers);
  CHECK(accelerate->total == Bytes::eighths(10));
  CHECK(transformers->total == Bytes::whole(10));
  CHECK(graph.module(transformers->largest_module).name == "a");
}

TEST_CASE("a given map: what it covers, what it puts where") {
  const ModuleGraph graph = decoder(2);
  const PlacementSimulator simulator(graph);
  const Result<Placement> placement =
      simulator.place_by_hand({{"model.embed", Device::accelerator(0)},
                               {"model.layers.0", Device::accelerator(0)},
                               {"model.layers.1.up", Device::accelerator(1)},
                               {"model.layers.1.down.weight", Device::disk()},
                               {"nowhere", Device::cpu()}},
                              asked(Flavour::kTransformers, MapMode::kAuto, {5000, 5000}));
  REQUIRE(placement);
  CHECK(unplaced(graph, *placement) ==
        std::vector<std::string>{"model.layers.1.layer_scalar", "model.layers.1.norm.weight", "lm_head.weight"});
  CHECK(placement->unplaced.at(0).cause == LossCause::kNotCovered);
  CHECK(placement->map.entries.at(3).tensor != TensorId::kNone);
  CHECK(placement->map.entries.at(4).module == ModuleId::kNone);
  CHECK(placement->loads.at(0).used == Bytes::whole(400 + 808));
  CHECK(placement->loads.at(1).used == Bytes::whole(400));
  CHECK(placement->loads.back().device == Device::disk());
  CHECK(placement->loads.back().used == Bytes::whole(400));
}

TEST_CASE("graphs that torch could not have built are errors") {
  ModuleGraph graph = decoder(2);
  graph.modules[3].parent = ModuleId{7};
  const Result<Placement> no_tree = PlacementSimulator(graph).place(asked(Flavour::kAccelerate, MapMode::kAuto, {1}));
  REQUIRE_FALSE(no_tree);
  CHECK(no_tree.error().message.find("`model.layers`") != std::string::npos);

  ModuleGraph huge = decoder(2);
  huge.tensors[0].shape = {std::int64_t{1} << 40, std::int64_t{1} << 40};
  const Result<Placement> too_large =
      PlacementSimulator(huge).place(asked(Flavour::kTransformers, MapMode::kAuto, {1}));
  REQUIRE_FALSE(too_large);
  CHECK(too_large.error().message.find("`model.embed.weight`") != std::string::npos);

  CHECK_FALSE(PlacementSimulator(ModuleGraph{}).place(asked(Flavour::kAccelerate, MapMode::kAuto, {1})));
}

}  // namespace ckptlint
