#include "commands/map.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <ostream>

#include "base/escape.h"
#include "check/phases.h"
#include "check/placements.h"
#include "ckptlint/quantizer.h"
#include "commands/map_compare.h"
#include "commands/map_text.h"
#include "graph/graph_json.h"
#include "input/model_input.h"
#include "placement/answer_json.h"
#include "placement/budget_text.h"
#include "placement/case_json.h"
#include "placement/kept_float32.h"
#include "placement/prepared.h"
#include "placement/suggest.h"
#include "placement/witness.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kWitnessDevices[] = {1, 2, 4, 8};
constexpr std::size_t kMostCompared = 8;
constexpr auto kReplaceInvalid = nlohmann::json::error_handler_t::replace;

// A graph with what was prepared of it.
struct LoadedGraph {
  ModuleGraph graph;
  std::unique_ptr<PlacementSimulator> simulator;

  explicit LoadedGraph(ModuleGraph from)
      : graph(std::move(from)), simulator(std::make_unique<PlacementSimulator>(graph)) {}
  LoadedGraph(const LoadedGraph&) = delete;
  LoadedGraph& operator=(const LoadedGraph&) = delete;
};

// Graphs by path: cases ask about the same ones again and again.
class GraphFiles {
 public:
  Result<const LoadedGraph*> get(const std::string& path) {
    constexpr std::size_t kMostKept = 64;
    if (const auto found = kept_.find(path); found != kept_.end()) return found->second.get();
    Result<ModuleGraph> graph = read_module_graph(path);
    if (!graph) return graph.error();
    if (kept_.size() == kMostKept) kept_.clear();
    return kept_.emplace(path, std::make_unique<LoadedGraph>(std::move(*graph))).first->second.get();
  }

 private:
  std::unordered_map<std::string, std::unique_ptr<LoadedGraph>> kept_;
};

Result<std::string> answer_line(const std::string& line, const std::string& shown, const PlacementLibraries& libraries,
                                GraphFiles& files) {
  Result<PlacementCase> asked = parse_case(line, libraries, shown);
  if (!asked) return asked.error();
  std::unique_ptr<LoadedGraph> own;
  const LoadedGraph* loaded = nullptr;
  if (asked->graph) {
    own = std::make_unique<LoadedGraph>(std::move(*asked->graph));
    loaded = own.get();
  } else {
    Result<const LoadedGraph*> read = files.get(asked->graph_path);
    if (!read) return read.error();
    loaded = *read;
  }
  const Result<Placement> placement = answer_case(*asked, *loaded->simulator, loaded->graph);
  if (!placement) return placement.error();
  return answer_json(loaded->graph, *placement, asked->question.flavour);
}

// A line for each case; what is no case, or cannot be answered, gets {"refused": why}, and a sentence on `err`.
Result<ExitStatus> answer_cases(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  if (options.output.format != "jsonl" && options.output.format != "text") {
    return Error{"`map --cases` has no format " + quoted_name(options.output.format) + "; it has jsonl"};
  }
  PlacementRequest request;
  if (auto failed = choose_libraries(request, options.placement, options.model.transformers, {}))
    return std::move(*failed);
  const std::string shown = options.cases == "-" ? "standard input" : options.cases;
  GraphFiles files;
  std::size_t number = 0;
  ExitStatus status = kNothingFound;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Result<std::string> answer =
        answer_line(line, fmt::format("line {} of {}", number, shown), request.libraries, files);
    if (answer) {
      out << *answer << "\n";
      continue;
    }
    status = kNotAnalysed;
    out << nlohmann::json({{"refused", answer.error().message}}).dump(-1, ' ', false, kReplaceInvalid) << "\n";
    err << "ckptlint: " << answer.error().message << "\n";
  }
  return status;
}

// "a,b" as {"a", "b"}, without what is empty.
std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) items.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
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
  const bool accelerate = request.accelerate_asked && question.libraries.transformers_places_itself;
  question.flavour = accelerate ? Flavour::kAccelerate : Flavour::kTransformers;
  if (accelerate && graph.no_split_modules) {
    question.no_split_module_classes = *graph.no_split_modules;
    question.classes_are_a_set = question.libraries.gathers_classes_early;
  }
  if (options.no_split) {
    question.flavour = Flavour::kAccelerate;
    question.no_split_module_classes.clear();
    question.classes_are_a_set = false;
    question.no_split_module_classes = split(*options.no_split);
  }
  add_loaded_dtypes(graph, question);
  return question;
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

class MapCommand {
 public:
  MapCommand(const MapOptions& options, const ModuleGraph& graph, const PlacementRequest& request,
             const PlacementQuestion& question, std::ostream& out)
      : options_(options), graph_(graph), request_(request), question_(question), simulator_(graph), out_(out) {}

  Result<ExitStatus> run() {
    if (!options_.compare.empty()) return compare();
    if (options_.suggest) return suggest();
    const bool no_budgets = request_.budgets.empty() && request_.by_hand.empty();
    if (options_.witness || no_budgets) return witnesses();
    return place();
  }

 private:
  bool json() const { return options_.output.format == "json"; }
  bool python() const { return options_.output.format == "python"; }

  Result<bool> print_size() {
    const Result<ModelSize> size = simulator_.size(question_);
    if (!size) return size.error();
    out_ << size_text(graph_, *size) << asked_text(question_, request_) << "\n";
    if (graph_.quantizer) out_ << ground_of(*graph_.quantizer) << "\n";
    out_ << "\n";
    return true;
  }

  // What the asked functions answer, or how they refuse to.
  Result<Placement> answer(const PlacementRequest& request, const PlacementQuestion& question) const {
    if (!request.by_hand.empty()) return simulator_.place_by_hand(request.by_hand, question);
    const auto refused = refused_mode(graph_, question.libraries);
    if (!refused || question.flavour != Flavour::kTransformers) return simulator_.place(question);
    Placement placement;
    placement.crash = refused;
    return placement;
  }

  Result<ExitStatus> place() {
    PlacementQuestion question = question_;
    question.trace = options_.trace || options_.output.format == "text";
    const Result<Placement> placement = answer(request_, question);
    if (!placement) return placement.error();
    const ExitStatus status = placement->crash || !placement->unplaced.empty() ? kFindings : kNothingFound;
    if (json()) {
      out_ << answer_json(graph_, *placement, question_.flavour) << "\n";
      return status;
    }
    if (python()) {
      out_ << "device_map = " << pasted_map(placement->map) << "\n";
      return status;
    }
    if (const Result<bool> printed = print_size(); !printed) return printed.error();
    if (options_.trace && !placement->trace.empty()) out_ << trace_text(graph_, placement->trace) << "\n";
    if (placement->crash) {
      out_ << crash_text(*placement->crash);
      return status;
    }
    out_ << loads_text(placement->loads) << "\n" << map_text(placement->map);
    if (!placement->unplaced.empty()) out_ << "\n" << losses_text(graph_, placement->unplaced);
    if (const std::string notes = notes_text(graph_, *placement); !notes.empty()) out_ << "\n" << notes;
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
        refused && question_.flavour == Flavour::kTransformers)
      return place();
    const Result<std::vector<Witness>> found = witnesses_of(question_);
    if (!found) return found.error();
    if (json()) {
      out_ << witnesses_json(graph_, *found) << "\n";
    } else {
      if (const Result<bool> printed = print_size(); !printed) return printed.error();
      out_ << witnesses_text(graph_, *found);
      const Result<std::optional<LibraryCrash>> crash = crash_in(*found, question_, simulator_);
      if (!crash) return crash.error();
      if (*crash) out_ << "\n" << crash_text(**crash);
    }
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
    if (!prepared_tree()) return prepared_tree().error();
    std::vector<ComparedMap> maps;
    bool wrong = false;
    for (const std::string& item : split(options_.compare)) {
      if (maps.size() == kMostCompared)
        return Error{fmt::format("`--compare` puts at most {} maps side by side", kMostCompared)};
      const Result<PlacementRequest> request = varied(item);
      if (!request) return request.error();
      const Result<PlacementQuestion> question = question_of(options_, *request, graph_);
      if (!question) return question.error();
      ComparedMap& map =
          maps.emplace_back(ComparedMap{item, asked_text(*question, *request), question->flavour, {}, {}});
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
    out_ << (json()                     ? comparison_json(graph_, maps) + "\n"
             : request_.budgets.empty() ? witness_comparison_text(maps)
                                        : comparison_text(*prepared_tree(), maps));
    return wrong ? kFindings : kNothingFound;
  }

  const Result<PlacementTree>& prepared_tree() const { return simulator_.prepared().tree; }

  Result<ExitStatus> suggest() {
    if (request_.budgets.empty()) return Error{"`map --suggest` needs --max-memory: the devices to fill"};
    const Result<SuggestedMap> suggested = suggest_map(simulator_, question_);
    if (!suggested) return suggested.error();
    if (json()) {
      out_ << suggestion_json(*suggested) << "\n";
    } else if (python()) {
      out_ << "device_map = " << pasted_map(suggested->map) << "\n";
    } else {
      if (graph_.quantizer) out_ << ground_of(*graph_.quantizer) << "\n\n";
      out_ << loads_text(suggested->loads) << balance_text(balance_of(suggested->loads)) << "\n"
           << map_text(suggested->map) << "\ndevice_map = " << pasted_map(suggested->map) << "\n";
    }
    return kNothingFound;
  }

  const MapOptions& options_;
  const ModuleGraph& graph_;
  const PlacementRequest& request_;
  const PlacementQuestion& question_;
  PlacementSimulator simulator_;
  std::ostream& out_;
};

Result<ExitStatus> map_one(const MapOptions& options, std::ostream& out) {
  const MapFormat* format = find_format(map_formats(), options.output.format);
  if (format == nullptr) {
    return Error{no_such_format("map", names_of(map_formats()), options.output.format) + ", and " +
                 listed(case_formats()) + " with --cases"};
  }
  if (options.model.paths.size() > 1 || (options.model.paths.empty() && options.model.graph.empty()))
    return Error{"`map` takes one PATH, or --graph"};
  const Result<ModelInput> input =
      open_model(options.model.paths.empty() ? "" : options.model.paths.front(), options.model);
  if (!input) return input.error();
  const Result<BuiltGraph> built = graph_of(*input, true);
  if (!built) return built.error();
  if (built->failure)
    return Error{fmt::format("{} raises {}, so there is nothing to place", built->failure->stage,
                             printable(built->failure->what))};
  const Known<const ModuleGraph&> graph = sized_graph(*input, *built);
  if (!graph) return Error{fmt::format("{}: {}", quoted_name(input->path), graph.unknown().why)};
  const Result<PlacementRequest> request = placement_request(options.placement, input->transformers, input->sources);
  if (!request) return request.error();
  const Result<PlacementQuestion> question = question_of(options, *request, *graph);
  if (!question) return question.error();
  return MapCommand(options, *graph, *request, *question, out).run();
}

}  // namespace

extern const Command map_command;
constexpr Command map_command{"map", "PATH", "simulate a device map: the devices with their load, and the map",
                              prepare};

int run_map(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const std::string& sentence) {
    err << "ckptlint: " << sentence << "\n";
    return kNotAnalysed;
  };
  if (!options.cases.empty()) {
    std::ifstream file;
    if (options.cases != "-") {
      file.open(options.cases, std::ios::binary);
      if (!file) return refuse("the cases in " + quoted_name(options.cases) + " cannot be read");
    }
    const Result<ExitStatus> answered = answer_cases(options, options.cases == "-" ? in : file, out, err);
    return answered ? *answered : refuse(answered.error().message);
  }
  const Result<ExitStatus> status = map_one(options, out);
  return status ? *status : refuse(status.error().message);
}

}  // namespace ckptlint
