// Lengths, positions and characters of UTF-8 text, counted as Python counts them.
#include "python/values/text.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace ckptlint::python {
namespace {

struct CodeRange {
  char32_t first, last;
};

// Controls, formats, separators other than the space, surrogates, private use.
constexpr CodeRange kNotPrintable[] = {
    {0x00, 0x1f},       {0x7f, 0xa0},       {0xad, 0xad},        {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x8e2, 0x8e2},      {0x1680, 0x1680},   {0x180e, 0x180e},
    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},    {0x3000, 0x3000},   {0xd800, 0xf8ff},
    {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},    {0x110bd, 0x110bd}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xf0000, 0x10ffff},
};

}  // namespace

bool is_ascii(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) return false;
  }
  for (; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0x80) != 0) return false;
  }
  return true;
}

std::size_t character_bytes(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

std::int64_t text_length(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::size_t kMostWords = 255;  // until a byte of the counts is full
  std::size_t continued = 0;
  std::size_t at = 0;
  while (text.size() - at >= 8) {
    std::uint64_t counts = 0;
    for (std::size_t words = std::min((text.size() - at) / 8, kMostWords); words > 0; --words, at += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, text.data() + at, 8);
      counts += (eight >> 7) & ~(eight >> 6) & kOnes;
    }
    for (; counts != 0; counts >>= 8) continued += counts & 0xff;
  }
  for (; at < text.size(); ++at) continued += (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80 ? 1 : 0;
  return static_cast<std::int64_t>(text.size() - continued);
}

std::size_t byte_offset(std::string_view text, std::int64_t character) {
  if (character <= 0) return 0;
  if (static_cast<std::uint64_t>(character) >= text.size()) return text.size();
  std::size_t at = 0;
  for (; at < text.size() && character > 0; --character) at += character_bytes(text[at]);
  return std::min(at, text.size());
}

std::int64_t character_offset(std::string_view text, std::size_t bytes) { return text_length(text.substr(0, bytes)); }

std::string_view text_between(std::string_view text, std::int64_t begin, std::int64_t end) {
  if (end <= begin) return {};
  if (is_ascii(text)) {
    const auto size = static_cast<std::int64_t>(text.size());
    begin = std::clamp<std::int64_t>(begin, 0, size);
    return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(std::min(end, size) - begin));
  }
  const std::size_t first = byte_offset(text, begin);
  const std::string_view rest = text.substr(first);
  return rest.substr(0, byte_offset(rest, end - std::max<std::int64_t>(begin, 0)));
}

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  const std::size_t bytes = std::min(character_bytes(character[0]), character.size());
  if (bytes == 1) return lead;
  char32_t code = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) code = (code << 6) | (static_cast<unsigned char>(character[i]) & 0x3fU);
  return code;
}

void append_code_point(std::string& out, char32_t code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_printable(char32_t code) {
  const auto* range = std::lower_bound(std::begin(kNotPrintable), std::end(kNotPrintable), code,
                                       [](const CodeRange& r, char32_t c) { return r.last < c; });
  return range == std::end(kNotPrintable) || code < range->first;
}

}  // namespace ckptlint::python
