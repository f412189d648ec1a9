// inspect: signatures, predicates, annotations; the source text of modules alone.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "library/stdlib/annotations.h"
#include "library/stdlib/install.h"
#include "library/stdlib/signatures.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/signature.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

Value inspect_signature(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, follow_wrapped, globals, locals, eval_str] =
      bind<"obj, *, follow_wrapped=, globals=, locals=, eval_str=">(in, "signature", arguments);
  Value given;
  if (!obj.unknown() && in.find_attribute(obj, in.sym.__signature__, given) &&
      instance_of(in, given, inspect_definition(in, "Signature").as<Class>())) {
    return given;
  }
  std::vector<DescribedParameter> parameters;
  bool follow = follow_wrapped.missing() || in.test(follow_wrapped);
  if (!describe_parameters(in, obj, follow, parameters)) return in.unknown("the signature of an unknown function");
  return make_signature(in, parameters, annotated_function(in, obj, follow));
}

// Signature.from_callable is a class method.
Value signature_from_callable(Interpreter& in, const Arguments& arguments, const Value& data) {
  return inspect_signature(in, without_first(arguments), data);
}

Value full_spec_class(Interpreter& in) {
  Module* module = in.native_module("inspect", false);
  Str* name = in.intern("_FullArgSpec");
  if (Value* made = dict_find(module->attributes, name)) return *made;
  Value fields = in.string("args varargs varkw defaults kwonlyargs kwonlydefaults annotations");
  Value made = in.call(in.import_name("_named_tuples", "namedtuple"), {in.string("FullArgSpec"), fields});
  in.define(module, name->view(), made);
  return made;
}

Value full_spec(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(full_spec_class(in), arguments);
}

// getfullargspec(f): (args, varargs, varkw, defaults, kwonlyargs, kwonlydefaults, annotations)
Value inspect_getfullargspec(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [func] = bind<"func">(in, "getfullargspec", arguments);
  std::vector<DescribedParameter> parameters;
  const Value target = func.is(Kind::kBoundMethod) ? func.as<BoundMethod>()->function : func;
  Instance* partial = instance_of(in, target, in.classes.partial);
  const Value inside = partial == nullptr ? Value{} : own(partial, in.sym.func);
  const bool of_class = inside.is(Kind::kClass);
  bool known = false;
  try {
    known = describe_parameters(in, of_class ? inside : target, false, parameters);
  } catch (const PyRaise& raised) {
    if (!matches_handler(in, raised.exception, Value::of(in.exception("ValueError")))) throw;
    in.raise_type_error("unsupported callable");
  }
  if (!known) return in.unknown("the signature of an unknown function");
  if (target.is(Kind::kClass) || of_class)  // as its __init__ has them
    parameters.insert(parameters.begin(), {in.sym.self, ParameterKind::kPositionalOrKeyword, {}, {}});
  if (of_class) {  // what is bound takes the place of the first, self among them
    const Tuple* bound = as_tuple(own(partial, in.sym.args));
    const Dict* keywords = as_dict(own(partial, in.sym.keywords));
    if (keywords != nullptr && keywords->live != 0) return in.unknown("the parameters of a partial class");
    const std::size_t count = bound == nullptr ? 0 : std::min<std::size_t>(bound->count, parameters.size());
    parameters.erase(parameters.begin(), parameters.begin() + static_cast<std::ptrdiff_t>(count));
  }
  List* names = in.list();
  List* keyword_names = in.list();
  std::vector<Value> defaults;
  Value star = Value::none(), star_star = Value::none();
  Dict* keyword_defaults = in.dict();
  Dict* annotations = in.dict();
  if (Function* function = annotated_function(in, target, false)) {
    const Value all = in.attribute(Value::of(function), in.sym.__annotations__);
    annotations = dict_copy(in.arena, all.as<Dict>());
  }
  for (const DescribedParameter& each : parameters) {
    Value name = Value::of(each.name);
    if (each.kind == ParameterKind::kVarPositional)
      star = name;
    else if (each.kind == ParameterKind::kVarKeyword)
      star_star = name;
    else if (each.kind == ParameterKind::kKeywordOnly) {
      keyword_names->items.push(in.arena, name);
      if (!each.default_value.missing()) dict_set(in.arena, keyword_defaults, each.name, each.default_value);
    } else {
      names->items.push(in.arena, name);
      if (!each.default_value.missing()) defaults.push_back(each.default_value);
    }
  }
  Value all_defaults = defaults.empty() ? Value::none() : in.tuple(defaults.data(), defaults.size());
  Value kw = keyword_defaults->live == 0 ? Value::none() : Value::of(keyword_defaults);
  return in.call(full_spec_class(in), {Value::of(names), star, star_star, all_defaults, Value::of(keyword_names), kw,
                                       Value::of(annotations)});
}

// ---- predicates

template <Kind... kinds>
Value is_kind(Interpreter& in, const Arguments& arguments, const Value& name) {
  const auto [object] = bind<"object">(in, name.as<Str>()->view(), arguments);
  if (object.unknown()) return object;
  return Value::of(((object.kind == kinds) || ...));
}

Value inspect_isgenerator(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object] = bind<"object">(in, "isgenerator", arguments);
  if (object.unknown()) return object;
  return Value::of(object.is(Kind::kIterator) && object.as<IteratorObject>()->is_generator);
}
// A function whose calls make a coroutine, a generator, or one that is both.
bool is_function_of(Interpreter& in, const Value& given, bool async, bool generator) {
  const Value& function = given.is(Kind::kBoundMethod) ? given.as<BoundMethod>()->function : given;
  if (!function.is(Kind::kFunction)) return false;
  prepare_function(in, function.as<Function>());
  const Code* code = function.as<Function>()->code;
  return code->is_async == async && code->is_generator == generator;
}

Value inspect_isgeneratorfunction(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = bind<"obj">(in, "isgeneratorfunction", arguments);
  return Value::of(is_function_of(in, obj, false, true));
}
Value inspect_iscoroutinefunction(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = bind<"obj">(in, "iscoroutinefunction", arguments);
  return Value::of(is_function_of(in, obj, true, false));
}
Value inspect_isasyncgenfunction(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = bind<"obj">(in, "isasyncgenfunction", arguments);
  return Value::of(is_function_of(in, obj, true, true));
}

Value inspect_unwrap(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [func, stop] = bind<"func, *, stop=">(in, "unwrap", arguments);
  return unwrapped_function(in, func);
}

Value inspect_getmodule(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, filename] = bind<"object, _filename=">(in, "getmodule", arguments);
  if (object.unknown() || object.is(Kind::kModule)) return object;
  Module* module = nullptr;
  if (object.is(Kind::kFunction)) module = object.as<Function>()->module;
  if (object.is(Kind::kClass)) module = object.as<Class>()->module;
  return module == nullptr ? Value::none() : Value::of(module);
}

Value inspect_getmembers(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [object, predicate] = bind<"object, predicate=">(in, "getmembers", arguments);
  if (object.unknown()) return object;
  List* found = in.list();
  Value names = in.call(in.import_name("builtins", "dir"), {object});
  for (const Value& name : in.collect(names)->items) {
    in.step();
    Value value;
    if (as_str(name) == nullptr || !in.find_attribute(object, in.intern(as_str(name)->view()), value)) continue;
    if (!predicate.missing() && !predicate.is_none() && !in.test(in.call(predicate, {value}))) continue;
    found->items.push(in.arena, in.tuple({name, value}));
  }
  return Value::of(found);
}

// The attribute as it is stored, past descriptors.
Value inspect_getattr_static(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, attr, fallback] = bind<"obj, attr, default=">(in, "getattr_static", arguments);
  if (as_str(attr) == nullptr) in.raise_type_error("attribute name must be string");
  Str* name = in.intern(as_str(attr)->view());
  if (obj.is(Kind::kInstance)) {
    Value mine = own(obj.as<Instance>(), name);
    if (!mine.missing()) return mine;
  }
  Value* found = in.class_lookup(obj.is(Kind::kClass) ? obj.as<Class>() : in.type_of(obj), name);
  if (found != nullptr) return *found;
  if (!fallback.missing()) return fallback;
  in.raise(in.exception("AttributeError"), std::string(name->view()));
}

Value inspect_getmro(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls] = bind<"cls">(in, "getmro", arguments);
  return in.attribute(cls, in.sym.__mro__);
}

Value inspect_cleandoc(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [doc] = bind<"doc">(in, "cleandoc", arguments);
  return doc;
}

Value unknown_source(Interpreter& in, const Arguments&, const Value&) {
  return in.unknown("the source text of an object");
}

// A class's own annotations, or a function's, as values; never inherited.
Value inspect_get_annotations(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, globals, locals, eval_str] =
      bind<"obj, *, globals=, locals=, eval_str=">(in, "get_annotations", arguments);
  if (obj.unknown()) return obj;
  Module* module = obj.is(Kind::kClass)      ? obj.as<Class>()->module
                   : obj.is(Kind::kFunction) ? obj.as<Function>()->module
                                             : nullptr;
  Dict* values = in.dict();
  if (obj.is(Kind::kClass)) settle_annotations(in, obj.as<Class>());
  Value annotations = obj.is(Kind::kClass) ? own(obj.as<Class>(), in.sym.__annotations__) : Value{};
  if (!obj.is(Kind::kClass)) in.find_attribute(obj, in.sym.__annotations__, annotations);
  if (Dict* from = as_dict(annotations)) {
    for (const Dict::Entry& entry : from->entries) {
      if (entry.key.missing()) continue;
      Value value = entry.value;
      const bool evaluates = !eval_str.missing() && in.test(eval_str);
      if (evaluates && value.is(Kind::kStr) && module != nullptr) value = annotation_value(in, module, value.as<Str>());
      dict_set(in.arena, values, entry.key, value);
    }
  }
  return Value::of(values);
}

// The library looks into the text of whole modules to find out what they support.
Value inspect_getsource(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [object] = bind<"object">(in, "getsource", arguments);
  if (!object.is(Kind::kModule)) return unknown_source(in, arguments, data);
  const SourceUnit* unit = object.as<Module>()->unit;
  if (unit == nullptr || unit->embedded) return unknown_source(in, arguments, data);
  return in.string(unit->text);
}

}  // namespace

void install_inspect(Interpreter& in) {
  Module* module = in.native_module("inspect", false);
  install_signatures(in, module);
  in.class_method(inspect_definition(in, "Signature").as<Class>(), "from_callable", signature_from_callable);
  in.define(module, "signature", inspect_signature);
  in.define(module, "get_annotations", inspect_get_annotations);
  in.define(module, "getfullargspec", inspect_getfullargspec);
  in.define(module, "unwrap", inspect_unwrap);
  struct {
    const char* name;
    NativeFunction function;
  } predicates[] = {{"isclass", is_kind<Kind::kClass>},
                    {"isfunction", is_kind<Kind::kFunction>},
                    {"ismethod", is_kind<Kind::kBoundMethod>},
                    {"isbuiltin", is_kind<Kind::kNative>},
                    {"isroutine", is_kind<Kind::kFunction, Kind::kNative, Kind::kBoundMethod>},
                    {"ismodule", is_kind<Kind::kModule>}};
  for (const auto& each : predicates) in.define(module, each.name, each.function, Value::of(in.intern(each.name)));
  in.define(module, "isgenerator", inspect_isgenerator);
  in.define(module, "isgeneratorfunction", inspect_isgeneratorfunction);
  in.define(module, "iscoroutinefunction", inspect_iscoroutinefunction);
  in.define(module, "isasyncgenfunction", inspect_isasyncgenfunction);
  for (const char* name : {"isabstract", "isawaitable", "iscoroutine", "isasyncgen", "iscode", "isframe", "istraceback",
                           "isdatadescriptor", "isgetsetdescriptor", "ismemberdescriptor"}) {
    in.define(module, name, return_false);
  }
  in.define(module, "getmodule", inspect_getmodule);
  in.define(module, "getmembers", inspect_getmembers);
  in.define(module, "getattr_static", inspect_getattr_static);
  in.define(module, "getmro", inspect_getmro);
  in.define(module, "cleandoc", inspect_cleandoc);
  for (const char* name : {"currentframe", "getdoc", "getcomments"}) in.define(module, name, return_none);
  in.define(module, "getsource", inspect_getsource);
  for (const char* name : {"getsourcefile", "getfile", "getsourcelines", "findsource", "getframeinfo"})
    in.define(module, name, unknown_source);
  in.define(module, "stack",
            [](Interpreter& i, const Arguments&, const Value&) { return i.unknown("the call stack"); });
  in.define(module, "FullArgSpec", full_spec);
  const char* const flags[] = {"OPTIMIZED", "NEWLOCALS", "VARARGS",   "VARKEYWORDS",        "NESTED",
                               "GENERATOR", "NOFREE",    "COROUTINE", "ITERABLE_COROUTINE", "ASYNC_GENERATOR"};
  for (std::size_t i = 0; i < std::size(flags); ++i)
    in.define(module, fmt::format("CO_{}", flags[i]), Value::of(std::int64_t{1} << i));
}

}  // namespace ckptlint::python
