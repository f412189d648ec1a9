// Python reads names by Unicode's tables.  This knows the blocks that matter to people who write in another script, or
// with Greek letters.
#include "python/syntax/identifiers.h"

#include <cstdint>

#include "python/syntax/literals.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

struct Characters {
  std::uint32_t first, last;
};
// Characters beyond ASCII that no name has.
constexpr Characters kOutside[] = {
    {0x80, 0xA9},       {0xAB, 0xB4},     {0xB6, 0xB6},     {0xB8, 0xB9},     {0xBB, 0xBF},       {0xD7, 0xD7},
    {0xF7, 0xF7},       {0x2000, 0x203E}, {0x2041, 0x2053}, {0x2055, 0x2070}, {0x2074, 0x207E},   {0x2080, 0x208E},
    {0x20A0, 0x20CF},   {0x2190, 0x2BFF}, {0x2E00, 0x2FFF}, {0x3000, 0x3004}, {0x3008, 0x3020},   {0x3030, 0x3030},
    {0xD800, 0xF8FF},   {0xFE10, 0xFE1F}, {0xFE30, 0xFE32}, {0xFE50, 0xFE6F}, {0xFEFF, 0xFF0F},   {0xFF1A, 0xFF20},
    {0xFF3B, 0xFF3E},   {0xFF40, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0xE00FF},
    {0xF0000, 0x10FFFF}};

// One character of well-formed UTF-8 at `at`, which moves behind it; nothing for anything else.
std::optional<std::uint32_t> next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (size == 0 || lead > 0xF4 || at + size > text.size()) return std::nullopt;
  std::uint32_t code = size == 1 ? lead : lead & (0x7Fu >> size);
  for (std::size_t i = at + 1; i < at + size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size]) return std::nullopt;
  at += size;
  return code;
}

void append(std::string& out, std::uint32_t code) {
  constexpr const char* kLigatures[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
  if (code >= 0xFB00 && code <= 0xFB06) {
    out += kLigatures[code - 0xFB00];
  } else if (code >= 0xFF10 && code <= 0xFF5A) {  // full width
    out += static_cast<char>(code - 0xFF10 + '0');
  } else if (code >= 0x1D400 && code <= 0x1D6A3) {  // thirteen alphabets of mathematics
    const std::uint32_t letter = (code - 0x1D400) % 52;
    out += static_cast<char>(letter < 26 ? 'A' + letter : 'a' + letter - 26);
  } else if (code >= 0x1D7CE && code <= 0x1D7FF) {
    out += static_cast<char>('0' + (code - 0x1D7CE) % 10);
  } else if (code == 0xAA || code == 0xBA || code == 0x17F) {
    out += code == 0xAA ? 'a' : code == 0xBA ? 'o' : 's';
  } else {
    append_code_point(out, code == 0xB5 ? 0x3BC : code);
  }
}

}  // namespace

std::optional<std::string> identifier(std::string_view word) {
  std::string out;
  for (std::size_t at = 0; at < word.size();) {
    const std::optional<std::uint32_t> code = next_character(word, at);
    if (!code) return std::nullopt;
    for (const Characters& outside : kOutside) {
      if (*code >= outside.first && *code <= outside.last) return std::nullopt;
    }
    append(out, *code);
  }
  return out;
}

std::string mangled_name(std::string_view name, std::string_view class_name) {
  if (!name.starts_with("__") || name.ends_with("__")) return {};
  class_name.remove_prefix(std::min(class_name.find_first_not_of('_'), class_name.size()));
  if (class_name.empty()) return {};
  return std::string("_").append(class_name).append(name);
}

}  // namespace ckptlint::python
