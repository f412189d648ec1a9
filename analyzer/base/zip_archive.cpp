// Reads the members of a zip archive, taking none of its sizes and offsets on trust.
#include "base/zip_archive.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/checked.h"
#include "base/escape.h"
#include "base/little_endian.h"
#include "base/zip_directory.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kLongestDirectory = 64u << 20;
constexpr std::uint64_t kLocalHeaderSize = 30;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;

// All of `bytes`, which must give just `size`; false where they do not.
bool inflate(std::string_view bytes, std::uint64_t size, std::string& text) {
  // The size is a claim: no more memory is taken than so many bytes of deflate can give.
  constexpr std::uint64_t kLargestRatio = 1032;
  if (size / kLargestRatio > bytes.size()) return false;
  using Decompressor = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;
  thread_local Decompressor decompressor(nullptr, &libdeflate_free_decompressor);  // it keeps nothing of what it read
  if (!decompressor) decompressor.reset(libdeflate_alloc_decompressor());
  if (!decompressor) return false;
  text.resize(size);
  return libdeflate_deflate_decompress(decompressor.get(), bytes.data(), bytes.size(), text.data(), size, nullptr) ==
         LIBDEFLATE_SUCCESS;
}

}  // namespace

ZipArchive::ZipArchive(ByteSource source, std::string shown) : source_(std::move(source)), shown_(std::move(shown)) {}

Result<ZipArchive> ZipArchive::open(ByteSource source, std::string shown) {
  const auto fail = [&](std::string_view why) {
    return Error{fmt::format("cannot open {} as a zip archive: {}", quoted_name(shown), why)};
  };
  const auto found = find_zip_directory(source);
  if (!found) return found.error();
  if (!*found) return fail("it has no directory at its end");
  const ZipDirectoryPlace& place = **found;
  if (place.members > kMostMembers || place.size > kLongestDirectory) {
    return fail(fmt::format("its directory claims {} members in {} bytes, more than the {} in {} that are accepted",
                            place.members, place.size, kMostMembers, kLongestDirectory));
  }
  Result<std::string> directory = source.read(place.begin, place.size);
  if (!directory) return directory.error();
  ZipArchive archive(std::move(source), shown);
  archive.directory_ = std::make_unique<std::string>(std::move(*directory));
  auto members = zip_members(*archive.directory_, place);
  if (!members) return fail(fmt::format("its directory at byte {} is damaged", place.begin));
  if (members->size() > kMostMembers) return fail(fmt::format("it has more than {} members", kMostMembers));
  archive.members_ = std::move(*members);
  return archive;
}

Result<std::uint64_t> ZipArchive::data_offset(const ZipMember& member) const {
  const auto fail = [&] {
    return Error{fmt::format("cannot read {} in {}: there is no member at byte {}, where the directory has it",
                             quoted_name(member.name), quoted_name(shown_), member.header_offset)};
  };
  const Result<std::string> header = source_.read_up_to(member.header_offset, kLocalHeaderSize);
  if (!header) return header.error();
  const std::string_view bytes = *header;
  if (bytes.size() < kLocalHeaderSize || !bytes.starts_with("PK\3\4")) return fail();
  const std::uint64_t begin =
      member.header_offset + kLocalHeaderSize + little_endian(bytes.substr(26, 2)) + little_endian(bytes.substr(28, 2));
  const auto end = checked_add(begin, member.compressed_size);
  if (!end || *end > source_.size()) return fail();
  return begin;
}

Result<std::string> ZipArchive::read(const ZipMember& member, std::uint64_t max_bytes) const {
  const auto fail = [&](std::string_view why) {
    return Error{fmt::format("cannot read {} in {}: {}", quoted_name(member.name), quoted_name(shown_), why)};
  };
  if (member.size > max_bytes) return fail(fmt::format("it has {} bytes, more than {}", member.size, max_bytes));
  if (member.encrypted) return fail("it is encrypted");
  if (member.method != kStored && member.method != kDeflated) {
    return fail(fmt::format("it is compressed by method {}, which is not supported", member.method));
  }
  // Deflate adds at most a few bytes in each 16 KiB; more than that is no compression of so little text.
  if (member.compressed_size > member.size + member.size / 1000 + 1024) return fail("its compressed form is too long");
  const Result<std::uint64_t> begin = data_offset(member);
  if (!begin) return begin.error();
  Result<std::string> bytes = source_.read(*begin, member.compressed_size);
  if (!bytes) return bytes.error();
  std::string text;
  if (member.method == kStored) {
    text = std::move(*bytes);
  } else if (!inflate(*bytes, member.size, text)) {
    return fail("its compressed data is damaged, or of another length than the directory says");
  }
  if (text.size() != member.size) return fail("its length is not what the directory says");
  if (libdeflate_crc32(0, text.data(), text.size()) != member.crc)
    return fail("its checksum is not what the directory says");
  return text;
}

}  // namespace ckptlint
