// Opens what is given with --source and finds the packages in it, whether it is a wheel, a checkout, a site-packages
// folder or a package.
#include "graph/source_roots.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/escape.h"
#include "base/split.h"

namespace ckptlint {
namespace {

constexpr const char* kLibrary = "transformers";

bool is_package(const FileTree& tree, const std::string& folder) {
  return tree.is_file(folder.empty() ? "__init__.py" : folder + "/__init__.py");
}

// Plain modules, or namespace packages: folders of modules that have no __init__.py.
bool has_modules(const FileTree& tree, const std::string& folder, int depth = 0) {
  constexpr int kDeepest = 3;
  const std::vector<std::string> names = tree.list(folder);
  const auto is_module = [](const std::string& name) { return name.ends_with(".py") && name != "setup.py"; };
  if (std::any_of(names.begin(), names.end(), is_module)) return true;
  return depth < kDeepest && std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           const std::string inside = folder.empty() ? name : folder + "/" + name;
           return tree.is_folder(inside) && has_modules(tree, inside, depth + 1);
         });
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Where in an archive the packages are: at its root, below src/, or below the one folder that a source archive has.
Result<std::vector<SourceTree>> open_archive(const std::string& path) {
  Result<FileTreePtr> whole = open_zip(path);
  if (!whole) return whole.error();
  std::vector<std::string> prefixes{"", "src"};
  for (const std::string& name : (*whole)->list("")) {
    if (!(*whole)->is_folder(name)) continue;
    prefixes.push_back(name);
    prefixes.push_back(name + "/src");
  }
  for (const std::string& prefix : prefixes) {
    std::string folder = prefix.empty() ? kLibrary : prefix + "/" + kLibrary;
    if (!is_package(**whole, folder)) continue;
    Result<FileTreePtr> tree = prefix.empty() ? whole : open_zip(path, prefix);
    if (!tree) return tree.error();
    return std::vector<SourceTree>{{*tree, "", "", true}};
  }
  for (const std::string& name : (*whole)->list("")) {
    if (is_package(**whole, name)) return std::vector<SourceTree>{{*whole, "", "", false}};
  }
  if (has_modules(**whole, "")) return std::vector<SourceTree>{{*whole, "", "", false}};
  return Error{fmt::format("{} holds no Python package", quoted_name(path))};
}

Result<std::vector<SourceTree>> mounted(const std::string& folder, const std::string& package, bool library) {
  Result<FileTreePtr> tree = open_folder(folder);
  if (!tree) return tree.error();
  return std::vector<SourceTree>{{*tree, package, package, library}};
}

}  // namespace

namespace {

Result<std::vector<SourceTree>> open_source_anew(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::exists(path, failure))
    return Error{fmt::format("no source at {}: it does not exist", quoted_name(path))};
  if (!std::filesystem::is_directory(path, failure)) {
    if (ends_with(path, ".whl") || ends_with(path, ".zip")) return open_archive(path);
    return Error{fmt::format("{} is neither a folder nor a wheel or zip", quoted_name(path))};
  }
  Result<FileTreePtr> opened = open_folder(path);
  if (!opened) return opened.error();
  const FileTree& tree = **opened;
  if (is_package(tree, kLibrary)) return mounted(path + "/" + kLibrary, kLibrary, true);
  if (is_package(tree, std::string("src/") + kLibrary)) return mounted(path + "/src/" + kLibrary, kLibrary, true);
  if (is_package(tree, "")) {
    std::string name = std::filesystem::path(path).lexically_normal().filename().string();
    if (name.empty()) name = std::filesystem::path(path).lexically_normal().parent_path().filename().string();
    bool library = tree.is_file("modeling_utils.py") && tree.is_file("configuration_utils.py");
    return mounted(path, library ? kLibrary : name, library);
  }
  // In a checkout with src/ the packages are there, and what stands beside it is tests and tools.
  for (const char* folder : {"src", ""}) {
    for (const std::string& name : tree.list(folder)) {
      std::string package = *folder == '\0' ? name : std::string(folder) + "/" + name;
      if (!is_package(tree, package)) continue;
      Result<FileTreePtr> root = *folder == '\0' ? opened : open_folder(path + "/" + folder);
      if (!root) return root.error();
      return std::vector<SourceTree>{{*root, "", "", false}};
    }
  }
  for (const char* folder : {"src", ""}) {
    if ((*folder != '\0' && !tree.is_folder(folder)) || !has_modules(tree, folder)) continue;
    Result<FileTreePtr> root = *folder == '\0' ? opened : open_folder(path + "/" + folder);
    if (!root) return root.error();
    return std::vector<SourceTree>{{*root, "", "", false}};
  }
  return Error{fmt::format("{} holds no Python package", quoted_name(path))};
}

// What a file or folder was when it was opened.
struct Stamp {
  explicit Stamp(const std::string& path) { known = stat(path.c_str(), &of) == 0; }
  bool operator==(const Stamp& other) const {
    return known && other.known && of.st_dev == other.of.st_dev && of.st_ino == other.of.st_ino &&
           of.st_size == other.of.st_size && of.st_mtime == other.of.st_mtime;
  }
  struct stat of = {};
  bool known = false;
};

struct Opened {
  Stamp stamp;
  std::vector<SourceTree> trees;
};

}  // namespace

std::vector<FileTreePtr> trees_of(const std::vector<SourceTree>& sources) {
  std::vector<FileTreePtr> trees;
  trees.reserve(sources.size());
  for (const SourceTree& source : sources) trees.push_back(source.tree);
  return trees;
}

Result<std::vector<SourceTree>> open_source(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, Opened> opened;
  const Stamp stamp(path);
  const std::lock_guard lock(mutex);  // while it is opened, too: who asks at once gets the same trees
  if (const auto found = opened.find(path); found != opened.end() && found->second.stamp == stamp)
    return found->second.trees;
  Result<std::vector<SourceTree>> trees = open_source_anew(path);
  if (trees.ok()) opened.insert_or_assign(path, Opened{stamp, *trees});
  return trees;
}

bool has_package(const std::vector<SourceTree>& sources, const std::string& name) {
  return std::any_of(sources.begin(), sources.end(), [&](const SourceTree& source) {
    return source.mount == name || (source.mount.empty() && is_package(*source.tree, name));
  });
}

bool holds_transformers(const SourceTree& source) { return source.library && has_package({source}, kLibrary); }

std::string version_of(const std::vector<SourceTree>& sources, const std::string& package) {
  for (const SourceTree& source : sources) {
    std::string path = source.mount == package ? "__init__.py" : source.mount.empty() ? package + "/__init__.py" : "";
    if (path.empty() || !source.tree->is_file(path)) continue;
    Result<std::string> text = source.tree->read(path);
    if (!text) continue;
    std::size_t at = text->find("__version__ = \"");
    if (at == std::string::npos) continue;
    at += std::string_view("__version__ = \"").size();
    return text->substr(at, std::min<std::size_t>(text->find('"', at) - at, 40));
  }
  return "";
}

std::string transformers_version(const std::vector<SourceTree>& sources) { return version_of(sources, kLibrary); }

std::vector<std::string> needs_of(const FileTree& installed, const std::string& package) {
  std::vector<std::string> needs;
  for (const std::string& name : installed.list("")) {
    if (!name.starts_with(package + "-") || !name.ends_with(".dist-info")) continue;
    const Result<std::string> text = installed.read(name + "/METADATA");
    if (!text.ok()) continue;
    for (const std::string_view line : split(*text, '\n')) {
      static const RE2 pattern(R"(Requires-Dist: ([A-Za-z0-9._-]+)(.*))");
      std::string required, rest;
      if (!RE2::FullMatch(line, pattern, &required, &rest) || rest.find("extra ==") != std::string::npos) continue;
      std::replace_if(
          required.begin(), required.end(), [](char c) { return c == '-' || c == '.'; }, '_');
      needs.push_back(std::move(required));
    }
  }
  return needs;
}

}  // namespace ckptlint
