// Zip archives: wheels, and what torch.save writes.
//
// On libdeflate alone: a library that makes an object of every member opens a hostile archive with all of them (libzip
// takes 2.2 s and 405 MB for a million), where here the directory's own count is refused before a row is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"

namespace ckptlint {

// One row of an archive's directory.  All of it is a claim until the member is read.
struct ZipMember {
  std::string_view name;  // as stored, of any encoding; lives as long as the archive
  std::uint64_t size = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t header_offset = 0;  // of its local header, in the file
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  // 0: stored, 8: deflated; others cannot be read
  bool encrypted = false;
};

// Reads as Python's zipfile does (the directory at the end counts, whatever precedes the archive).  Reading members is
// safe from several threads at once.
class ZipArchive {
 public:
  // Reads the directory alone.  An error where there is none, it is damaged, or it has more than kMostMembers rows.
  static Result<ZipArchive> open(ByteSource source, std::string shown);

  const std::vector<ZipMember>& members() const { return members_; }
  // The directory as it is stored: with the CRC-32 that it has of each member, it says what can be read here.
  std::string_view directory() const { return *directory_; }
  std::uint64_t file_size() const { return source_.size(); }
  // Where a member's bytes begin in the file, by its local header.
  Result<std::uint64_t> data_offset(const ZipMember& member) const;
  // A member's text.  An error where it has more than `max_bytes`, is not what the directory says (length, CRC-32), or
  // is encrypted or compressed in a way other than deflate.
  Result<std::string> read(const ZipMember& member, std::uint64_t max_bytes) const;

  static constexpr std::uint64_t kMostMembers = 200'000;

 private:
  ZipArchive(ByteSource source, std::string shown);

  ByteSource source_;
  std::string shown_;
  std::unique_ptr<std::string> directory_;  // what the names are views of
  std::vector<ZipMember> members_;
};

}  // namespace ckptlint
