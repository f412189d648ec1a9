// The tensors that an error message lists, read from text as a terminal shows it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/known_messages.h"

namespace ckptlint {

// Where the phrase of a message stands in a text.
struct PhrasePlace {
  std::size_t begin, end;
  std::string_view between;  // what its `*` stands for, without white space
};

bool is_blank(char c);
bool is_tensor_name(std::string_view text);
std::string without_blanks(std::string_view text);

// The tensors of a message of which the phrase stands at `place`; the same name may come twice.  Lines may be wrapped,
// even inside names.  Looks no further than a list goes on.
std::vector<std::string> listed_tensors(std::string_view text, Listing listing, const PhrasePlace& place);

}  // namespace ckptlint
