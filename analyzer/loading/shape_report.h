// Asks set_param_for_module of transformers 5 whether it notes a tensor of another shape as mismatched.
#pragma once

#include <string>
#include <vector>

#include "loading/evaluation.h"
#include "loading/transform.h"

namespace ckptlint {

// For a quantized model.  What the function sets in the model is taken back.
class ShapeReport {
 public:
  explicit ShapeReport(EvaluatedModel& evaluated);

  // Throws as Evaluation does.  `name`: that of a tensor of the model, whose shape is not `shape`.
  bool notes(const std::string& name, const Shape& shape);

 private:
  Evaluation code_;
  const python::Value model_, quantizer_;
  python::Value function_, namespace_;
  std::vector<std::string> parameters_;
};

}  // namespace ckptlint
