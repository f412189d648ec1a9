// Simulates every device map that a check asks about, and gathers the lost tensors of all of them by what they have
// in common.
#include "check/placements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "base/escape.h"
#include "ckptlint/quantizer.h"
#include "placement/block_cuts.h"
#include "placement/budget_ranges.h"
#include "placement/budget_text.h"
#include "placement/forward_sums.h"
#include "placement/kept_float32.h"
#include "placement/prepared.h"
#include "placement/simulate.h"
#include "placement/witness.h"

namespace ckptlint {
namespace {

constexpr std::array<std::uint32_t, 3> kDeviceCounts{2, 4, 8};
constexpr std::string_view kByHand = "by hand";

std::string text_of(LibraryVersion version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

std::string budgets_text(const std::vector<Budget>& budgets) {
  std::string text;
  for (const Budget& budget : budgets)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name_of(budget.device), human_size(budget.bytes));
  return text;
}

// One call to simulate.
struct Call {
  std::string text;
  bool made;
  PlacementQuestion question;
};

std::vector<Call> calls_to_simulate(const ModuleGraph& graph, const PlacementRequest& request) {
  PlacementQuestion base = question_of_loading(graph, request);
  std::vector<Call> calls;
  calls.push_back({text_of_loading(graph, request), true, base});
  if (request.budgets.empty() && !request.accelerate_asked) return calls;
  // A quantizer replaces modules within from_pretrained; who calls accelerate's functions places another model.
  if (graph.quantizer) return calls;

  const std::string name = fmt::format("`infer_auto_device_map` of accelerate {}", text_of(request.accelerate));
  base.flavour = Flavour::kAccelerate;
  base.dtype.reset();
  base.special_dtypes.clear();
  base.offload_buffers = request.offload_buffers;
  if (graph.no_split_modules && !graph.no_split_modules->empty()) {
    PlacementQuestion whole = base;
    whole.classes_are_a_set = base.libraries.transformers_places_itself && base.libraries.gathers_classes_early;
    whole.no_split_module_classes = *graph.no_split_modules;
    calls.push_back({name + " with the model's `_no_split_modules`", request.accelerate_asked, whole});
  }
  base.no_split_module_classes = request.keep_whole;
  calls.push_back({name + " without no-split classes", request.accelerate_asked, base});
  if (!base.libraries.split_keeps_buffers) {
    PlacementQuestion mended = base;
    mended.libraries.split_keeps_buffers = true;
    calls.push_back({name + " without no-split classes, if a split kept its buffers (accelerate pull request 4020)",
                     false, mended});
  }
  return calls;
}

// Where a split happens that loses tensors, in one sentence.
std::string why_of(const LostTensor& lost, const ModuleGraph& graph) {
  if (lost.cause == LossCause::kNotCovered || lost.split == ModuleId::kNone) return "";
  const Module& split = graph.module(lost.split);
  const std::string who = split.name.empty() ? fmt::format("the model (`{}`)", split.class_name)
                                             : fmt::format("`{}` (`{}`)", split.name, split.class_name);
  const std::string_view effect = lost.cause == LossCause::kSharedName
                                      ? "and a split lists what it holds under two names once, under the first"
                                      : "and a split goes on with its parameters and children and drops its buffers";
  if (!lost.device) return fmt::format("{} is split, {}", who, effect);
  return fmt::format("{} needs {} where device {} has {} left, so it is split, {}", who, human_size(lost.needed),
                     name_of(*lost.device), human_size(std::max(lost.available, Bytes{})), effect);
}

// The losses of all calls, gathered by what they have in common.
class LossTable {
 public:
  explicit LossTable(const ModuleGraph& graph) : graph_(graph) {}

  // `call` lost it: with the budgets asked about, or on so many devices within `ranges`.
  void add(const LostTensor& lost, std::size_t call, bool made, std::uint32_t devices = 0,
           const std::vector<BudgetRange>& ranges = {}) {
    if (lost.cause == LossCause::kLeftOut) return;
    const Tensor& tensor = graph_.tensor(lost.tensor);
    const Module& owner = graph_.module(tensor.owner);
    const bool top_level = owner.name.empty() || owner.name == graph_.base_model_prefix;
    // What a given map does not name is one omission, wherever it is.
    const bool given = lost.cause == LossCause::kNotCovered || lost.cause == LossCause::kLeftBehind;
    Row& row = rows_[given ? Key{lost.cause, false, ""} : Key{lost.cause, top_level, owner.class_name}];
    row.tensors.insert(lost.tensor);
    row.made |= made;
    auto& all = row.ranges[call][devices];
    all.insert(all.end(), ranges.begin(), ranges.end());
    if (row.why.empty()) row.why = why_of(lost, graph_);
  }

  std::vector<Loss> take(const Placements& placements) {
    std::vector<Loss> losses;
    for (auto& [key, row] : rows_) {
      Loss& loss = losses.emplace_back();
      loss.tensors.assign(row.tensors.begin(), row.tensors.end());
      std::tie(loss.cause, loss.top_level, std::ignore) = key;
      loss.made = row.made;
      loss.why = row.why;
      bool wide = !placements.budgets.empty() || placements.by_hand;
      for (std::size_t call = 0; call < placements.maps.size(); ++call) {
        const SimulatedMap& map = placements.maps[call];
        const auto found = row.ranges.find(call);
        if (found == row.ranges.end()) {
          const bool crashes = std::any_of(placements.crashes.begin(), placements.crashes.end(),
                                           [&](const CrashedCall& each) { return each.call == map.call; });
          if (!crashes) loss.placed_by.push_back(map.call);
          continue;
        }
        std::string budgets = placements.budgets.empty() ? "" : " with " + budgets_text(placements.budgets);
        for (const auto& [devices, ranges] : found->second) {
          if (devices == 0) continue;
          const std::vector<BudgetRange> all = merged_ranges(ranges);
          budgets += (budgets.empty() ? " with " : ", ") + ranges_text(devices, all);
          wide |= std::any_of(all.begin(), all.end(), is_wide);
        }
        loss.lost_by.push_back(map.call + budgets);
      }
      loss.narrow = !wide;
    }
    std::sort(losses.begin(), losses.end(),
              [](const Loss& a, const Loss& b) { return a.tensors.front() < b.tensors.front(); });
    return losses;
  }

 private:
  struct Row {
    std::set<TensorId> tensors;
    std::map<std::size_t, std::map<std::uint32_t, std::vector<BudgetRange>>> ranges;  // by call, by number of devices
    bool made = false;
    std::string why;
  };
  using Key = std::tuple<LossCause, bool, std::string>;  // cause, top level, owner's class
  const ModuleGraph& graph_;
  std::map<Key, Row> rows_;
};

// The question of a call for so many devices with that budget each.
PlacementQuestion with_equal_budgets(const PlacementQuestion& base, std::uint32_t devices, Bytes budget) {
  PlacementQuestion question = base;
  for (std::uint32_t i = 0; i < devices; ++i)
    question.budgets.push_back({Device::accelerator(static_cast<std::int32_t>(i)), budget});
  question.budgets.push_back({Device::cpu(), kMostBytes});
  return question;
}

// Adds the crashes that witnesses found: what the library raises at the smallest such budget, and at which budgets.
std::optional<Error> add_crashes(const std::vector<Witness>& witnesses, const Call& call,
                                 const PlacementSimulator& simulator, std::vector<CrashedCall>& crashes) {
  std::string budgets;
  bool bounded = true;
  for (const Witness& witness : witnesses) {
    if (witness.crashes.empty()) continue;
    bounded &= witness.crashes.back().to.has_value();
    budgets += (budgets.empty() ? "" : ", ") + ranges_text(witness.devices, merged_ranges(witness.crashes));
  }
  const Result<std::optional<LibraryCrash>> crash = crash_in(witnesses, call.question, simulator);
  if (!crash.ok()) return crash.error();
  if (*crash) crashes.push_back({call.text, call.made, **crash, budgets, bounded});
  return std::nullopt;
}

// Adds what a witness shows: the details come from one placement at the smallest budget of each range.
std::optional<Error> add_witness(const Witness& witness, std::size_t index, const Call& call,
                                 const PlacementSimulator& simulator, LossTable& table) {
  std::map<TensorId, std::vector<BudgetRange>> ranges_of;
  for (const LossRange& range : witness.losses) {
    for (const TensorId tensor : range.lost) ranges_of[tensor].push_back(range.budget);
  }
  std::map<Bytes, Placement> placed;
  for (const auto& [tensor, ranges] : ranges_of) {
    const Bytes first = ranges.front().from;
    if (!placed.contains(first)) {
      Result<Placement> placement = simulator.place(with_equal_budgets(call.question, witness.devices, first));
      if (!placement.ok()) return placement.error();
      placed.emplace(first, std::move(*placement));
    }
    LostTensor lost{tensor, LossCause::kDroppedOnSplit, ModuleId::kNone, std::nullopt, {}, {}};
    for (const LostTensor& each : placed[first].unplaced) {
      if (each.tensor == tensor) lost = each;
    }
    table.add(lost, index, call.made, witness.devices, ranges);
  }
  return std::nullopt;
}

// Adds a map that takes apart a block which is to stay whole, at the smallest budget with which that happens.
std::optional<Error> add_shown(const std::vector<Witness>& witnesses, const Call& call,
                               const PlacementSimulator& simulator, std::vector<SimulatedMap>& shown) {
  const auto apart = [](const Witness& witness) { return !witness.apart.empty(); };
  const auto first = std::find_if(witnesses.begin(), witnesses.end(), apart);
  if (first == witnesses.end()) return std::nullopt;
  const Bytes budget = first->apart.front().from;
  PlacementQuestion question = with_equal_budgets(call.question, first->devices, budget);
  question.trace = true;
  Result<Placement> placement = simulator.place(question);
  if (!placement.ok()) return placement.error();
  std::string text = call.text;
  for (const Witness& witness : witnesses) {
    if (witness.apart.empty()) continue;
    text += fmt::format("{}{}", &witness == &*first ? " with " : ", ",
                        ranges_text(witness.devices, merged_ranges(witness.apart)));
  }
  text += fmt::format("; here with {}", range_text(first->devices, {budget, budget}));
  shown.push_back({std::move(text), call.made, std::move(*placement), {}});
  return std::nullopt;
}

}  // namespace

Result<std::optional<LibraryCrash>> crash_in(const std::vector<Witness>& witnesses, const PlacementQuestion& base,
                                             const PlacementSimulator& simulator) {
  const auto first =
      std::find_if(witnesses.begin(), witnesses.end(), [](const Witness& each) { return !each.crashes.empty(); });
  if (first == witnesses.end()) return std::optional<LibraryCrash>();
  const Result<Placement> placement =
      simulator.place(with_equal_budgets(base, first->devices, first->crashes.front().from));
  if (!placement.ok()) return placement.error();
  return placement->crash;
}

std::optional<LibraryCrash> refused_mode(const ModuleGraph& graph, const PlacementLibraries& libraries) {
  if (graph.library.empty() && libraries.gathers_classes_early) return std::nullopt;
  if (graph.quantizer && graph.quantizer->raises_in_modes) {
    const QuantizerException& raised = *graph.quantizer->raises_in_modes;
    return LibraryCrash{raised.type, "_determine_device_map", raised.message};
  }
  if (const std::string& raised = graph.refuses_device_maps; !raised.empty()) {
    const std::size_t colon = std::min(raised.find(": "), raised.size());
    return LibraryCrash{raised.substr(0, colon), "_get_no_split_modules",
                        raised.substr(std::min(colon + 2, raised.size()))};
  }
  // Of a graph alone it is not known what transformers 5.0 would find in it.
  if (!graph.library.empty() || libraries.transformers_places_itself || graph.no_split_modules ||
      graph.gathered_no_split_modules)
    return std::nullopt;
  return LibraryCrash{"ValueError", "_get_no_split_modules",
                      fmt::format("`{}` has no `_no_split_modules`, without which transformers 4 makes no device map",
                                  graph.class_name)};
}

namespace {

// What loading, and accelerate, say to a finished map.
std::optional<LibraryCrash> refused_dispatch(const Placement& placement, const PlacementLibraries& libraries) {
  const auto& entries = placement.map.entries;
  const bool on_disk = std::all_of(entries.begin(), entries.end(),
                                   [](const DeviceMapEntry& entry) { return entry.device == Device::disk(); });
  if (entries.empty() || !on_disk || placement.crash) return std::nullopt;
  if (libraries.opens_file_on_device && entries.size() == 1 && entries[0].name.empty())
    return LibraryCrash{"SafetensorError", "_load_state_dict_into_meta_model",
                        "the whole model is on disk under one name, and this release of transformers opens the file "
                        "of weights on that device: \"device disk is invalid\""};
  if (!libraries.dispatches_maps_of_disk)
    return LibraryCrash{"RuntimeError", "forward",
                        "the whole model is on disk, and this release of transformers does not dispatch a map of one "
                        "device: all weights stay on the meta device, which has no values"};
  if (libraries.dispatches_disk_alone) return std::nullopt;
  return LibraryCrash{"ValueError", "dispatch_model",
                      "the whole model is on disk, which accelerate dispatches from 1.15 on alone"};
}

Result<Placements> by_hand(const PlacementSimulator& simulator, const ModuleGraph& graph,
                           const PlacementRequest& request) {
  PlacementQuestion question;
  question.budgets = request.budgets;
  question.libraries = request.libraries;
  Result<Placement> placement = simulator.place_by_hand(request.by_hand, question);
  if (!placement.ok()) return placement.error();
  Placements placements;
  placements.by_hand = true;
  placements.mode = kByHand;
  placements.budgets = request.budgets;
  placements.offload_buffers = request.offload_buffers;
  placements.offload_folder = request.offload_folder;
  const std::string call = "the device map given by hand";
  LossTable table(graph);
  for (const LostTensor& lost : placement->unplaced) table.add(lost, 0, true);
  for (const LostTensor& lost : placement->left_behind) table.add(lost, 0, true);
  BlockCuts cuts(graph, *simulator.prepared().tree);
  cuts.add(placement->map, forward_sums(graph, *simulator.prepared().tree, [](ModuleId) { return true; }), call);
  placements.cuts = cuts.take();
  if (const auto refused = refused_dispatch(*placement, question.libraries))
    placements.crashes.push_back({call, true, *refused, "", false});
  placements.maps.push_back({call, true, std::move(*placement), {}});
  placements.losses = table.take(placements);
  return placements;
}

}  // namespace

std::string text_of_loading(const ModuleGraph& graph, const PlacementRequest& request) {
  return fmt::format("`from_pretrained(device_map=\"{}\")` of {}", name_of(request.mode),
                     graph.library.empty() ? "transformers " + text_of(request.transformers) : graph.library);
}

PlacementQuestion question_of_loading(const ModuleGraph& graph, const PlacementRequest& request) {
  PlacementQuestion question;
  question.flavour = flavour_of_loading(graph);
  question.mode = request.mode;
  // max_memory={} names no device: the disk, which takes what fits nowhere, stands in the request with nothing.
  const bool names_none = request.budgets.size() == 1 && request.budgets[0] == Budget{Device::disk(), Bytes{}};
  if (!names_none) question.budgets = request.budgets;
  question.trace = !request.budgets.empty();
  question.libraries = request.libraries;
  add_loaded_dtypes(graph, question);
  return question;
}

std::optional<ModuleGraph> with_kept_whole(const ModuleGraph& graph, const std::vector<std::string>& keep_whole) {
  const auto with_these = [&](const NameList& names) {
    std::set<std::string> classes(keep_whole.begin(), keep_whole.end());
    if (names) classes.insert(names->begin(), names->end());
    return std::vector<std::string>(classes.begin(), classes.end());
  };
  if (keep_whole.empty()) return std::nullopt;
  if (graph.no_split_modules && with_these(graph.no_split_modules).size() == graph.no_split_modules->size())
    return std::nullopt;
  ModuleGraph changed = graph;
  changed.no_split_modules = with_these(graph.no_split_modules);
  // Of diffusers the classes that the model itself names are among what is gathered, and enough for a map to be made.
  if (!graph.library.empty()) {
    changed.gathered_no_split_modules = with_these(graph.gathered_no_split_modules);
    changed.refuses_device_maps.clear();
  }
  return changed;
}

Result<Placements> simulate_placements(const ModuleGraph& graph, const PlacementRequest& request) {
  if (const auto changed = with_kept_whole(graph, request.keep_whole)) return simulate_placements(*changed, request);
  const PlacementSimulator simulator(graph);
  if (!request.by_hand.empty()) return by_hand(simulator, graph, request);
  Placements placements;
  placements.mode = name_of(request.mode);
  placements.budgets = request.budgets;
  placements.offload_buffers = request.offload_buffers;
  placements.offload_folder = request.offload_folder;
  if (!simulator.prepared().tree.ok()) return simulator.prepared().tree.error();
  LossTable table(graph);
  BlockCuts cuts(graph, *simulator.prepared().tree);
  const std::vector<OutputSum> sums =
      forward_sums(graph, *simulator.prepared().tree, CuttableModules(graph, graph.no_split_modules));
  const std::vector<Call> calls = calls_to_simulate(graph, request);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    SimulatedMap map{calls[i].text, calls[i].made, std::nullopt, {}};
    const bool uses_model = calls[i].question.flavour != Flavour::kAccelerate;
    if (const auto refused = refused_mode(graph, calls[i].question.libraries); refused && uses_model) {
      placements.crashes.push_back({calls[i].text, calls[i].made, *refused, "", false});
      placements.maps.push_back(std::move(map));
      continue;
    }
    if (!request.budgets.empty()) {
      Result<Placement> placement = simulator.place(calls[i].question);
      if (!placement.ok()) return placement.error();
      for (const LostTensor& lost : placement->unplaced) {
        table.add(lost, i, calls[i].made);
      }
      const auto refused = uses_model ? refused_dispatch(*placement, request.libraries) : std::nullopt;
      if (const auto& crash = placement->crash ? placement->crash : refused)
        placements.crashes.push_back({calls[i].text, calls[i].made, *crash, budgets_text(request.budgets), false});
      if (uses_model) cuts.add(placement->map, sums, calls[i].text + " with " + budgets_text(request.budgets));
      map.placement = std::move(*placement);
    } else {
      for (const std::uint32_t devices : kDeviceCounts) {
        WitnessQuestion question;
        question.devices = devices;
        if (uses_model && !sums.empty()) question.sums = &sums;
        Result<Witness> witness = find_witness(simulator, calls[i].question, question);
        if (!witness.ok()) return witness.error();
        if (auto failed = add_witness(*witness, i, calls[i], simulator, table)) return std::move(*failed);
        map.witnesses.push_back(std::move(*witness));
      }
      if (uses_model) cuts.add(map.witnesses, sums, calls[i].text);
      if (auto failed = add_crashes(map.witnesses, calls[i], simulator, placements.crashes)) return std::move(*failed);
      if (auto failed = add_shown(map.witnesses, calls[i], simulator, placements.shown)) return std::move(*failed);
    }
    placements.maps.push_back(std::move(map));
  }
  placements.losses = table.take(placements);
  placements.cuts = cuts.take();
  return placements;
}

std::string ground_of(const Quantizer& quantizer) {
  const std::string on = quantizer.default_device.empty()
                             ? ""
                             : fmt::format("; without a device map all of it goes to {}", quantizer.default_device);
  const std::string used =
      quantizer.budget_factor ? fmt::format(", which uses {:g} % of each budget", *quantizer.budget_factor * 100) : "";
  return fmt::format(
      "sizes and budgets: those of {} (quantization method {}{}){}, on a CUDA device of compute capability 9.0{}{}",
      quantizer.class_name, quoted_name(quantizer.method), quantizer.on_the_fly ? ", of plain weights" : "", used, on,
      quantizer.remark.empty() ? "" : "; " + printable(quantizer.remark));
}

std::vector<std::string> grounds_of(const Placements& placements) {
  std::vector<std::string> grounds;
  if (placements.by_hand)
    grounds.push_back("device map: given by hand");
  else if (placements.budgets.empty())
    grounds.push_back("device maps: every equal budget on 2, 4 and 8 devices");
  else
    grounds.push_back(fmt::format("device maps: {}", budgets_text(placements.budgets)));
  for (const SimulatedMap& map : placements.maps) {
    if (placements.by_hand) break;
    std::string outcome;
    for (const Witness& witness : map.witnesses) {
      if (!witness.complete)
        outcome += fmt::format(", on {} devices up to {} each alone", witness.devices,
                               witness.searched.to ? human_size(*witness.searched.to) : "");
    }
    grounds.push_back(fmt::format("simulated: {}{}", map.call, outcome));
  }
  return grounds;
}

}  // namespace ckptlint
