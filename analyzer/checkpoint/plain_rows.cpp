#include "checkpoint/plain_rows.h"

#include <array>
#include <cstring>

#include "base/json_cursor.h"

namespace ckptlint {
namespace {

constexpr std::size_t kLongestName = 1024;
constexpr int kMostDigits = 18;  // which fit into 63 bits

// What is left of the text; each function reads one thing, and returns false where it is not there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* at() const { return at_; }

  template <std::size_t size>
  bool word(const char (&letters)[size]) {
    constexpr std::size_t length = size - 1;  // without its NUL
    if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, letters, length) != 0) return false;
    at_ += length;
    return true;
  }

  void blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  // Up to a quote, which is passed.
  bool string(std::string_view& text) {
    const std::size_t length = plain_length({at_, static_cast<std::size_t>(end_ - at_)});
    if (static_cast<std::size_t>(end_ - at_) == length || at_[length] != '"') return false;
    text = {at_, length};
    at_ += length + 1;
    return true;
  }

  bool number(std::uint64_t& value) {
    const char* const begin = at_;
    value = 0;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_)
      value = value * 10 + static_cast<std::uint64_t>(*at_ - '0');
    const std::ptrdiff_t digits = at_ - begin;
    return digits > 0 && digits <= kMostDigits && (digits == 1 || *begin != '0');
  }

 private:
  const char* at_;
  const char* end_;
};

bool read_extents(Scanner& scanner, std::size_t most, std::vector<std::int64_t>& extents) {
  if (scanner.word("]")) return true;
  const std::size_t before = extents.size();
  do {
    std::uint64_t extent = 0;
    if (!scanner.number(extent) || extents.size() - before == most) return false;
    extents.push_back(static_cast<std::int64_t>(extent));
  } while (scanner.word(","));
  return scanner.word("]");
}

}  // namespace

std::optional<PlainRow> read_plain_row(std::string_view text, std::size_t most_extents,
                                       std::vector<std::int64_t>& extents) {
  Scanner scanner(text);
  PlainRow row;
  std::string_view dtype;
  const bool begins = scanner.word(",\"") && scanner.string(row.name) && row.name.size() <= kLongestName &&
                      row.name != "__metadata__" && scanner.word(":{\"dtype\":\"") && scanner.string(dtype);
  const auto known = begins ? dtype_of_safetensors_name(dtype) : std::nullopt;
  if (!known) return std::nullopt;
  row.dtype = *known;
  const bool ends = scanner.word(",\"shape\":[") && read_extents(scanner, most_extents, extents) &&
                    scanner.word(",\"data_offsets\":[") && scanner.number(row.begin) && scanner.word(",") &&
                    scanner.number(row.end) && scanner.word("]}");
  if (!ends) return std::nullopt;
  row.length = static_cast<std::size_t>(scanner.at() - text.data());
  return row;
}

std::optional<PlainEntry> read_plain_entry(std::string_view text) {
  Scanner scanner(text);
  const auto next = [&](const char(&letter)[2]) {
    scanner.blanks();
    return scanner.word(letter);
  };
  PlainEntry entry;
  const bool read =
      next(",") && next("\"") && scanner.string(entry.name) && next(":") && next("\"") && scanner.string(entry.file);
  if (!read) return std::nullopt;
  entry.length = static_cast<std::size_t>(scanner.at() - text.data());
  return entry;
}

}  // namespace ckptlint
