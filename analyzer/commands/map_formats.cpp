// What `ckptlint map` prints, as text, as JSON and as Python.
#include "commands/map_formats.h"

#include <fmt/format.h>

#include <array>
#include <ostream>

#include "base/escape.h"
#include "check/placements.h"
#include "ckptlint/quantizer.h"
#include "commands/map_ribbons.h"
#include "commands/map_svg.h"
#include "commands/map_text.h"
#include "placement/answer_json.h"
#include "placement/budget_text.h"
#include "placement/prepared.h"

namespace ckptlint {
namespace {

std::optional<Error> size_as_text(const MapCase& asked, std::ostream& out) {
  const Result<ModelSize> size = asked.simulator.size(asked.question);
  if (!size) return size.error();
  out << size_text(asked.graph, *size) << asked_text(asked.question, asked.request) << "\n";
  if (asked.graph.quantizer) out << ground_of(*asked.graph.quantizer) << "\n";
  out << "\n";
  return std::nullopt;
}

std::optional<Error> placement_as_text(const MapCase& asked, const Placement& placement, std::ostream& out) {
  if (auto failed = size_as_text(asked, out)) return failed;
  if (asked.options.trace && !placement.trace.empty()) out << trace_text(asked.graph, placement.trace) << "\n";
  if (placement.crash) {
    out << crash_text(*placement.crash);
    return std::nullopt;
  }
  out << loads_text(placement.loads) << "\n" << map_text(placement.map);
  if (!placement.unplaced.empty()) out << "\n" << losses_text(asked.graph, placement.unplaced);
  if (const std::string notes = notes_text(asked.graph, placement); !notes.empty()) out << "\n" << notes;
  return std::nullopt;
}

std::optional<Error> placement_as_json(const MapCase& asked, const Placement& placement, std::ostream& out) {
  out << answer_json(asked.graph, placement, asked.question.flavour) << "\n";
  return std::nullopt;
}

std::optional<Error> placement_as_python(const MapCase&, const Placement& placement, std::ostream& out) {
  out << "device_map = " << pasted_map(placement.map) << "\n";
  return std::nullopt;
}

std::string budgets_text(const std::vector<DeviceLoad>& loads) {
  std::string text;
  for (const DeviceLoad& load : loads) {
    if (load.budget && *load.budget < kMostBytes)
      text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name_of(load.device), human_size(*load.budget));
  }
  return text;
}

std::optional<Error> placement_as_drawing(const MapCase& asked, const Placement& placement, std::ostream& out) {
  if (const auto& crash = placement.crash)
    return Error{fmt::format("there is no map to draw: the library ends in {} (in `{}`): {}", crash->exception,
                             crash->function, crash->reason)};
  const Result<Ribbons> ribbons = ribbons_of(placement, asked.question, asked.simulator);
  if (!ribbons.ok()) return ribbons.error();
  const Result<ModelSize> size = asked.simulator.size(asked.question);
  if (!size.ok()) return size.error();
  const std::string budgets = budgets_text(placement.loads);
  out << map_svg(*ribbons, fmt::format("{}: {}", asked.graph.class_name, human_size(size->total)),
                 asked_text(asked.question, asked.request) + (budgets.empty() ? "" : " with " + budgets));
  return std::nullopt;
}

std::optional<Error> witnesses_as_text(const MapCase& asked, const std::vector<Witness>& witnesses, std::ostream& out) {
  if (auto failed = size_as_text(asked, out)) return failed;
  out << witnesses_text(asked.graph, witnesses);
  const Result<std::optional<LibraryCrash>> crash = crash_in(witnesses, asked.question, asked.simulator);
  if (!crash) return crash.error();
  if (*crash) out << "\n" << crash_text(**crash);
  return std::nullopt;
}

std::optional<Error> witnesses_as_json(const MapCase& asked, const std::vector<Witness>& witnesses, std::ostream& out) {
  out << witnesses_json(asked.graph, witnesses) << "\n";
  return std::nullopt;
}

std::optional<Error> comparison_as_text(const MapCase& asked, const std::vector<ComparedMap>& maps, std::ostream& out) {
  out << (asked.request.budgets.empty() ? witness_comparison_text(maps)
                                        : comparison_text(*asked.simulator.prepared().tree, maps));
  return std::nullopt;
}

std::optional<Error> comparison_as_json(const MapCase& asked, const std::vector<ComparedMap>& maps, std::ostream& out) {
  out << comparison_json(asked.graph, maps) << "\n";
  return std::nullopt;
}

std::optional<Error> suggestion_as_text(const MapCase& asked, const SuggestedMap& suggested, std::ostream& out) {
  if (asked.graph.quantizer) out << ground_of(*asked.graph.quantizer) << "\n\n";
  out << loads_text(suggested.loads) << balance_text(balance_of(suggested.loads)) << "\n"
      << map_text(suggested.map) << "\ndevice_map = " << pasted_map(suggested.map) << "\n";
  return std::nullopt;
}

std::optional<Error> suggestion_as_json(const MapCase&, const SuggestedMap& suggested, std::ostream& out) {
  out << suggestion_json(suggested) << "\n";
  return std::nullopt;
}

std::optional<Error> suggestion_as_drawing(const MapCase& asked, const SuggestedMap& suggested, std::ostream& out) {
  Placement placement;
  placement.map = suggested.map;
  placement.loads = suggested.loads;
  return placement_as_drawing(asked, placement, out);
}

std::optional<Error> nothing_drawn(const MapCase&, const std::vector<Witness>&, std::ostream&) {
  return Error{"a drawing is of one map: give budgets with --max-memory"};
}

std::optional<Error> no_comparison_drawn(const MapCase&, const std::vector<ComparedMap>&, std::ostream&) {
  return Error{"a drawing is of one map, not of several"};
}

std::optional<Error> suggestion_as_python(const MapCase&, const SuggestedMap& suggested, std::ostream& out) {
  out << "device_map = " << pasted_map(suggested.map) << "\n";
  return std::nullopt;
}

}  // namespace

std::span<const MapFormat> map_formats() {
  static constexpr std::array kFormats = {
      MapFormat{"text",
                "the devices with their load, and the map",
                {placement_as_text, witnesses_as_text, comparison_as_text, suggestion_as_text, true}},
      MapFormat{"json",
                "an object, for programs",
                {placement_as_json, witnesses_as_json, comparison_as_json, suggestion_as_json, false}},
      MapFormat{"python",
                "the map, to be pasted into code",
                {placement_as_python, witnesses_as_text, comparison_as_text, suggestion_as_python, false}},
      MapFormat{"svg",
                "a drawing: a ribbon a device, blocks in order of execution, what is lost",
                {placement_as_drawing, nothing_drawn, no_comparison_drawn, suggestion_as_drawing, false}},
  };
  return kFormats;
}

std::string asked_text(const PlacementQuestion& question, const PlacementRequest& request) {
  if (!request.by_hand.empty()) return "the given device map";
  const LibraryVersion& t = request.transformers;
  const LibraryVersion& a = request.accelerate;
  if (question.flavour == Flavour::kTransformers) {
    return fmt::format("from_pretrained(device_map=\"{}\") of transformers {}.{}.{}", name_of(question.mode), t.major,
                       t.minor, t.patch);
  }
  return fmt::format(
      "{} of accelerate {}.{}.{}, {}",
      question.mode == MapMode::kSequential ? "infer_auto_device_map" : "get_balanced_memory and infer_auto_device_map",
      a.major, a.minor, a.patch,
      question.no_split_module_classes.empty()
          ? std::string("without no-split classes")
          : printable(fmt::format("no-split {}", fmt::join(question.no_split_module_classes, ", "))));
}

}  // namespace ckptlint
