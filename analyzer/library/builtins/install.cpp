// The builtins module: the names of the builtin types, and what the files of this folder add.
#include "library/builtins/install.h"

#include "library/builtins/builtins.h"
#include "python/types/install.h"

namespace ckptlint::python {

void install_builtins(Interpreter& in) {
  install_builtin_types(in);
  Module* builtins = in.builtins = in.native_module("builtins", false);
  auto& c = in.classes;
  for (Class* type :
       {c.object, c.type, c.integer, c.boolean, c.real, c.complex, c.str, c.bytes, c.tuple, c.list, c.dict, c.set,
        c.frozenset, c.range, c.slice, c.super, c.property, c.classmethod, c.staticmethod}) {
    in.define(builtins, type->name->view(), Value::of(type));
  }
  in.define(builtins, "None", Value::none());
  in.define(builtins, "True", Value::of(true));
  in.define(builtins, "False", Value::of(false));
  in.define(builtins, "Ellipsis", Value{Kind::kEllipsis, {}});
  in.define(builtins, "NotImplemented", Value{Kind::kNotImplemented, {}});
  in.define(builtins, "__debug__", Value::of(true));
  fill_exceptions(in);
  fill_code(in);
  fill_functions(in);
  fill_reflection(in);
  fill_iterators(in);
}

}  // namespace ckptlint::python
