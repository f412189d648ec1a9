// The directory at the end of a zip archive.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "base/zip_archive.h"

namespace ckptlint {

// Where the directory is and how the file's offsets are to be read.
struct ZipDirectoryPlace {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t members = 0;
  std::uint64_t shift = 0;  // bytes before the archive proper, to be added to every offset in it
};

// By the end record, or its 64-bit successor.  Empty where there is none, or what it says does not fit into the file.
Result<std::optional<ZipDirectoryPlace>> find_zip_directory(const ByteSource& source);

// The rows of a directory's bytes; names are views of them.  Empty where a row is damaged.
std::optional<std::vector<ZipMember>> zip_members(std::string_view directory, const ZipDirectoryPlace& place);

}  // namespace ckptlint
