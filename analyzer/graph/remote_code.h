// The code that a model repo brings (`auto_map`), imported as the release does with trust_remote_code=True.
//
// The release's own get_cached_module_file and get_class_in_module are evaluated (transformers.dynamic_module_utils),
// on a disk that has the repo and an empty cache of modules: which files are copied, what is refused for a file or a
// package that is not there, under which name a module is imported, and that two references may import one file twice,
// all of it is theirs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/build.h"
#include "graph/modules_cache.h"
#include "graph/stand_ins.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

class RemoteCode {
 public:
  RemoteCode(python::Interpreter& in, const GraphRequest& request);

  // The class of "file.Class"; kMissing where the repo has no such file.  Raises what importing it raises.
  python::Value class_of(const std::string& reference);
  // The same by diffusers, whose model it is.
  python::Value diffusers_class_of(const std::string& reference);
  // What the library does with the two behind that, where it has no model of that type itself.
  void register_for(const std::string& auto_class, const python::Value& config_class, const python::Value& type);

  // From here on the library itself imports what it is asked for, from this repo: for code that calls
  // get_class_from_dynamic_module.  Files beside the model's are loaded so.
  void let_library_import();

  // Files are being copied, not run: this is what raised, if anything did.
  bool copying() const { return copying_; }
  // Where the repo asks for the file that an exception of copying names; nowhere where that is not found.
  Span asked_for_at(const std::string& exception);
  // What from_pretrained is given: a folder of the evaluator's disk.
  std::string path() const;

  // The name of a module of the repo without what the folder and the cache of modules add to it.
  static std::string plain_name(const std::string& module);

 private:
  void leave_hub_alone();
  void stand_in_for_copying(StandIns& stand_ins);
  python::Value imported(const std::string& path, const std::string& class_name);
  std::optional<std::string> copied(const std::string& file);

  python::Interpreter& in_;
  const GraphRequest& request_;
  std::optional<ModulesCache> cache_;  // where there is a repo
  std::string name_;                   // that from_pretrained is given
  python::Value library_;  // transformers.dynamic_module_utils; kMissing where the release has none that can be asked
  bool copying_ = false;
  bool hub_left_alone_ = false;
  std::unique_ptr<StandIns> lasting_;
};

}  // namespace ckptlint
