// A disk that is not there: trees mounted at folders, and what is written to it meanwhile.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_tree.h"

namespace ckptlint {

// Paths are absolute and normal: "/a/b".
class Disk {
 public:
  // `folder` is that tree, and what is written below it.  What is mounted later hides what is there.
  void mount(std::string folder, FileTreePtr tree);
  // Whether it lies in what is mounted, so that it is known whether it exists.
  bool covers(std::string_view path) const;

  bool is_file(std::string_view path) const;
  bool is_folder(std::string_view path) const;
  // An error where there is no such file, or where what it contains is not known.
  Result<std::string> read(std::string_view path) const;
  // Names of a folder's entries, sorted bytewise.
  std::vector<std::string> list(std::string_view folder) const;

  // With the folders above it.
  void make_folder(std::string_view path);
  // Without a text the file is there, and what it contains is not known.
  void write(std::string_view path, std::optional<std::string> text);
  // The file keeps its origin.  Nothing where there is no `from`.
  void copy(std::string_view from, std::string_view to);
  void remove_file(std::string_view path);

  // About what it keeps in memory, for those who have a budget.
  std::size_t bytes() const { return bytes_; }

  // The file of a mounted tree that a file is, or is a copy of.
  struct Origin {
    FileTreePtr tree;
    std::string path;  // in it
  };
  std::optional<Origin> origin_of(std::string_view path) const;

 private:
  struct Written {
    std::optional<Origin> origin;  // else `text`
    std::optional<std::string> text;
  };
  void put(std::string_view path, Written written);

  std::vector<std::pair<std::string, FileTreePtr>> mounts_;
  std::map<std::string, Written, std::less<>> files_;
  std::set<std::string, std::less<>> folders_;
  std::set<std::string, std::less<>> removed_;  // files of mounted trees that are no longer there
  std::size_t bytes_ = 0;
};

// A folder of a disk as a tree, which sees what is written later.  The disk must outlive it.
FileTreePtr tree_of_disk(const Disk& disk, std::string folder);

}  // namespace ckptlint
