// The key conversions of a built model, evaluated from the library's own source.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ckptlint/checkpoint.h"
#include "graph/evaluated_model.h"
#include "loading/transform.h"

namespace ckptlint {

// Whether the library has transforms at all: transformers 5.
bool has_transforms(EvaluatedModel& evaluated);

// Whether the text of conversion_mapping.py names the class or model type of a part of the model, or that file was read
// already, as for code that registers conversions of its own.  Otherwise the model has the legacy renamings at most,
// and evaluating the file, which is long, can be saved where those have nothing to do.
bool may_have_own_transforms(EvaluatedModel& evaluated);

// A stored tensor as evaluated code sees one: its dtype and shape.
python::Value tensor_like(python::Interpreter& in, const Checkpoint& checkpoint, std::uint32_t row);

// get_model_conversion_mapping(model, key_mapping) of conversion_mapping.py.
python::Value conversion_mapping_of(EvaluatedModel& evaluated,
                                    const std::vector<std::pair<std::string, std::string>>& key_mapping);

// The same, read out: renamings and converters in their order.  Their functions call back into the evaluator, so
// `evaluated` and `checkpoint` have to stay where they are.  Throws NotFollowed, and LibraryRaises where the library's
// own code raises; what a converter's `convert` raises the library reports as a conversion error.
std::vector<Transform> transforms_of(EvaluatedModel& evaluated, const Checkpoint& checkpoint,
                                     const std::vector<std::pair<std::string, std::string>>& key_mapping);

// The same of a list of WeightTransform that the library's code gave.
std::vector<Transform> transforms_from(EvaluatedModel& evaluated, const python::Value& objects,
                                       const Checkpoint& checkpoint);

}  // namespace ckptlint
