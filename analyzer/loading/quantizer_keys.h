// What the quantizer of transformers 4 makes of the keys that loading compares: its methods, evaluated.
#pragma once

#include <string>
#include <vector>

#include "loading/evaluation.h"

namespace ckptlint {

// Throws as Evaluation does.  Without a quantizer (None), every list comes back as it is.
class QuantizerKeys {
 public:
  using Names = std::vector<std::string>;

  QuantizerKeys(Evaluation& code, const EvaluatedModel& evaluated)
      : code_(code), model_(evaluated.model), quantizer_(evaluated.quantizer) {}

  bool any() const { return !quantizer_.is_none(); }
  Names expected(const Names& names, const Names& stored);          // update_expected_keys
  Names missing(const Names& names, const std::string& prefix);     // update_missing_keys
  Names unexpected(const Names& names, const std::string& prefix);  // update_unexpected_keys
  // Whether it looks for parts among all that is stored, and tells what it takes, as before 4.57.
  bool takes_parts();
  // Whether it puts that tensor into the model, instead of the library (param_needs_quantization); before 4.57 that
  // cannot be told of a name alone, and it may.
  bool handles(const std::string& name);

 private:
  python::Value list_of(const Names& names);
  Names ask(const char* method, std::initializer_list<python::Value> arguments);

  Evaluation& code_;
  const python::Value model_, quantizer_;
};

}  // namespace ckptlint
