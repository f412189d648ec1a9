// Asks diffusers.utils.dynamic_modules_utils.
#include "graph/diffusers_code.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Value;

Value library_of(Interpreter& in) { return Value::of(in.import_module("diffusers.utils.dynamic_modules_utils")); }

}  // namespace

void let_diffusers_import(Interpreter& in, const ModulesCache& cache, StandIns& stand_ins) {
  const Value library = library_of(in);
  cache.copy_to_here(stand_ins, library, "");
  cache.import_from_here(stand_ins, library);
  // It joins paths below it to it once more, which only leaves those from the root as they are.
  stand_ins.value(library, "HF_MODULES_CACHE", in.string("/" + std::string(ModulesCache::kFolder)));
}

Value diffusers_code_class(Interpreter& in, const ModulesCache& cache, const std::string& folder,
                           const std::string& file, const std::string& class_name) {
  StandIns stand_ins(in);
  let_diffusers_import(in, cache, stand_ins);
  return cache.made("class_of", {library_of(in), in.string(folder), in.string(file), in.string(class_name)});
}

}  // namespace ckptlint
