// Whether a value counts as true and how long it is, both of which may not be known, and the name of its type.
#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {

Truth Interpreter::truth(const Value& value) {
  switch (value.kind) {  // what most conditions are
    case Kind::kNone:
      return Truth::kFalse;
    case Kind::kBool:
      return truth_of(value.boolean);
    case Kind::kInt:
      return truth_of(value.integer != 0);
    default:
      break;
  }
  const auto truth = slots_of(*this, value).truth;
  return truth == nullptr ? Truth::kTrue : truth(*this, value);
}

Value length_value(Interpreter& in, const Value& value) {
  if (const auto length = slots_of(in, value).length) {
    const Value answer = length(in, value);
    if (!answer.missing()) return answer;
  }
  in.raise_type_error(fmt::format("object of type '{}' has no len()", in.type_name(value)));
}

std::int64_t Interpreter::length(const Value& value) {
  const Value answer = length_value(*this, value);
  if (!answer.unknown()) return answer.integer;
  note_partial(fmt::format("a length depends on {}", answer.as<Unknown>()->origin->view()));
  return 0;
}

std::string Interpreter::type_name(const Value& value) {
  if (const auto name = slots_of(*this, value).type_name) return std::string(name(value));
  const Class* type = type_of(value);
  if (type == classes.size) return "torch.Size";  // as torch calls it in C
  return std::string(type->name->view());
}

}  // namespace ckptlint::python
