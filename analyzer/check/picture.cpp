// Takes models apart into what can be drawn, and sweeps budgets for the maps.
#include "check/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "check/picture_rows.h"
#include "check/placements.h"
#include "placement/blocks.h"
#include "placement/coverage.h"
#include "placement/map_sweep.h"
#include "placement/prepared.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kEqualDevices[] = {1, 2, 4, 8};
constexpr std::size_t kMostMoved = 8;  // devices that have a slider of their own
constexpr std::size_t kMostBlocks = 2'500;

struct AskedSweep {
  std::string name;
  BudgetSweep sweep;
  std::optional<Bytes> at;  // where the drawing begins; none: with the least budget that works
};

std::vector<AskedSweep> sweeps_for(const std::vector<Budget>& budgets) {
  std::vector<AskedSweep> sweeps;
  if (budgets.empty()) {
    for (const std::uint32_t devices : kEqualDevices) {
      sweeps.push_back({devices == 1 ? "1 accelerator" : fmt::format("{} accelerators, equal budgets", devices),
                        BudgetSweep::equal(devices, std::nullopt), std::nullopt});
    }
    return sweeps;
  }
  std::vector<Budget> accelerated, others;
  for (const Budget& budget : budgets) (budget.device.is_accelerated() ? accelerated : others).push_back(budget);
  const bool equal = std::all_of(accelerated.begin(), accelerated.end(),
                                 [&](const Budget& budget) { return budget.bytes == accelerated.front().bytes; });
  if (accelerated.size() > 1 && equal) {
    AskedSweep all{fmt::format("{} accelerators, equal budgets", accelerated.size()), {{}, others}, {}};
    for (const Budget& budget : accelerated) all.sweep.moved.push_back(budget.device);
    all.at = accelerated.front().bytes;
    sweeps.push_back(std::move(all));
  }
  for (const Budget& moved : budgets) {
    if (moved.bytes >= kMostBytes || moved.device == Device::disk() || sweeps.size() > kMostMoved) continue;
    AskedSweep one{fmt::format("device {}{}", name_of(moved.device), budgets.size() > 1 ? ", the others as asked" : ""),
                   {{moved.device}, {}},
                   moved.bytes};
    for (const Budget& budget : budgets) {
      if (budget.device != moved.device) one.sweep.fixed.push_back(budget);
    }
    sweeps.push_back(std::move(one));
  }
  return sweeps;
}

std::optional<double> limit_of(Bytes budget) {
  return budget < kMostBytes ? std::optional(budget.value()) : std::nullopt;
}

class PictureMaker {
 public:
  PictureMaker(const PlacementTree& tree, const SizedModel& model) : tree_(tree), model_(model) {
    picture_.title = fmt::format("{}: {}", tree.graph().class_name, human_size(model.total().as_bytes()));
  }

  void add_map(const Placement& placement) {
    MapSweep sweep;
    SweptMap& map = sweep.maps.emplace_back();
    PictureSweep drawn;
    for (const DeviceLoad& load : placement.loads) {
      sweep.devices.push_back(load.device);
      map.used.push_back(load.used);
      drawn.devices.push_back({name_of(load.device), load.budget ? limit_of(*load.budget) : std::nullopt, false});
    }
    for (const DeviceMapEntry& entry : placement.map.entries) {
      const NodeId node = entry.module != ModuleId::kNone   ? PlacementTree::node(entry.module)
                          : entry.tensor != TensorId::kNone ? tree_.node(entry.tensor)
                                                            : NodeId::kNone;
      const auto slot = std::find(sweep.devices.begin(), sweep.devices.end(), entry.device);
      if (node != NodeId::kNone && slot != sweep.devices.end())
        map.rows.push_back({node, DeviceSlot{static_cast<std::uint32_t>(slot - sweep.devices.begin())}});
    }
    for (const LostTensor& lost : placement.unplaced) map.lost.push_back(lost.tensor);
    add_named(sweep, named_);
    swept_.push_back(std::move(sweep));
    picture_.sweeps.push_back(std::move(drawn));
  }

  std::optional<Error> add_sweep(const AskedSweep& asked, MapMode mode) {
    Result<MapSweep> swept = drawable_sweep(asked, mode);
    if (!swept.ok()) return swept.error();
    PictureSweep drawn;
    drawn.name = asked.name;
    drawn.complete = swept->complete;
    for (const Device device : swept->devices) {
      PictureDevice each{name_of(device), std::nullopt, false};
      each.moved = std::find(asked.sweep.moved.begin(), asked.sweep.moved.end(), device) != asked.sweep.moved.end();
      for (const Budget& budget : asked.sweep.fixed) {
        if (budget.device == device) each.budget = limit_of(budget.bytes);
      }
      drawn.devices.push_back(std::move(each));
    }
    drawn.shown = shown_map(*swept, asked.at);
    drawn.shown_budget = asked.at ? asked.at->value() : swept->maps[drawn.shown].budget.from.value();
    add_named(*swept, named_);
    swept_.push_back(std::move(*swept));
    picture_.sweeps.push_back(std::move(drawn));
    return std::nullopt;
  }

  ModelPicture take(const Loading* loading) {
    const Blocks blocks(model_, named_);
    for (const Block& block : blocks.all()) add_block(block);
    for (const BlockTie& tie : ties_of(blocks, tree_))
      picture_.ties.push_back(
          {tie.from, tie.to, tree_.graph().tensor(tie.first).name, tree_.graph().tensor(tie.second).name});
    for (std::size_t i = 0; i < swept_.size(); ++i) {
      for (const SweptMap& map : swept_[i].maps) picture_.sweeps[i].ranges.push_back(range_of(map, blocks));
    }
    add_rows(tree_, blocks, loading, picture_);
    return std::move(picture_);
  }

 private:
  void add_named(const MapSweep& sweep, std::set<NodeId>& named) const {
    for (const SweptMap& map : sweep.maps) {
      for (const MapRow& row : map.rows) named.insert(row.node);
      for (const TensorId lost : map.lost) named.insert(tree_.node(lost));
    }
  }

  // All budgets, or where those have more maps than can be drawn, as many as can be from below the budget in question:
  // the one that was asked about, else an even share of the model.
  Result<MapSweep> drawable_sweep(const AskedSweep& asked, MapMode mode) const {
    const std::size_t devices = std::max<std::size_t>(asked.sweep.moved.size(), 1);
    const Bytes anchor =
        asked.at ? *asked.at
                 : Bytes::eighths(model_.least().as_bytes().in_eighths() / static_cast<std::int64_t>(devices));
    struct Window {
      Bytes from;
      std::size_t most;
    };
    const Window windows[] = {{Bytes::whole(1), 400},
                              {Bytes::eighths(anchor.in_eighths() / 10 * 9), 200},
                              {Bytes::eighths(anchor.in_eighths() / 100 * 99), 50},
                              {anchor, 20}};
    for (const Window& window : windows) {
      Result<MapSweep> swept = sweep_maps(model_, mode, asked.sweep, window.from, window.most);
      if (!swept.ok()) return swept;
      std::set<NodeId> named = named_;
      add_named(*swept, named);
      const bool small = named.size() <= kMostBlocks;
      const bool reached = swept->complete || (asked.at && swept->maps.back().budget.to >= *asked.at);
      if ((small && reached) || &window == std::end(windows) - 1) return swept;
    }
    return Error{"no budget has a map"};
  }

  // The map at a budget, or the first that loses nothing and needs no more than the accelerators.
  static std::size_t shown_map(const MapSweep& sweep, std::optional<Bytes> at) {
    const auto works = [&](const SweptMap& map) {
      if (at) return !map.budget.to || *at <= *map.budget.to;
      if (map.crash || !map.lost.empty()) return false;
      return std::all_of(map.rows.begin(), map.rows.end(),
                         [&](const MapRow& row) { return sweep.devices[index(row.device)].is_accelerated(); });
    };
    const auto found = std::find_if(sweep.maps.begin(), sweep.maps.end(), works);
    return found == sweep.maps.end() ? sweep.maps.size() - 1 : static_cast<std::size_t>(found - sweep.maps.begin());
  }

  void add_block(const Block& block) {
    const ModuleId module = tree_.as_module(block.node);
    const std::string kind = module != ModuleId::kNone                      ? tree_.graph().module(module).class_name
                             : tree_.is_buffer(tree_.as_tensor(block.node)) ? "buffer"
                                                                            : "parameter";
    picture_.blocks.push_back({std::string(tree_.name(block.node)), kind, block.bytes.value(),
                               block.whole == ModuleId::kNone ? PictureBlock::kNone : index(block.whole)});
  }

  PictureRange range_of(const SweptMap& map, const Blocks& blocks) const {
    PictureRange range;
    range.from = map.budget.from.value();
    if (map.budget.to) range.to = map.budget.to->value();
    if (map.crash) {
      range.raises = map.crash->exception.empty() ? map.crash->reason
                                                  : fmt::format("{}: {}", map.crash->exception, map.crash->reason);
      return range;
    }
    range.places = blocks.slots(map.rows);
    for (const Bytes used : map.used) range.used.push_back(used.value());
    for (const TensorId lost : map.lost) range.lost.push_back(tree_.graph().tensor(lost).name);
    return range;
  }

  const PlacementTree& tree_;
  const SizedModel& model_;
  std::vector<MapSweep> swept_;  // those of the picture's
  std::set<NodeId> named_;       // by any of their maps
  ModelPicture picture_;
};

}  // namespace

Result<ModelPicture> picture_of_map(const PlacementSimulator& simulator, const PlacementQuestion& question,
                                    const Placement& placement, const Loading* loading) {
  const Result<PlacementTree>& tree = simulator.prepared().tree;
  if (!tree.ok()) return tree.error();
  const Result<SizedModel> model = size_model(*tree, question);
  if (!model.ok()) return model.error();
  PictureMaker maker(*tree, *model);
  maker.add_map(placement);
  return maker.take(loading);
}

Result<ModelPicture> picture_of_budgets(const PlacementSimulator& simulator, const PlacementQuestion& question,
                                        const Loading* loading) {
  const Result<PlacementTree>& tree = simulator.prepared().tree;
  if (!tree.ok()) return tree.error();
  const Result<SizedModel> model = size_model(*tree, question);
  if (!model.ok()) return model.error();
  PictureMaker maker(*tree, *model);
  for (const AskedSweep& sweep : sweeps_for(question.budgets)) {
    if (auto failed = maker.add_sweep(sweep, question.mode)) return std::move(*failed);
  }
  return maker.take(loading);
}

Result<ModelPicture> picture_of_model(const ModuleGraph& graph, const PlacementRequest& request, const Loading* loading,
                                      const std::string& no_map) {
  if (const auto changed = with_kept_whole(graph, request.keep_whole)) {
    PlacementRequest same = request;
    same.keep_whole.clear();
    return picture_of_model(*changed, same, loading, no_map);
  }
  const PlacementSimulator simulator(graph);
  const std::optional<LibraryCrash> refused = refused_mode(graph, request.libraries);
  if (!no_map.empty() || (refused && request.by_hand.empty())) {
    Result<ModelPicture> picture = picture_of_map(simulator, question_of_loading(graph, request), {}, loading);
    if (!picture.ok()) return picture;
    picture->sweeps.clear();
    picture->no_map =
        no_map.empty() ? fmt::format("the library ends in {}: {}", refused->exception, refused->reason) : no_map;
    return picture;
  }
  if (request.by_hand.empty()) {
    Result<ModelPicture> picture = picture_of_budgets(simulator, question_of_loading(graph, request), loading);
    if (picture.ok()) picture->asked = text_of_loading(graph, request);
    return picture;
  }
  PlacementQuestion question;
  question.budgets = request.budgets;
  question.libraries = request.libraries;
  const Result<Placement> placement = simulator.place_by_hand(request.by_hand, question);
  if (!placement.ok()) return placement.error();
  Result<ModelPicture> picture = picture_of_map(simulator, question, *placement, loading);
  if (picture.ok()) picture->asked = "the given device map";
  return picture;
}

}  // namespace ckptlint
