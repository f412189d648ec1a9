// Reads cases from a file or standard input, a JSON object a line, and answers each on a line of its own.
#include "commands/map_cases.h"

#include <fmt/format.h>

#include <array>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <unordered_map>

#include "base/escape.h"
#include "base/json_document.h"
#include "commands/map_formats.h"
#include "graph/graph_json.h"
#include "input/placement_request.h"
#include "placement/answer_json.h"
#include "placement/case_json.h"
#include "placement/prepared.h"

namespace ckptlint {
namespace {

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
Result<ExitStatus> answer_lines(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
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
    out << json_line(nlohmann::json({{"refused", answer.error().message}})) << "\n";
    err << "ckptlint: " << answer.error().message << "\n";
  }
  return status;
}

using CaseFormat = Format<Result<ExitStatus> (*)(const MapOptions&, std::istream&, std::ostream&, std::ostream&)>;
constexpr std::array kMapCasesFormats = {CaseFormat{"jsonl", "with --cases: an answer a line", answer_lines}};

}  // namespace

FormatNames case_formats() { return names_of(kMapCasesFormats); }

Result<ExitStatus> answer_cases(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const std::string& asked = options.output.format;
  const CaseFormat* format = find_format(kMapCasesFormats, asked);
  // The format that is the default without cases stands for the one of cases.
  if (format == nullptr && find_format(map_formats(), asked) == &map_formats().front())
    format = &kMapCasesFormats.front();
  if (format == nullptr) return Error{no_such_format("map --cases", case_formats(), asked)};
  return format->write(options, in, out, err);
}

}  // namespace ckptlint
