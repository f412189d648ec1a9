#include "placements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/escape.h"
#include "base/regular_file.h"
#include "placement/budget_text.h"
#include "placement/witness.h"

namespace ckptlint {
namespace {

constexpr std::array<std::uint32_t, 3> kDeviceCounts{2, 4, 8};
constexpr std::uint64_t kMostMapBytes = 16u << 20;
constexpr std::size_t kMostRanges = 3;  // said of one call

std::string text_of(LibraryVersion version) { return fmt::format("{}.{}.{}", version.major, version.minor, version.patch); }

std::string budgets_text(const std::vector<Budget>& budgets) {
  std::string text;
  for (const Budget& budget : budgets) text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name_of(budget.device), human_size(budget.bytes));
  return text;
}

// One call to simulate.
struct Call {
  std::string text;
  bool made;
  PlacementQuestion question;
};

std::vector<Call> calls_to_simulate(const ModuleGraph& graph, const PlacementRequest& request) {
  const std::string mode(name_of(request.mode));
  PlacementQuestion base;
  base.mode = request.mode;
  base.budgets = request.budgets;
  base.libraries = libraries_of(request.accelerate, request.transformers);
  std::vector<Call> calls;
  calls.push_back({fmt::format("`from_pretrained(device_map=\"{}\")` of transformers {}", mode, text_of(request.transformers)), true, base});
  if (request.budgets.empty() && !request.accelerate_asked) return calls;

  const std::string name = fmt::format("`infer_auto_device_map` of accelerate {}", text_of(request.accelerate));
  base.flavour = Flavour::kAccelerate;
  if (graph.no_split_modules && !graph.no_split_modules->empty()) {
    PlacementQuestion whole = base;
    whole.no_split_module_classes = *graph.no_split_modules;
    calls.push_back({name + " with the model's `_no_split_modules`", request.accelerate_asked, whole});
  }
  base.no_split_module_classes = request.keep_whole;
  calls.push_back({name + " without no-split classes", request.accelerate_asked, base});
  if (!base.libraries.split_keeps_buffers) {
    PlacementQuestion mended = base;
    mended.libraries.split_keeps_buffers = true;
    calls.push_back({name + " without no-split classes, if a split kept its buffers (accelerate pull request 4020)", false, mended});
  }
  return calls;
}

// Where a split happens that loses tensors, in one sentence.
std::string why_of(const LostTensor& lost, const ModuleGraph& graph) {
  if (lost.cause == LossCause::kNotCovered || lost.split == ModuleId::kNone) return "";
  const Module& split = graph.module(lost.split);
  const std::string who = split.name.empty() ? fmt::format("the model (`{}`)", split.class_name) : fmt::format("`{}` (`{}`)", split.name, split.class_name);
  const std::string_view effect = lost.cause == LossCause::kSharedName
                                      ? "and a split lists what it holds under two names once, under the first"
                                      : "and a split goes on with its parameters and children and drops its buffers";
  if (!lost.device) return fmt::format("{} is split, {}", who, effect);
  return fmt::format("{} needs {} where device {} has {} left, so it is split, {}", who, human_size(lost.needed), name_of(*lost.device),
                     human_size(std::max(lost.available, Bytes{})), effect);
}

std::string range_text(const BudgetRange& range) {
  if (!range.to) return fmt::format("{} or more", human_size(range.from));
  const std::string from = human_size(range.from);
  const std::string to = human_size(*range.to);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

// The losses of all calls, gathered by what they have in common.
class LossTable {
 public:
  explicit LossTable(const ModuleGraph& graph) : graph_(graph) {}

  // `clause` says which call lost it.
  void add(const LostTensor& lost, std::size_t call, const std::string& clause, bool made) {
    if (lost.cause == LossCause::kLeftOut) return;
    const Tensor& tensor = graph_.tensor(lost.tensor);
    const Module& owner = graph_.module(tensor.owner);
    const bool top_level = owner.name.empty() || owner.name == graph_.base_model_prefix;
    Row& row = rows_[{lost.cause, top_level, owner.class_name}];
    row.tensors.insert(lost.tensor);
    row.loss.cause = lost.cause;
    row.loss.top_level = top_level;
    row.loss.made |= made;
    row.calls.insert(call);
    if (std::find(row.loss.lost_by.begin(), row.loss.lost_by.end(), clause) == row.loss.lost_by.end()) row.loss.lost_by.push_back(clause);
    if (row.loss.why.empty()) row.loss.why = why_of(lost, graph_);
  }

  std::vector<Loss> take(const std::vector<SimulatedMap>& maps) {
    std::vector<Loss> losses;
    for (auto& [key, row] : rows_) {
      row.loss.tensors.assign(row.tensors.begin(), row.tensors.end());
      for (std::size_t call = 0; call < maps.size(); ++call) {
        const bool answered = !maps[call].placement || !maps[call].placement->crash;
        if (!row.calls.contains(call) && answered) row.loss.placed_by.push_back(maps[call].call);
      }
      losses.push_back(std::move(row.loss));
    }
    std::sort(losses.begin(), losses.end(), [](const Loss& a, const Loss& b) { return a.tensors.front() < b.tensors.front(); });
    return losses;
  }

 private:
  struct Row {
    Loss loss;
    std::set<TensorId> tensors;
    std::set<std::size_t> calls;
  };
  using Key = std::tuple<LossCause, bool, std::string>;  // cause, top level, owner's class
  const ModuleGraph& graph_;
  std::map<Key, Row> rows_;
};

// Adds what a witness shows: the details come from one placement at the smallest budget of each range.
Result<bool> add_witness(const Witness& witness, std::size_t index, const Call& call, const PlacementSimulator& simulator, LossTable& table) {
  std::map<TensorId, std::vector<const LossRange*>> ranges_of;
  for (const LossRange& range : witness.losses) {
    for (const TensorId tensor : range.lost) ranges_of[tensor].push_back(&range);
  }
  std::map<const LossRange*, Placement> placed;
  for (const auto& [tensor, ranges] : ranges_of) {
    std::string budgets;
    for (std::size_t i = 0; i < std::min(ranges.size(), kMostRanges); ++i) budgets += fmt::format("{}{}", i == 0 ? "" : ", ", range_text(ranges[i]->budget));
    if (ranges.size() > kMostRanges) budgets += fmt::format(" and {} ranges above", ranges.size() - kMostRanges);
    const LossRange* first = ranges.front();
    if (!placed.contains(first)) {
      PlacementQuestion question = call.question;
      for (std::uint32_t i = 0; i < witness.devices; ++i) question.budgets.push_back({Device::accelerator(static_cast<std::int32_t>(i)), first->budget.from});
      question.budgets.push_back({Device::cpu(), kMostBytes});
      Result<Placement> placement = simulator.place(question);
      if (!placement.ok()) return placement.error();
      placed.emplace(first, std::move(*placement));
    }
    LostTensor lost{tensor, LossCause::kDroppedOnSplit, ModuleId::kNone, std::nullopt, {}, {}};
    for (const LostTensor& each : placed[first].unplaced) {
      if (each.tensor == tensor) lost = each;
    }
    table.add(lost, index, fmt::format("{} with {} x {}", call.text, witness.devices, budgets), call.made);
  }
  return true;
}

Result<Placements> by_hand(const PlacementSimulator& simulator, const ModuleGraph& graph, const PlacementRequest& request) {
  PlacementQuestion question;
  question.budgets = request.budgets;
  question.libraries = libraries_of(request.accelerate, request.transformers);
  Result<Placement> placement = simulator.place_by_hand(request.by_hand, question);
  if (!placement.ok()) return placement.error();
  Placements placements{"by hand", request.budgets, {}, {}};
  const std::string call = "the device map given by hand";
  LossTable table(graph);
  for (const LostTensor& lost : placement->unplaced) table.add(lost, 0, call, true);
  placements.maps.push_back({call, true, std::move(*placement), {}});
  placements.losses = table.take(placements.maps);
  return placements;
}

}  // namespace

Result<std::vector<std::pair<std::string, Device>>> parse_device_map(std::string_view json, const std::string& shown) {
  const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
  if (!parsed.is_object()) return Error{fmt::format("{} is not a device map: a JSON object of names and devices", shown)};
  std::vector<std::pair<std::string, Device>> map;
  for (const auto& [name, value] : parsed.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.is_number_unsigned() ? value.dump() : "";
    Result<Device> device = parse_device(text);
    if (!device.ok()) return Error{fmt::format("{} gives {} no device: {}", shown, quoted_name(name), device.error().message)};
    map.emplace_back(name, *device);
  }
  if (map.empty()) return Error{fmt::format("{} is an empty device map", shown)};
  return map;
}

Result<PlacementRequest> placement_request(const PlacementOptions& options, const std::string& transformers) {
  PlacementRequest request;
  if (!options.accelerate.empty()) {
    Result<LibraryVersion> version = parse_library_version(options.accelerate);
    if (!version.ok()) return Error{"`--accelerate`: " + version.error().message};
    request.accelerate = *version;
    request.accelerate_asked = true;
  }
  if (!transformers.empty()) {
    Result<LibraryVersion> version = parse_library_version(transformers);
    if (!version.ok()) return Error{"`--transformers`: " + version.error().message};
    request.transformers = *version;
  }
  if (!options.max_memory.empty()) {
    Result<std::vector<Budget>> budgets = parse_budgets(options.max_memory);
    if (!budgets.ok()) return Error{"`--max-memory`: " + budgets.error().message};
    request.budgets = std::move(*budgets);
  }
  const std::string& map = options.device_map;
  if (map.empty()) return request;
  if (const auto mode = map_mode_of_name(map)) {
    request.mode = *mode;
    return request;
  }
  if (const Result<Device> device = parse_device(map); device.ok()) {
    request.by_hand.emplace_back("", *device);
    return request;
  }
  std::string json = map;
  std::string shown = "`--device-map`";
  if (!map.starts_with("{")) {
    shown = quoted_name(map);
    const Result<RegularFile> file = RegularFile::open(map);
    if (!file.ok()) return Error{fmt::format("`--device-map` is no mode and no device, and as a file: {}", file.error().message)};
    if (file->size() > kMostMapBytes) return Error{shown + " is too large for a device map"};
    Result<std::string> text = file->read(0, file->size());
    if (!text.ok()) return text.error();
    json = std::move(*text);
  }
  auto parsed = parse_device_map(json, shown);
  if (!parsed.ok()) return parsed.error();
  request.by_hand = std::move(*parsed);
  return request;
}

Result<Placements> simulate_placements(const ModuleGraph& graph, const PlacementRequest& request) {
  if (!request.keep_whole.empty()) {
    ModuleGraph changed = graph;
    std::set<std::string> classes(request.keep_whole.begin(), request.keep_whole.end());
    if (graph.no_split_modules) classes.insert(graph.no_split_modules->begin(), graph.no_split_modules->end());
    const bool is_new = !graph.no_split_modules || classes.size() != graph.no_split_modules->size();
    if (is_new) {
      changed.no_split_modules = std::vector<std::string>(classes.begin(), classes.end());
      return simulate_placements(changed, request);
    }
  }
  const PlacementSimulator simulator(graph);
  if (!request.by_hand.empty()) return by_hand(simulator, graph, request);
  Placements placements{std::string(name_of(request.mode)), request.budgets, {}, {}};
  LossTable table(graph);
  const std::vector<Call> calls = calls_to_simulate(graph, request);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    SimulatedMap map{calls[i].text, calls[i].made, std::nullopt, {}};
    if (!request.budgets.empty()) {
      Result<Placement> placement = simulator.place(calls[i].question);
      if (!placement.ok()) return placement.error();
      for (const LostTensor& lost : placement->unplaced) {
        table.add(lost, i, fmt::format("{} with {}", calls[i].text, budgets_text(request.budgets)), calls[i].made);
      }
      map.placement = std::move(*placement);
    } else {
      for (const std::uint32_t devices : kDeviceCounts) {
        WitnessQuestion question;
        question.devices = devices;
        Result<Witness> witness = find_witness(simulator, calls[i].question, question);
        if (!witness.ok()) return witness.error();
        if (const auto added = add_witness(*witness, i, calls[i], simulator, table); !added.ok()) return added.error();
        map.witnesses.push_back(std::move(*witness));
      }
    }
    placements.maps.push_back(std::move(map));
  }
  placements.losses = table.take(placements.maps);
  return placements;
}

std::vector<std::string> grounds_of(const Placements& placements) {
  std::vector<std::string> grounds;
  for (const SimulatedMap& map : placements.maps) {
    std::string budgets = placements.budgets.empty() ? "" : fmt::format(" with {}", budgets_text(placements.budgets));
    if (map.placement && map.placement->crash) {
      const LibraryCrash& crash = *map.placement->crash;
      grounds.push_back(fmt::format("device map: {}{} ends in {} ({}): {}", map.call, budgets, crash.exception, crash.function, crash.reason));
      continue;
    }
    if (!map.placement) budgets = " with every equal budget on 2, 4 and 8 devices";
    for (const Witness& witness : map.witnesses) {
      if (!witness.complete) budgets += fmt::format(", on {} up to {} alone", witness.devices, witness.searched.to ? human_size(*witness.searched.to) : "");
    }
    grounds.push_back(fmt::format("device map: {}{}", map.call, budgets));
  }
  return grounds;
}

}  // namespace ckptlint
