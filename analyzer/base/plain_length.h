// Where a string of JSON may end.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ckptlint {

// The bytes of eight that are a quote, a backslash, a control or not ASCII: a bit on top of each.  Of those the lowest
// is right; a byte above it may be taken for one by mistake.
inline std::uint64_t special_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  const std::uint64_t controls = (bytes - kOnes * 0x20) & ~bytes;
  return (zeros(bytes ^ (kOnes * '"')) | zeros(bytes ^ (kOnes * '\\')) | controls | bytes) & kTops;
}

inline std::size_t plain_length_by_words(std::string_view text) {
  static_assert(std::endian::native == std::endian::little, "the lowest bit is taken for the first byte");
  std::size_t length = 0;
  for (std::uint64_t eight = 0; length + 8 <= text.size(); length += 8) {
    std::memcpy(&eight, text.data() + length, 8);
    if (const std::uint64_t special = special_bytes(eight); special != 0)
      return length + static_cast<std::size_t>(std::countr_zero(special)) / 8;
  }
  const auto is_plain = [](char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80;
  };
  while (length < text.size() && is_plain(text[length])) ++length;
  return length;
}

// How many bytes of `text` come before the first quote, backslash, control or byte that is not ASCII.
inline std::size_t plain_length(std::string_view text) {
#ifdef __SSE2__
  for (std::size_t length = 0; length + 16 <= text.size(); length += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + length));
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // signed: what is not ASCII is negative
    const int special = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others));
    if (special != 0) return length + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(special)));
  }
  const std::size_t begin = text.size() / 16 * 16;
  return begin + plain_length_by_words(text.substr(begin));
#else
  return plain_length_by_words(text);
#endif
}

// How many bytes at its front are not ASCII: of texts in other scripts, where each would be asked for by itself.
inline std::size_t foreign_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && static_cast<unsigned char>(text[length]) >= 0x80) ++length;
  return length;
}

}  // namespace ckptlint
