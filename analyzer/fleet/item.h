// What a line asks for, and the lines that answer.
//
//     {"id": 7, "path": "models/a", "args": ["--dtype", "float16"]}
//     {"id": 7, "line": 1, "status": "checked", ...}
//     {"id": 7, "line": 1, "status": "failed", "cause": "time", "why": "..."}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ckptlint {

// Who asks, to be said in the answer.
struct Asker {
  std::string id = "null";  // a scalar as JSON, as the line has it
  std::uint64_t line = 0;
};

struct Item {
  std::string path;
  std::vector<std::string> args;
};

// Why there is no verdict.
enum class Cause : std::uint8_t {
  kLine,    // the line is no item
  kItem,    // the item cannot be analysed: asking again gives the same
  kTime,    // it took longer than it may
  kMemory,  // it took more memory than it may
  kCrash,   // its process ended before it had answered
};

// Understands a line.  The asker's id is filled in as far as the line has one, also where the line is no item.
Result<Item> read_item(std::string_view line, Asker& asker);

// The members that say so, as text of JSON behind those of the asker.
std::string failed_members(Cause cause, std::string_view why);
// A whole line, with its end, of members as `failed_members` writes them.
std::string answer_line(const Asker& asker, std::string_view members);

}  // namespace ckptlint
