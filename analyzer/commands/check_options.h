// The options of `check` for each path, as the command line and the configuration of that path have them together.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ckptlint/rule.h"
#include "commands/check.h"
#include "commands/option_table.h"

namespace ckptlint {

// `table` was parsed into `given`.
Result<std::vector<CheckOptions>> options_of_paths(const OptionTable& table, const CheckOptions& given);

// The rules that are to be run, by name.
Result<std::vector<const Rule*>> chosen_rules(const CheckOptions& options);

// --show-settings: what counts for each path, and where it is written; as text or as JSON.
std::string settings_text(const std::vector<CheckOptions>& paths, bool as_json);

}  // namespace ckptlint
