// Questions about a repo that a module of the host asks the evaluated library.
#pragma once

#include <initializer_list>
#include <string>

#include "ckptlint/companions.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// A text that evaluated code gave.  Throws NotFollowed where it is none, or not known.
std::string known_text(const python::Value& value);

// What a function of the module gives; kMissing where it raises, which `end` then says.  Throws NotFollowed where
// anything on the way was not known: what is raised counts as little then as what is returned.
python::Value answer_to(python::Interpreter& in, const char* module, const char* question,
                        std::initializer_list<python::Value> given, CallEnd& end);

}  // namespace ckptlint
