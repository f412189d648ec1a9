// A module graph inside a larger JSON document, such as a line of `map --cases`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// JSON that remembers in which order the keys of its tied_weights_keys came.
struct GraphJson {  // NOLINT(bugprone-exception-escape): moving JSON throws nothing
  nlohmann::json value;
  std::vector<std::string> tied_order;
};
Result<GraphJson> parse_graph_json(std::string_view text, const std::string& shown);
Result<ModuleGraph> module_graph_of(const nlohmann::json& value, const std::vector<std::string>& tied_order,
                                    const std::string& shown);

}  // namespace ckptlint
