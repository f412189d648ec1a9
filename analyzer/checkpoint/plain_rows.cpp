// Reads rows of headers and indexes in their usual spelling, many bytes at once; rows in any other spelling are left
// to the JSON cursor.
#include "checkpoint/plain_rows.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/plain_length.h"
#include "base/same_text.h"

namespace ckptlint {
namespace {

constexpr std::size_t kLongestPlainName = 1024;
constexpr int kMostDigits = 18;  // which fit into 63 bits

// Eight bytes at once, the first of them lowest.
constexpr std::size_t kDigitsAtOnce = 8;
constexpr std::array<std::uint64_t, kDigitsAtOnce + 1> kPowers = {1,       10,        100,        1'000,      10'000,
                                                                  100'000, 1'000'000, 10'000'000, 100'000'000};
static_assert(std::endian::native == std::endian::little);

// How many of the bytes are digits, up to the first that is none.
std::size_t leading_digits(std::uint64_t eight) {
  const std::uint64_t values = eight ^ 0x3030303030303030;  // 0 to 9 of digits alone
  const std::uint64_t others = ((values + 0x7676767676767676) | values) & 0x8080808080808080;
  return others == 0 ? kDigitsAtOnce : static_cast<std::size_t>(std::countr_zero(others)) / 8;
}

// What the first `digits` bytes, which are digits, say: neighbours are put together three times.
std::uint64_t number_of(std::uint64_t eight, std::size_t digits) {
  if (digits == 0) return 0;
  std::uint64_t values = (eight & 0x0f0f0f0f0f0f0f0f) << (8 * (kDigitsAtOnce - digits));
  values = values * (1 + (std::uint64_t{10} << 8)) >> 8 & 0x00ff00ff00ff00ff;
  values = values * (1 + (std::uint64_t{100} << 16)) >> 16 & 0x0000ffff0000ffff;
  return values * (1 + (std::uint64_t{10'000} << 32)) >> 32;
}

// `beginning` is empty until there is one.
bool begins_with(std::string_view text, std::string_view beginning) {
  return !beginning.empty() && text.size() >= beginning.size() &&
         same_text(text.substr(0, beginning.size()), beginning);
}

// What is left of the text; each function reads one thing, and returns false where it is not there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* at() const { return at_; }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  void pass(std::size_t bytes) { at_ += bytes; }
  bool is_at(std::string_view text, char letter) const {
    return begins_with(rest(), text) && rest().size() > text.size() && at_[text.size()] == letter;
  }

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
    for (std::size_t digits = kDigitsAtOnce; digits == kDigitsAtOnce && end_ - at_ >= 8; at_ += digits) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, at_, 8);
      digits = leading_digits(eight);
      value = value * kPowers[digits] + number_of(eight, digits);
    }
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

std::string_view text_between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::optional<PlainRow> PlainRows::read(std::string_view text) {
  Scanner scanner(text);
  PlainRow row;
  const bool named = scanner.word(",\"") && scanner.string(row.name) && row.name.size() <= kLongestPlainName &&
                     row.name != "__metadata__";
  const Kind* const kind = named ? kind_at(scanner.rest()) : nullptr;
  if (kind == nullptr) return std::nullopt;
  row.dtype = kind->dtype;
  row.type_name = kind->type_name;
  row.first_extent = kind->first_extent;
  row.rank = kind->rank;
  scanner.pass(kind->text.size());
  if (scanner.is_at(last_end_, ',')) {
    scanner.pass(last_end_.size());
    row.begin = last_end_value_;
  } else if (!scanner.number(row.begin)) {
    return std::nullopt;
  }
  if (!scanner.word(",")) return std::nullopt;
  const char* const end_begin = scanner.at();
  if (!scanner.number(row.end)) return std::nullopt;
  const char* const end_end = scanner.at();
  if (!scanner.word("]}")) return std::nullopt;
  last_end_ = text_between(end_begin, end_end);
  last_end_value_ = row.end;
  row.length = static_cast<std::size_t>(scanner.at() - text.data());
  return row;
}

const PlainRows::Kind* PlainRows::kind_at(std::string_view text) {
  for (const Kind& kind : kinds_) {
    if (begins_with(text, kind.text)) return &kind;
  }
  Kind kind;
  kind.first_extent = static_cast<std::uint32_t>(extents_.size());
  if (!read_kind(text, kind)) {
    extents_.resize(kind.first_extent);
    return nullptr;
  }
  kinds_[1] = kinds_[0];
  kinds_[0] = kind;
  return kinds_.data();
}

bool PlainRows::read_kind(std::string_view text, Kind& kind) {
  Scanner scanner(text);
  std::string_view dtype;
  if (!scanner.word(":{\"dtype\":\"") || !scanner.string(dtype)) return false;
  const auto known = dtype_of_safetensors_name(dtype);
  if (!known || !scanner.word(",\"shape\":[") || !read_extents(scanner, most_extents_, extents_) ||
      !scanner.word(",\"data_offsets\":[")) {
    return false;
  }
  kind.dtype = *known;
  kind.type_name = safetensors_name(*known);
  kind.rank = static_cast<std::uint8_t>(extents_.size() - kind.first_extent);
  kind.text = text_between(text.data(), scanner.at());
  return true;
}

std::optional<PlainEntry> PlainEntries::read(std::string_view text) {
  Scanner scanner(text);
  const auto next = [&](const char(&letter)[2]) {
    scanner.blanks();
    return scanner.word(letter);
  };
  PlainEntry entry;
  if (begins_with(text, before_)) {
    scanner.pass(before_.size());
  } else {
    if (!next(",") || !next("\"")) return std::nullopt;
    before_ = text_between(text.data(), scanner.at());
  }
  if (!scanner.string(entry.name)) return std::nullopt;
  const std::string_view rest = scanner.rest();
  if (begins_with(rest, behind_)) {
    scanner.pass(behind_.size());
    entry.same_file = true;
  } else {
    if (!next(":") || !next("\"") || !scanner.string(file_)) return std::nullopt;
    behind_ = text_between(rest.data(), scanner.at());
  }
  // The same words, at their own place.
  entry.file = text_between(scanner.at() - 1 - file_.size(), scanner.at() - 1);
  entry.length = static_cast<std::size_t>(scanner.at() - text.data());
  return entry;
}

}  // namespace ckptlint
