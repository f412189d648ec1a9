// A regular file on disk, opened for reading at given offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/shared_bytes.h"

namespace ckptlint {

class RegularFile {
 public:
  // Follows links.  An error where `path` is absent, unreadable, or a folder, device, FIFO or socket (none of which is
  // opened).  `shown` is the name that errors use; empty means `path`.
  static Result<RegularFile> open(const std::string& path, const std::string& shown = "");

  RegularFile(RegularFile&& other) noexcept;
  RegularFile& operator=(RegularFile&& other) noexcept;
  RegularFile(const RegularFile&) = delete;
  RegularFile& operator=(const RegularFile&) = delete;
  ~RegularFile();

  // Size when opened.
  std::uint64_t size() const { return size_; }
  const std::string& shown() const { return shown_; }
  // Exactly `length` bytes from `offset`.  An error where the file ends before, or has become shorter since.
  Result<std::string> read(std::uint64_t offset, std::uint64_t length) const;
  Result<SharedBytes> read_shared(std::uint64_t offset, std::uint64_t length) const;

 private:
  RegularFile(int descriptor, std::uint64_t size, std::string shown);

  std::optional<Error> why_not(std::uint64_t offset, std::uint64_t length) const;  // it has no such bytes
  std::optional<Error> read_into(char* bytes, std::uint64_t offset, std::uint64_t length) const;

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::string shown_;
};

}  // namespace ckptlint
