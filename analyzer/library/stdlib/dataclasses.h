// Dataclasses as Python 3.11 makes them.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

enum class FieldKind : std::int64_t { kField, kClassVar, kInitVar };

// What @dataclass knows of a field; read from the Field object that fields() hands out, which code may change.
struct FieldView {
  Instance* object = nullptr;
  Str* name = nullptr;
  FieldKind kind = FieldKind::kField;
  Value type;
  Value default_value;    // kMissing where there is none
  Value default_factory;  // likewise
  bool init = true;
  bool repr = true;
  bool compare = true;
  bool keyword_only = false;
};
FieldView read_field(Interpreter& in, Instance* field);

// The fields of a dataclass as fields() gives them: without ClassVar and InitVar ones.  Null where `type` is none.
List* dataclass_fields(Interpreter& in, Class* type);

// The value is the MISSING of module dataclasses.
bool is_missing_marker(Interpreter& in, const Value& value);

// `function` is the __init__ that @dataclass wrote: the parameters after self, in order.
bool is_dataclass_init(const Value& function);
std::vector<FieldView> dataclass_init_parameters(Interpreter& in, const Value& function);

}  // namespace ckptlint::python
