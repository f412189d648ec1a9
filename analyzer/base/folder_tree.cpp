// A folder on disk as a tree of files.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "base/file_tree.h"
#include "base/paths.h"
#include "base/regular_file.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

bool is_inside(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || folder == "/" || path[folder.size()] == '/');
}

// The Hugging Face cache keeps a repo as <repo>/snapshots/<revision>/file, a link to <repo>/blobs/<hash>.  The blobs of
// a snapshot, or of a folder in it, belong to it although they lie outside.
std::string blobs_of_snapshot(const fs::path& root) {
  for (fs::path folder = root; folder.has_relative_path(); folder = folder.parent_path()) {
    if (folder.parent_path().filename() != "snapshots") continue;
    const fs::path blobs = folder.parent_path().parent_path() / "blobs";
    std::error_code error;
    if (fs::is_directory(fs::symlink_status(blobs, error))) return blobs.string();
  }
  return "";
}

class FolderTree final : public FileTree {
 public:
  FolderTree(const fs::path& root, std::string named)
      : root_(root.string()), blobs_(blobs_of_snapshot(root)), named_(std::move(named)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    const std::string target = resolved(path);
    if (target.empty()) return Error{fmt::format("cannot read {}: no such file", quoted_name(path))};
    const Result<RegularFile> file = RegularFile::open(target, joined_path(root_, path));
    if (!file) return file.error();
    if (file->size() > max_bytes) {
      return Error{fmt::format("cannot read {}: it has {} bytes, more than {}", quoted_name(file->shown()),
                               file->size(), max_bytes)};
    }
    return file->read(0, file->size());
  }

  bool is_file(std::string_view path) const override { return S_ISREG(mode(path)); }
  bool is_folder(std::string_view path) const override { return S_ISDIR(mode(path)); }

  std::vector<std::string> list(std::string_view folder) const override {
    std::vector<std::string> names;
    const std::string target = resolved(folder);
    if (target.empty()) return names;
    std::error_code error;
    for (fs::directory_iterator it(target, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string real_path(std::string_view path) const override {
    return resolved(path).empty() ? "" : joined_path(root_, path);
  }

 private:
  // Where `path` leads with all links followed; empty where that is nowhere, or outside the tree.
  std::string resolved(std::string_view path) const {
    if (!is_plain_path(path)) return "";
    if (mode_in_root(path) != 0) return joined_path(root_, path);
    char* const target = ::realpath(joined_path(root_, path).c_str(), nullptr);
    if (target == nullptr) return "";
    std::string result(target);
    std::free(target);
    const bool belongs = is_inside(result, root_) || (!blobs_.empty() && is_inside(result, blobs_)) || result == named_;
    return belongs ? result : "";
  }

  // What kind of thing it is, with all links followed; 0 where it is nothing.
  mode_t mode(std::string_view path) const {
    if (!is_plain_path(path)) return 0;
    if (const mode_t mode = mode_in_root(path); mode != 0) return mode;
    struct stat status {};
    const std::string target = resolved(path);
    return !target.empty() && stat(target.c_str(), &status) == 0 ? status.st_mode : 0;
  }

  // The same where `path` is in the root itself and no link, so that it leads to nowhere else; 0 for all others.
  mode_t mode_in_root(std::string_view path) const {
    if (path.find('/') != std::string_view::npos) return 0;
    struct stat status {};
    return lstat(joined_path(root_, path).c_str(), &status) == 0 && !S_ISLNK(status.st_mode) ? status.st_mode : 0;
  }

  std::string root_;   // absolute, without links
  std::string blobs_;  // likewise; may be empty
  std::string named_;  // likewise: the one file outside that counts as inside
};

Result<FileTreePtr> opened(const std::string& folder, const std::string& named) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return Error{fmt::format("cannot open {}: {}", quoted_name(folder), error.message())};
  if (!fs::is_directory(root, error))
    return Error{fmt::format("cannot open {}: it is not a folder", quoted_name(folder))};
  return FileTreePtr(std::make_shared<FolderTree>(root, named));
}

}  // namespace

Result<FileTreePtr> open_folder(const std::string& path) { return opened(path, ""); }

Result<FileTreePtr> open_folder_of(const std::string& file) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (error) return Error{fmt::format("cannot open {}: {}", quoted_name(file), error.message())};
  const std::string folder = fs::path(file).parent_path().string();
  return opened(folder.empty() ? "." : folder, target.string());
}

}  // namespace ckptlint
