// Whether a value counts as true, which may not be known, and the name of its type.
#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/values/bigint.h"

namespace ckptlint::python {

Truth Interpreter::truth(const Value& value) {
  switch (value.kind) {
    case Kind::kNone:
      return Truth::kFalse;
    case Kind::kBool:
      return truth_of(value.boolean);
    case Kind::kInt:
      return truth_of(value.integer != 0);
    case Kind::kFloat:
      return truth_of(value.real != 0);
    case Kind::kUnknown:
      return Truth::kUnknown;
    case Kind::kStr:
      return truth_of(value.as<Str>()->length != 0);
    case Kind::kBytes:
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
    case Kind::kDictView:
    case Kind::kRange:
      return truth_of(length_value(*this, value).integer != 0);
    case Kind::kTensor:
      if (hooks.tensor_truth != nullptr) return hooks.tensor_truth(*this, value.as<Tensor>());
      return Truth::kUnknown;
    case Kind::kInstance:
    case Kind::kClass: {
      if (!has_protocol(value)) return Truth::kTrue;
      const Nesting nesting(*this);
      const Value answer = try_dunder(*this, value, sym.__bool__);
      if (answer.is(Kind::kBool)) return truth_of(answer.boolean);
      if (answer.unknown()) return Truth::kUnknown;
      if (!answer.missing()) {
        raise_type_error(fmt::format("__bool__ should return bool, returned {}", type_name(answer)));
      }
      if (find_dunder(*this, value, sym.__len__) != nullptr) {
        const Value length = length_value(*this, value);
        return length.unknown() ? Truth::kUnknown : truth_of(length.integer != 0);
      }
      return may_have_dunder(value) ? Truth::kUnknown : Truth::kTrue;
    }
    default:
      return Truth::kTrue;
  }
}

std::string Interpreter::type_name(const Value& value) {
  if (value.is(Kind::kDictView)) {
    const ViewKind kind = value.as<DictView>()->view;
    return kind == ViewKind::kKeys ? "dict_keys" : kind == ViewKind::kValues ? "dict_values" : "dict_items";
  }
  return std::string(type_of(value)->name->view());
}

}  // namespace ckptlint::python
