// What `--format` chooses from: tables with a row for each form in which something is shown.
#pragma once

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

// `write` is what makes the text: a function, or several.  The first row of a table is its default.
template <typename Write>
struct Format {
  std::string_view name;
  std::string_view writes;  // for people: a clause
  Write write;
};

// The rows of a table without their functions.
struct FormatName {
  std::string_view name;
  std::string_view writes;
};
using FormatNames = std::vector<FormatName>;

template <typename Table>
FormatNames names_of(const Table& formats) {
  FormatNames names;
  for (const auto& format : formats) names.push_back({format.name, format.writes});
  return names;
}

// The row of that name; null if there is none.
template <typename Table>
auto find_format(const Table& formats, std::string_view name) -> decltype(&*std::begin(formats)) {
  for (const auto& format : formats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

// "text, json and dot".
std::string listed(const FormatNames& formats);
// The sentence for a `command` that has formats, and not the one that was asked for.
std::string no_such_format(std::string_view command, const FormatNames& formats, std::string_view asked);

}  // namespace ckptlint
