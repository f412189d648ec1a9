// The word that was probably meant, for sentences about one that there is not.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ckptlint {

// The word that is the fewest edits away (insertions, deletions, changes, exchanged neighbours); of several the first.
// Empty where none is near enough to be meant: more than a third of the letters would differ.
std::string nearest_word(std::string_view given, std::span<const std::string_view> words);

// "; did you mean `select`?", or "" where no word is near.
std::string did_you_mean(std::string_view given, std::span<const std::string_view> words);

}  // namespace ckptlint
