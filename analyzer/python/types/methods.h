// How methods of builtin types are written and put on their classes.
#pragma once

#include <initializer_list>
#include <string_view>

#include "python/evaluate/interpreter.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {

struct Method {
  const char* name;
  NativeFunction function;
};

inline void add_methods(Interpreter& in, Class* type, std::initializer_list<Method> methods) {
  for (const Method& method : methods) in.method(type, method.name, method.function);
}

inline void define_all(Interpreter& in, Module* module, std::initializer_list<Method> functions) {
  for (const Method& function : functions) in.define(module, function.name, function.function);
}

// The first Unknown among the arguments; kMissing where there is none.
inline Value unknown_among(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.count; ++i) {
    if (arguments.positional[i].unknown()) return arguments.positional[i];
  }
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].value.unknown()) return arguments.keywords[i].value;
  }
  return {};
}

// The function, with Unknown for an answer where any argument is.
template <NativeFunction function>
Value spread(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Value unknown = unknown_among(arguments);
  return unknown.missing() ? function(in, arguments, data) : unknown;
}

// The same for the first argument alone: what a method of an Unknown gives.
template <NativeFunction function>
Value known_receiver(Interpreter& in, const Arguments& arguments, const Value& data) {
  return arguments[0].unknown() ? arguments[0] : function(in, arguments, data);
}

inline Value give_none(Interpreter&, const Arguments&, const Value&) { return Value::none(); }

// f.__get__(instance, owner) of whatever binds: binding by hand.
Value function_get(Interpreter& in, const Arguments& arguments, const Value& data);

// The value behind the first argument: a builtin's own, or what an instance of a subclass holds (made, empty, where the
// instance came to be without it).  Raises TypeError for instances of other classes.
const Value& builtin_self(Interpreter& in, const Arguments& arguments);

// The receiver of a method, behind an instance of a subclass.  Raises TypeError for anything else, as for
// list.append(1).
const Value& receiver_of(Interpreter& in, const Arguments& arguments, Kind kind, const char* type);

template <typename T>
T* receiver(Interpreter& in, const Arguments& arguments, Kind kind, const char* type) {
  return receiver_of(in, arguments, kind, type).as<T>();
}

// Raises TypeError unless there are `least` to `most` positional arguments and no keywords.  A method counts its
// arguments without the receiver.
void check_function(Interpreter& in, const Arguments& arguments, const char* name, std::size_t least, std::size_t most);
void check_method(Interpreter& in, const Arguments& arguments, const char* name, std::size_t least, std::size_t most);

// The same with the numbers from a signature, and the arguments by its names; that of a method begins with the
// receiver:
//
//     const auto [self, sub, start, end] = method_arguments<"self, sub, start=, end=">(in, "count", arguments);
template <SignatureText kText>
auto function_arguments(Interpreter& in, const char* name, const Arguments& arguments) {
  check_function(in, arguments, name, Signature<kText>::kLeast, Signature<kText>::kCount);
  return by_position<kText>(arguments);
}
template <SignatureText kText>
auto method_arguments(Interpreter& in, const char* name, const Arguments& arguments) {
  check_method(in, arguments, name, Signature<kText>::kLeast - 1, Signature<kText>::kCount - 1);
  return by_position<kText>(arguments);
}

// The text of an argument.  Raises TypeError "<what> must be str, not int".
std::string_view text_argument(Interpreter& in, const Value& value, std::string_view what);

// `made` itself for the builtin class, an instance with it as its payload for a subclass.
Value as_instance_of(Interpreter& in, const Value& type, const Class* builtin, const Value& made);

// The comparison and arithmetic methods of a builtin type, for super().__eq__(other) and the like.
void add_operators(Interpreter& in, Class* type, std::initializer_list<const char*> operators);
void add_comparisons(Interpreter& in, Class* type, bool ordered);
// __len__, __iter__, __contains__, __getitem__.
void add_container_methods(Interpreter& in, Class* type, bool indexed);
// __repr__, __str__, __format__, __hash__ of immutable values.
void add_text_methods(Interpreter& in, Class* type);

}  // namespace ckptlint::python
