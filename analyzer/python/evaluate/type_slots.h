// What the values of one kind do by themselves: a row of functions for each Kind.
//
// The operations of Interpreter (truth, length_value, item, binary, ...) look here, and add what is the language's and
// no type's: reflected operands, special methods of either side, what is raised where nobody answers.  python/types has
// the rows, each beside the methods of its type.  Null: the kind does not support the operation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

class Printer;

struct TypeSlots {
  // Its class, where all values of the kind have one, else what finds it.
  Class* Interpreter::Classes::*type = nullptr;
  Class* (*type_of)(Interpreter& in, const Value& value) = nullptr;
  std::string_view (*type_name)(const Value& value) = nullptr;  // for messages, where not the name of the class

  // Null is: what the class has; raise; do nothing.  Instances have a way of their own, which is the language's.
  bool (*find_attribute)(Interpreter& in, const Value& object, Str* name, Value& out) = nullptr;
  void (*set_attribute)(Interpreter& in, const Value& object, Str* name, const Value& value) = nullptr;
  void (*delete_attribute)(Interpreter& in, const Value& object, Str* name) = nullptr;

  Truth (*truth)(Interpreter& in, const Value& value) = nullptr;   // null: true
  Value (*length)(Interpreter& in, const Value& value) = nullptr;  // may be Unknown; kMissing: this one has none
  // At most `depth` values deep; nothing where the hash follows an address or code of the evaluated program.
  std::optional<std::uint64_t> (*hash)(Interpreter& in, const Value& value, int depth) = nullptr;

  void (*repr)(Printer& printer, const Value& value) = nullptr;  // null: not known
  void (*str)(Printer& printer, const Value& value) = nullptr;   // null: as repr
  // With a specification that is not empty; `type` is how messages name the value's type.
  Value (*format)(Interpreter& in, const Value& value, std::string_view spec, std::string_view type) = nullptr;

  // `out` comes empty.  False: not known, and noted.
  bool (*iterate)(Interpreter& in, const Value& iterable, Iteration& out) = nullptr;
  // An element of what `iteration.source` is; false at the end.
  bool (*next)(Interpreter& in, Iteration& iteration, Value& out) = nullptr;
  Truth (*contains)(Interpreter& in, const Value& container, const Value& value) = nullptr;

  // Keys may be Unknown.
  Value (*item)(Interpreter& in, const Value& object, const Value& key) = nullptr;
  void (*set_item)(Interpreter& in, const Value& object, const Value& key, const Value& value) = nullptr;
  void (*delete_item)(Interpreter& in, const Value& object, const Value& key) = nullptr;

  // `right` may be of any kind.  A null `equal` compares as keys of a dict compare.
  Truth (*equal)(Interpreter& in, const Value& left, const Value& right) = nullptr;
  Value (*order)(Interpreter& in, Operator op, const Value& left, const Value& right) = nullptr;  // kMissing: none

  Value (*unary)(Interpreter& in, Operator op, const Value& operand) = nullptr;
  // Either operand is of the kind.  kNotImplemented: the other operand's kind is asked.
  Value (*binary)(Interpreter& in, Operator op, const Value& left, const Value& right) = nullptr;
  // `left op= right` of what changes in place; kMissing: `left op right` is meant.
  Value (*in_place)(Interpreter& in, Operator op, const Value& left, const Value& right) = nullptr;
};

constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kUnknown) + 1;

inline const TypeSlots& slots_of(const Interpreter& in, const Value& value) {
  return *in.types[static_cast<std::size_t>(value.kind)];
}

// What the value's class has under the name, bound to it; __class__ and __doc__ of everything.
bool find_by_class(Interpreter& in, const Value& object, Str* name, Value& out);
// Something found on a class that goes before what an instance has itself.
bool is_data_descriptor(Interpreter& in, const Value& found);

inline Value not_implemented() { return {Kind::kNotImplemented, {}}; }

// Two values that are no tensors, without special methods; kNotImplemented where the operator does not apply to them.
Value plain_binary(Interpreter& in, Operator op, const Value& left, const Value& right);
// kMissing where `left` does not change in place.
Value plain_in_place(Interpreter& in, Operator op, const Value& left, const Value& right);

// What a comparison answers: a bool, or Unknown.
Value value_of(Interpreter& in, Truth truth);
// Whether an order `op` accepts -1, 0 or 1 for less, equal, greater.
bool holds(Operator op, int order);
// All elements of `a` are in `b`.
Truth subset(Interpreter& in, const Value& a, const Value& b);
// Element by element; one that is not known leaves room for a later one that differs.
Truth equal_items(Interpreter& in, const Value* a, const Value* b, std::size_t count);

// The sign in source text: "+", "//", "<=", "in".
const char* operator_text(Operator op);

}  // namespace ckptlint::python
