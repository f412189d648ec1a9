// Names with characters beyond ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ckptlint::python {

// The name that a word of UTF-8 text means: letters that are another way to write plain ones (full width, mathematical
// alphabets, ligatures, the micro sign) become those, as Python has it.  Accents written as characters of their own
// stay apart.  Nothing where the word is not UTF-8 or has a character of those that stand in no name: spaces,
// punctuation, arrows, symbols, emoji.
std::optional<std::string> identifier(std::string_view word);

}  // namespace ckptlint::python
