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

// What an entry of a tree takes besides its path.
constexpr std::size_t kNode = 96;

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
  if (removed_.contains(path)) return std::nullopt;
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
  if (const auto written = files_.find(path); written != files_.end() && !written->second.origin) {
    if (!written->second.text)
      return Error{fmt::format("cannot read {}: what was written is not known", quoted_name(path))};
    return *written->second.text;
  }
  if (const std::optional<Origin> origin = origin_of(path)) return origin->tree->read(origin->path);
  return Error{fmt::format("cannot read {}: no such file", quoted_name(path))};
}

std::vector<std::string> Disk::list(std::string_view folder) const {
  std::vector<std::string> names;
  const std::string prefix = folder == "/" ? "/" : std::string(folder) + "/";
  // The next name on the way from the folder to what is below it.
  const auto add = [&](std::string_view path) {
    if (path.size() <= prefix.size() || !path.starts_with(prefix)) return;
    path.remove_prefix(prefix.size());
    names.emplace_back(path.substr(0, path.find('/')));
  };
  for (const auto& [place, tree] : mounts_) {
    add(place);
    const std::optional<std::string_view> inside = below(folder, place);
    if (!inside) continue;
    for (std::string& name : tree->list(*inside)) {
      if (!removed_.contains(prefix + name)) names.push_back(std::move(name));
    }
  }
  for (auto file = files_.lower_bound(prefix); file != files_.end() && file->first.starts_with(prefix); ++file)
    add(file->first);
  for (auto made = folders_.lower_bound(prefix); made != folders_.end() && made->starts_with(prefix); ++made)
    add(*made);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void Disk::make_folder(std::string_view path) {
  // Where a folder was made, those above it were.
  for (; !path.empty() && folders_.emplace(path).second; path = folder_of(path)) bytes_ += path.size() + kNode;
}

void Disk::put(std::string_view path, Written written) {
  make_folder(folder_of(path));
  const auto [entry, is_new] = files_.try_emplace(std::string(path));
  const auto size = [](const Written& file) { return file.text ? file.text->size() : 0; };
  bytes_ += size(written) + (is_new ? path.size() + kNode : 0);
  bytes_ -= size(entry->second);
  entry->second = std::move(written);
}

void Disk::write(std::string_view path, std::optional<std::string> text) {
  put(path, Written{std::nullopt, std::move(text)});
}

void Disk::copy(std::string_view from, std::string_view to) {
  if (!is_file(from)) return;
  Written written;
  written.origin = origin_of(from);
  if (!written.origin) written.text = files_.find(from)->second.text;
  put(to, std::move(written));
}

void Disk::remove_file(std::string_view path) {
  if (const auto written = files_.find(path); written != files_.end()) {
    bytes_ -= written->first.size() + kNode + (written->second.text ? written->second.text->size() : 0);
    files_.erase(written);
  }
  // What lies below comes back to light otherwise.
  if (origin_of(path) && removed_.emplace(path).second) bytes_ += path.size() + kNode;
}

FileTreePtr tree_of_disk(const Disk& disk, std::string folder) {
  return std::make_shared<DiskTree>(disk, std::move(folder));
}

}  // namespace ckptlint
