// None, Ellipsis and NotImplemented, of each of which there is one, and the value that is missing.
#include "python/evaluate/printer.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Truth never(Interpreter&, const Value&) { return Truth::kFalse; }

void repr_missing(Printer& printer, const Value&) { printer.out += "<missing>"; }
void repr_none(Printer& printer, const Value&) { printer.out += "None"; }
void repr_ellipsis(Printer& printer, const Value&) { printer.out += "Ellipsis"; }
void repr_not_implemented(Printer& printer, const Value&) { printer.out += "NotImplemented"; }

Value only_one(Interpreter&, const Arguments&, const Value& data) { return data; }
Value always_false(Interpreter&, const Arguments&, const Value&) { return Value::of(false); }

}  // namespace

constinit const TypeSlots kMissingSlots = {.type = &Interpreter::Classes::none, .repr = repr_missing};
constinit const TypeSlots kNoneSlots = {.type = &Interpreter::Classes::none, .truth = never, .repr = repr_none};
constinit const TypeSlots kEllipsisSlots = {.type = &Interpreter::Classes::ellipsis, .repr = repr_ellipsis};
constinit const TypeSlots kNotImplementedSlots = {.type = &Interpreter::Classes::not_implemented,
                                                  .repr = repr_not_implemented};

void fill_singletons(Interpreter& in) {
  auto& c = in.classes;
  in.static_method(c.none, "__new__", only_one, Value::none());
  in.method(c.none, "__bool__", always_false);
  in.static_method(c.ellipsis, "__new__", only_one, Value{Kind::kEllipsis, {}});
  in.static_method(c.not_implemented, "__new__", only_one, Value{Kind::kNotImplemented, {}});
}

}  // namespace ckptlint::python
