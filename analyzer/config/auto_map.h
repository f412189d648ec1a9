// auto_map of config.json: the code that a repo brings, or says another one has.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/file_tree.h"
#include "ckptlint/config.h"

namespace ckptlint {

// Fills in Config::code and Config::broken_code.
void read_auto_map(const nlohmann::ordered_json& config, const FileTree& repo, Config& out);

}  // namespace ckptlint
