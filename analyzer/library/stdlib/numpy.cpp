// numpy: numpy.py, on lists; arrays of more elements than that is good for keep shape and type only.
#include "library/embedded.h"
#include "library/library.h"
#include "library/stdlib/values.h"

namespace ckptlint::python {
namespace {

Value make_unknown(Interpreter& in, const Arguments& arguments, const Value&) {
  Str* what = as_str(arguments[0]);
  return in.unknown(what == nullptr ? "a value of numpy" : what->view());
}

}  // namespace

void install_numpy(Interpreter& in) {
  in.define(in.native_module("_numpy", false), "unknown", make_unknown);
  in.embedded_module("numpy", embedded_text("stdlib/numpy.py"), true);
  for (const char* name : {"numpy.linalg", "numpy.fft", "numpy.typing", "numpy.testing", "numpy.core", "numpy.lib", "numpy.polynomial", "numpy.ma"}) {
    in.embedded_module(name, "", true);
  }
}

}  // namespace ckptlint::python
