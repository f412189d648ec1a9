// Python counts characters, the evaluator stores UTF-8.  Offsets here are in characters unless called bytes.
//
// Strings hold UTF-8 and, as Python allows them, single surrogates in the same form (three bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ckptlint::python {

bool is_ascii(std::string_view text);
// Bytes of the character that starts here; 1 for a byte that starts none.
std::size_t character_bytes(char lead);
std::int64_t text_length(std::string_view text);
// The byte offset of a character; the size of the text for anything past the end.
std::size_t byte_offset(std::string_view text, std::int64_t character);
std::int64_t character_offset(std::string_view text, std::size_t bytes);
// Characters [begin, end).
std::string_view text_between(std::string_view text, std::int64_t begin, std::int64_t end);
char32_t code_point(std::string_view character);
void append_code_point(std::string& out, char32_t code);
// What repr() shows as itself.  Characters that are not assigned count as printable.
bool is_printable(char32_t code);

}  // namespace ckptlint::python
