// Finds the directory of a zip archive from the end of the file and reads its rows, those with 64-bit sizes included.
#include "base/zip_directory.h"

#include <algorithm>

#include "base/checked.h"
#include "base/little_endian.h"

namespace ckptlint {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kEndSignature = "PK\5\6"sv;
constexpr std::string_view kEnd64Signature = "PK\6\6"sv;
constexpr std::string_view kLocator64Signature = "PK\6\7"sv;
constexpr std::string_view kRowSignature = "PK\1\2"sv;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kLocator64Size = 20;
constexpr std::size_t kRowSize = 46;
constexpr std::size_t kLongestComment = 65535;

std::uint64_t field_at(std::string_view bytes, std::size_t at, std::size_t size) {
  return little_endian(bytes.substr(at, size));
}

// The last end record whose comment reaches no further than the file.
std::size_t find_end(std::string_view tail) {
  std::size_t at = tail.rfind(kEndSignature);
  while (at != std::string_view::npos) {
    if (tail.size() - at >= kEndSize && at + kEndSize + field_at(tail, at + 20, 2) <= tail.size()) return at;
    if (at == 0) break;
    at = tail.rfind(kEndSignature, at - 1);
  }
  return std::string_view::npos;
}

// Replaces the fields of a row that say "too large for 32 bits" by those of its 64-bit extra field, in the order that
// the format fixes.  False where they are not there.
bool widen(std::string_view extra, ZipMember& member) {
  constexpr std::uint64_t kWide = 0xffffffff;
  if (member.size != kWide && member.compressed_size != kWide && member.header_offset != kWide) return true;
  while (extra.size() >= 4) {
    const std::size_t size = field_at(extra, 2, 2);
    if (size > extra.size() - 4) return false;
    if (field_at(extra, 0, 2) != 1) {
      extra.remove_prefix(4 + size);
      continue;
    }
    std::string_view fields = extra.substr(4, size);
    for (std::uint64_t* field : {&member.size, &member.compressed_size, &member.header_offset}) {
      if (*field != kWide) continue;
      if (fields.size() < 8) return false;
      *field = field_at(fields, 0, 8);
      fields.remove_prefix(8);
    }
    return true;
  }
  return false;
}

}  // namespace

Result<std::optional<ZipDirectoryPlace>> find_zip_directory(const ByteSource& source) {
  const std::uint64_t wanted =
      std::min<std::uint64_t>(source.size(), kLongestComment + kEndSize + kEnd64Size + kLocator64Size);
  const std::uint64_t tail_begin = source.size() - wanted;
  const Result<std::string> read = source.read(tail_begin, wanted);
  if (!read) return read.error();
  const std::string_view tail = *read;
  const std::size_t end = find_end(tail);
  std::optional<ZipDirectoryPlace> none;
  if (end == std::string_view::npos) return none;
  ZipDirectoryPlace place;
  place.members = field_at(tail, end + 10, 2);
  place.size = field_at(tail, end + 12, 4);
  std::uint64_t offset = field_at(tail, end + 16, 4);
  std::size_t behind = end;  // the directory ends where the first of the end records begins
  const bool has_wide = end >= kEnd64Size + kLocator64Size &&
                        tail.substr(end - kLocator64Size).starts_with(kLocator64Signature) &&
                        tail.substr(end - kLocator64Size - kEnd64Size).starts_with(kEnd64Signature);
  if (has_wide) {
    behind = end - kLocator64Size - kEnd64Size;
    place.members = field_at(tail, behind + 32, 8);
    place.size = field_at(tail, behind + 40, 8);
    offset = field_at(tail, behind + 48, 8);
  }
  const std::uint64_t directory_end = tail_begin + behind;
  if (place.size > directory_end || offset > directory_end - place.size) return none;
  place.begin = directory_end - place.size;
  place.shift = place.begin - offset;
  return std::optional(place);
}

std::optional<std::vector<ZipMember>> zip_members(std::string_view directory, const ZipDirectoryPlace& place) {
  std::vector<ZipMember> members;
  members.reserve(std::min<std::uint64_t>(place.members, directory.size() / kRowSize));
  while (!directory.empty()) {
    if (directory.size() < kRowSize || !directory.starts_with(kRowSignature)) return std::nullopt;
    const std::size_t name_size = field_at(directory, 28, 2);
    const std::size_t extra_size = field_at(directory, 30, 2);
    const std::size_t row_size = kRowSize + name_size + extra_size + field_at(directory, 32, 2);
    if (row_size > directory.size()) return std::nullopt;
    ZipMember member;
    member.encrypted = (field_at(directory, 8, 2) & 1) != 0;
    member.method = static_cast<std::uint16_t>(field_at(directory, 10, 2));
    member.crc = static_cast<std::uint32_t>(field_at(directory, 16, 4));
    member.compressed_size = field_at(directory, 20, 4);
    member.size = field_at(directory, 24, 4);
    member.header_offset = field_at(directory, 42, 4);
    member.name = directory.substr(kRowSize, name_size);
    if (!widen(directory.substr(kRowSize + name_size, extra_size), member)) return std::nullopt;
    const auto shifted = checked_add(member.header_offset, place.shift);
    if (!shifted) return std::nullopt;
    member.header_offset = *shifted;
    members.push_back(member);
    directory.remove_prefix(row_size);
  }
  return members;
}

}  // namespace ckptlint
