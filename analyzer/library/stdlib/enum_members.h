// The members of enum classes: how a class's plain attributes become them, and how they are found.
#pragma once

#include <vector>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// The class's members by name, aliases included; null before it is finished.
Dict* enum_member_map(Interpreter& in, Class* type);
bool is_flag(Interpreter& in, Class* type);
// The type of the values: the builtin that the class mixes in, or null.
Class* mixed_in(Interpreter& in, Class* type);

// A member with that value.  Its name is null for a combination of flags.
Instance* make_member(Interpreter& in, Class* type, Str* name, const Value& value);
// kMissing where no member has the value.
Value find_by_value(Interpreter& in, Class* type, const Value& value);
// Remembers a member that no name stands for, so that it is found by its value.
void remember_member(Interpreter& in, Class* type, const Value& value, const Value& member);

// What auto() stands for behind the values `so_far`: the class's _generate_next_value_.  `value` is the auto object, or
// kMissing.
Value next_auto(Interpreter& in, Class* type, Str* name, const Value& value, const std::vector<Value>& so_far);
// auto() op other in a class body.  `data` is the operator.
Value combined_auto(Interpreter& in, const Arguments& arguments, const Value& data);

// Class::finish of enum classes.
Value finish_enum(Interpreter& in, const Arguments& arguments, const Value& data);

// The metaclass: calls, subscripts, iteration.
Class* make_enum_metaclass(Interpreter& in);
// The member for a combination of bits, made on first use; raises ValueError for bits that no member of a plain Flag
// has.
Value flag_member(Interpreter& in, Class* type, std::int64_t bits);
// The operators of flags.
void add_flag_methods(Interpreter& in, Class* flag);

}  // namespace ckptlint::python
