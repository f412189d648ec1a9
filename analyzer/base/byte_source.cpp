// The bytes of a file on disk or in a tree behind one interface, so that readers need not know where they come from.
#include "base/byte_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace ckptlint {

std::uint64_t ByteSource::size() const {
  if (const auto* file = std::get_if<RegularFile>(bytes_.get())) return file->size();
  if (const auto* fetched = std::get_if<std::shared_ptr<const FetchedBytes>>(bytes_.get())) return (*fetched)->size();
  return std::get<std::string>(*bytes_).size();
}

Result<std::string> ByteSource::read(std::uint64_t offset, std::uint64_t length) const {
  if (const auto* file = std::get_if<RegularFile>(bytes_.get())) return file->read(offset, length);
  if (offset > size() || length > size() - offset) {
    return Error{fmt::format("cannot read {} bytes at byte {} of {}: it has {} bytes", length, offset,
                             quoted_name(shown_), size())};
  }
  if (const auto* fetched = std::get_if<std::shared_ptr<const FetchedBytes>>(bytes_.get()))
    return (*fetched)->fetch(offset, length);
  return std::get<std::string>(*bytes_).substr(offset, length);
}

Result<SharedBytes> ByteSource::read_shared(std::uint64_t offset, std::uint64_t length) const {
  if (const auto* file = std::get_if<RegularFile>(bytes_.get())) return file->read_shared(offset, length);
  const Result<std::string> text = read(offset, length);
  if (!text) return text.error();
  SharedBytes bytes(text->size());
  std::copy(text->begin(), text->end(), bytes.data());
  return bytes;
}

Result<std::string> ByteSource::read_up_to(std::uint64_t offset, std::uint64_t length) const {
  if (offset >= size()) return std::string();
  return read(offset, std::min(length, size() - offset));
}

Result<ByteSource> open_file(const std::string& real_path, std::string_view shown) {
  Result<RegularFile> file = RegularFile::open(real_path, std::string(shown));
  if (!file) return file.error();
  return ByteSource(std::move(*file));
}

Result<ByteSource> FileTree::open(std::string_view path) const {
  const std::string on_disk = real_path(path);
  if (!on_disk.empty()) return open_file(on_disk, path);
  Result<std::string> bytes = read(path);
  if (!bytes) return bytes.error();
  return ByteSource(std::move(*bytes), std::string(path));
}

Result<SourceText> FileTree::text(std::string_view path) const {
  Result<std::string> text = read(path);
  if (!text) return text.error();
  return SourceText(std::move(*text));
}

void FileTree::expect(std::span<const ExpectedRead>) const {}

std::string FileTree::fingerprint() const { return {}; }

std::optional<Error> FileTree::lost() const { return std::nullopt; }

}  // namespace ckptlint
