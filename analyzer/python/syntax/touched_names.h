// Which names the statements of a file's top level bind or change.
#pragma once

#include <string_view>
#include <unordered_set>

#include "python/syntax/syntax.h"

namespace ckptlint::python {

// The names that statements bind, or change the values of (`x.append(1)`, `x[0] = 1`, `x.y = 1`).
void touch_block(const Block& block, std::unordered_set<Str*>& out);
// The one name that `NAME = ...` or `NAME: type = ...` binds, told by the first characters; empty for all else.
std::string_view plain_target(std::string_view text);
// Of which words are: letters of ASCII, digits and underscores.
constexpr bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool contains_word(std::string_view text, std::string_view word);

}  // namespace ckptlint::python
