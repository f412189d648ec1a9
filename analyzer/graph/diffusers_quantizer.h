// A model of diffusers that is quantized, as from_pretrained has it where it makes its device map.
#pragma once

#include <optional>

#include "graph/build.h"
#include "graph/model_class.h"
#include "graph/quantizer.h"

namespace ckptlint {

// Whether from_pretrained gets a quantizer for it: from the config, or from the request.
bool wants_diffusers_quantizer(python::Interpreter& in, const ModelClass& model_class, const GraphRequest& request);

// ModelMixin.from_pretrained(device_map="auto") of the repo of `request`, as far as _determine_device_map.  Raises what
// it raises; throws NotFollowed where a part of it is not known.
PreprocessedModel quantized_by_diffusers(python::Interpreter& in, const ModelClass& model_class,
                                         const GraphRequest& request);

}  // namespace ckptlint
