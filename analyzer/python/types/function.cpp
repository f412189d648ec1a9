// Functions of source, functions of the host, and both bound to a receiver.
#include <fmt/format.h>

#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

void repr_function(Printer& printer, const Value& value) {
  const auto* function = value.as<Function>();
  printer.out += fmt::format("<function {} at 0x0>",
                             (function->qualified_name != nullptr ? function->qualified_name : function->name)->view());
}

void repr_native(Printer& printer, const Value& value) {
  printer.out += fmt::format("<built-in function {}>", value.as<Native>()->name);
}

void repr_bound_method(Printer& printer, const Value& value) {
  const auto* method = value.as<BoundMethod>();
  const Nesting nesting(printer.in);
  printer.out += "<bound method ";
  slots_of(printer.in, method->function).repr(printer, method->function);
  printer.out += " of ";
  printer.repr(method->receiver);
  printer.out += '>';
}

// Optional[int], Callable[..., int]: the parameters change nothing here.
Value native_item(Interpreter&, const Value& object, const Value&) { return object; }

Value function_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  const Arguments rest{arguments.positional + 1, arguments.count - 1, arguments.keywords, arguments.keyword_count};
  return in.call(self, rest);
}

}  // namespace

constinit const TypeSlots kFunctionSlots = {.type = &Interpreter::Classes::function, .repr = repr_function};
constinit const TypeSlots kNativeSlots = {
    .type = &Interpreter::Classes::native, .repr = repr_native, .item = native_item};
constinit const TypeSlots kBoundMethodSlots = {.type = &Interpreter::Classes::method, .repr = repr_bound_method};

Value function_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, instance, owner] = method_arguments<"self, instance, owner=">(in, "__get__", arguments);
  const bool on_class = instance.is_none();
  if (on_class && !self.is(Kind::kClassMethod) && !self.is(Kind::kStaticMethod)) return self;
  Class* type = owner.is(Kind::kClass) ? owner.as<Class>() : in.type_of(instance);
  return in.bind_to(self, instance, type);
}
void fill_functions_and_methods(Interpreter& in) {
  auto& c = in.classes;
  for (Class* type : {c.function, c.native, c.method}) {
    in.method(type, "__get__", function_get);
    in.method(type, "__call__", function_call);
  }
}

}  // namespace ckptlint::python
