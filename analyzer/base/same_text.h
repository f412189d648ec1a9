// Whether two texts are equal, for texts of some ten to a hundred bytes that are compared a million times.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ckptlint {

// As a == b, without a call, which takes as long as the comparison.
inline bool same_text(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
#ifdef __SSE2__
  const auto differ_at = [&](std::size_t at) {
    const __m128i left = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a.data() + at));
    const __m128i right = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b.data() + at));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) != 0xffff;
  };
  if (size >= 16) {
    // From the end, where names differ.
    std::size_t at = size;
    while (at >= 16) {
      at -= 16;
      if (differ_at(at)) return false;
    }
    return at == 0 || !differ_at(0);
  }
#endif
  const auto word_at = [](std::string_view text, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
  };
  if (size >= 8) return word_at(a, 0) == word_at(b, 0) && word_at(a, size - 8) == word_at(b, size - 8);
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace ckptlint
