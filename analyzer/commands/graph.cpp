#include "commands/graph.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <ostream>

#include "base/escape.h"
#include "graph/dot.h"
#include "graph/graph_json.h"
#include "input/model_input.h"
#include "report/report.h"

namespace ckptlint {
namespace {

// What `check` would say of a model that cannot be built.
std::string failure_report(const GraphOptions& options, BuiltGraph& built) {
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
  return options.output.format == "json" ? json_report(whole) : text_report(whole, {.color = options.output.color});
}

}  // namespace

int run_graph(const GraphOptions& options, std::ostream& out, std::ostream& err) {
  auto refuse = [&](const std::string& sentence) {
    err << "ckptlint: " << sentence << "\n";
    return kNotAnalysed;
  };
  if (options.model.paths.size() != 1) return refuse("`graph` takes one model repo");
  const std::string& format = options.output.format;
  if (format != "text" && format != "json" && format != "dot") {
    return refuse(fmt::format("unknown format {}; `graph` writes text, json and dot", quoted_name(format)));
  }
  if (RE2 pattern(options.tree.outline.only, RE2::Quiet); !pattern.ok()) {
    return refuse(fmt::format("`--only` is no regular expression: {}", printable(pattern.error())));
  }
  Result<ModelInput> input = open_model(options.model.paths.front(), options.model);
  if (!input) return refuse(input.error().message);
  Result<BuiltGraph> built = graph_of(*input, false);
  if (!built) return refuse(built.error().message);
  if (built->failure) {
    out << failure_report(options, *built);
    return kFindings;
  }
  if (format == "json") {
    out << module_graph_json(built->graph, {.absent_packages = built->absent_packages}) << "\n";
  } else if (format == "dot") {
    out << graph_dot(built->graph, options.tree.outline);
  } else {
    out << graph_tree(built->graph, options.tree);
    for (const std::string& package : built->absent_packages)
      out << fmt::format("taken as absent: the package {}, which the code asks for\n", quoted_name(package));
  }
  return kNothingFound;
}

}  // namespace ckptlint
