// Functions that look at and change objects: attributes, types, namespaces.
#include <algorithm>
#include <vector>

#include "library/builtins/builtins.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/signature.h"
#include "python/types/attribute_name.h"
#include "python/types/methods.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

Value getattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, given_name, fallback] = function_arguments<"object, name, default=">(in, "getattr", arguments);
  if (object.unknown()) return object;
  if (given_name.unknown()) return given_name;
  Str* name = attribute_name(in, given_name);
  if (arguments.count == 2) return in.attribute(object, name);
  Value out;
  return in.find_attribute(object, name, out) ? out : fallback;
}

// The attribute is there, and is not merely taken for granted because the object is not fully known.
bool surely_has(Interpreter& in, const Value& object, Str* name) {
  switch (object.kind) {
    case Kind::kModule:
      return dict_find(object.as<Module>()->attributes, name) != nullptr;
    case Kind::kClass:
      return in.class_lookup(object.as<Class>(), name) != nullptr;
    case Kind::kInstance: {
      const auto* instance = object.as<Instance>();
      if (instance->attributes != nullptr && dict_find(instance->attributes, name) != nullptr) return true;
      return in.class_lookup(instance->type, name) != nullptr;
    }
    default:
      return false;
  }
}

Value hasattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, given_name] = function_arguments<"object, name">(in, "hasattr", arguments);
  if (object.unknown()) return object;
  if (given_name.unknown()) return given_name;
  Str* name = attribute_name(in, given_name);
  Value out;
  if (!in.find_attribute(object, name, out)) return Value::of(false);
  return out.unknown() && !surely_has(in, object, name) ? out : Value::of(true);
}

Value setattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, name, value] = function_arguments<"object, name, value">(in, "setattr", arguments);
  if (object.unknown()) return Value::none();
  if (name.unknown()) {
    in.note_partial("an attribute is set whose name is not known");
    return Value::none();
  }
  in.set_attribute(object, attribute_name(in, name), value);
  return Value::none();
}

Value delattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, name] = function_arguments<"object, name">(in, "delattr", arguments);
  if (object.unknown()) return Value::none();
  if (name.unknown()) {
    in.note_partial("an attribute is deleted whose name is not known");
    return Value::none();
  }
  in.delete_attribute(object, attribute_name(in, name));
  return Value::none();
}

Value callable(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = function_arguments<"object">(in, "callable", arguments);
  switch (given.kind) {
    case Kind::kUnknown:
      return given;
    case Kind::kFunction:
    case Kind::kNative:
    case Kind::kBoundMethod:
    case Kind::kClass:
    case Kind::kStaticMethod:
      return Value::of(true);
    case Kind::kInstance:
      if (find_dunder(in, given, in.sym.__call__) != nullptr) return Value::of(true);
      return may_have_dunder(given) ? in.unknown("whether an instance of a class with an unknown base can be called")
                                    : Value::of(false);
    default:
      return Value::of(false);
  }
}

// ---- types

// What a second argument of isinstance() stands for beyond a class: the members of a tuple or of a union.
bool members_of(Interpreter& in, const char* function, const Value& type, Value& members) {
  members = type;
  if (type.is(Kind::kTuple)) return true;
  if (type.is(Kind::kInstance)) {
    const Class* kind = type.as<Instance>()->type;
    if (kind == in.classes.generic_alias)
      in.raise_type_error(std::string(function) + "() argument 2 cannot be a parameterized generic");
    Value origin, name;
    if (kind == in.classes.special_form && in.find_attribute(type, in.sym.__name__, name) &&
        in.str(name) == "Callable") {
      members = in.tuple({in.import_name("collections.abc", "Callable")});
      return true;
    }
    if (kind == in.classes.typing_alias && in.find_attribute(type, in.sym.__origin__, origin) &&
        origin.is(Kind::kClass)) {
      if (in.find_attribute(type, in.sym.__args__, members) && members.as<Tuple>()->count != 0)
        in.raise_type_error("Subscripted generics cannot be used with class and instance checks");
      members = in.tuple({origin});
      return true;
    }
  }
  return type.is(Kind::kInstance) && in.find_attribute(type, in.sym.__args__, members) && members.is(Kind::kTuple);
}

template <typename Test>
Truth any_member(Interpreter& in, const Value& members, const Test& test) {
  const Nesting nesting(in);
  Truth answer = Truth::kFalse;
  for (const Value& member : *members.as<Tuple>()) {
    in.step();
    const Truth one = test(member);
    if (one == Truth::kTrue) return one;
    if (one == Truth::kUnknown) answer = one;
  }
  return answer;
}

Truth instance_test(Interpreter& in, const Value& value, const Value& type) {
  if (type.unknown() || value.unknown()) return Truth::kUnknown;
  if (type.is_none()) return truth_of(value.is_none());
  if (type.is(Kind::kClass)) {
    if (in.is_instance(value, type)) return Truth::kTrue;
    return in.type_of(value)->has_unknown_base && !type.as<Class>()->native ? Truth::kUnknown : Truth::kFalse;
  }
  Value members;
  if (members_of(in, "isinstance", type, members)) {
    return any_member(in, members, [&](const Value& member) { return instance_test(in, value, member); });
  }
  if (type.is(Kind::kInstance)) return truth_of(in.is_instance(value, type));
  in.raise_type_error("isinstance() arg 2 must be a type, a tuple of types, or a union");
}

Value isinstance(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, classinfo] = function_arguments<"object, classinfo">(in, "isinstance", arguments);
  switch (instance_test(in, object, classinfo)) {
    case Truth::kTrue:
      return Value::of(true);
    case Truth::kFalse:
      return Value::of(false);
    default:
      return object.unknown() ? object : in.unknown("isinstance() of a class that is not known");
  }
}

Truth subclass_test(Interpreter& in, Class* type, const Value& base) {
  if (base.unknown()) return Truth::kUnknown;
  if (base.is_none()) return truth_of(type == in.classes.none);
  if (base.is(Kind::kClass)) {
    Class* wanted = base.as<Class>();
    if (wanted->metaclass != nullptr) {
      const Value* check = in.class_lookup(wanted->metaclass, in.sym.__subclasscheck__);
      const Value* plain = in.class_lookup(in.classes.type, in.sym.__subclasscheck__);
      if (check != nullptr && !(plain != nullptr && check->same(*plain))) {
        return in.truth(call_dunder(in, *check, base, {Value::of(type)}));
      }
    }
    if (in.is_subclass(type, wanted)) return Truth::kTrue;
    return type->has_unknown_base && !wanted->native ? Truth::kUnknown : Truth::kFalse;
  }
  Value members;
  if (members_of(in, "issubclass", base, members)) {
    return any_member(in, members, [&](const Value& member) { return subclass_test(in, type, member); });
  }
  in.raise_type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union");
}

Value issubclass(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, classinfo] = function_arguments<"cls, classinfo">(in, "issubclass", arguments);
  if (cls.unknown()) return cls;
  if (!cls.is(Kind::kClass)) in.raise_type_error("issubclass() arg 1 must be a class");
  const Truth answer = subclass_test(in, cls.as<Class>(), classinfo);
  return answer == Truth::kUnknown ? in.unknown("issubclass() of a class that is not known")
                                   : Value::of(answer == Truth::kTrue);
}

// ---- namespaces

// The variables of the code that called: natives have no frame of their own.
Value locals(Interpreter& in, const Arguments& arguments, const Value&) {
  check_function(in, arguments, "locals", 0, 0);
  const Frame* frame = in.frame;
  if (frame == nullptr) return Value::of(in.dict());
  if (frame->class_body != nullptr) return Value::of(frame->class_body);
  if (frame->function == nullptr) return Value::of(frame->module->attributes);
  Dict* made = in.dict();
  for (std::uint32_t i = 0; i < frame->code->slots.count; ++i) {
    if (!frame->slots[i].missing()) dict_set(in.arena, made, frame->code->slots[i], frame->slots[i]);
  }
  return Value::of(made);
}

// globals() of a module whose statements run when they are asked for: its dict, with reads that ask.
Value globals(Interpreter& in, const Arguments& arguments, const Value& data) {
  check_function(in, arguments, "globals", 0, 0);
  if (in.frame == nullptr || in.frame->module == nullptr) return Value::of(in.dict());
  Instance* made = in.instance(data.as<Class>());
  made->payload = Value::of(in.frame->module->attributes);
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.sym.__module__, Value::of(in.frame->module));
  return Value::of(made);
}

// The global of that name; kMissing where absent.
Value global(Interpreter& in, const Arguments& arguments) {
  const auto* self = arguments[0].as<Instance>();
  const Value* module = self->attributes == nullptr ? nullptr : dict_find(self->attributes, in.sym.__module__);
  const Str* name = as_text(arguments[1]);
  Value out;
  if (module == nullptr || name == nullptr || !in.find_attribute(*module, in.intern(name->view()), out)) return {};
  return out;
}
Value globals_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__getitem__", arguments);
  if (key.unknown()) return key;
  const Value found = global(in, arguments);
  if (found.missing()) raise_key_error(in, key);
  return found;
}
Value globals_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, fallback] = method_arguments<"self, key, default=">(in, "get", arguments);
  if (key.unknown()) return key;
  const Value found = global(in, arguments);
  return !found.missing() ? found : arguments.count == 3 ? fallback : Value::none();
}
Value globals_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__contains__", arguments);
  if (key.unknown()) return key;
  return Value::of(!global(in, arguments).missing());
}

Value vars(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given] = function_arguments<"object=">(in, "vars", arguments);
  if (arguments.count == 0) return locals(in, arguments, data);
  if (given.unknown()) return given;
  if (given.is(Kind::kModule)) return Value::of(given.as<Module>()->attributes);
  Value out;
  if (in.find_attribute(given, in.sym.__dict__, out)) return out;
  in.raise_type_error("vars() argument must have __dict__ attribute");
}

void add_names(Interpreter& in, const Dict* from, Dict* into) {
  if (from == nullptr) return;
  for (const Dict::Entry& entry : from->entries) {
    if (entry.key.is(Kind::kStr)) dict_set(in.arena, into, entry.key, Value::none());
  }
}

void add_class_names(Interpreter& in, const Class* type, Dict* into) {
  for (const Class* each : type->mro) add_names(in, each->attributes, into);
}

Value dir(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given] = function_arguments<"object=">(in, "dir", arguments);
  Dict* names = in.dict();
  if (arguments.count == 0) {
    const Value found = locals(in, arguments, data);
    add_names(in, found.as<Dict>(), names);
  } else {
    if (given.unknown()) return given;
    const Value* own = find_dunder(in, given, in.intern("__dir__"));
    const Value* plain = in.class_lookup(in.classes.object, in.intern("__dir__"));
    if (own != nullptr && given.is(Kind::kInstance) && !(plain != nullptr && own->same(*plain))) {
      return in.call(*dict_find(in.builtins->attributes, in.intern("sorted")), {call_dunder(in, *own, given, {})});
    }
    if (given.is(Kind::kModule)) {
      add_names(in, given.as<Module>()->attributes, names);
    } else if (given.is(Kind::kClass)) {
      add_class_names(in, given.as<Class>(), names);
    } else {
      if (given.is(Kind::kInstance)) {
        add_names(in, given.as<Instance>()->attributes, names);
        if (given.as<Instance>()->type->layout == Layout::kModule) {
          const auto* module = given.as<ModuleInstance>();
          for (const Dict* table : {module->parameters, module->buffers, module->modules}) add_names(in, table, names);
        }
      }
      add_class_names(in, in.type_of(given), names);
    }
  }
  List* made = in.list();
  for (const Dict::Entry& entry : names->entries) {
    if (!entry.key.missing()) made->items.push(in.arena, entry.key);
  }
  sort_values(in, made, Value{}, false);
  return Value::of(made);
}

// __import__("a.b") is the package a; with names to import from it, the module a.b.
Value import_function(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_name, globals, locals, fromlist, level] =
      bind<"name, globals=, locals=, fromlist=, level=">(in, "__import__", arguments);
  if (given_name.unknown()) return given_name;
  const std::string_view name = text_argument(in, given_name, "__import__() argument 1");
  Module* module = in.import_module(name);
  const bool whole = !fromlist.missing() && in.truth(fromlist) == Truth::kTrue;
  if (whole || name.find('.') == std::string_view::npos) return Value::of(module);
  return Value::of(in.import_module(name.substr(0, name.find('.'))));
}

}  // namespace

void fill_reflection(Interpreter& in) {
  define_all(in, in.builtins,
             {{"getattr", getattr},
              {"hasattr", hasattr},
              {"setattr", setattr},
              {"delattr", delattr},
              {"callable", callable},
              {"isinstance", isinstance},
              {"issubclass", issubclass},
              {"locals", locals},
              {"vars", vars},
              {"dir", dir},
              {"__import__", import_function}});
  Class* namespace_class = in.make_class("dict", {in.classes.dict}, Layout::kDict);
  add_methods(in, namespace_class,
              {{"__getitem__", globals_item}, {"get", globals_get}, {"__contains__", globals_contains}});
  in.define(in.builtins, "globals", globals, Value::of(namespace_class));
}

}  // namespace ckptlint::python
