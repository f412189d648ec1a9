// What annotations are made of: aliases (list[int]), unions (int | None) and special forms (Literal, Optional, ...).
#pragma once

#include <optional>
#include <vector>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// `left | right` as Python 3.11 makes it: nested unions are flattened, None is NoneType, repeats are dropped.  Unknown
// operands make it Unknown; raises TypeError where a side is no type.  Also Interpreter::Hooks::type_union.
Value type_union(Interpreter& in, const Value& left, const Value& right);

// `type[key]`: an instance of types.GenericAlias.  Also Interpreter::Hooks::generic_alias.
Value generic_alias(Interpreter& in, const Value& type, const Value& key);

// typing.get_origin and typing.get_args; None and () where there is none.
Value type_origin(Interpreter& in, const Value& type);
Value type_arguments(Interpreter& in, const Value& type);

// A new special form; typing_alias(origin, key, "List") is typing.List[key], or bare typing.List where `key` is
// missing.
Value special_form(Interpreter& in, std::string_view name);
Value typing_alias(Interpreter& in, const Value& origin, const Value& key, std::string_view name);

// The special form of that name of module typing.
bool is_special_form(Interpreter& in, const Value& value, std::string_view name);

// The type variables in the arguments of an alias, in order; nothing where there are such as stand for several types.
std::optional<std::vector<Value>> type_variables(Interpreter& in, const Value& alias);

// Raise TypeError where a special form of that name, or an alias, does not take what stands in its brackets.
void check_form_arguments(Interpreter& in, std::string_view form, const Value& key);
void check_alias_arguments(Interpreter& in, const Value& alias, const Value& key);
// Of Generic and Protocol themselves.
void check_class_arguments(Interpreter& in, const Class* type, const Value& key);
void check_generic_parameters(Interpreter& in, std::string_view form, const Value& key);

// The classes of all of these; before anything that subscripts a type.
void install_type_forms(Interpreter& in);

}  // namespace ckptlint::python
