// What a command of the program is: one object, defined with all that belongs to it in one file of this folder.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string_view>

#include "commands/option_table.h"
#include "report/format.h"

namespace ckptlint {

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
  // Describes the options of one call, bound to what the returned function has hold of; that function runs the call
  // when the table was parsed, and returns an ExitStatus.
  std::function<int(const Streams&)> (*prepare)(OptionTable& table);
};

// Every command, in the order in which --help lists them; the first is meant where none is named.  Another one is a
// file in this folder, and a row in commands.cpp.
std::span<const Command* const> commands();
// Null where there is none of that name.
const Command* find_command(std::string_view name);

}  // namespace ckptlint
