// Short ways of reading and making values, for the library's functions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "python/evaluate/interpreter.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {

// The list, dict, string, ... inside an instance of a subclass of one; every other value as it is.
inline Value plain(const Value& value) {
  if (value.is(Kind::kInstance) && !value.as<Instance>()->payload.missing()) return value.as<Instance>()->payload;
  return value;
}

inline Str* as_str(const Value& value) {
  Value v = plain(value);
  return v.is(Kind::kStr) ? v.as<Str>() : nullptr;
}
inline Dict* as_dict(const Value& value) {
  Value v = plain(value);
  return v.is(Kind::kDict) ? v.as<Dict>() : nullptr;
}
inline List* as_list(const Value& value) {
  Value v = plain(value);
  return v.is(Kind::kList) ? v.as<List>() : nullptr;
}
inline Tuple* as_tuple(const Value& value) {
  Value v = plain(value);
  return v.is(Kind::kTuple) ? v.as<Tuple>() : nullptr;
}

inline bool is_function(const Value& value) {
  return value.is(Kind::kFunction) || value.is(Kind::kNative) || value.is(Kind::kBoundMethod);
}

// An instance's own attribute, past every descriptor and hook; kMissing where absent.
inline Value own(const Instance* instance, const Str* name) {
  if (instance->attributes == nullptr) return {};
  Value* found = dict_find(instance->attributes, name);
  return found == nullptr ? Value{} : *found;
}
inline void set_own(Interpreter& in, Instance* instance, Str* name, const Value& value) {
  if (instance->attributes == nullptr) instance->attributes = in.dict();
  dict_set(in.arena, instance->attributes, name, value);
}
inline void set_own(Interpreter& in, Instance* instance, std::string_view name, const Value& value) {
  set_own(in, instance, in.intern(name), value);
}

// A class's own attribute, as its body left it; kMissing where absent.
inline Value own(const Class* type, const Str* name) {
  if (type->attributes == nullptr) return {};
  Value* found = dict_find(type->attributes, name);
  return found == nullptr ? Value{} : *found;
}

// The value is an instance of exactly this class or of a subclass of it.
inline Instance* instance_of(Interpreter& in, const Value& value, const Class* type) {
  if (!value.is(Kind::kInstance)) return nullptr;
  auto* instance = value.as<Instance>();
  return in.is_subclass(instance->type, type) ? instance : nullptr;
}

// Attributes of a function of the host, made on first use.
inline void set_native_attribute(Interpreter& in, const Value& native, std::string_view name, const Value& value) {
  auto* object = native.as<Native>();
  if (object->attributes == nullptr) object->attributes = in.dict();
  dict_set(in.arena, object->attributes, in.intern(name), value);
}

// An attribute of a native module that is another module's, imported when first asked for.
inline void define_lazy(Interpreter& in, Module* module, std::string_view name, std::string_view from_module,
                        std::string_view from_name) {
  auto* lazy = in.arena.make<LazyImport>();
  lazy->kind = Kind::kLazyImport;
  lazy->module = in.intern(from_module);
  lazy->name = in.intern(from_name);
  lazy->importer = module;
  in.define(module, name, Value::of(lazy));
}

// Arguments with one more positional argument in front of them.
struct PrependedArguments {
  std::vector<Value> positional;
  Arguments arguments;
  PrependedArguments(const Value& first, const Arguments& rest) {
    positional.reserve(rest.count + 1);
    positional.push_back(first);
    positional.insert(positional.end(), rest.positional, rest.positional + rest.count);
    arguments = rest;
    arguments.positional = positional.data();
    arguments.count = positional.size();
  }
};

// The same arguments without the first `n` positional ones.
inline Arguments without_first(const Arguments& arguments, std::size_t n = 1) {
  Arguments rest = arguments;
  n = n < rest.count ? n : rest.count;
  rest.positional += n;
  rest.count -= n;
  return rest;
}

// The keyword argument of that name; kMissing where absent.
inline Value keyword(const Arguments& arguments, const Str* name) {
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].name == name) return arguments.keywords[i].value;
  }
  return {};
}

// Any argument is Unknown.
inline bool any_unknown(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.count; ++i) {
    if (arguments.positional[i].unknown()) return true;
  }
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].value.unknown()) return true;
  }
  return false;
}

// A decorator that changes nothing: returns its first argument.
inline Value return_first(Interpreter&, const Arguments& arguments, const Value&) {
  const Value& first = self_of(arguments);
  return first.missing() ? Value::none() : first;
}
inline Value return_none(Interpreter&, const Arguments&, const Value&) { return Value::none(); }
inline Value return_true(Interpreter&, const Arguments&, const Value&) { return Value::of(true); }
inline Value return_false(Interpreter&, const Arguments&, const Value&) { return Value::of(false); }
// Whatever the function was made with.
inline Value return_data(Interpreter&, const Arguments&, const Value& data) { return data; }

}  // namespace ckptlint::python
