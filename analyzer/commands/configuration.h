// From configuration files to the options of a command: what they say stands below what the command line says.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/command.h"
#include "commands/option_table.h"
#include "input/options.h"
#include "settings/settings.h"

namespace ckptlint {

// What the command line says about configurations.
struct ConfigurationOptions {
  std::vector<std::string> config;  // --config: a file, or "key = value"
  bool isolated = false;            // --isolated
};

void add_configuration_options(OptionTable& table, ConfigurationOptions& options);

// Every option of `check` is a key, and the few that are none here are about one call; `placement` is what a
// [[placement]] may have.
const SettingsSchema& settings_schema();

// What counts for the model at `path`, the nearest first: what `--config` gives, else the file that is found.
Result<std::vector<SettingsLayer>> configuration_of(const std::string& path, const ConfigurationOptions& options);

// The folder that a path stands in: itself, its parent, or where the cache has the model of that name.
std::string folder_of(const std::string& path);

// `run` of a command other than `check`, before which its options are filled in anew with what the configuration of the
// model has for them.  Describes --config and --isolated.
std::function<int(const Streams&)> configured(OptionTable& table, const ModelOptions& model,
                                              std::function<int(const Streams&)> run);

// The sentence with the place of the setting that it is about: "`--max-memory`: ..." may be one about ckptlint.toml.
std::string with_place(const std::string& sentence, const std::map<std::string, GivenOption>& given);

}  // namespace ckptlint
