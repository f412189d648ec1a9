// Looks paths up among what was written and in the trees that are mounted.
#include "base/disk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/paths.h"

namespace ckptlint {
namespace {

// "b/c" of "/a/b/c" in "/a"; nothing where it is not below that folder.
std::optional<std::string_view> below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return path;
  if (path.front() != '/') return std::nullopt;
  return path.substr(1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

class DiskTree final : public FileTree {
 public:
  DiskTree(const Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    Result<std::string> text = disk_.read(whole(path));
    if (text.ok() && text->size() > max_bytes)
      return Error{fmt::format("cannot read {}: it has {} bytes", quoted_name(path), text->size())};
    return text;
  }
  bool is_file(std::string_view path) const override { return disk_.is_file(whole(path)); }
  bool is_folder(std::string_view path) const override { return disk_.is_folder(whole(path)); }
  std::vector<std::string> list(std::string_view folder) const override { return disk_.list(whole(folder)); }
  std::string real_path(std::string_view path) const override {
    const std::optional<Disk::Origin> origin = disk_.origin_of(whole(path));
    return origin ? origin->tree->real_path(origin->path) : "";
  }

 private:
  std::string whole(std::string_view path) const { return joined_path(folder_, path); }

  const Disk& disk_;
  std::string folder_;
};

}  // namespace

void Disk::mount(std::string folder, FileTreePtr tree) { mounts_.emplace_back(std::move(folder), std::move(tree)); }

bool Disk::covers(std::string_view path) const {
  return std::any_of(mounts_.begin(), mounts_.end(),
                     [&](const auto& mount) { return below(path, mount.first).has_value(); });
}

std::optional<Disk::Origin> Disk::origin_of(std::string_view path) const {
  if (const auto written = files_.find(path); written != files_.end()) return written->second.origin;
  for (auto mount = mounts_.rbegin(); mount != mounts_.rend(); ++mount) {
    const std::optional<std::string_view> inside = below(path, mount->first);
    if (inside && mount->second->is_file(*inside)) return Origin{mount->second, std::string(*inside)};
  }
  return std::nullopt;
}

bool Disk::is_file(std::string_view path) const { return files_.contains(path) || origin_of(path).has_value(); }

bool Disk::is_folder(std::string_view path) const {
  if (path.empty()) return false;
  if (path == "/" || folders_.contains(path)) return true;
  return std::any_of(mounts_.begin(), mounts_.end(), [&](const auto& mount) {
    if (mount.first.starts_with(std::string(path) + "/")) return true;  // it leads there
    const std::optional<std::string_view> inside = below(path, mount.first);
    return inside && (inside->empty() || mount.second->is_folder(*inside));
  });
}

Result<std::string> Disk::read(std::string_view path) const {
  if (const auto written = files_.find(path); written != files_.end() && !written->second.origin)
    return written->second.text;
  if (const std::optional<Origin> origin = origin_of(path)) return origin->tree->read(origin->path);
  return Error{fmt::format("cannot read {}: no such file", quoted_name(path))};
}

std::vector<std::string> Disk::list(std::string_view folder) const {
  std::vector<std::string> names;
  for (const auto& [place, tree] : mounts_) {
    if (const std::optional<std::string_view> inside = below(folder, place)) {
      for (std::string& name : tree->list(*inside)) names.push_back(std::move(name));
    }
  }
  const auto add = [&](std::string_view path) {
    if (folder_of(path) == folder && path.size() > folder.size() + 1)
      names.emplace_back(path.substr(folder.size() + 1));
  };
  for (const auto& [path, written] : files_) add(path);
  for (const std::string& path : folders_) add(path);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void Disk::make_folder(std::string_view path) {
  for (; !path.empty(); path = folder_of(path)) folders_.emplace(path);
}

void Disk::write(std::string_view path, std::string text) {
  make_folder(folder_of(path));
  files_[std::string(path)] = Written{std::nullopt, std::move(text)};
}

void Disk::copy(std::string_view from, std::string_view to) {
  if (!is_file(from)) return;
  Written written;
  written.origin = origin_of(from);
  if (!written.origin) written.text = files_.find(from)->second.text;
  make_folder(folder_of(to));
  files_[std::string(to)] = std::move(written);
}

FileTreePtr tree_of_disk(const Disk& disk, std::string folder) {
  return std::make_shared<DiskTree>(disk, std::move(folder));
}

}  // namespace ckptlint
