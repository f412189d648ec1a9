// Paths inside a tree of files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptlint {

// True for a path that stays in its tree as it is written: relative, no empty, "." or ".." part, no NUL; "" is the
// root.
bool is_plain_path(std::string_view path);

// `folder` and `name` joined; `folder` may be "".
std::string joined_path(std::string_view folder, std::string_view name);

// A set of file paths that answers as a tree of folders, each path with a number of the caller's.  A path that ends in
// '/' stands for an empty folder.
class PathIndex {
 public:
  PathIndex() = default;
  // Paths that are not plain are dropped.  Of equal paths the last one counts.
  explicit PathIndex(std::vector<std::pair<std::string, std::uint64_t>> entries);

  std::optional<std::uint64_t> find(std::string_view path) const;
  bool is_folder(std::string_view path) const;
  // Names directly in `folder`, sorted bytewise.
  std::vector<std::string> list(std::string_view folder) const;

 private:
  std::vector<std::pair<std::string, std::uint64_t>> entries_;  // sorted by path
};

}  // namespace ckptlint
