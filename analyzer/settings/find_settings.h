// Looks for the configuration of a model: the nearest one above it, and what that one builds on.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "settings/settings.h"

namespace ckptlint {

// The configuration of what lies in `folder`: that of the nearest folder from there upwards which has a .ckptlint.toml,
// a ckptlint.toml or a pyproject.toml with [tool.ckptlint], in this order, and what it extends; the nearest comes
// first, and nothing where there is none.  It comes with the model unless it lies in the working folder or above it.
// The schema is asked for where there is one.
Result<std::vector<SettingsLayer>> find_settings(const std::string& folder,
                                                 const std::function<const SettingsSchema&()>& schema);

// That of a file which somebody named, and what it extends.
Result<std::vector<SettingsLayer>> settings_in(const std::string& path, const SettingsSchema& schema);

// `--config "key = value"`: one layer, of the working folder.
Result<SettingsLayer> settings_of_text(const std::string& text, const SettingsSchema& schema);

// The folder that relative paths are taken from, and a path from there: both normal, without a slash at the end.
std::string working_folder();
std::filesystem::path absolute_path(const std::string& path);

// Whether `path` is `folder` or lies in it; both absolute and normal.
bool lies_in(const std::string& path, const std::string& folder);

}  // namespace ckptlint
