// One file's bytes at given offsets, wherever the file is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/file_tree.h"
#include "base/regular_file.h"
#include "base/result.h"
#include "base/shared_bytes.h"

namespace ckptlint {

// Copies share the file.
class ByteSource {
 public:
  explicit ByteSource(RegularFile file) : bytes_(std::make_shared<const Bytes>(std::move(file))) {}
  ByteSource(std::string bytes, std::string shown)
      : bytes_(std::make_shared<const Bytes>(std::move(bytes))), shown_(std::move(shown)) {}

  std::uint64_t size() const;
  // Exactly `length` bytes from `offset`; an error where they are not there, or not there any more.
  Result<std::string> read(std::uint64_t offset, std::uint64_t length) const;
  // The same, where views of them are kept.
  Result<SharedBytes> read_shared(std::uint64_t offset, std::uint64_t length) const;
  // As many bytes from `offset` as there are, at most `length`.
  Result<std::string> read_up_to(std::uint64_t offset, std::uint64_t length) const;

 private:
  using Bytes = std::variant<RegularFile, std::string>;

  std::shared_ptr<const Bytes> bytes_;
  std::string shown_;
};

// A file on disk; `shown` is the name that errors use.
Result<ByteSource> open_file(const std::string& real_path, std::string_view shown);
// A file of a tree.  On disk only what is asked for is read; other trees give the whole file, up to their usual limit.
Result<ByteSource> open_bytes(const FileTree& tree, std::string_view path);

}  // namespace ckptlint
