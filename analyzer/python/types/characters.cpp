// Case and kind of characters beyond ASCII: tables for case, PCRE2's Unicode properties for the rest.
#include "python/types/characters.h"

#include <array>
#include <iterator>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// Lower-case letters and the distance to their upper case; step 2 where the two alternate.
struct CaseRange {
  char32_t first, last;
  int to_upper;
  int step;
};

constexpr CaseRange kLowerRanges[] = {
    {'a', 'z', -32, 1},       {0xe0, 0xf6, -32, 1},     {0xf8, 0xfe, -32, 1},    {0xff, 0xff, 121, 1},
    {0x101, 0x12f, -1, 2},    {0x133, 0x137, -1, 2},    {0x13a, 0x148, -1, 2},   {0x14b, 0x177, -1, 2},
    {0x17a, 0x17e, -1, 2},    {0x1ce, 0x1dc, -1, 2},    {0x1df, 0x1ef, -1, 2},   {0x1f9, 0x21f, -1, 2},
    {0x223, 0x233, -1, 2},    {0x3ac, 0x3ac, -38, 1},   {0x3ad, 0x3af, -37, 1},  {0x3b1, 0x3c1, -32, 1},
    {0x3c3, 0x3cb, -32, 1},   {0x3cc, 0x3cc, -64, 1},   {0x3cd, 0x3ce, -63, 1},  {0x430, 0x44f, -32, 1},
    {0x450, 0x45f, -80, 1},   {0x461, 0x481, -1, 2},    {0x48b, 0x4bf, -1, 2},   {0x4c2, 0x4ce, -1, 2},
    {0x4d1, 0x52f, -1, 2},    {0x561, 0x586, -48, 1},   {0x1e01, 0x1e95, -1, 2}, {0x1ea1, 0x1eff, -1, 2},
    {0x24d0, 0x24e9, -26, 1}, {0xff41, 0xff5a, -32, 1},
};

// Lower-case letters without an upper case of their own in the table.
constexpr char32_t kLowerOnly[] = {0xaa, 0xb5, 0xba, 0xdf, 0x138, 0x149, 0x17f, 0x3c2};

bool in_range(const CaseRange& range, char32_t code) {
  return code >= range.first && code <= range.last && (code - range.first) % static_cast<unsigned>(range.step) == 0;
}

// PCRE2 knows Unicode: a pattern of one class, run on the one character.
bool matches(const char* pattern, char32_t code) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED,
                                       PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &offset, nullptr);
  if (compiled == nullptr) return false;
  std::string text;
  append_code_point(text, code);
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  const int found = data == nullptr ? -1
                                    : pcre2_match(compiled, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                                                  0, data, nullptr);
  pcre2_match_data_free(data);
  pcre2_code_free(compiled);
  return found > 0;
}

template <typename Change>
std::string changed(std::string_view text, const Change& change) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    append_code_point(out, change(code_point(one)));
  }
  return out;
}

}  // namespace

char32_t upper_case(char32_t code) {
  if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
  for (const CaseRange& range : kLowerRanges) {
    if (in_range(range, code)) return static_cast<char32_t>(static_cast<int>(code) + range.to_upper);
  }
  return code == 0xb5 ? 0x39c : code == 0x17f ? 'S' : code == 0x3c2 ? 0x3a3 : code;
}

char32_t lower_case(char32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  for (const CaseRange& range : kLowerRanges) {
    const auto lower = static_cast<char32_t>(static_cast<int>(code) - range.to_upper);
    if (in_range(range, lower)) return lower;
  }
  return code;
}

bool is_lower(char32_t code) {
  if (code < 0x80) return code >= 'a' && code <= 'z';
  for (const char32_t each : kLowerOnly) {
    if (code == each) return true;
  }
  return upper_case(code) != code || matches("\\p{Ll}", code);
}

bool is_upper(char32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z';
  return lower_case(code) != code || matches("\\p{Lu}", code);
}

bool is_kind(char32_t code, CharacterKind kind) {
  if (code < 0x80) {
    const bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    const bool digit = code >= '0' && code <= '9';
    switch (kind) {
      case CharacterKind::kLetter:
        return letter;
      case CharacterKind::kDecimal:
      case CharacterKind::kNumber:
        return digit;
      case CharacterKind::kSpace:
        return code == ' ' || (code >= 9 && code <= 13) || (code >= 0x1c && code <= 0x1f);
      case CharacterKind::kIdentifierStart:
        return letter || code == '_';
      case CharacterKind::kIdentifierPart:
        return letter || digit || code == '_';
    }
  }
  switch (kind) {
    case CharacterKind::kLetter:
      return matches("\\p{L}", code);
    case CharacterKind::kDecimal:
      return matches("\\p{Nd}", code);
    case CharacterKind::kNumber:
      return matches("\\p{N}", code);
    case CharacterKind::kSpace:
      return code == 0x85 || matches("\\p{Z}", code);
    case CharacterKind::kIdentifierStart:
      return matches("[\\p{L}\\p{Nl}]", code);
    case CharacterKind::kIdentifierPart:
      return matches("[\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}]", code);
  }
  return false;
}

std::string upper_text(std::string_view text) {
  if (text.find("\xc3\x9f") == std::string_view::npos) return changed(text, upper_case);
  std::string out;  // ß becomes SS
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t sharp = text.find("\xc3\x9f", at);
    out += changed(text.substr(at, sharp == std::string_view::npos ? sharp : sharp - at), upper_case);
    if (sharp == std::string_view::npos) break;
    out += "SS";
    at = sharp + 2;
  }
  return out;
}

std::string lower_text(std::string_view text) { return changed(text, lower_case); }

}  // namespace ckptlint::python
