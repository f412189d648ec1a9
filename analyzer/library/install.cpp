// What an Interpreter is made with, in the order in which the parts build on each other.
#include "library/builtins/install.h"

#include "library/host/embedded.h"
#include "library/library.h"
#include "library/packages/install.h"
#include "library/quantizers/install.h"
#include "library/stdlib/install.h"
#include "library/stdlib/typing.h"
#include "library/torch/torch.h"
#include "library/transformers/install.h"

namespace ckptlint::python {

void install_library(Interpreter& in) {
  install_builtins(in);
  install_type_forms(in);
  install_math(in);
  install_itertools(in);
  install_operator(in);
  install_string(in);
  install_re(in);
  install_functools(in);
  install_collections(in);
  install_abc(in);
  install_copy(in);
  install_types(in);
  install_typing(in);
  install_named_tuples(in);
  install_dataclasses(in);
  install_enum(in);
  install_inspect(in);
  install_contextlib(in);
  install_logging(in);
  install_os(in);
  install_files(in);
  install_sys(in);
  install_json(in);
  install_ast(in);
  install_importlib(in);
  install_packaging(in);
  install_torch(in);
  install_numpy(in);
  install_strict(in);
  install_transformers(in);
  install_random(in);
  install_harmless(in);  // fills what the others left open
  in.embedded_module("_diffusers_machine", embedded_text("packages/diffusers_machine.py"), false);
  in.embedded_module("_answering", embedded_text("packages/answering.py"), false);  // for modules that ask a library
}

void install_library_for_quantizers(Interpreter& in) {
  install_library(in);
  install_quantizer_packages(in);
}

}  // namespace ckptlint::python
