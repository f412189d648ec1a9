// `ckptlint map`: turns the options into questions for the placement simulator, and prints its answers.
#include "commands/map.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <ostream>

#include "base/escape.h"
#include "check/phases.h"
#include "commands/command.h"
#include "commands/configuration.h"
#include "commands/context_memory.h"
#include "commands/map_answer.h"
#include "commands/map_cases.h"
#include "commands/map_parallel.h"
#include "commands/progress.h"
#include "commands/shared_options.h"
#include "input/model_input.h"

namespace ckptlint {
namespace {

Result<ExitStatus> map_one(const MapOptions& options, std::ostream& out, std::ostream& err) {
  const MapFormat* format = find_format(map_formats(), options.output.format);
  if (format == nullptr) {
    return Error{no_such_format("map", names_of(map_formats()), options.output.format) + ", and " +
                 listed(case_formats()) + " with --cases"};
  }
  if (options.model.paths.size() > 1 || (options.model.paths.empty() && options.model.graph.empty()))
    return Error{options.model.paths.size() > 1 && options.parallel.tensor == kAnySize
                     ? "`map` takes one PATH, or --graph, and what follows `--tp` is no number"
                     : "`map` takes one PATH, or --graph"};
  const std::string path = options.model.paths.empty() ? "" : options.model.paths.front();
  std::optional<Progress> progress(std::in_place, err, path);
  const Result<ModelInput> input = open_model(path, options.model);
  if (!input) return input.error();
  if (input->of_diffusers && (asks_for_ranks(options) || asks_for_context(options)))
    return Error{
        fmt::format("{} is a model of diffusers: plans for ranks, and caches of tokens, are those of transformers",
                    quoted_name(input->path))};
  const Result<BuiltGraph> built = graph_of(*input, true);
  if (!built) return built.error();
  if (built->failure)
    return Error{fmt::format("{} raises {}, so there is nothing to place", built->failure->stage,
                             printable(built->failure->what))};
  if (asks_for_ranks(options)) {
    progress.reset();
    return map_ranks(options, *input, *built, out);
  }
  const Known<const ModuleGraph&> graph = sized_graph(*input, *built);
  if (!graph) return Error{fmt::format("{}: {}", quoted_name(input->path), graph.unknown().why)};
  progress.reset();
  const Result<PlacementRequest> request = placement_request(options.placement, input->transformers, input->sources);
  if (!request) return request.error();
  AfterPlacement after;
  if (asks_for_context(options)) {
    if (options.output.format != "text" || options.suggest || options.witness || !options.compare.empty() ||
        (request->budgets.empty() && request->by_hand.empty()))
      return Error{"`--context`, `--batch` and `--gpu` are answered of one map, given or with `--max-memory`, as text"};
    if (built->evaluated == nullptr)
      return Error{fmt::format("{}: a forward pass is asked of the model's source, which {}", quoted_name(input->path),
                               built->graph.partial.empty() ? "is not at hand" : "could be followed in part only")};
    after = [&](const Placement& placement) { return memory_of_devices(options, placement, *built->evaluated); };
  }
  return answer_map(options, format->write, *graph, *request, after, out);
}

std::function<int(const Streams&)> prepare_map(OptionTable& table) {
  const auto options = std::make_shared<MapOptions>();
  add_model_options(table, options->model);
  add_placement_options(table, options->model, options->placement);
  add_parallel_options(table, options->parallel);
  table.alone("tp", kAnySize);
  table.value("context", options->context, {.name = "TOKENS"},
              "what the cache of so many tokens takes on each rank or device, too");
  table.value("batch", options->batch, {.name = "N"}, "of how many sequences (1)");
  table.value("gpu", options->gpu, {.name = "NAME"},
              "whether it fits, and how long a context: h100-80, a100-40, l4, ...");
  table.value("cases", options->cases, {.name = "FILE|-", .path = true}, "answer many cases, a JSON object a line");
  table.flag("trace", options->trace, "say why each step was taken");
  table.value("compare", options->compare, {.name = "LIST"},
              "modes or releases side by side: auto,sequential or transformers=4.57.6,transformers=5.23.0");
  table.flag("suggest", options->suggest, "a complete map that works, instead of the libraries' own");
  table.flag("witness", options->witness, "for which equal budgets something is lost");
  table.value("no-split", options->no_split, {.name = "CLASSES"},
              "ask accelerate's functions, with these no-split classes (a,b) instead of the model's");
  add_output_options(table, options->output, names_of(map_formats()), case_formats());
  return configured(table, options->model, [options](const Streams& streams) {
    return run_map(*options, streams.in, streams.out, streams.err);
  });
}

}  // namespace

extern const Command map_command;
constexpr Command map_command{"map", "PATH", "simulate a device map: the devices with their load, and the map",
                              prepare_map};

int run_map(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const std::string& sentence) {
    err << "ckptlint: " << sentence << "\n";
    return kNotAnalysed;
  };
  if (std::string sentence = complaint_about_context(options); !sentence.empty()) return refuse(sentence);
  if (!options.cases.empty()) {
    std::ifstream file;
    if (options.cases != "-") {
      file.open(options.cases, std::ios::binary);
      if (!file) return refuse("the cases in " + quoted_name(options.cases) + " cannot be read");
    }
    const Result<ExitStatus> answered = answer_cases(options, options.cases == "-" ? in : file, out, err);
    return answered ? *answered : refuse(answered.error().message);
  }
  const Result<ExitStatus> status = map_one(options, out, err);
  return status ? *status : refuse(status.error().message);
}

}  // namespace ckptlint
