// The machine that evaluated code believes to run on: Linux, Python 3.11, CPU torch, and these packages.
#pragma once

#include <string>
#include <string_view>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

constexpr int kPythonMinor = 11;  // of Python 3
constexpr int kPythonMicro = 7;
constexpr const char* kTorchVersion = "2.13.0";

// The packages by the names that they are imported under: what `pip install transformers torch accelerate scipy pillow`
// brings on a machine without an accelerator.  Nothing else is present.
Environment default_environment();

// The version of a package that is present, by the name of its distribution or of its module ("pillow", "PIL"); empty
// where it is absent.  Packages that were only assumed have no version of their own and answer "0".
std::string package_version(const Environment& environment, std::string_view name);
bool is_present(const Environment& environment, std::string_view module);

// The distribution that a top-level module comes from: "PIL" is of "pillow".
std::string distribution_of(std::string_view module);

}  // namespace ckptlint::python
