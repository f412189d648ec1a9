// Names that mean another name: those with characters beyond ASCII, and those that are private to a class.
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

// What a private name (`__x`) is called in the body of a class: `_Class__x`.  Empty for other names.
std::string mangled_name(std::string_view name, std::string_view class_name);

}  // namespace ckptlint::python
