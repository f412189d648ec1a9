// Modules, and names that were imported and not asked for yet.
#include <fmt/format.h>

#include "python/evaluate/impl.h"
#include "python/evaluate/printer.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

bool find_on_module(Interpreter& in, const Value& object, Str* name, Value& out) {
  out = module_attribute(in, object.as<Module>(), name);
  return !out.missing();
}

void set_on_module(Interpreter& in, const Value& object, Str* name, const Value& value) {
  auto* module = object.as<Module>();
  run_before_write(in, module, name);
  dict_set(in.arena, module->attributes, name, value);
}

void delete_on_module(Interpreter&, const Value& object, Str* name) {
  dict_erase(object.as<Module>()->attributes, Value::of(name));
}

void repr_module(Printer& printer, const Value& value) {
  printer.out += fmt::format("<module '{}'>", value.as<Module>()->name->view());
}

void repr_lazy_import(Printer& printer, const Value&) {
  printer.add_unknown(printer.in.unknown("a name that was not imported"));
}

}  // namespace

constinit const TypeSlots kModuleSlots = {.type = &Interpreter::Classes::module,
                                          .find_attribute = find_on_module,
                                          .set_attribute = set_on_module,
                                          .delete_attribute = delete_on_module,
                                          .repr = repr_module};
constinit const TypeSlots kLazyImportSlots = {.type = &Interpreter::Classes::module, .repr = repr_lazy_import};

}  // namespace ckptlint::python
