// Questions about a repo that a module of the host asks the evaluated library.
#pragma once

#include <initializer_list>
#include <string>

#include "ckptlint/companions.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// A text that evaluated code gave.  Throws NotFollowed where it is none, or not known.
std::string known_text(const python::Value& value);

// Where evaluated code finds the repo.
constexpr const char* kRepoFolder = "/repo";

// A message as people know it: paths in the repo without the folder where evaluated code has it ("/repo"), and long
// lists cut.
std::string told(std::string message);

// What a function of the module gives; kMissing where it raises, which `end` then says as `told`.  Throws NotFollowed
// where anything on the way was not known: what is raised counts as little then as what is returned.
python::Value answer_to(python::Interpreter& in, const char* module, const char* question,
                        std::initializer_list<python::Value> given, CallEnd& end);

}  // namespace ckptlint
