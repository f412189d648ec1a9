// Where from_pretrained builds a model before it has values.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "library/torch/state.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Whether from_pretrained of this release builds a model of that class, or like that model, with all of it on the meta
// device, as transformers 5 does; before, the parameters alone went there.  Nothing where that could not be evaluated.
std::optional<bool> builds_on_meta(python::Interpreter& in, const python::Value& type_or_model);

// Whether from_pretrained, asked for no more than the model, builds one of that class under init_empty_weights, as
// transformers 4.51 to 4.57 and diffusers always do, and before where it is `quantized`: a parameter is made anew
// whenever it is registered, so that modules share those alone that tie_weights ties afterwards.
bool registers_anew(python::Interpreter& in, const python::Value& type, bool quantized);

// Takes the parameters of a model that was built so from the meta device, and calls its tie_weights.  Gives the names
// of the parameters that were made anew of one that another place has, each with the name there.
std::vector<std::pair<std::string, std::string>> tie_what_was_registered_anew(
    python::Interpreter& in, const python::Value& model, const python::torch::RegisteredAnew& registered);

// Where they alone are built there: puts the parameters of a model on it.
void put_parameters_on_meta(python::Interpreter& in, const python::Value& model);

}  // namespace ckptlint
