// Makes the names of a module that its own text does not bind, when they are first asked for.
#include "python/evaluate/given_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "python/evaluate/impl.h"
#include "python/evaluate/module_statements.h"

namespace ckptlint::python {
namespace {

// The docstring at the head of a module's text, or None.
Value doc_of_module(Interpreter& in, const Module* module) {
  const ModuleBody* body = body_of(module);
  if (body == nullptr || body->statements.empty() || body->outline.statements()[0].piece.kind != PieceKind::kOther)
    return Value::none();
  const TextRange literal = docstring(module->unit->text, body->outline.statements()[0].piece);
  return literal.empty() ? Value::none() : Value::of(in.impl->parser.literal(module->unit, literal));
}

}  // namespace

Value given_to_module(Interpreter& in, Module* module, Str* name) {
  constexpr std::string_view kGiven[] = {"__doc__",    "__spec__",    "__loader__", "__file__",
                                         "__cached__", "__package__", "__path__",   "__builtins__"};
  const std::string_view asked = name->view();
  if (std::find(std::begin(kGiven), std::end(kGiven), asked) == std::end(kGiven)) return {};
  const bool from_source = module->unit != nullptr && !module->unit->embedded;
  if (from_source && asked == "__path__") return {};  // no package
  Value found;
  if (asked == "__builtins__") {
    found = Value::of(in.builtins->attributes);
  } else if (from_source && asked == "__doc__") {
    found = doc_of_module(in, module);
  } else if (name == in.sym.__spec__) {
    found = in.call(in.import_name("importlib.util", "find_spec"), {Value::of(module->name)});
  } else {
    found = in.unknown(fmt::format("{}.{}", module->name->view(), asked));
  }
  dict_set(in.arena, module->attributes, name, found);
  return found;
}

}  // namespace ckptlint::python
