// Backward slices of Python functions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "python/syntax/python_text.h"

namespace ckptlint {

// What a slice turns a statement into: `tensor` computed again for the buffer `name` of `self`.
struct Goal {
  const python::Stmt* statement = nullptr;  // that registers the buffer
  std::string name;
  const python::Expr* tensor = nullptr;
  Extent written;  // the tensor, with the parentheses around it
};

struct Slice {
  std::vector<std::string> lines;    // without the function's own indentation; `self` replaced, goals rewritten
  std::set<std::string> parameters;  // of the function, other than self, that the lines use
};

// The statements of `function` that the goals depend on: assignments to and method calls on the local names that they
// use, in turn, and the compound statements around them.  `self` becomes `module_name`, a goal `copy(module.name,
// tensor)`. An error where the slice cannot stand alone: a `return` before a goal, a string over several lines,
// `super()`.
Result<Slice> slice_of(const PythonText& source, const python::Code& function, const std::vector<Goal>& goals,
                       std::string_view module_name, std::string_view copy);

}  // namespace ckptlint
