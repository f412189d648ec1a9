// What ends a phase before its time, because of the code that it asks.
#pragma once

#include <string>

#include "ckptlint/source.h"

namespace ckptlint {

// The code could not be followed: what it would do is not known.  Thrown, and caught by run_phase.
struct NotFollowed {
  std::string why;       // a clause, with file and line where they are known
  std::string raises{};  // the exception in which the code ends, where that is the reason: "ValueError: message"
};

// The exception in which from_pretrained itself would end.  Thrown and caught likewise.
struct LibraryRaises {
  std::string what;  // "ValueError: message"
  Span where{};      // in the sources of the interpreter
};

}  // namespace ckptlint
