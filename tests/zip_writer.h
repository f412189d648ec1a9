// Zip archives made in memory, hostile ones too.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint::test {

struct ZipEntry {
  std::string name;
  std::string text;
  bool deflated = false;
  // What the directory claims instead of the truth, where it is not -1.
  std::int64_t claimed_size = -1;
  std::int64_t claimed_offset = -1;
};

class ZipWriter {
 public:
  explicit ZipWriter(std::string before = "") : bytes_(std::move(before)) { begin_ = bytes_.size(); }

  void add(const ZipEntry& entry) {
    const std::string data = entry.deflated ? deflate(entry.text) : entry.text;
    const std::uint64_t offset = bytes_.size() - begin_;
    const std::uint64_t size =
        entry.claimed_size >= 0 ? static_cast<std::uint64_t>(entry.claimed_size) : entry.text.size();
    std::string common = number(entry.deflated ? 8 : 0, 2) + number(33, 4) + number(crc(entry.text), 4);
    common += number(entry.deflated ? data.size() : size, 4) + number(size, 4) + number(entry.name.size(), 2);
    bytes_ += "PK\3\4" + number(20, 2) + number(0, 2) + common + number(0, 2) + entry.name + data;
    directory_ += "PK\1\2" + number(20, 2) + number(20, 2) + number(0, 2) + common + std::string(12, '\0');
    directory_ +=
        number(entry.claimed_offset >= 0 ? static_cast<std::uint64_t>(entry.claimed_offset) : offset, 4) + entry.name;
    ++count_;
  }

  std::string finish(std::string_view comment = "") const {
    const std::uint64_t offset = bytes_.size() - begin_;
    return bytes_ + directory_ + "PK\5\6" + number(0, 4) + number(count_, 2) + number(count_, 2) +
           number(directory_.size(), 4) + number(offset, 4) + number(comment.size(), 2) + std::string(comment);
  }

  // The same with 64-bit end records.
  std::string finish64() const {
    const std::uint64_t offset = bytes_.size() - begin_;
    return bytes_ + directory_ + "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
           number(count_, 8) + number(count_, 8) + number(directory_.size(), 8) + number(offset, 8) + "PK\6\7" +
           number(0, 4) + number(offset + directory_.size(), 8) + number(1, 4) + "PK\5\6" + number(0, 4) +
           number(0xffff, 2) + number(0xffff, 2) + number(0xffffffff, 4) + number(0xffffffff, 4) + number(0, 2);
  }

 private:
  static std::string number(std::uint64_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
    return bytes;
  }
  static std::uint64_t crc(const std::string& text) {
    return crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  }
  static std::string deflate(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }

  std::string bytes_;
  std::string directory_;
  std::uint64_t begin_ = 0;
  std::uint64_t count_ = 0;
};

inline std::string zip_of(const std::vector<ZipEntry>& entries) {
  ZipWriter writer;
  for (const ZipEntry& entry : entries) writer.add(entry);
  return writer.finish();
}

}  // namespace ckptlint::test
