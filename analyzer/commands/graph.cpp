// `ckptlint graph`: builds the module graph and prints it as a tree, as JSON or as a drawing.
#include "commands/graph.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <memory>
#include <optional>
#include <ostream>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "commands/command.h"
#include "commands/configuration.h"
#include "commands/progress.h"
#include "commands/shared_options.h"
#include "graph/dot.h"
#include "graph/graph_json.h"
#include "input/model_input.h"
#include "report/report.h"

namespace ckptlint {
namespace {

std::string tree_text(const BuiltGraph& built, const TreeOptions& options) {
  std::string text = graph_tree(built.graph, options);
  if (!built.absent_packages.empty()) text += printable(absence_text(built.absent_packages)) + "\n";
  if (!built.demanded_packages.empty()) text += printable(demand_text(built.demanded_packages)) + "\n";
  return text;
}

std::string json_text(const BuiltGraph& built, const TreeOptions&) {
  return module_graph_json(built.graph, {.absent_packages = built.absent_packages}) + "\n";
}

std::string dot_text(const BuiltGraph& built, const TreeOptions& options) {
  return graph_dot(built.graph, options.outline);
}

struct GraphWriter {
  std::string (*graph)(const BuiltGraph&, const TreeOptions&);
  ReportWriter* failure;  // for a model that cannot be built
};
using GraphFormat = Format<GraphWriter>;
constexpr std::array kGraphFormats = {
    GraphFormat{"text", "a tree for people, repeated blocks folded", {tree_text, full_report}},
    GraphFormat{"json", "the whole graph, which --graph reads", {json_text, json_report}},
    GraphFormat{"dot", "a drawing, for Graphviz", {dot_text, full_report}},
};

// What `check` would say of a model that cannot be built.
std::string failure_report(const GraphOptions& options, const GraphFormat& format, BuiltGraph& built) {
  const Rule& rule = *find_rule("unbuildable-model");
  Model model;
  model.failure = built.failure;
  ModelReport report;
  report.path = options.model.paths.front();
  rule.check(model, report.findings);
  for (Finding& finding : report.findings) finding.rule = rule.name;
  report.sources = std::move(built.graph.sources);
  Report whole;
  whole.models.push_back(std::move(report));
  return format.write.failure(whole, {.color = options.output.color});
}

std::function<int(const Streams&)> prepare_graph(OptionTable& table) {
  const auto options = std::make_shared<GraphOptions>();
  add_model_options(table, options->model);
  table.flag("where", options->tree.where, "the source line of each module and tensor");
  table.value("depth", options->tree.outline.depth, {.name = "N"}, "show N levels below the model");
  table.value("only", options->tree.outline.only, {.name = "PATTERN"},
              "show only names that this regular expression is found in, and what is above them");
  add_output_options(table, options->output, names_of(kGraphFormats));
  return configured(table, options->model,
                    [options](const Streams& streams) { return run_graph(*options, streams.out, streams.err); });
}

}  // namespace

extern const Command graph_command;
constexpr Command graph_command{"graph", "PATH", "the module graph: a tree for people, JSON for programs",
                                prepare_graph};

int run_graph(const GraphOptions& options, std::ostream& out, std::ostream& err) {
  std::optional<Progress> progress;
  auto refuse = [&](const std::string& sentence) {
    progress.reset();
    err << "ckptlint: " << sentence << "\n";
    return kNotAnalysed;
  };
  if (options.model.paths.size() != 1) return refuse("`graph` takes one model repo");
  const GraphFormat* format = find_format(kGraphFormats, options.output.format);
  if (format == nullptr) {
    return refuse(fmt::format("unknown format {}; `graph` writes {}", quoted_name(options.output.format),
                              listed(names_of(kGraphFormats))));
  }
  if (RE2 pattern(options.tree.outline.only, RE2::Quiet); !pattern.ok()) {
    return refuse(fmt::format("`--only` is no regular expression: {}", printable(pattern.error())));
  }
  progress.emplace(err, options.model.paths.front());
  Result<ModelInput> input = open_model(options.model.paths.front(), options.model);
  if (!input) return refuse(input.error().message);
  Result<BuiltGraph> built = graph_of(*input, false);
  progress.reset();
  if (!built) return refuse(built.error().message);
  if (built->failure) {
    out << failure_report(options, *format, *built);
    return kFindings;
  }
  out << format->write.graph(*built, options.tree);
  return kNothingFound;
}

}  // namespace ckptlint
