// Chooses the source of transformers: what is given, else the active Python environment, else the wheel that came with
// the program or was fetched.
#include "input/model_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/escape.h"
#include "base/fold_names.h"
#include "graph/diffusers_class.h"
#include "input/kept_sources.h"

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

// The newest wheel of the package in the folder, or empty.
std::string wheel_in(const fs::path& folder, const std::string& package) {
  std::string newest;
  for (const KeptWheel& wheel : wheels_in(folder)) {
    if (wheel.package == package) newest = wheel.path.string();
  }
  return newest;
}

std::string kept_source(const std::string& package, const std::string& version = "") {
  const std::optional<KeptWheel> wheel = kept_wheel(package, version);
  return wheel ? wheel->path.string() : "";
}

// A package that is evaluated besides transformers.
std::optional<SourceTree> source_of(const std::string& package, const ModelOptions& options) {
  std::vector<std::string> folders = options.sources;
  folders.push_back(environment_source());
  std::error_code failure;
  for (const std::string& folder : folders) {
    if (folder.empty() || !fs::exists(fs::path(folder) / package / "__init__.py", failure)) continue;
    const Result<FileTreePtr> whole = open_folder(folder), tree = open_folder((fs::path(folder) / package).string());
    if (whole.ok() && tree.ok()) return SourceTree{*tree, package, package, false, false, needs_of(**whole, package)};
  }
  std::string wheel;
  for (const std::string& source : options.sources) {
    if (wheel.empty() && source.ends_with(".whl")) wheel = wheel_in(fs::path(source).parent_path(), package);
  }
  if (wheel.empty()) wheel = kept_source(package);
  if (wheel.empty()) return std::nullopt;
  const Result<std::vector<SourceTree>> opened = open_source(wheel);
  if (!opened.ok()) return std::nullopt;
  const FileTreePtr& tree = opened->front().tree;
  return SourceTree{tree, "", "", false, false, needs_of(*tree, package)};
}

// Transformers where it is not given: of that version, or without one whatever is there, perhaps nothing.
Result<std::vector<SourceTree>> library_source(const std::string& version) {
  if (const std::string environment = environment_source(); !environment.empty()) {
    Result<std::vector<SourceTree>> opened = open_source(environment);
    if (!opened.ok() || version.empty() || is_same_version(transformers_version(*opened), version)) return opened;
  }
  if (const std::string kept = kept_source("transformers", version); !kept.empty()) return open_source(kept);
  if (version.empty()) return std::vector<SourceTree>();
  return Error{fmt::format(
      "the source of transformers {} is not here: `ckptlint sources add transformers=={}` fetches it, --source gives it",
      printable(version), printable(version))};
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
  const Result<std::vector<SourceTree>> library = library_source(options.transformers);
  if (!library.ok()) return library.error();
  all.insert(all.end(), library->begin(), library->end());
  return all;
}

std::optional<InstalledLibrary> installed_transformers() {
  const std::string folder = environment_source();
  if (folder.empty()) return std::nullopt;
  const Result<std::vector<SourceTree>> opened = open_source(folder);
  return InstalledLibrary{folder, opened.ok() ? transformers_version(*opened) : ""};
}

Result<std::string> source_of_release(const std::string& version) {
  if (std::string kept = kept_source("transformers", version); !kept.empty()) return kept;
  return Error{
      fmt::format("the source of transformers {} is not here: `ckptlint sources add transformers=={}` fetches it",
                  printable(version), printable(version))};
}

std::optional<SourceTree> peft_source(const ModelOptions& options) { return source_of("peft", options); }

std::optional<SourceTree> sentence_transformers_source(const ModelOptions& options) {
  return source_of(kSentenceTransformers, options);
}

std::optional<SourceTree> diffusers_source(const ModelOptions& options) { return source_of(kDiffusers, options); }

}  // namespace ckptlint
