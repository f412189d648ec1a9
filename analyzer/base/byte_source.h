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

// Bytes that are fetched from elsewhere when they are asked for.
class FetchedBytes {
 public:
  virtual ~FetchedBytes() = default;
  virtual std::uint64_t size() const = 0;
  // Exactly `length` bytes from `offset`, which are there by size().
  virtual Result<std::string> fetch(std::uint64_t offset, std::uint64_t length) const = 0;
};

// Copies share the file.
class ByteSource {
 public:
  explicit ByteSource(RegularFile file) : bytes_(std::make_shared<const Bytes>(std::move(file))) {}
  ByteSource(std::string bytes, std::string shown)
      : bytes_(std::make_shared<const Bytes>(std::move(bytes))), shown_(std::move(shown)) {}

  ByteSource(std::shared_ptr<const FetchedBytes> bytes, std::string shown)
      : bytes_(std::make_shared<const Bytes>(std::move(bytes))), shown_(std::move(shown)) {}

  std::uint64_t size() const;
  // Exactly `length` bytes from `offset`; an error where they are not there, or not there any more.
  Result<std::string> read(std::uint64_t offset, std::uint64_t length) const;
  // The same, where views of them are kept.
  Result<SharedBytes> read_shared(std::uint64_t offset, std::uint64_t length) const;
  // As many bytes from `offset` as there are, at most `length`.
  Result<std::string> read_up_to(std::uint64_t offset, std::uint64_t length) const;

 private:
  using Bytes = std::variant<RegularFile, std::string, std::shared_ptr<const FetchedBytes>>;

  std::shared_ptr<const Bytes> bytes_;
  std::string shown_;
};

// A file on disk; `shown` is the name that errors use.
Result<ByteSource> open_file(const std::string& real_path, std::string_view shown);

}  // namespace ckptlint
