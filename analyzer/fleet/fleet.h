// Items in, a line each; answers out, a line each, in the order in which they are done: a forked process an item, so
// that whatever becomes of one, the others are answered.
//
//     lines --> LineReader --> read_item --> Child, one of `jobs` at once --> answer_line --> lines
//
// Every line that is read is answered exactly once, unless a signal or a reader that has gone away ends the whole.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>

#include "fleet/child.h"
#include "fleet/item.h"

namespace ckptlint {

inline constexpr std::size_t kLongestLine = std::size_t{1} << 20;  // in bytes

struct FleetOptions {
  std::size_t jobs = 1;
  ItemLimits limits;
};

enum class FleetEnd : std::uint8_t {
  kAnswered,   // every line
  kStopped,    // by a signal: nothing was read any more, and what was under way was answered
  kUnwatched,  // nobody reads the answers any more: what was under way was ended
  kFailed,     // standard input or output fails; a sentence says why
};

struct FleetResult {
  FleetEnd end = FleetEnd::kAnswered;
  int signal = 0;   // kStopped
  std::string why;  // kFailed
};

// Reads items from the descriptor `in` and writes answers to `out`.  `members` runs in a process of its own, and gives
// the members of the item's answer (failed_members() among them), as text of JSON without line ends.
FleetResult run_fleet(int in, int out, const FleetOptions& options,
                      const std::function<std::string(const Item&)>& members);

}  // namespace ckptlint
