// What the terminal behind a stream can show, as far as the environment tells.
#pragma once

#include <cstddef>
#include <string_view>

namespace ckptlint {

struct Terminal {
  bool color = false;
  bool links = false;       // OSC 8
  bool blocks = false;      // block characters of Unicode: the locale is one of UTF-8, and it is a terminal
  std::size_t width = 118;  // columns for text
};

// Of standard output.  `when` is --color: "auto", "always" or "never".  Under "auto" NO_COLOR wins over FORCE_COLOR and
// CLICOLOR_FORCE, and those over CLICOLOR=0 and over whether it is a terminal.
Terminal terminal_of_output(std::string_view when);

// Whether somebody may be watching standard error.
bool error_is_terminal();

}  // namespace ckptlint
