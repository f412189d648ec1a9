// The cache of modules into which a library copies the code that a repo brings, and from which it imports it: empty, on
// the evaluator's disk.
//
// transformers.dynamic_module_utils and diffusers.utils.dynamic_modules_utils are evaluated as they are; what is
// put in their place here is where the cache is, and importlib.
#pragma once

#include <initializer_list>
#include <string_view>

#include "graph/stand_ins.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

class ModulesCache {
 public:
  // One an evaluator.  `label`: under which people are shown what is imported.
  ModulesCache(python::Interpreter& in, std::string_view label);

  // While `stand_ins` last, `library`, one of the modules above, copies into it: a package that is not installed is
  // taken as installed, but not where a file of the repo is meant, which lies in `folder`, or, where that is empty,
  // beside the file that asks for it.
  void copy_to_here(StandIns& stand_ins, const python::Value& library, std::string_view folder) const;
  // Likewise, it imports from it.
  void import_from_here(StandIns& stand_ins, const python::Value& library) const;

  // Something of the Python that belongs to it, called.
  python::Value made(const char* maker, std::initializer_list<python::Value> given) const;

  static constexpr const char* kFolder = "~/.cache/huggingface/modules";  // from the root: there is no working folder

 private:
  python::Interpreter& in_;
};

}  // namespace ckptlint
