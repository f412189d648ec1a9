// The functions that can do harm, a row each: what they do, and what of their arguments decides.
#pragma once

#include <span>
#include <string_view>

#include "ckptlint/conduct.h"

namespace ckptlint {

// What has to hold of a call for it to be worth a word.
enum class Check : std::uint8_t {
  kAlways,
  kCommand,      // always; installs, where the command is one of pip's
  kText,         // the first argument is text that is not known
  kOpen,         // the first argument is a path and the second a mode
  kReads,        // the first argument is a path
  kWrites,       // likewise
  kWritesThere,  // the second argument is a path
  kSecret,       // the first argument is the name of a variable of the environment
  kTorchLoad,
  kNumpyLoad,
  kYamlLoad,
};

struct Danger {
  std::string_view name;  // dotted; `()` stands for what a call gives, "socket.socket()"; `__set__`: to assign to it
  DeedKind kind;
  Check check = Check::kAlways;
};

std::span<const Danger> dangers();

// The row of a function, also where it is reached through a module that imported it ("torch.os.system"); null where it
// has none.
const Danger* danger_of(std::string_view name);

// Whether a module has functions of these, so that one of a name that is not known may be one.
bool is_dangerous_module(std::string_view name);

}  // namespace ckptlint
