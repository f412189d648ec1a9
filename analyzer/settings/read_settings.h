// From the text of a configuration to its settings.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "settings/settings.h"

namespace ckptlint {

// The file that a text comes from.
struct SettingsFile {
  std::string shown;           // to people
  std::string folder;          // absolute
  bool foreign = false;        // it comes with the model: see SettingKey::own_only
  bool pyproject = false;      // [tool.ckptlint] alone
  std::string working_folder;  // what a foreign file names lies in here, or in its own folder
};

// An error has the place and, where a word is unknown, the nearest one: "ckptlint.toml:3:1: ...".
Result<SettingsLayer> read_settings(std::string_view text, const SettingsFile& file, const SettingsSchema& schema);

// Whether a pyproject.toml has something for this program.
Result<bool> has_settings(std::string_view text, const SettingsFile& file);

}  // namespace ckptlint
