// The code that a folder of diffusers brings, imported as the release does with trust_remote_code=True: a pipeline's
// own class, a component's (`model_index.json` names its file), a model's (`auto_map`).
//
// The release's own get_class_from_dynamic_module is evaluated (diffusers.utils.dynamic_modules_utils), on folders of
// the evaluator's disk.
#pragma once

#include <string>

#include "graph/modules_cache.h"
#include "graph/stand_ins.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// While `stand_ins` last, the library imports what it is asked for.
void let_diffusers_import(python::Interpreter& in, const ModulesCache& cache, StandIns& stand_ins);

// A class of a file of a folder of the disk.  Raises what copying and importing it raise.
python::Value diffusers_code_class(python::Interpreter& in, const ModulesCache& cache, const std::string& folder,
                                   const std::string& file, const std::string& class_name);

}  // namespace ckptlint
