// Aliases, unions and special forms: what subscripting and joining types gives.
#include <string>
#include <vector>

#include "library/stdlib/annotations.h"
#include "library/stdlib/typing.h"
#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

bool is_typing_object(Interpreter& in, const Value& value) {
  if (!value.is(Kind::kInstance)) return false;
  const Class* type = value.as<Instance>()->type;
  return type == in.classes.generic_alias || type == in.classes.union_type || type == in.classes.typing_alias ||
         type == in.classes.special_form || type == in.classes.type_variable;
}

bool is_union(Interpreter& in, const Value& value) {
  if (!value.is(Kind::kInstance)) return false;
  auto* instance = value.as<Instance>();
  if (instance->type == in.classes.union_type) return true;
  return instance->type == in.classes.typing_alias && is_special_form(in, own(instance, in.sym.__origin__), "Union");
}

// None stands for NoneType wherever a type is meant.
Value as_type(Interpreter& in, const Value& value) { return value.is_none() ? Value::of(in.classes.none) : value; }

bool same_type(Interpreter& in, const Value& a, const Value& b) {
  if (a.same(b)) return true;
  return is_typing_object(in, a) && is_typing_object(in, b) && in.equal(a, b);
}

void add_member(Interpreter& in, const Value& value, std::vector<Value>& members) {
  if (is_union(in, value)) {
    if (Tuple* inner = as_tuple(own(value.as<Instance>(), in.sym.__args__))) {
      for (const Value& member : *inner) add_member(in, member, members);
    }
    return;
  }
  Value type = as_type(in, value);
  for (const Value& member : members) {
    if (same_type(in, member, type)) return;
  }
  members.push_back(type);
}

Value make_alias(Interpreter& in, Class* kind, const Value& origin, const std::vector<Value>& arguments,
                 const Value& name) {
  Instance* made = in.instance(kind);
  set_own(in, made, in.sym.__origin__, origin);
  set_own(in, made, in.sym.__args__, in.tuple(arguments.data(), arguments.size()));
  if (!name.missing()) set_own(in, made, in.intern("_name"), name);
  return Value::of(made);
}

Value make_union(Interpreter& in, const std::vector<Value>& members, Class* kind, const Value& origin) {
  if (members.size() == 1) return members[0];
  return make_alias(in, kind, origin, members, {});
}

std::vector<Value> key_items(const Value& key) {
  if (!key.is(Kind::kTuple)) return {key};
  auto* items = key.as<Tuple>();
  return {items->begin(), items->end()};
}

// "int", "NoneType", "list[int]": how a type is written inside another one.
std::string type_text(Interpreter& in, const Value& value) {
  if (value.is_none() || (value.is(Kind::kClass) && value.as<Class>() == in.classes.none)) return "None";
  if (value.is(Kind::kEllipsis)) return "...";
  if (value.is(Kind::kList)) {
    std::string text = "[";
    for (const Value& item : value.as<List>()->items) text += (text.size() > 1 ? ", " : "") + type_text(in, item);
    return text + "]";
  }
  if (value.is(Kind::kClass)) {
    auto* type = value.as<Class>();
    std::string prefix;
    if (!type->native && type->module != nullptr && type->module->name != nullptr)
      prefix = std::string(type->module->name->view()) + ".";
    return prefix + std::string((type->qualified_name != nullptr ? type->qualified_name : type->name)->view());
  }
  return in.repr(value);
}

// ---- special forms

// Literal["a"], Optional[int], Union[...], Callable[[int], str], ClassVar[int], Annotated[int, ...], ...
Value special_form_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, parameters] = bind<"self, parameters">(in, "__getitem__", arguments);
  auto* form = self_as<Instance>(in, self);
  Value name = own(form, in.intern("_name"));
  std::string_view which = as_str(name) != nullptr ? as_str(name)->view() : "";
  check_form_arguments(in, which, parameters);
  std::vector<Value> items = key_items(parameters);
  if (which == "Optional") {
    std::vector<Value> members;
    add_member(in, parameters, members);
    add_member(in, Value::none(), members);
    Value union_form = in.import_name("typing", "Union");
    return make_union(in, members, in.classes.typing_alias, union_form);
  }
  if (which == "Union") {
    std::vector<Value> members;
    for (const Value& item : items) {
      if (item.unknown()) return item;
      add_member(in, item, members);
    }
    return make_union(in, members, in.classes.typing_alias, self);
  }
  if (which == "Literal") {
    std::vector<Value> values;
    for (const Value& item : items) {  // Literal[Literal[1, 2], 3] is Literal[1, 2, 3]
      if (item.is(Kind::kInstance) && item.as<Instance>()->type == in.classes.typing_alias &&
          own(item.as<Instance>(), in.sym.__origin__).same(self)) {
        for (const Value& inner : *as_tuple(own(item.as<Instance>(), in.sym.__args__))) values.push_back(inner);
      } else {
        values.push_back(item);
      }
    }
    return make_alias(in, in.classes.typing_alias, self, values, name);
  }
  if (which != "Annotated" && which != "Callable") {
    for (Value& item : items) item = as_type(in, item);
  }
  const Value alias = make_alias(in, in.classes.typing_alias, self, items, name);
  if (which == "Annotated" && alias.is(Kind::kInstance))
    set_own(in, alias.as<Instance>(), "__metadata__", in.tuple(items.data() + 1, items.size() - 1));
  return alias;
}

Value special_form_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string("typing." + in.str(own(self_as<Instance>(in, arguments), in.intern("_name"))));
}

// Calls of Final, ClassVar, ... are errors in Python; TypedDict-like uses do not reach here.
Value special_form_call(Interpreter& in, const Arguments& arguments, const Value&) {
  in.raise_type_error("Cannot instantiate typing." + in.str(own(self_as<Instance>(in, arguments), in.intern("_name"))));
}

// ---- aliases and unions

// The type with types in the places of its type variables.
Value substituted(Interpreter& in, const Value& type, const std::vector<Value>& variables,
                  const std::vector<Value>& types) {
  const Nesting nesting(in);
  in.step();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (variables[i].same(type)) return types[i];
  }
  if (type.is(Kind::kList)) {
    List* made = in.list();
    for (const Value& each : type.as<List>()->items)
      made->items.push(in.arena, substituted(in, each, variables, types));
    return Value::of(made);
  }
  if (!is_typing_object(in, type)) return type;
  auto* alias = type.as<Instance>();
  const Tuple* parts = as_tuple(own(alias, in.sym.__args__));
  if (parts == nullptr || parts->count == 0) return type;
  std::vector<Value> changed;
  for (const Value& each : *parts) changed.push_back(substituted(in, each, variables, types));
  if (is_union(in, type)) {
    std::vector<Value> members;
    for (const Value& each : changed) add_member(in, each, members);
    return make_union(in, members, alias->type, own(alias, in.sym.__origin__));
  }
  return make_alias(in, alias->type, own(alias, in.sym.__origin__), changed, own(alias, in.intern("_name")));
}

Value alias_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, parameters] = bind<"self, parameters">(in, "__getitem__", arguments);
  auto* alias = self_as<Instance>(in, self);
  check_alias_arguments(in, self, parameters);
  std::vector<Value> items = key_items(parameters);
  for (Value& item : items) item = as_type(in, item);
  const auto variables = type_variables(in, self);
  if (variables && !variables->empty()) return substituted(in, self, *variables, items);
  return make_alias(in, alias->type, own(alias, in.sym.__origin__), items, own(alias, in.intern("_name")));
}

Value alias_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, rest] = bind<"self, *args, **kwargs">(in, "__call__", arguments);
  return in.call(own(self_as<Instance>(in, self), in.sym.__origin__), rest);
}

Value alias_getattr(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name] = by_position<"self, name">(arguments);
  Str* name = as_str(given_name);
  Value origin = own(self_as<Instance>(in, self), in.sym.__origin__);
  Value found;
  const bool is_of_class = self_as<Instance>(in, self)->type == in.classes.generic_alias && name != nullptr &&
                           (name == in.sym.__name__ || name == in.sym.__qualname__ || name == in.sym.__module__);
  if (name != nullptr && name->view() == "__parameters__") {
    const auto variables = type_variables(in, self_of(arguments));
    return variables ? in.tuple(variables->data(), variables->size()) : in.unknown("the parameters of an alias");
  }
  if (name != nullptr && (name == in.sym.__name__ || name == in.sym.__qualname__)) {
    const Value own_name = own(self_as<Instance>(in, self), in.intern("_name"));
    if (as_str(own_name) != nullptr) return own_name;
  }
  if (name != nullptr && !origin.missing() && (is_of_class || name->view().substr(0, 2) != "__") &&
      in.find_attribute(origin, name, found))
    return found;
  in.raise(in.exception("AttributeError"), "type object has no attribute '" + in.str(given_name) + "'");
}

// Generic[T] stands for Generic only where no base behind it has parameters.
Value alias_mro_entries(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_bases] = by_position<"self, bases">(arguments);
  const Value origin = own(self_as<Instance>(in, self), in.sym.__origin__);
  const bool generic =
      origin.is(Kind::kClass) && origin.as<Class>()->native && origin.as<Class>()->name->view() == "Generic";
  const Tuple* bases = as_tuple(given_bases);
  bool behind = false;
  for (std::uint32_t i = 0; generic && bases != nullptr && i < bases->count; ++i) {
    const Value& base = bases->items[i];
    if (behind && base.is(Kind::kInstance) && base.as<Instance>()->type == in.classes.typing_alias) return in.tuple({});
    behind = behind || base.same(self);
  }
  return in.tuple({origin});
}

Value alias_instancecheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, instance] = by_position<"self, instance">(arguments);
  auto* alias = self_as<Instance>(in, self);
  Tuple* items = as_tuple(own(alias, in.sym.__args__));
  if (is_union(in, self)) {
    for (const Value& member : *items) {
      if (in.is_instance(instance, member)) return Value::of(true);
    }
    return Value::of(false);
  }
  if (items != nullptr && items->count != 0)
    in.raise_type_error("isinstance() argument 2 cannot be a parameterized generic");
  return Value::of(in.is_instance(instance, own(alias, in.sym.__origin__)));
}

Value alias_subclasscheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, subclass] = by_position<"self, subclass">(arguments);
  auto* alias = self_as<Instance>(in, self);
  if (!subclass.is(Kind::kClass)) in.raise_type_error("issubclass() arg 1 must be a class");
  Value builtin = in.import_name("builtins", "issubclass");
  if (is_union(in, self)) {
    for (const Value& member : *as_tuple(own(alias, in.sym.__args__))) {
      if (in.test(in.call(builtin, {subclass, member}))) return Value::of(true);
    }
    return Value::of(false);
  }
  return in.call(builtin, {subclass, own(alias, in.sym.__origin__)});
}

bool equal_members(Interpreter& in, const Tuple* a, const Tuple* b, bool ordered) {
  if (a == nullptr || b == nullptr || a->count != b->count) return false;
  for (std::uint32_t i = 0; i < a->count; ++i) {
    bool found = false;
    for (std::uint32_t j = ordered ? i : 0; j < (ordered ? i + 1 : b->count); ++j) {
      in.step();
      found = found || a->items[i].same(b->items[j]) || in.equal(a->items[i], b->items[j]);
    }
    if (!found) return false;
  }
  return true;
}

Value alias_equal(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  if (!is_typing_object(in, other)) return {Kind::kNotImplemented, {}};
  auto* left = self_as<Instance>(in, self);
  auto* right = other.as<Instance>();
  if (left == right) return Value::of(true);
  Tuple* left_items = as_tuple(own(left, in.sym.__args__));
  Tuple* right_items = as_tuple(own(right, in.sym.__args__));
  bool unions = is_union(in, self) && is_union(in, other);
  if (!unions && (left->type != right->type || !own(left, in.sym.__origin__).same(own(right, in.sym.__origin__))))
    return Value::of(false);
  return Value::of(equal_members(in, left_items, right_items, !unions));
}

Value alias_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  Tuple* items = as_tuple(own(self_as<Instance>(in, arguments), in.sym.__args__));
  return Value::of(static_cast<std::int64_t>(items == nullptr ? 0 : items->count));
}

Value alias_or(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  return type_union(in, self, other);
}
Value alias_ror(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  return type_union(in, other, self);
}

std::string joined(Interpreter& in, const Tuple* items, std::string_view between) {
  std::string text;
  if (items == nullptr) return text;
  for (std::uint32_t i = 0; i < items->count; ++i) {
    in.step();
    if (i != 0) text += between;
    text += type_text(in, items->items[i]);
  }
  return text;
}

Value alias_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* alias = self_as<Instance>(in, arguments);
  Tuple* items = as_tuple(own(alias, in.sym.__args__));
  if (alias->type == in.classes.union_type) return in.string(joined(in, items, " | "));
  Value origin = own(alias, in.sym.__origin__);
  if (alias->type == in.classes.generic_alias)
    return in.string(type_text(in, origin) + "[" + joined(in, items, ", ") + "]");
  if (is_union(in, self_of(arguments))) {
    bool optional = items->count == 2 && items->items[1].same(Value::of(in.classes.none));
    if (optional) return in.string("typing.Optional[" + type_text(in, items->items[0]) + "]");
    std::string members;
    for (const Value& item : *items) {
      bool none = item.same(Value::of(in.classes.none));
      members += (members.empty() ? "" : ", ") + (none ? "NoneType" : type_text(in, item));
    }
    return in.string("typing.Union[" + members + "]");
  }
  std::string text = "typing." + in.str(own(alias, in.intern("_name")));
  if (is_special_form(in, origin, "Literal")) {
    std::string values;
    for (const Value& item : *items) values += (values.empty() ? "" : ", ") + in.repr(item);
    return in.string(text + "[" + values + "]");
  }
  return in.string(items == nullptr || items->count == 0 ? text : text + "[" + joined(in, items, ", ") + "]");
}

void alias_methods(Interpreter& in, Class* type) {
  in.method(type, "__getitem__", alias_item);
  in.method(type, "__call__", alias_call);
  in.method(type, "__getattr__", alias_getattr);
  in.method(type, "__mro_entries__", alias_mro_entries);
  in.method(type, "__instancecheck__", alias_instancecheck);
  in.method(type, "__subclasscheck__", alias_subclasscheck);
  in.method(type, "__eq__", alias_equal);
  in.method(type, "__hash__", alias_hash);
  in.method(type, "__or__", alias_or);
  in.method(type, "__ror__", alias_ror);
  in.method(type, "__repr__", alias_repr);
}

}  // namespace

Value special_form(Interpreter& in, std::string_view name) {
  Instance* form = in.instance(in.classes.special_form);
  set_own(in, form, in.intern("_name"), in.string(name));
  set_own(in, form, in.sym.__name__, in.string(name));
  return Value::of(form);
}

Value typing_alias(Interpreter& in, const Value& origin, const Value& key, std::string_view name) {
  return make_alias(in, in.classes.typing_alias, origin, key.missing() ? std::vector<Value>{} : key_items(key),
                    in.string(name));
}

Value type_union(Interpreter& in, const Value& left, const Value& right) {
  std::vector<Value> members;
  for (const Value& side : {left, right}) {
    if (side.unknown()) return side;
    bool type = side.is(Kind::kClass) || side.is_none() || is_typing_object(in, side) || side.is(Kind::kStr) ||
                side.is(Kind::kInstance) ||
                side.is(Kind::kNative);  // a native stands for a class that needs none (torch.device)
    if (!type)
      in.raise_type_error("unsupported operand type(s) for |: '" + in.type_name(left) + "' and '" +
                          in.type_name(right) + "'");
    add_member(in, side, members);
  }
  return make_union(in, members, in.classes.union_type, Value::of(in.classes.union_type));
}

Value generic_alias(Interpreter& in, const Value& type, const Value& key) {
  if (key.unknown()) return key;
  std::vector<Value> items = key_items(key);
  return make_alias(in, in.classes.generic_alias, type, items, {});
}

Value type_origin(Interpreter& in, const Value& type) {
  if (type.unknown()) return type;
  if (!is_typing_object(in, type)) return Value::none();
  Value origin = own(type.as<Instance>(), in.sym.__origin__);
  if (is_special_form(in, origin, "Callable")) return in.import_name("collections.abc", "Callable");
  return origin.missing() ? Value::none() : origin;
}

Value type_arguments(Interpreter& in, const Value& type) {
  if (type.unknown()) return type;
  Value items = is_typing_object(in, type) ? own(type.as<Instance>(), in.sym.__args__) : Value{};
  return items.is(Kind::kTuple) ? items : in.tuple({});
}

bool is_special_form(Interpreter& in, const Value& value, std::string_view name) {
  if (!value.is(Kind::kInstance) || value.as<Instance>()->type != in.classes.special_form) return false;
  Str* own_name = as_str(own(value.as<Instance>(), in.intern("_name")));
  return own_name != nullptr && own_name->view() == name;
}

void install_type_forms(Interpreter& in) {
  Class* object = in.classes.object;
  in.classes.special_form = in.make_class("_SpecialForm", {object});
  in.method(in.classes.special_form, "__getitem__", special_form_item);
  in.method(in.classes.special_form, "__repr__", special_form_repr);
  in.method(in.classes.special_form, "__call__", special_form_call);
  in.method(in.classes.special_form, "__or__", alias_or);
  in.method(in.classes.special_form, "__ror__", alias_ror);
  in.classes.typing_alias = in.make_class("_GenericAlias", {object});
  in.classes.generic_alias = in.make_class("GenericAlias", {object});
  in.classes.union_type = in.make_class("UnionType", {object});
  for (Class* type : {in.classes.typing_alias, in.classes.generic_alias, in.classes.union_type})
    alias_methods(in, type);
  in.hooks.type_union = type_union;
  in.hooks.generic_alias = generic_alias;
  in.hooks.settle_annotations = settle_annotations;
  in.hooks.function_annotation = function_annotation;
}

}  // namespace ckptlint::python
