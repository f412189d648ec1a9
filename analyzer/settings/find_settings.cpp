// Walks up from a folder to its configuration, and along what that one extends.
#include "settings/find_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/escape.h"
#include "base/regular_file.h"
#include "settings/read_settings.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostExtended = 16;
constexpr std::array<const char*, 3> kNames = {".ckptlint.toml", "ckptlint.toml", "pyproject.toml"};

std::string shown_path(const std::string& path, const std::string& working) {
  const std::string root = working.ends_with('/') ? working : working + "/";
  return path.starts_with(root) ? path.substr(root.size()) : path;
}

struct SettingsText {
  std::string text;
  SettingsFile file;
  std::string path;
};

// A file that is longer than any configuration is one with a line too many, which its reader says.
Result<SettingsText> text_at(const std::string& path, const std::string& working) {
  SettingsText found;
  found.path = path;
  found.file.shown = shown_path(path, working);
  found.file.folder = fs::path(path).parent_path().string();
  found.file.foreign = !lies_in(working, found.file.folder);
  found.file.pyproject = fs::path(path).filename() == kNames.back();
  found.file.working_folder = working;
  const Result<RegularFile> file = RegularFile::open(path, found.file.shown);
  if (!file.ok()) return file.error();
  Result<std::string> text = file->read(0, std::min<std::uint64_t>(file->size(), kLongestToml + 1));
  if (!text.ok()) return text.error();
  found.text = std::move(*text);
  return found;
}

// The nearest file that is a configuration.
Result<std::optional<SettingsText>> nearest_to(const fs::path& start, const std::string& working) {
  for (fs::path folder = start;; folder = folder.parent_path()) {
    for (const char* name : kNames) {
      const std::string path = (folder / name).string();
      std::error_code failed;
      if (!fs::is_regular_file(path, failed)) continue;
      Result<SettingsText> found = text_at(path, working);
      // What cannot be read is no configuration of this program, where it only might have been one.
      if (!found.ok() && name == kNames.back()) continue;
      if (!found.ok()) return found.error();
      if (found->file.pyproject) {
        const Result<bool> has = has_settings(found->text, found->file);
        if (!has.ok()) return has.error();
        if (!*has) continue;
      }
      return std::optional(std::move(*found));
    }
    if (folder == folder.parent_path()) return std::optional<SettingsText>();
  }
}

Result<std::vector<SettingsLayer>> with_extended(SettingsText first, const SettingsSchema& schema) {
  const std::string working = first.file.working_folder;
  std::vector<std::string> seen{first.path};
  std::vector<SettingsLayer> layers;
  for (SettingsText next = std::move(first);;) {
    Result<SettingsLayer> layer = read_settings(next.text, next.file, schema);
    if (!layer.ok()) return layer.error();
    layers.push_back(std::move(*layer));
    const std::string extends = layers.back().extends;
    if (extends.empty()) return layers;
    const auto refused = [&](const std::string& why) {
      return Error{fmt::format("{}: {}", shown(layers.back().extends_place), why)};
    };
    if (std::find(seen.begin(), seen.end(), extends) != seen.end())
      return refused(fmt::format("{} extends itself", quoted_name(shown_path(extends, working))));
    if (seen.size() == kMostExtended)
      return refused(fmt::format("more than {} configurations extend each other", kMostExtended));
    seen.push_back(extends);
    const bool foreign = layers.back().foreign;
    Result<SettingsText> text = text_at(extends, working);
    if (!text.ok()) return refused("`extend`: " + text.error().message);
    // What is one's own stays so where it extends what lies elsewhere; what comes with the model may build on one's
    // own.
    text->file.foreign &= foreign;
    next = std::move(*text);
  }
}

}  // namespace

std::string working_folder() {
  std::error_code failed;
  return fs::current_path(failed).lexically_normal().string();
}

std::filesystem::path absolute_path(const std::string& path) {
  std::error_code failed;
  fs::path absolute = fs::absolute(path, failed).lexically_normal();
  return absolute.has_filename() ? absolute : absolute.parent_path();  // "folder/" is "folder"
}

bool lies_in(const std::string& path, const std::string& folder) {
  const std::string root = folder.ends_with('/') ? folder : folder + "/";
  return path == folder || path.starts_with(root);
}

Result<std::vector<SettingsLayer>> find_settings(const std::string& folder,
                                                 const std::function<const SettingsSchema&()>& schema) {
  Result<std::optional<SettingsText>> nearest = nearest_to(absolute_path(folder), working_folder());
  if (!nearest.ok()) return nearest.error();
  if (!*nearest) return std::vector<SettingsLayer>();
  return with_extended(std::move(**nearest), schema());
}

Result<std::vector<SettingsLayer>> settings_in(const std::string& path, const SettingsSchema& schema) {
  Result<SettingsText> text = text_at(absolute_path(path).string(), working_folder());
  if (!text.ok()) return Error{"`--config`: " + text.error().message};
  text->file.foreign = false;
  return with_extended(std::move(*text), schema);
}

Result<SettingsLayer> settings_of_text(const std::string& text, const SettingsSchema& schema) {
  const std::string working = working_folder();
  Result<SettingsLayer> layer = read_settings(text, {"--config", working, false, false, working}, schema);
  if (layer.ok() && !layer->extends.empty()) return Error{"`--config` takes the path of what is to be extended"};
  if (layer.ok()) layer->inline_text = true;
  return layer;
}

}  // namespace ckptlint
