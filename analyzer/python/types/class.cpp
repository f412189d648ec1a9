// Classes: type and its methods.  What they do as values is in the special methods of their metaclass.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "python/evaluate/containers.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/protocol.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// ---- slots

Class* class_of_class(Interpreter& in, const Value& value) {
  Class* metaclass = value.as<Class>()->metaclass;
  return metaclass != nullptr ? metaclass : in.classes.type;
}

bool find_on_class(Interpreter& in, const Value& object, Str* name, Value& out) {
  Class* type = object.as<Class>();
  if (name == in.sym.__name__) return out = Value::of(type->name), true;
  if (name == in.sym.__qualname__) return out = Value::of(type->qualified_name), true;
  if ((name == in.sym.__dict__ || name == in.sym.__annotations__) && in.hooks.settle_annotations != nullptr)
    in.hooks.settle_annotations(in, type);
  if (name == in.sym.__dict__) return out = Value::of(type->attributes), true;
  if (name == in.sym.__class__)
    return out = Value::of(type->metaclass != nullptr ? type->metaclass : in.classes.type), true;
  if (name == in.sym.__mro__ || name == in.sym.__bases__) {
    const ArenaVector<Class*>& classes = name == in.sym.__mro__ ? type->mro : type->bases;
    List* values = in.list();
    for (Class* each : classes) values->items.push(in.arena, Value::of(each));
    out = in.tuple(values->items.items, values->items.count);
    return true;
  }
  if (name == in.sym.__module__ && dict_find(type->attributes, name) == nullptr) {
    out = Value::of(type->module != nullptr ? type->module->name : in.intern("builtins"));
    return true;
  }
  if (name == in.sym.__annotations__ || name == in.sym.__doc__) {  // never inherited
    Value* own = dict_find(type->attributes, name);
    out = own != nullptr ? *own : name == in.sym.__doc__ ? Value::none() : Value::of(in.dict());
    return true;
  }
  Value* meta = type->metaclass != nullptr ? in.class_lookup(type->metaclass, name) : nullptr;
  if (meta != nullptr && is_data_descriptor(in, *meta))
    return out = in.bind_to(*meta, Value::of(type), type->metaclass), true;
  if (Value* found = in.class_lookup(type, name)) {
    switch (found->kind) {
      case Kind::kClassMethod:
      case Kind::kStaticMethod:
        out = in.bind_to(*found, Value::none(), type);
        return true;
      case Kind::kInstance: {
        Value* get = in.class_lookup(found->as<Instance>()->type, in.sym.__get__);
        out = get != nullptr ? in.call(*get, {*found, Value::none(), Value::of(type)}) : *found;
        return true;
      }
      default:
        out = *found;
        return true;
    }
  }
  Class* metaclass = type->metaclass != nullptr ? type->metaclass : in.classes.type;
  meta = in.class_lookup(metaclass, name);
  if (meta != nullptr) return out = in.bind_to(*meta, Value::of(type), metaclass), true;
  if (type->metaclass != nullptr) {
    if (Value* custom = in.class_lookup(type->metaclass, in.sym.__getattr__)) {
      out = in.call(*custom, {object, Value::of(name)});
      return true;
    }
  }
  if (name == in.sym.__subclasses__) {
    out = in.native_static(
        "__subclasses__",
        [](Interpreter& inner, const Arguments&, const Value& data) {
          List* values = inner.list();
          for (Class* each : inner.impl->subclasses[data.as<Class>()]) values->items.push(inner.arena, Value::of(each));
          return Value::of(values);
        },
        Value::of(type));
    return true;
  }
  if (type->has_unknown_base) {
    out = in.unknown(fmt::format("{}.{}, whose class has a base that is not known", type->name->view(), name->view()));
    return true;
  }
  return false;
}

// The classes of the builtins stay as they are.
void refuse_builtin(Interpreter& in, const Class* type, const Str* name) {
  if (!type->native) return;
  const Value* builtin = dict_find(in.builtins->attributes, type->name);
  if (builtin == nullptr || !builtin->is(Kind::kClass) || builtin->as<Class>() != type) return;
  in.raise_type_error(
      fmt::format("cannot set '{}' attribute of immutable type '{}'", name->view(), type->name->view()));
}

// A property or another descriptor of the metaclass.
bool set_by_metaclass(Interpreter& in, Class* type, Str* name, const Value& value) {
  const Value* found = type->metaclass == nullptr ? nullptr : in.class_lookup(type->metaclass, name);
  if (found == nullptr) return false;
  if (found->is(Kind::kProperty)) {
    const Value& setter = found->as<Property>()->setter;
    if (setter.missing() || setter.is_none()) {
      in.raise(in.exception("AttributeError"),
               fmt::format("property '{}' of '{}' object has no setter", name->view(), type->metaclass->name->view()));
    }
    in.call(setter, {Value::of(type), value});
    return true;
  }
  if (!found->is(Kind::kInstance)) return false;
  const Value* set = in.class_lookup(found->as<Instance>()->type, in.sym.__set__);
  if (set != nullptr) in.call(*set, {*found, Value::of(type), value});
  return set != nullptr;
}

void set_on_class(Interpreter& in, const Value& object, Str* name, const Value& value) {
  Class* type = object.as<Class>();
  refuse_builtin(in, type, name);
  if (set_by_metaclass(in, type, name, value)) return;
  if (name == in.sym.__name__ && value.is(Kind::kStr)) {
    type->name = in.intern(value.as<Str>()->view());
  } else if (name == in.sym.__qualname__ && value.is(Kind::kStr)) {
    type->qualified_name = in.intern(value.as<Str>()->view());
  } else {
    dict_set(in.arena, type->attributes, name, value);
  }
  ++in.impl->class_epoch;
}

void delete_on_class(Interpreter& in, const Value& object, Str* name) {
  const Class* type = object.as<Class>();
  refuse_builtin(in, type, name);
  if (!dict_erase(type->attributes, Value::of(name)) && !type->has_unknown_base && !type->native) {
    in.raise(in.exception("AttributeError"),
             fmt::format("type object '{}' has no attribute '{}'", type->name->view(), name->view()));
  }
  ++in.impl->class_epoch;
}

void repr_class(Printer& printer, const Value& value) {
  const Nesting nesting(printer.in);
  const Value made = try_dunder(printer.in, value, printer.in.sym.__repr__);
  if (!made.missing()) return printer.answer(made, "__repr__");
  printer.out += fmt::format("<class '{}'>", class_path(printer.in, value.as<Class>()));
}

Value class_item(Interpreter& in, const Value& object, const Value& key) {
  if (const Value answer = try_dunder(in, object, in.sym.__getitem__, {key}); !answer.missing()) return answer;
  Class* type = object.as<Class>();
  if (const Value* found = in.class_lookup(type, in.sym.__class_getitem__)) {
    // A plain function is a class method here even without the decorator.
    if (found->is(Kind::kFunction)) return in.call(*found, {object, key});
    return in.call(in.bind_to(*found, object, type), {key});
  }
  const auto& c = in.classes;
  const std::array plain{c.object, c.none, c.boolean, c.integer, c.real, c.complex, c.str, c.bytes, c.range, c.slice};
  const auto takes = [&](const Class* each) {
    return (each->native || each->has_unknown_base) && std::find(plain.begin(), plain.end(), each) == plain.end();
  };
  const std::array builtin{c.list, c.dict, c.tuple, c.set, c.frozenset};
  const bool has_of_base = std::any_of(type->mro.begin(), type->mro.end(), [&](const Class* each) {
    return std::find(builtin.begin(), builtin.end(), each) != builtin.end();
  });
  if (takes(type) || has_of_base) {
    return in.hooks.generic_alias != nullptr ? in.hooks.generic_alias(in, object, key) : object;
  }
  in.raise_type_error(fmt::format("type '{}' is not subscriptable", type->name->view()));
}

void class_set_item(Interpreter& in, const Value& object, const Value& key, const Value& value) {
  if (!try_dunder(in, object, in.sym.__setitem__, {key, value}).missing()) return;
  raise_unsupported(in, object, "does not support item assignment");
}

void class_delete_item(Interpreter& in, const Value& object, const Value& key) {
  if (!try_dunder(in, object, in.sym.__delitem__, {key}).missing()) return;
  raise_unsupported(in, object, "doesn't support item deletion");
}

// ---- methods

Value type_new(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, name, bases, attributes] = by_position<"cls, name, bases=, dict=">(arguments);
  if (const Value unknown = unknown_among({arguments.positional, arguments.count}); !unknown.missing()) return unknown;
  if (arguments.count == 2) return Value::of(in.type_of(name));
  if (arguments.count != 4) in.raise_type_error("type() takes 1 or 3 arguments");
  if (as_text(name) == nullptr) {
    in.raise_type_error(fmt::format("type.__new__() argument 1 must be str, not {}", in.type_name(name)));
  }
  const Value& body = unwrap(attributes);
  if (!body.is(Kind::kDict)) {
    in.raise_type_error(fmt::format("type.__new__() argument 3 must be dict, not {}", in.type_name(attributes)));
  }
  Class* meta = cls.is(Kind::kClass) ? cls.as<Class>() : in.classes.type;
  return in.make_class_from_parts(meta, in.intern(as_text(name)->view()), bases, dict_copy(in.arena, body.as<Dict>()),
                                  arguments.keywords, arguments.keyword_count);
}

// type.__call__: what calling a class does, past the metaclass's own __call__.
Value type_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls] = by_position<"cls">(arguments);
  if (!cls.is(Kind::kClass)) in.raise_type_error("descriptor '__call__' requires a 'type' object");
  const Arguments rest{arguments.positional + 1, arguments.count - 1, arguments.keywords, arguments.keyword_count};
  return in.make_instance(cls.as<Class>(), rest);
}

Class* class_receiver(Interpreter& in, const Arguments& arguments) {
  const auto [cls] = by_position<"cls">(arguments);
  if (!cls.is(Kind::kClass)) in.raise_type_error("descriptor requires a 'type' object");
  return cls.as<Class>();
}

Value type_mro(Interpreter& in, const Arguments& arguments, const Value&) {
  const Class* type = class_receiver(in, arguments);
  List* made = in.list();
  for (Class* each : type->mro) made->items.push(in.arena, Value::of(each));
  return Value::of(made);
}
Value type_instancecheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, instance] = method_arguments<"cls, instance">(in, "__instancecheck__", arguments);
  if (instance.unknown()) return instance;
  return Value::of(in.is_subclass(in.type_of(instance), class_receiver(in, arguments)));
}
Value type_subclasscheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, subclass] = method_arguments<"cls, subclass">(in, "__subclasscheck__", arguments);
  if (subclass.unknown()) return subclass;
  return Value::of(subclass.is(Kind::kClass) && in.is_subclass(subclass.as<Class>(), class_receiver(in, arguments)));
}
Value type_prepare(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.dict()); }
Value type_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(fmt::format("<class '{}'>", class_path(in, class_receiver(in, arguments))));
}

}  // namespace

constinit const TypeSlots kClassSlots = {
    .type_of = class_of_class,
    .find_attribute = find_on_class,
    .set_attribute = set_on_class,
    .delete_attribute = delete_on_class,
    .truth = truth_by_methods,
    .length = length_by_methods,
    .repr = repr_class,
    .iterate = iterate_by_methods,
    .contains = contains_by_methods,
    .item = class_item,
    .set_item = class_set_item,
    .delete_item = class_delete_item,
    .unary = unary_by_methods,
};

void fill_type(Interpreter& in) {
  Class* type = in.classes.type;
  in.static_method(type, "__new__", type_new);
  in.class_method(type, "__prepare__", type_prepare);
  add_methods(in, type,
              {{"__init__", give_none},
               {"__call__", known_receiver<type_call>},
               {"mro", known_receiver<type_mro>},
               {"__instancecheck__", known_receiver<type_instancecheck>},
               {"__subclasscheck__", known_receiver<type_subclasscheck>},
               {"__repr__", known_receiver<type_repr>}});
}

}  // namespace ckptlint::python
