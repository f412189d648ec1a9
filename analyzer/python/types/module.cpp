// Modules, and names that were imported and not asked for yet.
#include <fmt/format.h>

#include "python/evaluate/printer.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

void repr_module(Printer& printer, const Value& value) {
  printer.out += fmt::format("<module '{}'>", value.as<Module>()->name->view());
}

void repr_lazy_import(Printer& printer, const Value&) {
  printer.add_unknown(printer.in.unknown("a name that was not imported"));
}

}  // namespace

constinit const TypeSlots kModuleSlots = {.type = &Interpreter::Classes::module, .repr = repr_module};
constinit const TypeSlots kLazyImportSlots = {.type = &Interpreter::Classes::module, .repr = repr_lazy_import};

}  // namespace ckptlint::python
