// Which class of diffusers a config.json means: that library names it in `_class_name`.
#pragma once

#include "base/result.h"
#include "graph/build.h"
#include "graph/model_class.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

inline constexpr const char* kDiffusers = "diffusers";

// Whether a config.json that was read as a dict is of diffusers, as is_of_diffusers (weight_sets.h) tells of a file.
bool is_diffusers_config(python::Interpreter& in, const python::Value& config);

// Whether it is a class that diffusers makes of a config, by from_config (ConfigMixin).
bool is_diffusers_class(python::Interpreter& in, const python::Value& type);

// The class that `_class_name` says, or request.class_name where that is given, a bare name; to be built of `config`.
// An error where the release has none of that name.
Result<ModelClass> find_diffusers_class(python::Interpreter& in, const GraphRequest& request,
                                        const python::Value& config);

// Puts a cache on the evaluator's disk from which nothing has to be moved: releases before 0.33 look into it
// (packages/diffusers_loading.py).
void mount_diffusers_cache(python::Interpreter& in);

}  // namespace ckptlint
