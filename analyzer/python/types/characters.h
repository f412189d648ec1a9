// Characters beyond ASCII: their case and their kind.
#pragma once

#include <string>
#include <string_view>

namespace ckptlint::python {

// One character to one; those that change into several (ß) and alphabets other than Latin, Greek, Cyrillic and Armenian
// stay as they are.
char32_t upper_case(char32_t code);
char32_t lower_case(char32_t code);
bool is_upper(char32_t code);
bool is_lower(char32_t code);

// Questions about kinds of characters, answered by Unicode's general categories.
enum class CharacterKind : unsigned char { kLetter, kDecimal, kNumber, kSpace, kIdentifierStart, kIdentifierPart };
bool is_kind(char32_t code, CharacterKind kind);

std::string upper_text(std::string_view text);
std::string lower_text(std::string_view text);

}  // namespace ckptlint::python
