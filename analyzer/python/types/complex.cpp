// complex: numbers that are known by their parts alone; arithmetic with them is not modelled.
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Value complex_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, real, imag] = bind<"cls, real=, imag=">(in, "complex", arguments);
  for (const Value& part : {real, imag}) {
    if (!part.missing() && !is_any_number(unwrap(part))) return in.unknown("a complex number");
  }
  const auto part = [&](const Value& given) { return Value::of(given.missing() ? 0.0 : in.to_double(given)); };
  Instance* made = in.instance(in.classes.complex);
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.intern("real"), part(real));
  dict_set(in.arena, made->attributes, in.intern("imag"), part(imag));
  return Value::of(made);
}
Value complex_unknown(Interpreter& in, const Arguments&, const Value&) { return in.unknown("a complex number"); }

}  // namespace

void fill_complex(Interpreter& in) {
  Class* type = in.classes.complex;
  in.static_method(type, "__new__", spread<complex_new>);
  for (const char* name :
       {"__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__pow__",
        "__rpow__", "__neg__", "__abs__", "__eq__", "__repr__", "__str__", "conjugate"}) {
    in.method(type, name, complex_unknown);
  }
}

}  // namespace ckptlint::python
