// Which class a model repo means, and the config object that it is built from.
#pragma once

#include <string>

#include "base/result.h"
#include "graph/build.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

struct ModelClass {
  python::Value type;
  python::Value config;
};

// Follows AutoConfig.from_pretrained and the config's `architectures`; code in the repo (auto_map) comes before the
// library.  `repo_package` is the dotted package that the repo is mounted as.
Result<ModelClass> find_model_class(python::Interpreter& in, const GraphRequest& request,
                                    const std::string& repo_package);

}  // namespace ckptlint
