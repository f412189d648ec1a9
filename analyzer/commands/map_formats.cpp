// What `ckptlint map` prints, as text, as JSON and as Python.
#include "commands/map_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "base/escape.h"
#include "check/picture.h"
#include "check/placements.h"
#include "ckptlint/quantizer.h"
#include "commands/map_text.h"
#include "placement/answer_json.h"
#include "placement/budget_text.h"
#include "placement/prepared.h"
#include "report/html_page.h"
#include "report/map_drawing.h"

namespace ckptlint {
namespace {

// What is left beside the figures of a device, on a line of the terminal.
StripStyle strip_style(const OutputOptions& output) {
  constexpr std::size_t kFigures = 62, kLeast = 12, kMost = 40;
  const std::size_t left = output.width > kFigures ? output.width - kFigures : 0;
  return {std::clamp(left, kLeast, kMost), output.blocks};
}

Placement as_placement(const SuggestedMap& suggested) {
  Placement placement;
  placement.map = suggested.map;
  placement.loads = suggested.loads;
  return placement;
}

std::optional<Error> size_as_text(const MapCase& asked, std::ostream& out) {
  const Result<ModelSize> size = asked.simulator.size(asked.question);
  if (!size) return size.error();
  out << size_text(asked.graph, *size) << asked_text(asked.graph, asked.question, asked.request) << "\n";
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
  const Result<ModelPicture> picture = picture_of_map(asked.simulator, asked.question, placement, nullptr);
  if (!picture.ok()) return picture.error();
  out << loads_text(placement.loads, *picture, strip_style(asked.options.output)) << "\n" << map_text(placement.map);
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

Error no_map_to_draw(const LibraryCrash& crash) {
  return Error{fmt::format("there is no map to draw: the library ends in {} (in `{}`): {}", crash.exception,
                           crash.function, crash.reason)};
}

std::optional<Error> placement_as_drawing(const MapCase& asked, const Placement& placement, std::ostream& out) {
  if (placement.crash) return no_map_to_draw(*placement.crash);
  Result<ModelPicture> picture = picture_of_map(asked.simulator, asked.question, placement, nullptr);
  if (!picture.ok()) return picture.error();
  picture->asked = asked_text(asked.graph, asked.question, asked.request);
  out << map_svg(*picture, picture->sweeps.front());
  return std::nullopt;
}

std::optional<Error> write_page(const MapCase& asked, Result<ModelPicture> picture, std::ostream& out) {
  if (!picture.ok()) return picture.error();
  picture->asked = asked_text(asked.graph, asked.question, asked.request);
  out << html_page(picture->title + " - ckptlint map", "<main>\n<h1>ckptlint map</h1>\n" +
                                                           html_map(*picture, "map", {}) + "<h2>Modules</h2>\n" +
                                                           html_modules(*picture, "map") + "</main>\n");
  return std::nullopt;
}

std::optional<Error> placement_as_page(const MapCase& asked, const Placement& placement, std::ostream& out) {
  if (placement.crash) return no_map_to_draw(*placement.crash);
  return write_page(asked,
                    asked.request.by_hand.empty() ? picture_of_budgets(asked.simulator, asked.question, nullptr)
                                                  : picture_of_map(asked.simulator, asked.question, placement, nullptr),
                    out);
}

std::optional<Error> witnesses_as_page(const MapCase& asked, const std::vector<Witness>&, std::ostream& out) {
  PlacementQuestion any_budget = asked.question;
  any_budget.budgets.clear();
  return write_page(asked, picture_of_budgets(asked.simulator, any_budget, nullptr), out);
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
  const Placement placement = as_placement(suggested);
  const Result<ModelPicture> picture = picture_of_map(asked.simulator, asked.question, placement, nullptr);
  if (!picture.ok()) return picture.error();
  out << loads_text(suggested.loads, *picture, strip_style(asked.options.output))
      << balance_text(balance_of(suggested.loads)) << "\n"
      << map_text(suggested.map) << "\ndevice_map = " << pasted_map(suggested.map) << "\n";
  return std::nullopt;
}

std::optional<Error> suggestion_as_json(const MapCase&, const SuggestedMap& suggested, std::ostream& out) {
  out << suggestion_json(suggested) << "\n";
  return std::nullopt;
}

std::optional<Error> suggestion_as_drawing(const MapCase& asked, const SuggestedMap& suggested, std::ostream& out) {
  const Placement placement = as_placement(suggested);
  return placement_as_drawing(asked, placement, out);
}

std::optional<Error> suggestion_as_page(const MapCase& asked, const SuggestedMap& suggested, std::ostream& out) {
  const Placement placement = as_placement(suggested);
  return write_page(asked, picture_of_map(asked.simulator, asked.question, placement, nullptr), out);
}

std::optional<Error> nothing_drawn(const MapCase&, const std::vector<Witness>&, std::ostream&) {
  return Error{"a drawing is of one map: give budgets with --max-memory, or take --format html, which has them all"};
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
      MapFormat{"html",
                "a page for a browser: the drawing with the maps of all other budgets, and the modules",
                {placement_as_page, witnesses_as_page, no_comparison_drawn, suggestion_as_page, false}},
  };
  return kFormats;
}

std::string asked_text(const ModuleGraph& graph, const PlacementQuestion& question, const PlacementRequest& request) {
  if (!request.by_hand.empty()) return "the given device map";
  const LibraryVersion& t = request.transformers;
  const LibraryVersion& a = request.accelerate;
  if (question.flavour == Flavour::kDiffusers)
    return fmt::format("from_pretrained(device_map=\"{}\") of {}", name_of(question.mode), printable(graph.library));
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
