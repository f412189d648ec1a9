// Answers one question about the device map of one model: the map, its budgets, a comparison, a suggestion.
#include "commands/map_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "base/escape.h"
#include "base/split.h"
#include "check/placements.h"
#include "placement/kept_float32.h"
#include "placement/prepared.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kWitnessDevices[] = {1, 2, 4, 8};
constexpr std::size_t kMostCompared = 8;

// "a,b" as {"a", "b"}, without what is empty.
std::vector<std::string> items_in(std::string_view list) {
  std::vector<std::string> items;
  for (const std::string_view item : split(list, ',')) {
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

// The question that the options ask about `graph`: what from_pretrained does, unless a release of accelerate was named
// and from_pretrained would not use it; then what accelerate's own functions do with the model's no-split classes.
Result<PlacementQuestion> question_of(const MapOptions& options, const PlacementRequest& request,
                                      const ModuleGraph& graph) {
  PlacementQuestion question;
  question.mode = request.mode;
  question.budgets = request.budgets;
  question.libraries = request.libraries;
  question.trace = options.trace;
  question.offload_buffers = request.offload_buffers;
  question.flavour = flavour_of_loading(graph);
  const bool accelerate = request.accelerate_asked && question.flavour == Flavour::kTransformers &&
                          question.libraries.transformers_places_itself;
  if (accelerate) question.flavour = Flavour::kAccelerate;
  if (accelerate && graph.no_split_modules) {
    question.no_split_module_classes = *graph.no_split_modules;
    question.classes_are_a_set = question.libraries.gathers_classes_early;
  }
  if (options.no_split) {
    question.flavour = Flavour::kAccelerate;
    question.no_split_module_classes.clear();
    question.classes_are_a_set = false;
    question.no_split_module_classes = items_in(*options.no_split);
  }
  add_loaded_dtypes(graph, question);
  return question;
}

class MapAnswer {
 public:
  MapAnswer(const MapOptions& options, const MapWriter& writer, const ModuleGraph& graph,
            const PlacementRequest& request, const PlacementQuestion& question, const AfterPlacement& after,
            std::ostream& out)
      : options_(options),
        writer_(writer),
        graph_(graph),
        request_(request),
        question_(question),
        after_(after),
        simulator_(graph),
        asked_{options, graph, request, question, simulator_},
        out_(out) {}

  Result<ExitStatus> run() {
    if (!options_.compare.empty()) return compare();
    if (options_.suggest) return suggest();
    const bool no_budgets = request_.budgets.empty() && request_.by_hand.empty();
    if (options_.witness || no_budgets) return witnesses();
    return place();
  }

 private:
  // What the asked functions answer, or how they refuse to.
  Result<Placement> answer(const PlacementRequest& request, const PlacementQuestion& question) const {
    if (!request.by_hand.empty()) return simulator_.place_by_hand(request.by_hand, question);
    const auto refused = refused_mode(graph_, question.libraries);
    if (!refused || question.flavour == Flavour::kAccelerate) return simulator_.place(question);
    Placement placement;
    placement.crash = refused;
    return placement;
  }

  Result<ExitStatus> place() {
    PlacementQuestion question = question_;
    question.trace = options_.trace || writer_.shows_steps;
    const Result<Placement> placement = answer(request_, question);
    if (!placement) return placement.error();
    const ExitStatus status = placement->crash || !placement->unplaced.empty() ? kFindings : kNothingFound;
    if (auto failed = writer_.placement(asked_, *placement, out_)) return std::move(*failed);
    if (after_ == nullptr) return status;
    const Result<std::string> more = after_(*placement);
    if (!more) return more.error();
    out_ << *more;
    return status;
  }

  Result<std::vector<Witness>> witnesses_of(const PlacementQuestion& question) const {
    std::vector<Witness> found;
    for (const std::uint32_t devices : kWitnessDevices) {
      WitnessQuestion asked;
      asked.devices = devices;
      for (const Budget& budget : request_.budgets) {
        if (budget.device == Device::cpu()) asked.cpu = budget.bytes;
      }
      Result<Witness> witness = find_witness(simulator_, question, asked);
      if (!witness) return witness.error();
      found.push_back(std::move(*witness));
    }
    return found;
  }

  static bool goes_wrong(const std::vector<Witness>& witnesses) {
    return std::any_of(witnesses.begin(), witnesses.end(),
                       [](const Witness& w) { return !w.losses.empty() || !w.crashes.empty(); });
  }

  Result<ExitStatus> witnesses() {
    if (const auto refused = refused_mode(graph_, question_.libraries);
        refused && question_.flavour != Flavour::kAccelerate)
      return place();
    const Result<std::vector<Witness>> found = witnesses_of(question_);
    if (!found) return found.error();
    if (auto failed = writer_.witnesses(asked_, *found, out_)) return std::move(*failed);
    return goes_wrong(*found) ? kFindings : kNothingFound;
  }

  // The request with one thing else: a mode, or a release.
  Result<PlacementRequest> varied(std::string_view item) const {
    PlacementRequest request = request_;
    if (const auto mode = map_mode_of_name(item)) {
      request.mode = *mode;
      return request;
    }
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view library = item.substr(0, equals);
    const std::string value(item.substr(std::min(equals + 1, item.size())));
    const bool accelerate = library == "accelerate";
    if (value.empty() || (!accelerate && library != "transformers"))
      return Error{fmt::format("`--compare`: {} is no mode, and neither accelerate=VERSION nor transformers=VERSION",
                               quoted_name(item))};
    PlacementOptions options = options_.placement;
    if (accelerate) options.accelerate = value;
    const LibraryVersion& now = request_.transformers;
    const std::string release = fmt::format("{}.{}.{}", now.major, now.minor, now.patch);
    if (auto failed = choose_libraries(request, options, accelerate ? release : value, {})) return std::move(*failed);
    // The source that was read is still that of transformers.
    if (accelerate) request.libraries.own_split_keeps_buffers = request_.libraries.own_split_keeps_buffers;
    return request;
  }

  Result<ExitStatus> compare() {
    if (!request_.by_hand.empty()) return Error{"`map --compare` is about modes, not about a map given by hand"};
    if (const auto& tree = simulator_.prepared().tree; !tree) return tree.error();
    std::vector<ComparedMap> maps;
    bool wrong = false;
    for (const std::string& item : items_in(options_.compare)) {
      if (maps.size() == kMostCompared)
        return Error{fmt::format("`--compare` puts at most {} maps side by side", kMostCompared)};
      const Result<PlacementRequest> request = varied(item);
      if (!request) return request.error();
      const Result<PlacementQuestion> question = question_of(options_, *request, graph_);
      if (!question) return question.error();
      ComparedMap& map =
          maps.emplace_back(ComparedMap{item, asked_text(graph_, *question, *request), question->flavour, {}, {}});
      if (request_.budgets.empty()) {
        Result<std::vector<Witness>> found = witnesses_of(*question);
        if (!found) return found.error();
        map.witnesses = std::move(*found);
        Result<std::optional<LibraryCrash>> crash = crash_in(map.witnesses, *question, simulator_);
        if (!crash) return crash.error();
        map.placement.crash = std::move(*crash);
      } else {
        Result<Placement> placement = answer(*request, *question);
        if (!placement) return placement.error();
        map.placement = std::move(*placement);
      }
      wrong |= map.placement.crash || !map.placement.unplaced.empty() || goes_wrong(map.witnesses);
    }
    if (auto failed = writer_.comparison(asked_, maps, out_)) return std::move(*failed);
    return wrong ? kFindings : kNothingFound;
  }

  Result<ExitStatus> suggest() {
    if (request_.budgets.empty()) return Error{"`map --suggest` needs --max-memory: the devices to fill"};
    const Result<SuggestedMap> suggested = suggest_map(simulator_, question_);
    if (!suggested) return suggested.error();
    if (auto failed = writer_.suggestion(asked_, *suggested, out_)) return std::move(*failed);
    return kNothingFound;
  }

  const MapOptions& options_;
  const MapWriter& writer_;
  const ModuleGraph& graph_;
  const PlacementRequest& request_;
  const PlacementQuestion& question_;
  const AfterPlacement& after_;
  PlacementSimulator simulator_;
  MapCase asked_;
  std::ostream& out_;
};

}  // namespace

Result<ExitStatus> answer_map(const MapOptions& options, const MapWriter& writer, const ModuleGraph& graph,
                              const PlacementRequest& request, const AfterPlacement& after, std::ostream& out) {
  const Result<PlacementQuestion> question = question_of(options, request, graph);
  if (!question) return question.error();
  return MapAnswer(options, writer, graph, request, *question, after, out).run();
}

}  // namespace ckptlint
