// Questions as JSON, one object a line: the form of `ckptlint map --cases`.
//
// A case: graph (a module graph, or the path of one), flavour ("accelerate", "transformers" or "diffusers"), device_map
// (a mode), max_memory {device: bytes or "1GiB"}, and accelerate's arguments no_split_module_classes, dtype,
// special_dtypes, offload_buffers, fallback_allocation, clean_result; split_keeps_buffers stands for accelerate PR
// 4020, and keep_in_fp32_regex, or the names keep_in_fp32_modules, for what transformers 4 keeps in float32.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ckptlint/device_map.h"
#include "placement/kept_float32.h"
#include "placement/simulate.h"

namespace ckptlint {

struct PlacementCase {
  std::optional<ModuleGraph> graph;
  std::string graph_path;  // where the case names a file instead
  PlacementQuestion question;
  std::string keep_in_fp32_regex;  // parameters that it finds are to be in float32; empty: none
  KeptNames keep_in_fp32_modules;
  std::optional<LibraryCrash> crash;  // the library refuses the budgets before it looks at the model
};

// `libraries` are those to imitate.  Errors name `shown`.
Result<PlacementCase> parse_case(std::string_view line, const PlacementLibraries& libraries, const std::string& shown);

// The crash, if the case has one, or what the simulator says about `graph`.
Result<Placement> answer_case(const PlacementCase& asked, const PlacementSimulator& simulator,
                              const ModuleGraph& graph);

}  // namespace ckptlint
