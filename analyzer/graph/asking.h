// Asking evaluated code: a phase runs to its end or is stopped, and an answer counts only where all of it is known.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// What kept a phase from its end.
struct Stopped {
  enum class By { kLimit, kMemory, kFailure };
  By by;
  std::string what;  // the name of the limit; otherwise the text of the exception
};

// Runs `phase` on a stack that is large enough for the evaluator's deepest call.  What is no std::exception and no
// limit of the evaluator has to be caught by `phase` itself, otherwise it comes out here.
std::optional<Stopped> run_phase(const std::function<void()>& phase);

// Why an answer is not definite; nothing where it is.  `noted`: how many notes there were before it was asked for;
// those made since are taken back.
std::optional<std::string> not_known(python::Interpreter& in, const python::Value& answer, std::size_t noted);

}  // namespace ckptlint
