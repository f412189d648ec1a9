// Which paths may stand inside a tree of files, and an index of them by folder.
#include "base/paths.h"

#include <algorithm>

namespace ckptlint {
namespace {

// The character after '/': a name followed by it sorts right behind everything inside the folder of that name.
constexpr char kPastSlash = '/' + 1;

template <typename Entries>
auto first_from(const Entries& entries, std::string_view path) {
  return std::lower_bound(entries.begin(), entries.end(), path,
                          [](const auto& entry, std::string_view p) { return entry.first < p; });
}

bool is_plain_entry(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return !path.empty() && is_plain_path(path);
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (path.empty()) return true;
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string joined_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && !name.empty()) path += '/';
  path += name;
  return path;
}

PathIndex::PathIndex(std::vector<std::pair<std::string, std::uint64_t>> entries) : entries_(std::move(entries)) {
  std::erase_if(entries_, [](const auto& entry) { return !is_plain_entry(entry.first); });
  std::stable_sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  entries_.erase(entries_.begin(), std::unique(entries_.rbegin(), entries_.rend(), same).base());
}

std::optional<std::uint64_t> PathIndex::find(std::string_view path) const {
  if (path.empty() || path.ends_with('/')) return std::nullopt;
  const auto it = first_from(entries_, path);
  if (it == entries_.end() || it->first != path) return std::nullopt;
  return it->second;
}

bool PathIndex::is_folder(std::string_view path) const {
  if (path.empty()) return true;
  const std::string inside = std::string(path) + '/';
  const auto it = first_from(entries_, inside);
  return it != entries_.end() && it->first.starts_with(inside);
}

std::vector<std::string> PathIndex::list(std::string_view folder) const {
  const std::string inside = folder.empty() ? "" : std::string(folder) + '/';
  std::vector<std::string> names;
  auto it = first_from(entries_, inside);
  while (it != entries_.end() && it->first.starts_with(inside)) {
    const std::string_view rest = std::string_view(it->first).substr(inside.size());
    const std::size_t slash = rest.find('/');
    if (!rest.empty()) names.emplace_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) {
      ++it;
    } else {
      it = first_from(entries_, inside + names.back() + kPastSlash);
    }
  }
  // "a-b" sorts before "a/c", which is listed as "a".
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace ckptlint
