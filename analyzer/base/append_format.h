// Formatting to the end of a string.
#pragma once

#include <fmt/format.h>

#include <string>

namespace ckptlint {

void append_formatted(std::string& out, fmt::string_view format, fmt::format_args arguments);

// fmt::format_to(std::back_inserter(out), ...), which compiles all of fmt's writers into every file that has it.
template <typename... Arguments>
void append_format(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  append_formatted(out, format, fmt::make_format_args(arguments...));
}

}  // namespace ckptlint
