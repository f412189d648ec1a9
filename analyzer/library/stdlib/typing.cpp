// typing and typing_extensions.
#include "library/stdlib/typing.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "library/host/embedded.h"
#include "library/stdlib/annotations.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Value typing_or(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  return type_union(in, self, other);
}
Value typing_ror(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  return type_union(in, other, self);
}

// ---- type variables and the callables of the module

Value make_type_variable(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_name, rest] = bind<"self, name, *constraints, **kwargs">(in, "TypeVar", arguments);
  auto* self = self_as<Instance>(in, instance);
  set_own(in, self, in.sym.__name__, given_name);
  for (const char* name : {"bound", "covariant", "contravariant", "default"}) {
    Value given = keyword(rest, in.intern(name));
    set_own(in, self, std::string("__") + name + "__", given.missing() ? Value::none() : given);
  }
  set_own(in, self, "__constraints__", in.tuple(rest.positional, rest.count));
  return Value::none();
}

Value type_variable_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string("~" + in.str(own(self_as<Instance>(in, arguments), in.sym.__name__)));
}

Value new_type_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, name, supertype] = bind<"self, name, tp">(in, "NewType.__init__", arguments);
  auto* self = self_as<Instance>(in, instance);
  set_own(in, self, in.sym.__name__, name);
  set_own(in, self, "__supertype__", supertype);
  return Value::none();
}
Value new_type_call(Interpreter&, const Arguments& arguments, const Value&) {
  const auto [self, value] = by_position<"self, value">(arguments);
  return value;
}

Value forward_ref_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, text] = by_position<"self, text">(arguments);
  set_own(in, self_as<Instance>(in, self), "__forward_arg__", text);
  return Value::none();
}

Value typing_cast(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [typ, val] = bind<"typ, val">(in, "cast", arguments);
  return val;
}

Value typing_get_origin(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [tp] = bind<"tp">(in, "get_origin", arguments);
  return type_origin(in, tp);
}
Value typing_get_args(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [tp] = bind<"tp">(in, "get_args", arguments);
  return type_arguments(in, tp);
}

Value typing_get_type_hints(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, globalns, localns, include_extras] =
      bind<"obj, globalns=, localns=, include_extras=">(in, "get_type_hints", arguments);
  if (obj.unknown()) return obj;
  Dict* hints = in.dict();
  // Text is evaluated where it was written; this also resolves what forward references name.
  auto take = [&](const Value& annotations, Module* module) {
    if (Dict* from = as_dict(annotations)) {
      for (const Dict::Entry& entry : from->entries) {
        if (entry.key.missing()) continue;
        Value value = entry.value;
        for (int round = 0; round < 2 && value.is(Kind::kStr) && module != nullptr; ++round)
          value = annotation_value(in, module, value.as<Str>());
        dict_set(in.arena, hints, entry.key, value.is_none() ? Value::of(in.classes.none) : value);
      }
    }
  };
  if (obj.is(Kind::kClass)) {
    auto* type = obj.as<Class>();
    for (std::uint32_t i = type->mro.count; i-- > 0;) settle_annotations(in, type->mro[i]);
    for (std::uint32_t i = type->mro.count; i-- > 0;)
      take(own(type->mro[i], in.sym.__annotations__), type->mro[i]->module);
  } else {
    Value found;
    const Value& function = obj.is(Kind::kBoundMethod) ? obj.as<BoundMethod>()->function : obj;
    Module* module = function.is(Kind::kFunction) ? function.as<Function>()->module : nullptr;
    if (in.find_attribute(obj, in.sym.__annotations__, found)) take(found, module);
  }
  return Value::of(hints);
}

// A decorator with arguments that marks what it decorates for a type checker only.
Value return_marker(Interpreter& in, const Arguments&, const Value&) {
  return in.native_static("decorator", return_first);
}

Value assert_never(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [arg] = bind<"arg">(in, "assert_never", arguments);
  in.raise(in.exception("AssertionError"), "Expected code to be unreachable, but got: " + in.repr(arg));
}

Value is_typed_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [tp] = bind<"tp">(in, "is_typeddict", arguments);
  return Value::of(tp.is(Kind::kClass) && in.class_lookup(tp.as<Class>(), in.intern("__total__")) != nullptr);
}

Value generic_class_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, parameters] = bind<"cls, params">(in, "__class_getitem__", arguments);
  const auto* type = self_as<Class>(in, cls);
  const std::string_view name = type->name->view();
  if (type->native && (name == "Generic" || name == "Protocol")) check_generic_parameters(in, name, parameters);
  if (!type->native) check_class_arguments(in, type, parameters);
  return typing_alias(in, cls, parameters, self_as<Class>(in, cls)->name->view());
}

Value not_subscriptable(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, parameters] = bind<"cls, params">(in, "__class_getitem__", arguments);
  in.raise_type_error("type '" + std::string(self_as<Class>(in, cls)->name->view()) + "' is not subscriptable");
}

// ---- Protocol, whose checkable subclasses tell instances by the attributes that they have

bool is_protocol(const Class* type) {
  return std::any_of(type->bases.begin(), type->bases.end(),
                     [](const Class* base) { return base->native && base->name->view() == "Protocol"; });
}

// What an instance has to have.
std::vector<Str*> members_of_protocol(Interpreter& in, const Class* protocol) {
  constexpr std::string_view kOfEveryClass[] = {
      "__module__",       "__doc__",           "__dict__",     "__slots__",           "__annotations__",
      "__init__",         "__new__",           "__hash__",     "__orig_bases__",      "__abstractmethods__",
      "__subclasshook__", "__class_getitem__", "__qualname__", "_is_runtime_protocol"};
  std::vector<Str*> members;
  const auto add = [&](const Dict* names) {
    for (const Dict::Entry& entry : names->entries) {
      if (!entry.key.is(Kind::kStr)) continue;
      const std::string_view name = entry.key.as<Str>()->view();
      if (std::find(std::begin(kOfEveryClass), std::end(kOfEveryClass), name) == std::end(kOfEveryClass))
        members.push_back(in.intern(name));
    }
  };
  for (const Class* each : protocol->mro) {
    if (each->native) continue;
    add(each->attributes);
    const Value* annotations = dict_find(each->attributes, in.sym.__annotations__);
    if (annotations != nullptr && annotations->is(Kind::kDict)) add(annotations->as<Dict>());
  }
  return members;
}

Value protocol_check(Interpreter& in, const Arguments& arguments, const Value& of_class) {
  const auto [cls, value] = by_position<"cls, instance">(arguments);
  auto* protocol = self_as<Class>(in, cls);
  if (value.unknown()) return value;
  if (of_class.boolean && !value.is(Kind::kClass)) in.raise_type_error("issubclass() arg 1 must be a class");
  if (in.is_subclass(of_class.boolean ? value.as<Class>() : in.type_of(value), protocol)) return Value::of(true);
  if (!is_protocol(protocol)) return Value::of(false);
  if (dict_find(protocol->attributes, in.intern("_is_runtime_protocol")) == nullptr)
    in.raise_type_error("Instance and class checks can only be used with @runtime_checkable protocols");
  Value found;
  for (Str* name : members_of_protocol(in, protocol)) {
    if (!in.find_attribute(value, name, found)) return Value::of(false);
    if (found.unknown()) return found;
  }
  return Value::of(true);
}

Value make_checkable(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls] = bind<"cls">(in, "runtime_checkable", arguments);
  if (cls.is(Kind::kClass)) in.set_class(cls.as<Class>(), "_is_runtime_protocol", Value::of(true));
  return cls;
}

Value make_typing_alias(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [origin, name] = bind<"origin, name">(in, "alias", arguments);
  return typing_alias(in, origin, {}, in.str(name));
}

// typing_extensions has the names of typing and the newer ones; both offer all of them here.
void define_forms(Interpreter& in, Module* module) {
  for (const char* name : {"Union", "Optional", "Literal", "ClassVar", "Final", "Annotated", "NoReturn", "Never",
                           "Self", "Concatenate", "TypeGuard", "TypeIs", "Unpack", "Required", "NotRequired",
                           "ReadOnly", "LiteralString", "TypeAlias", "Callable"}) {
    in.define(module, name, special_form(in, name));
  }
  struct {
    const char* name;
    Class* origin;
  } aliases[] = {{"List", in.classes.list},           {"Dict", in.classes.dict},   {"Set", in.classes.set},
                 {"FrozenSet", in.classes.frozenset}, {"Tuple", in.classes.tuple}, {"Type", in.classes.type}};
  for (const auto& alias : aliases)
    in.define(module, alias.name, typing_alias(in, Value::of(alias.origin), {}, alias.name));
}

// typing's own names for classes of collections.abc and others (typing_aliases.py).
void define_borrowed(Interpreter& in, Module* module) {
  in.define(in.native_module("_typing", false), "alias", make_typing_alias);
  in.embedded_module("_typing_aliases", embedded_text("stdlib/typing_aliases.py"), false);
  for (const char* name : {"AbstractSet",    "AsyncContextManager",
                           "AsyncGenerator", "AsyncIterable",
                           "AsyncIterator",  "Awaitable",
                           "ByteString",     "ChainMap",
                           "Collection",     "Container",
                           "ContextManager", "Coroutine",
                           "Counter",        "DefaultDict",
                           "Deque",          "Generator",
                           "Hashable",       "ItemsView",
                           "Iterable",       "Iterator",
                           "KeysView",       "Mapping",
                           "MappingView",    "Match",
                           "MutableMapping", "MutableSequence",
                           "MutableSet",     "OrderedDict",
                           "Pattern",        "Reversible",
                           "Sequence",       "Sized",
                           "ValuesView"})
    define_lazy(in, module, name, "_typing_aliases", name);
  for (const char* name : {"NamedTuple", "TypedDict"}) define_lazy(in, module, name, "_named_tuples", name);
  for (const char* name : {"SupportsAbs", "SupportsBytes", "SupportsComplex", "SupportsFloat", "SupportsIndex",
                           "SupportsInt", "SupportsRound", "BinaryIO", "IO", "TextIO", "Buffer"}) {
    Class* type = in.make_class(name, {in.classes.object});
    in.class_method(type, "__class_getitem__", generic_class_item);
    in.define(module, name, Value::of(type));
  }
}

}  // namespace

void install_typing(Interpreter& in) {
  Class* object = in.classes.object;
  in.classes.type_variable = in.make_class("TypeVar", {object});
  in.method(in.classes.type_variable, "__init__", make_type_variable);
  in.method(in.classes.type_variable, "__repr__", type_variable_repr);
  in.method(in.classes.type_variable, "__or__", typing_or);
  in.method(in.classes.type_variable, "__ror__", typing_ror);

  Module* typing = in.native_module("typing", false);
  define_forms(in, typing);
  define_borrowed(in, typing);
  in.define(typing, "TYPE_CHECKING", Value::of(false));
  Class* any = in.make_class("Any", {object});
  in.define(typing, "Any", Value::of(any));
  in.define(typing, "TypeVar", Value::of(in.classes.type_variable));
  for (const char* name : {"ParamSpec", "TypeVarTuple"}) {
    in.define(typing, name, Value::of(in.make_class(name, {in.classes.type_variable})));
  }
  for (const char* name : {"ParamSpecArgs", "ParamSpecKwargs"})
    in.define(typing, name, Value::of(in.make_class(name, {object})));
  for (const char* name : {"Generic", "Protocol"}) {
    Class* type = in.make_class(name, {object});
    in.class_method(type, "__class_getitem__", generic_class_item);
    in.define(typing, name, Value::of(type));
    if (std::string_view(name) != "Protocol") continue;
    type->metaclass = in.make_class("_ProtocolMeta", {in.classes.abc_meta});
    in.method(type->metaclass, "__instancecheck__", protocol_check, Value::of(false));
    in.method(type->metaclass, "__subclasscheck__", protocol_check, Value::of(true));
  }
  for (Class* type : {any, in.classes.type_variable}) in.class_method(type, "__class_getitem__", not_subscriptable);
  Class* new_type = in.make_class("NewType", {object});
  in.method(new_type, "__init__", new_type_init);
  in.method(new_type, "__call__", new_type_call);
  in.method(new_type, "__or__", typing_or);
  in.method(new_type, "__ror__", typing_ror);
  in.define(typing, "NewType", Value::of(new_type));
  Class* forward_ref = in.make_class("ForwardRef", {object});
  in.method(forward_ref, "__init__", forward_ref_init);
  in.define(typing, "ForwardRef", Value::of(forward_ref));
  Instance* any_str = in.instance(in.classes.type_variable);
  set_own(in, any_str, in.sym.__name__, in.string("AnyStr"));
  in.define(typing, "AnyStr", Value::of(any_str));
  in.define(typing, "Text", Value::of(in.classes.str));
  in.define(typing, "cast", typing_cast);
  in.define(typing, "get_origin", typing_get_origin);
  in.define(typing, "get_args", typing_get_args);
  in.define(typing, "get_type_hints", typing_get_type_hints);
  in.define(typing, "get_overloads",
            [](Interpreter& i, const Arguments&, const Value&) { return Value::of(i.list()); });
  in.define(typing, "clear_overloads", return_none);
  in.define(typing, "is_typeddict", is_typed_dict);
  in.define(typing, "runtime_checkable", make_checkable);
  for (const char* name :
       {"overload", "final", "no_type_check", "no_type_check_decorator", "override", "reveal_type"}) {
    in.define(typing, name, return_first);
  }
  in.define(typing, "assert_type", return_first);
  in.define(typing, "assert_never", assert_never);
  in.define(typing, "dataclass_transform", return_marker);
  in.define(typing, "deprecated", return_marker);
  in.native_module("typing_extensions", false)->attributes = typing->attributes;
}

}  // namespace ckptlint::python
