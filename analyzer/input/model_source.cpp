// Chooses the source of transformers: what is given, else the active Python environment, else the wheel beside the
// program.
#include "input/model_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/escape.h"
#include "base/fold_names.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

// site-packages folders below the prefix of an environment that hold transformers.
std::string site_packages(const fs::path& prefix) {
  std::error_code failure;
  for (const char* lib : {"lib", "lib64", "Lib"}) {
    fs::path folder = prefix / lib;
    if (fs::exists(folder / "site-packages" / "transformers" / "__init__.py", failure))
      return (folder / "site-packages").string();
    std::vector<fs::path> versions;
    for (const auto& each : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, failure)) {
      if (each.path().filename().string().rfind("python3", 0) == 0) versions.push_back(each.path());
    }
    std::sort(versions.begin(), versions.end());
    for (const fs::path& version : versions) {
      for (const char* kind : {"site-packages", "dist-packages"}) {
        if (fs::exists(version / kind / "transformers" / "__init__.py", failure)) return (version / kind).string();
      }
    }
  }
  return "";
}

std::string environment_source() {
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const char* prefix = std::getenv(variable);
    if (prefix == nullptr || *prefix == '\0') continue;
    std::string found = site_packages(prefix);
    if (!found.empty()) return found;
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    std::error_code failure;
    if (folder.empty() || !fs::exists(fs::path(folder) / "python3", failure)) continue;
    std::string found = site_packages(fs::path(folder).parent_path());
    if (!found.empty()) return found;
  }
  return "";
}

// The wheel of the newest release of the package in the folder, or empty.
std::string wheel_in(const fs::path& folder, const std::string& package) {
  std::error_code failure;
  std::string newest;
  for (const auto& each : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, failure)) {
    std::string name = each.path().filename().string();
    const bool is_wheel = name.starts_with(package + "-") && name.ends_with(".whl");
    if (is_wheel && (newest.empty() || natural_less(newest, name))) newest = std::move(name);
  }
  return newest.empty() ? "" : (folder / newest).string();
}

// Where set-up put wheels: in the build folder, which the program stands in.  Empty where that is not known.
fs::path folder_beside_program() {
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  return failure ? fs::path() : program.parent_path() / "third_party";
}

// Of the newest release, where the tests have others there.
std::string wheel_beside_program(const std::string& package) {
  const fs::path folder = folder_beside_program();
  return folder.empty() ? "" : wheel_in(folder, package);
}

fs::path cached_sources() {
  for (const auto& [variable, below] : {std::pair{"XDG_CACHE_HOME", ""}, std::pair{"HOME", ".cache"}}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder != '\0') return fs::path(folder) / below / "ckptlint" / "sources";
  }
  return {};
}

// A package that is evaluated besides transformers.
std::optional<SourceTree> source_of(const std::string& package, const ModelOptions& options) {
  std::vector<std::string> folders = options.sources;
  folders.push_back(environment_source());
  std::error_code failure;
  for (const std::string& folder : folders) {
    if (folder.empty() || !fs::exists(fs::path(folder) / package / "__init__.py", failure)) continue;
    if (Result<FileTreePtr> tree = open_folder((fs::path(folder) / package).string()); tree.ok())
      return SourceTree{*tree, package, package, false, false};
  }
  std::string wheel;
  for (const std::string& source : options.sources) {
    if (wheel.empty() && source.ends_with(".whl")) wheel = wheel_in(fs::path(source).parent_path(), package);
  }
  if (wheel.empty()) wheel = wheel_beside_program(package);
  if (wheel.empty()) return std::nullopt;
  Result<FileTreePtr> tree = open_zip(wheel);
  if (!tree.ok()) return std::nullopt;
  return SourceTree{*tree, "", "", false, false};
}

}  // namespace

Result<std::vector<SourceTree>> sources_for(const ModelOptions& options) {
  std::vector<SourceTree> all;
  for (const std::string& path : options.sources) {
    Result<std::vector<SourceTree>> opened = open_source(path);
    if (!opened) return opened.error();
    all.insert(all.end(), opened->begin(), opened->end());
  }
  bool has_library = std::any_of(all.begin(), all.end(), [](const SourceTree& tree) { return tree.library; });
  if (has_library) return all;
  for (const std::string& path : {environment_source(), wheel_beside_program("transformers")}) {
    if (path.empty()) continue;
    Result<std::vector<SourceTree>> opened = open_source(path);
    if (!opened) return opened.error();
    all.insert(all.end(), opened->begin(), opened->end());
    break;
  }
  return all;
}

Result<std::string> source_of_release(const std::string& version) {
  const bool is_version =
      !version.empty() && version.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz.+") == std::string::npos;
  for (const fs::path& folder : {folder_beside_program(), cached_sources()}) {
    if (!is_version || folder.empty()) continue;
    const std::string wheel = wheel_in(folder, "transformers-" + version);
    if (!wheel.empty()) return wheel;
  }
  return Error{
      fmt::format("there is no source of transformers {}; `--source` takes the path of one", quoted_name(version))};
}

std::optional<SourceTree> peft_source(const ModelOptions& options) { return source_of("peft", options); }

std::optional<SourceTree> sentence_transformers_source(const ModelOptions& options) {
  return source_of(kSentenceTransformers, options);
}

}  // namespace ckptlint
