// The seam between the program and the outside: read-only trees of files, real, zipped, in memory or overlaid.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/source.h"

namespace ckptlint {

class ByteSource;

// So many bytes from the front of a file; kWholeFile for all of it, if that is no more than kMaxTextBytes.
struct ExpectedRead {
  std::string path;
  std::uint64_t bytes;
};
inline constexpr std::uint64_t kWholeFile = ~std::uint64_t{0};

// A read-only tree of files.  Paths are relative, '/'-separated, without "." or ".." parts; a path that leaves the
// tree (by "..", absolute, or through a link out of it) is treated as absent.  "" is the root folder.
class FileTree {
 public:
  virtual ~FileTree() = default;

  // The whole file.  An error where it is absent, not a regular file, unreadable or longer than `max_bytes`.
  virtual Result<std::string> read(std::string_view path, std::uint64_t max_bytes = kMaxTextBytes) const = 0;
  // The same of a file of source that many read: a tree that does not change hands out one text to all of them.
  virtual Result<SourceText> text(std::string_view path) const;
  virtual bool is_file(std::string_view path) const = 0;
  virtual bool is_folder(std::string_view path) const = 0;
  // Names (not paths) of a folder's entries, sorted bytewise; empty where it is absent.
  virtual std::vector<std::string> list(std::string_view folder) const = 0;
  // The path on disk, or empty where the file has none of its own (archives, memory).
  virtual std::string real_path(std::string_view path) const = 0;

  // A file of which only what is asked for is read: on disk, or far away.  Elsewhere the whole is, up to kMaxTextBytes.
  virtual Result<ByteSource> open(std::string_view path) const;
  // What is about to be read, for a tree that fetches it at once sooner than one by one.  Files that are absent are
  // passed over.
  virtual void expect(std::span<const ExpectedRead> reads) const;
  // What tells all of its content from that of any other tree, known without reading it; empty where nothing is.
  virtual std::string fingerprint() const;
  // Why something that is in the tree could not be had, where that may pass: nothing is to be concluded then from what
  // was read.
  virtual std::optional<Error> lost() const;

  static constexpr std::uint64_t kMaxTextBytes = 64u << 20;
};

using FileTreePtr = std::shared_ptr<const FileTree>;

// A folder on disk.  A snapshot of the Hugging Face cache reaches the blobs of its own repo through its links.
Result<FileTreePtr> open_folder(const std::string& path);
// The folder of a file that the user named: that file is in it wherever its link leads.
Result<FileTreePtr> open_folder_of(const std::string& file);
// A zip or wheel; members are inflated when read.  `prefix` makes a folder inside it the root.
Result<FileTreePtr> open_zip(const std::string& path, const std::string& prefix = "");
// Files given by text.
FileTreePtr in_memory_tree(std::map<std::string, std::string> files);
// `base` with some files replaced or added.
FileTreePtr overlay_tree(FileTreePtr base, std::map<std::string, std::string> edits);

}  // namespace ckptlint
