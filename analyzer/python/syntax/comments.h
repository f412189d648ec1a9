// The comments of Python text, and which lines the statement has that each of them belongs to.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ckptlint::python {

struct Comment {
  std::string_view text;   // from its `#` to the end of the line
  std::uint32_t line = 0;  // counted from 1, as is the column, in bytes
  std::uint32_t column = 0;
  // Of the statement that it stands in or behind; of a compound one those of its head.  A comment between statements
  // has its own line alone.
  std::uint32_t first_line = 0;
  std::uint32_t last_line = 0;
  bool before_code = false;  // there is no statement before it in the text
};

// In the order of the text, which need not be sound Python.
std::vector<Comment> comments_in(std::string_view text);

}  // namespace ckptlint::python
