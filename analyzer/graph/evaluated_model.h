// A model that was built and can still be asked: for what its own code answers best, such as how it loads.
#pragma once

#include <memory>
#include <optional>

#include "graph/initialization.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Not to be used by two threads at once, and only on a large stack (large_stack.h).
struct EvaluatedModel {
  std::shared_ptr<python::Interpreter> interpreter;
  python::Value model;                               // the instance; it lives in the interpreter's memory
  python::Value quantizer = python::Value::none();   // from_pretrained's hf_quantizer
  std::optional<TracedModel> traced = std::nullopt;  // where that was asked for
};

}  // namespace ckptlint
