// Resolves a PATH of the command line: a file, a folder, a repo on the Hub, or a model's name in the local Hugging Face
// cache.
#include "hub/locate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/escape.h"
#include "base/paths.h"
#include "hub/address.h"
#include "hub/cache.h"
#include "hub/settings.h"
#include "hub/tree.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

// Empty for what cannot be a repo's name.
std::string cache_name(const std::string& name) {
  if (name.empty() || !is_plain_path(name) || std::count(name.begin(), name.end(), '/') > 1) return "";
  return repo_folder(name);
}

// The revision that `main` names, else the only one there is, else "".
std::string revision(const FileTree& repo) {
  if (Result<std::string> main = repo.read("refs/main", 1024); main.ok()) {
    while (!main->empty() && std::isspace(static_cast<unsigned char>(main->back())) != 0) main->pop_back();
    if (!main->empty() && is_plain_path(*main) && repo.is_folder("snapshots/" + *main)) return *main;
  }
  const std::vector<std::string> all = repo.list("snapshots");
  return all.size() == 1 ? all.front() : "";
}

// Nothing where the cache has no such repo.  `within`: a folder of it.
std::optional<Result<Location>> in_cache(const std::string& path, const std::string& within) {
  const std::string name = cache_name(path);
  const std::string cached = name.empty() ? "" : joined_path(hub_cache(), name);
  std::error_code error;
  if (cached.empty() || !fs::is_directory(cached, error)) return std::nullopt;
  const Result<FileTreePtr> repo = open_folder(cached);
  const std::string snapshot = repo.ok() ? revision(**repo) : "";
  if (snapshot.empty()) {
    return Error{
        fmt::format("{} is in the cache without a snapshot to take: {}", quoted_name(path), quoted_name(cached))};
  }
  const std::string folder = joined_path(cached, "snapshots/" + snapshot);
  if (!within.empty() && !(*repo)->is_folder(joined_path("snapshots/" + snapshot, within)))
    return Error{fmt::format("{} in the cache has no folder {}", quoted_name(path), quoted_name(within))};
  const std::string inside = joined_path(folder, within);
  Result<FileTreePtr> tree = open_folder(inside);
  if (!tree) return tree.error();
  return Location{*tree, "", inside};
}

// "org/name" and "org/name/folder"; of a repo without an organization, its name alone.
std::optional<Result<Location>> in_cache(const std::string& path) {
  if (!is_plain_path(path)) return std::nullopt;
  const std::size_t slash = path.find('/');
  const std::size_t second = slash == std::string::npos ? slash : path.find('/', slash + 1);
  return second == std::string::npos ? in_cache(path, "") : in_cache(path.substr(0, second), path.substr(second + 1));
}

// What people may have meant by a path at which nothing is.
std::string meant_by(const std::string& path) {
  if (path.find("://") != std::string::npos || path.starts_with("hf:"))
    return "; a model on the Hub is named hf://ORG/NAME";
  if (cache_name(path).empty()) return "";
  const std::size_t slash = path.find('/');
  std::error_code error;
  const bool is_name = slash != std::string::npos && !fs::exists(path.substr(0, slash), error);
  return ", neither as a path nor as a model in the local Hugging Face cache" +
         (is_name ? fmt::format("; {} reads it from the Hub", quoted_name("hf://" + path)) : "");
}

}  // namespace

Result<Location> locate(const std::string& path) {
  if (is_hub_address(path)) {
    const Result<HubAddress> address = parse_hub_address(path);
    if (!address.ok()) return address.error();
    Result<HubRepo> repo = open_hub(*address);
    if (!repo.ok()) return repo.error();
    return Location{repo->tree, repo->entry, path, repo->name, repo->commit};
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    Result<FileTreePtr> tree = open_folder(path);
    if (!tree) return tree.error();
    return Location{*tree, "", path};
  }
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) {
      return Error{fmt::format("cannot read {}: it is neither a file nor a folder", quoted_name(path))};
    }
    Result<FileTreePtr> tree = open_folder_of(path);
    if (!tree) return tree.error();
    return Location{*tree, fs::path(path).filename().string(), path};
  }
  if (auto cached = in_cache(path)) return *cached;
  return Error{fmt::format("{} is not there{}", quoted_name(path), meant_by(path))};
}

Result<Location> locate_cached(const std::string& name) {
  if (auto cached = in_cache(name)) return *cached;
  return Error{fmt::format("{} is no model in the local Hugging Face cache", quoted_name(name))};
}

}  // namespace ckptlint
