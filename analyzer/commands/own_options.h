// The options that every command has.
#pragma once

#include "commands/option_table.h"

namespace ckptlint {

struct OwnOptions {
  bool help = false;
  bool version = false;
};

inline void add_own_options(OptionTable& table, OwnOptions& own) {
  table.flag("help,h", own.help, "show this");
  table.flag("version", own.version, "show the version; with --verbose, what there is to check against");
}

}  // namespace ckptlint
