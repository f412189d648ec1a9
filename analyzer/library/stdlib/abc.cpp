// abc and collections.abc: abstract classes whose instances are told by registration or by the methods they have.
#include <string_view>

#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

bool has_method(Interpreter& in, Class* type, std::string_view name) {
  Value* found = in.class_lookup(type, in.intern(name));
  return found != nullptr && !found->is_none();
}

bool callable(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kFunction:
    case Kind::kNative:
    case Kind::kBoundMethod:
    case Kind::kClass:
    case Kind::kStaticMethod:
      return true;
    case Kind::kInstance:
      return has_method(in, value.as<Instance>()->type, "__call__");
    default:
      return false;
  }
}

bool iterable(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kStr:
    case Kind::kBytes:
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
    case Kind::kDictView:
    case Kind::kRange:
    case Kind::kIterator:
    case Kind::kTensor:
      return true;
    case Kind::kInstance:
      return !value.as<Instance>()->payload.missing() ? iterable(in, value.as<Instance>()->payload)
                                                      : has_method(in, value.as<Instance>()->type, "__iter__");
    case Kind::kClass:
      return value.as<Class>()->metaclass != nullptr && has_method(in, value.as<Class>()->metaclass, "__iter__");
    default:
      return false;
  }
}

// The abstract classes that ask only for methods (the one-trick ones of collections.abc).
bool has_shape(Interpreter& in, std::string_view name, const Value& value) {
  Class* type = in.type_of(value);
  bool sized = value.kind >= Kind::kStr && value.kind <= Kind::kRange && !value.is(Kind::kBigInt);
  if (name == "Callable") return callable(in, value);
  if (name == "Iterable") return iterable(in, value);
  if (name == "Hashable") return hashable(value) && has_method(in, type, "__hash__");
  if (name == "Iterator")
    return value.is(Kind::kIterator) || (has_method(in, type, "__iter__") && has_method(in, type, "__next__"));
  if (name == "Generator") return value.is(Kind::kIterator);
  if (name == "Sized") return sized || value.is(Kind::kTensor) || has_method(in, type, "__len__");
  if (name == "Container") return sized || has_method(in, type, "__contains__");
  if (name == "Collection")
    return has_shape(in, "Sized", value) && has_shape(in, "Container", value) && iterable(in, value);
  if (name == "Reversible") return (sized && !plain(value).is(Kind::kSet)) || has_method(in, type, "__reversed__");
  if (name == "Awaitable") return has_method(in, type, "__await__");
  if (name == "AsyncIterable") return has_method(in, type, "__aiter__");
  if (name == "AsyncIterator") return has_method(in, type, "__anext__");
  return false;
}

// Classes registered with an abstract class; `_abc_registry` is a tuple in the host's own text.
bool registered(Interpreter& in, Class* abstract, Class* type) {
  Value registry = own(abstract, in.intern("_abc_registry"));
  if (!registry.is(Kind::kTuple)) return false;
  for (const Value& each : *registry.as<Tuple>()) {
    if (each.is(Kind::kClass) && in.is_subclass(type, each.as<Class>())) return true;
  }
  return false;
}

// What a __subclasshook__ of evaluated code says; kMissing where there is none, or it leaves the question open.
Value asked_of_hook(Interpreter& in, Class* abstract, Class* type) {
  const Value* hook = in.class_lookup(abstract, in.intern("__subclasshook__"));
  if (hook == nullptr || hook->is(Kind::kNative)) return {};
  const Value answer = in.call(in.bind_to(*hook, Value::of(abstract), abstract), {Value::of(type)});
  return answer.is(Kind::kNotImplemented) ? Value{} : answer;
}

Value abc_instancecheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, value] = by_position<"cls, instance">(arguments);
  auto* abstract = self_as<Class>(in, cls);
  if (value.unknown()) return value;
  Class* type = in.type_of(value);
  if (const Value told = asked_of_hook(in, abstract, type); !told.missing()) return told;
  if (in.is_subclass(type, abstract) || registered(in, abstract, type)) return Value::of(true);
  if (abstract->module == nullptr || abstract->module->name->view() != "collections.abc") return Value::of(false);
  std::string_view name = abstract->name->view();
  if (value.is(Kind::kDictView)) {
    ViewKind view = value.as<DictView>()->view;
    if (name == "KeysView") return Value::of(view == ViewKind::kKeys);
    if (name == "ValuesView") return Value::of(view == ViewKind::kValues);
    if (name == "ItemsView") return Value::of(view == ViewKind::kItems);
    if (name == "Set") return Value::of(view != ViewKind::kValues);
    if (name == "MappingView") return Value::of(true);
  }
  return Value::of(has_shape(in, name, value));
}

Value abc_subclasscheck(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, subclass] = by_position<"cls, subclass">(arguments);
  auto* abstract = self_as<Class>(in, cls);
  if (subclass.unknown()) return subclass;
  if (!subclass.is(Kind::kClass)) in.raise_type_error("issubclass() arg 1 must be a class");
  auto* type = subclass.as<Class>();
  if (const Value told = asked_of_hook(in, abstract, type); !told.missing()) return told;
  if (in.is_subclass(type, abstract) || registered(in, abstract, type)) return Value::of(true);
  struct {
    std::string_view name, method;
  } shapes[] = {{"Callable", "__call__"},
                {"Iterable", "__iter__"},
                {"Sized", "__len__"},
                {"Container", "__contains__"},
                {"Hashable", "__hash__"}};
  if (abstract->module != nullptr && abstract->module->name->view() == "collections.abc") {
    for (const auto& shape : shapes) {
      if (abstract->name->view() == shape.name) return Value::of(has_method(in, type, shape.method));
    }
  }
  return Value::of(false);
}

Value abc_register(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, subclass] = by_position<"cls, subclass">(arguments);
  auto* abstract = self_as<Class>(in, cls);
  std::vector<Value> all;
  if (Tuple* known = as_tuple(own(abstract, in.intern("_abc_registry")))) all.assign(known->begin(), known->end());
  all.push_back(subclass);
  in.set_class(abstract, "_abc_registry", in.tuple(all.data(), all.size()));
  return subclass;
}

// Class statements look for the mark (python/evaluate/classes.cpp).
Value abstract_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [funcobj] = by_position<"funcobj">(arguments);
  if (funcobj.is(Kind::kFunction)) in.set_attribute(funcobj, in.sym.__isabstractmethod__, Value::of(true));
  return funcobj;
}

Value make_property(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(Value::of(in.classes.property), arguments);
}
Value make_classmethod(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(Value::of(in.classes.classmethod), arguments);
}
Value make_staticmethod(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(Value::of(in.classes.staticmethod), arguments);
}

}  // namespace

void install_abc(Interpreter& in) {
  Module* module = in.native_module("abc", false);
  Class* meta = in.classes.abc_meta = in.make_class("ABCMeta", {in.classes.type});
  in.method(meta, "__instancecheck__", abc_instancecheck);
  in.method(meta, "__subclasscheck__", abc_subclasscheck);
  in.method(meta, "register", abc_register);
  in.define(module, "ABCMeta", Value::of(meta));
  Class* base = in.make_class("ABC", {in.classes.object});
  base->metaclass = meta;
  in.define(module, "ABC", Value::of(base));
  in.define(module, "abstractmethod", abstract_method);
  in.define(module, "abstractproperty", make_property);
  in.define(module, "abstractclassmethod", make_classmethod);
  in.define(module, "abstractstaticmethod", make_staticmethod);
  in.define(module, "update_abstractmethods", return_first);
  in.embedded_module("collections.abc", embedded_text("stdlib/collections_abc.py"), false);
}

}  // namespace ckptlint::python
