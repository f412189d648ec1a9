#include "command_graph.h"

#include <fmt/format.h>

#include <ostream>

#include "base/escape.h"
#include "graph/build.h"
#include "graph/graph_json.h"
#include "graph/tree.h"
#include "model_source.h"

namespace ckptlint {

int run_graph(const GraphOptions& options, std::ostream& out, std::ostream& err) {
  auto refuse = [&](const std::string& sentence) {
    err << "ckptlint: " << sentence << "\n";
    return kNotAnalysed;
  };
  if (options.model.paths.size() != 1) return refuse("`graph` takes one model repo");
  if (options.output.format != "text" && options.output.format != "json") {
    return refuse(fmt::format("unknown format {}; `graph` writes text and json", quoted_name(options.output.format)));
  }
  Result<BuiltGraph> built = graph_of_repo(options.model, options.assume);
  if (!built) return refuse(built.error().message);
  if (built->raised) {
    const SourceFile* file = built->graph.sources.find(built->raised->where.file);
    out << "error: the constructor raises " << printable(built->raised->what) << "\n";
    if (file != nullptr)
      out << "  --> " << printable(file->path) << ":" << built->raised->where.line << ":" << built->raised->where.column
          << "\n";
    for (const std::string& package : built->absent_packages)
      out << "  note: package " << quoted_name(package) << " was asked for and is absent\n";
    return kFindings;
  }
  if (options.output.format == "json") {
    out << module_graph_json(built->graph) << "\n";
  } else {
    out << graph_tree(built->graph);
  }
  return kNothingFound;
}

}  // namespace ckptlint
