// An adapter repo: what makes it one, and what its adapter_config.json says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/file_tree.h"

namespace ckptlint {

// adapter_config.json of the repo or a folder of it, where it is there and is a JSON object.
std::optional<nlohmann::ordered_json> adapter_config(const FileTree& repo, const std::string& folder = "");

// Whether a repo is an adapter: it has adapter_config.json, a JSON object.
bool is_adapter(const FileTree& repo);

// `base_model_name_or_path` of adapter_config.json, or empty.
std::string adapter_base(const FileTree& repo);

}  // namespace ckptlint
