// The module graph as JSON: the interchange form in which graphs are written, given with --graph, and compared.
//
// An object of rows, in torch's order:
//   class, module, config_class, base_model_prefix           strings
//   modules     [[name, class, alias], ...]                  named_modules(remove_duplicate=False); alias or null
//   parameters  [[name, dtype, shape, alias], ...]           module by module in that order
//   buffers     [[name, dtype, shape, persistent, alias], ...]
//   no_split_modules, keys_to_ignore_on_load_unexpected, keys_to_ignore_on_load_missing, keep_in_fp32_modules,
//   keep_in_fp32_modules_strict, no_placement_params         lists of strings, or null
//   library, gathered_no_split_modules, refuses_device_maps, built_in where there is anything to say, beside the spans
//   tied_weights_keys                                        {target: source}, a list of names, or null
// and, beyond what torch itself could say:
//   basis                                                    where the graph is from: "source", "graph", "checkpoint"
//   absent_packages                                          packages that the code asked for, taken as absent
//   partial     [{what, where}, ...]                         what could not be evaluated; where is a span or null
//   spans       {files, modules, classes, parameters, buffers}   where each row was registered: [file, line, column,
//               end line, end column] or null, a row each; file is an index into files
//   rebuild     [null | "unset" | "written", ...]            for each buffer: does `_init_weights` write it
//   initial     [null | [number | "inf" | "-inf" | "nan", ...], ...]   for each buffer: its value when built, if known
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

constexpr std::uint64_t kMostGraphBytes = std::uint64_t{1} << 30;

// The graph in `text`.  Rows that torch could not have made (a child before its parent, a tensor of no module, an alias
// of a later row, a negative extent) are errors; unknown fields are not looked at.  Errors name `shown`.
// tied_weights keeps the file's order, which is sorted in files that this program wrote.
Result<ModuleGraph> parse_module_graph(std::string_view text, const std::string& shown);

// The same from a file on disk, which may be compressed with gzip.
Result<ModuleGraph> read_module_graph(const std::string& path);

struct GraphWriting {
  std::string basis = "source";
  std::vector<std::string> absent_packages{};
  bool spans = true;  // and basis, absent_packages, partial, rebuild and initial: all that torch could not say
};

// One object on one line, without a line break at its end.
std::string module_graph_json(const ModuleGraph& graph, const GraphWriting& writing = {});

}  // namespace ckptlint
