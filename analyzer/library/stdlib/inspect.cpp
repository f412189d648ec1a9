// inspect: signatures and the predicates.
#include <string>
#include <vector>

#include "library/library.h"
#include "library/stdlib/dataclasses.h"
#include "library/stdlib/annotations.h"
#include "library/stdlib/values.h"
#include "python/impl.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxUnwrap = 100;
constexpr const char* kKindNames[] = {"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD"};
enum ParameterKind { kPositionalOnly, kPositionalOrKeyword, kVarPositional, kKeywordOnly, kVarKeyword };

Value definition(Interpreter& in, std::string_view name) { return *dict_find(in.native_module("inspect", false)->attributes, in.intern(name)); }

struct Described {
  Str* name;
  ParameterKind kind;
  Value default_value;  // kMissing where there is none
  Value annotation;
};

Value make_parameter(Interpreter& in, const Described& described) {
  Value empty = definition(in, "_empty");
  Instance* made = in.instance(definition(in, "Parameter").as<Class>());
  set_own(in, made, in.sym.name, Value::of(described.name));
  set_own(in, made, "kind", definition(in, kKindNames[described.kind]));
  set_own(in, made, "default", described.default_value.missing() ? empty : described.default_value);
  set_own(in, made, "annotation", described.annotation.missing() ? empty : described.annotation);
  return Value::of(made);
}

Value make_signature(Interpreter& in, const std::vector<Described>& parameters) {
  Dict* table = in.dict();
  for (const Described& each : parameters) dict_set(in.arena, table, each.name, make_parameter(in, each));
  Instance* made = in.instance(definition(in, "Signature").as<Class>());
  set_own(in, made, "parameters", Value::of(table));
  set_own(in, made, "return_annotation", definition(in, "_empty"));
  return Value::of(made);
}

std::vector<Described> parameters_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  std::vector<Described> all;
  const Items<Parameter>& parameters = function->code->parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    if (parameter.name == nullptr) continue;
    Described each{parameter.name, kPositionalOrKeyword, {}, {}};
    if (parameter.stars == 1) each.kind = kVarPositional;
    else if (parameter.stars == 2) each.kind = kVarKeyword;
    else if (parameter.keyword_only) each.kind = kKeywordOnly;
    else if (parameter.positional_only) each.kind = kPositionalOnly;
    if (function->defaults != nullptr && parameter.stars == 0) each.default_value = function->defaults[i];
    if (parameter.annotation != nullptr) each.annotation = Value::of(parameter.annotation);
    all.push_back(each);
  }
  return all;
}

std::vector<Described> any_arguments(Interpreter& in) {
  return {{in.sym.args, kVarPositional, {}, {}}, {in.intern("kwargs"), kVarKeyword, {}, {}}};
}

Value unwrapped(Interpreter& in, Value function) {
  for (int i = 0; i < kMaxUnwrap; ++i) {
    Value next;
    if (function.unknown() || !in.find_attribute(function, in.sym.__wrapped__, next)) return function;
    function = next;
  }
  in.raise_value_error("wrapper loop when unwrapping " + in.repr(function));
}

void drop_first(std::vector<Described>& parameters) {
  if (!parameters.empty() && parameters[0].kind < kVarPositional) parameters.erase(parameters.begin());
}

bool describe(Interpreter& in, const Value& callable, bool follow, std::vector<Described>& out, int depth = 0);

bool describe_class(Interpreter& in, Class* type, bool follow, std::vector<Described>& out, int depth) {
  for (Str* name : {in.sym.__init__, in.sym.__new__}) {
    Value* found = in.class_lookup(type, name);
    if (found == nullptr || found == in.class_lookup(in.classes.object, name)) continue;
    Value function = found->is(Kind::kStaticMethod) ? found->as<StaticMethod>()->function : *found;
    if (!describe(in, function, follow, out, depth + 1)) return false;
    drop_first(out);
    return true;
  }
  return true;  // takes nothing
}

// partial(f, 1, b=2): without the first parameter; b becomes keyword-only with another default, as do those behind it.
bool describe_partial(Interpreter& in, Instance* partial, bool follow, std::vector<Described>& out, int depth) {
  if (!describe(in, own(partial, in.sym.func), follow, out, depth + 1)) return false;
  Tuple* positional = as_tuple(own(partial, in.sym.args));
  Dict* keywords = as_dict(own(partial, in.sym.keywords));
  for (std::uint32_t i = 0; positional != nullptr && i < positional->count; ++i) drop_first(out);
  bool keyword_only = false;
  std::vector<Described> kept;
  for (Described each : out) {
    Value* given = keywords == nullptr ? nullptr : dict_find(keywords, each.name);
    if (given != nullptr && each.kind <= kPositionalOrKeyword) {
      keyword_only = true;
      each.default_value = *given;
    } else if (given != nullptr && each.kind == kKeywordOnly) {
      each.default_value = *given;
    }
    if (keyword_only && each.kind <= kPositionalOrKeyword) each.kind = kKeywordOnly;
    if (keyword_only && each.kind == kVarPositional) continue;
    kept.push_back(each);
  }
  out = kept;
  return true;
}

// False: unknown.
bool describe(Interpreter& in, const Value& callable, bool follow, std::vector<Described>& out, int depth) {
  if (depth > kMaxUnwrap) in.raise_value_error("signature nested too deeply");
  Value target = follow && !callable.is(Kind::kBoundMethod) && !callable.is(Kind::kClass) ? unwrapped(in, callable) : callable;
  switch (target.kind) {
    case Kind::kUnknown:
      return false;
    case Kind::kFunction:
      out = parameters_of(in, target.as<Function>());
      return true;
    case Kind::kBoundMethod:
      if (!describe(in, target.as<BoundMethod>()->function, follow, out, depth + 1)) return false;
      drop_first(out);
      return true;
    case Kind::kStaticMethod:
      return describe(in, target.as<StaticMethod>()->function, follow, out, depth + 1);
    case Kind::kClassMethod:
      return describe(in, target.as<ClassMethod>()->function, follow, out, depth + 1);
    case Kind::kClass:
      return describe_class(in, target.as<Class>(), follow, out, depth);
    case Kind::kNative:
      if (is_dataclass_init(target)) {
        out.push_back({in.sym.self, kPositionalOrKeyword, {}, {}});
        for (const FieldView& field : dataclass_init_parameters(in, target)) {
          Value default_value = field.default_factory.missing() ? field.default_value : definition(in, "_default_factory");
          out.push_back({field.name, field.keyword_only ? kKeywordOnly : kPositionalOrKeyword, default_value, field.type});
        }
      } else {
        out = any_arguments(in);  // the host's functions do not say
      }
      return true;
    case Kind::kInstance: {
      auto* instance = target.as<Instance>();
      if (in.is_subclass(instance->type, in.classes.partial)) return describe_partial(in, instance, follow, out, depth);
      Value* call = in.class_lookup(instance->type, in.sym.__call__);
      if (call == nullptr) in.raise_type_error(in.repr(target) + " is not a callable object");
      if (!describe(in, *call, follow, out, depth + 1)) return false;
      drop_first(out);
      return true;
    }
    default:
      in.raise_type_error(in.repr(target) + " is not a callable object");
  }
}

Value inspect_signature(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[5];
  in.bind("signature", arguments, "obj, *, follow_wrapped=, globals=, locals=, eval_str=", out);
  Value given;
  if (!out[0].unknown() && in.find_attribute(out[0], in.sym.__signature__, given) && instance_of(in, given, definition(in, "Signature").as<Class>())) {
    return given;
  }
  std::vector<Described> parameters;
  bool follow = out[1].missing() || in.test(out[1]);
  if (!describe(in, out[0], follow, parameters)) return in.unknown("the signature of an unknown function");
  return make_signature(in, parameters);
}

// getfullargspec(f): (args, varargs, varkw, defaults, kwonlyargs, kwonlydefaults, annotations)
Value inspect_getfullargspec(Interpreter& in, const Arguments& arguments, const Value&) {
  std::vector<Described> parameters;
  Value target = arguments[0].is(Kind::kBoundMethod) ? arguments[0].as<BoundMethod>()->function : arguments[0];
  if (!describe(in, target, false, parameters)) return in.unknown("the signature of an unknown function");
  List* names = in.list();
  List* keyword_names = in.list();
  std::vector<Value> defaults;
  Value star = Value::none(), star_star = Value::none();
  Dict* keyword_defaults = in.dict();
  for (const Described& each : parameters) {
    Value name = Value::of(each.name);
    if (each.kind == kVarPositional) star = name;
    else if (each.kind == kVarKeyword) star_star = name;
    else if (each.kind == kKeywordOnly) {
      keyword_names->items.push(in.arena, name);
      if (!each.default_value.missing()) dict_set(in.arena, keyword_defaults, each.name, each.default_value);
    } else {
      names->items.push(in.arena, name);
      if (!each.default_value.missing()) defaults.push_back(each.default_value);
    }
  }
  Value all_defaults = defaults.empty() ? Value::none() : in.tuple(defaults.data(), defaults.size());
  Value kw = keyword_defaults->live == 0 ? Value::none() : Value::of(keyword_defaults);
  return in.call(definition(in, "FullArgSpec"), {Value::of(names), star, star_star, all_defaults, Value::of(keyword_names), kw, Value::of(in.dict())});
}

// ---- predicates

template <Kind... kinds>
Value is_kind(Interpreter&, const Arguments& arguments, const Value&) {
  if (arguments[0].unknown()) return arguments[0];
  return Value::of(((arguments[0].kind == kinds) || ...));
}

Value inspect_isgeneratorfunction(Interpreter&, const Arguments& arguments, const Value&) {
  return Value::of(arguments[0].is(Kind::kFunction) && arguments[0].as<Function>()->code->is_generator);
}
Value inspect_iscoroutinefunction(Interpreter&, const Arguments& arguments, const Value&) {
  return Value::of(arguments[0].is(Kind::kFunction) && arguments[0].as<Function>()->code->is_async);
}

Value inspect_unwrap(Interpreter& in, const Arguments& arguments, const Value&) { return unwrapped(in, arguments[0]); }

Value inspect_getmodule(Interpreter&, const Arguments& arguments, const Value&) {
  const Value& object = arguments[0];
  if (object.unknown() || object.is(Kind::kModule)) return object;
  Module* module = nullptr;
  if (object.is(Kind::kFunction)) module = object.as<Function>()->module;
  if (object.is(Kind::kClass)) module = object.as<Class>()->module;
  return module == nullptr ? Value::none() : Value::of(module);
}

Value inspect_getmembers(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[2];
  in.bind("getmembers", arguments, "object, predicate=", out);
  if (out[0].unknown()) return out[0];
  List* found = in.list();
  Value names = in.call(in.import_name("builtins", "dir"), {out[0]});
  for (const Value& name : in.collect(names)->items) {
    in.step();
    Value value;
    if (as_str(name) == nullptr || !in.find_attribute(out[0], in.intern(as_str(name)->view()), value)) continue;
    if (!out[1].missing() && !out[1].is_none() && !in.test(in.call(out[1], {value}))) continue;
    found->items.push(in.arena, in.tuple({name, value}));
  }
  return Value::of(found);
}

// The attribute as it is stored, past descriptors.
Value inspect_getattr_static(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[3];
  in.bind("getattr_static", arguments, "obj, attr, default=", out);
  if (as_str(out[1]) == nullptr) in.raise_type_error("attribute name must be string");
  Str* name = in.intern(as_str(out[1])->view());
  if (out[0].is(Kind::kInstance)) {
    Value mine = own(out[0].as<Instance>(), name);
    if (!mine.missing()) return mine;
  }
  Value* found = in.class_lookup(out[0].is(Kind::kClass) ? out[0].as<Class>() : in.type_of(out[0]), name);
  if (found != nullptr) return *found;
  if (!out[2].missing()) return out[2];
  in.raise(in.exception("AttributeError"), std::string(name->view()));
}

Value inspect_getmro(Interpreter& in, const Arguments& arguments, const Value&) { return in.attribute(arguments[0], in.sym.__mro__); }

Value inspect_cleandoc(Interpreter&, const Arguments& arguments, const Value&) { return arguments[0]; }

Value unknown_source(Interpreter& in, const Arguments&, const Value&) { return in.unknown("the source text of an object"); }

// ---- Parameter and Signature objects

Value parameter_init(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[5];
  in.bind("Parameter", arguments, "self, name, kind, *, default=, annotation=", out);
  auto* self = out[0].as<Instance>();
  Value empty = definition(in, "_empty");
  set_own(in, self, in.sym.name, out[1]);
  set_own(in, self, "kind", out[2]);
  set_own(in, self, "default", out[3].missing() ? empty : out[3]);
  set_own(in, self, "annotation", out[4].missing() ? empty : out[4]);
  return Value::none();
}

// A copy with some attributes replaced.
Value replaced(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = arguments[0].as<Instance>();
  Instance* made = in.instance(self->type);
  made->attributes = dict_copy(in.arena, self->attributes);
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    Value value = arguments.keywords[i].value;
    if (arguments.keywords[i].name->view() == "parameters" && !value.is(Kind::kDict)) {
      Dict* table = in.dict();
      for (const Value& each : in.collect(value)->items) dict_set(in.arena, table, in.attribute(each, in.sym.name), each);
      value = Value::of(table);
    }
    set_own(in, made, arguments.keywords[i].name, value);
  }
  return Value::of(made);
}

Value signature_init(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[3];
  in.bind("Signature", arguments, "self, parameters=, *, return_annotation=", out);
  Dict* table = in.dict();
  if (!out[1].missing() && !out[1].is_none()) {
    for (const Value& each : in.collect(out[1])->items) dict_set(in.arena, table, in.attribute(each, in.sym.name), each);
  }
  set_own(in, out[0].as<Instance>(), "parameters", Value::of(table));
  set_own(in, out[0].as<Instance>(), "return_annotation", out[2].missing() ? definition(in, "_empty") : out[2]);
  return Value::none();
}

// bind(*args, **kwargs): which argument goes to which parameter.  `data` True: bind_partial.
Value signature_bind(Interpreter& in, const Arguments& arguments, const Value& data) {
  bool partial = data.is(Kind::kBool) && data.boolean;
  Dict* parameters = as_dict(own(arguments[0].as<Instance>(), in.intern("parameters")));
  Dict* bound = in.dict();
  Dict* extra = nullptr;
  Str* extra_name = nullptr;
  std::size_t next = 1;
  Value empty = definition(in, "_empty");
  std::vector<bool> used(arguments.keyword_count);
  for (const Dict::Entry& entry : parameters->entries) {
    if (entry.key.missing()) continue;
    auto* parameter = entry.value.as<Instance>();
    Value kind_value = plain(own(parameter, in.intern("kind")));
    std::int64_t kind = kind_value.is(Kind::kInt) ? kind_value.integer : std::int64_t{kPositionalOrKeyword};
    Str* name = in.intern(as_str(entry.key)->view());
    if (kind == kVarPositional) {
      if (next < arguments.count) dict_set(in.arena, bound, name, in.tuple(arguments.positional + next, arguments.count - next));
      next = arguments.count;
    } else if (kind == kVarKeyword) {
      extra = in.dict();
      extra_name = name;
    } else if (kind <= kPositionalOrKeyword && next < arguments.count) {
      dict_set(in.arena, bound, name, arguments[next++]);
      if (!keyword(arguments, name).missing()) in.raise_type_error("multiple values for argument '" + std::string(name->view()) + "'");
    } else {
      bool given = false;
      for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
        if (arguments.keywords[k].name != name) continue;
        dict_set(in.arena, bound, name, arguments.keywords[k].value);
        used[k] = given = true;
      }
      if (!given && !partial && own(parameter, in.intern("default")).same(empty)) {
        in.raise_type_error("missing a required argument: '" + std::string(name->view()) + "'");
      }
    }
  }
  if (next < arguments.count) in.raise_type_error("too many positional arguments");
  for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
    if (used[k]) continue;
    if (extra == nullptr) in.raise_type_error("got an unexpected keyword argument '" + std::string(arguments.keywords[k].name->view()) + "'");
    dict_set(in.arena, extra, arguments.keywords[k].name, arguments.keywords[k].value);
  }
  if (extra != nullptr && extra->live != 0) dict_set(in.arena, bound, extra_name, Value::of(extra));
  Instance* made = in.instance(definition(in, "BoundArguments").as<Class>());
  set_own(in, made, "arguments", Value::of(bound));
  set_own(in, made, "signature", arguments[0]);
  return Value::of(made);
}

Value bound_apply_defaults(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = arguments[0].as<Instance>();
  Dict* bound = as_dict(own(self, in.intern("arguments")));
  Value signature = own(self, in.intern("signature"));
  Dict* parameters = as_dict(own(signature.as<Instance>(), in.intern("parameters")));
  Dict* filled = in.dict();
  for (const Dict::Entry& entry : parameters->entries) {
    if (entry.key.missing()) continue;
    Value* given = dict_find(bound, entry.key);
    Value value = given != nullptr ? *given : own(entry.value.as<Instance>(), in.intern("default"));
    Value kind = plain(own(entry.value.as<Instance>(), in.intern("kind")));
    if (given == nullptr && kind.same(Value::of(kVarPositional))) value = in.tuple({});
    if (given == nullptr && kind.same(Value::of(kVarKeyword))) value = Value::of(in.dict());
    if (!value.same(definition(in, "_empty"))) dict_set(in.arena, filled, entry.key, value);
  }
  set_own(in, self, "arguments", Value::of(filled));
  return Value::none();
}

Value bound_part(Interpreter& in, const Arguments& arguments, bool keywords) {
  auto* self = arguments[0].as<Instance>();
  Dict* bound = as_dict(own(self, in.intern("arguments")));
  Dict* parameters = as_dict(own(own(self, in.intern("signature")).as<Instance>(), in.intern("parameters")));
  std::vector<Value> positional;
  Dict* named = in.dict();
  for (const Dict::Entry& entry : bound->entries) {
    if (entry.key.missing()) continue;
    Value* parameter = dict_find(parameters, entry.key);
    Value kind = parameter == nullptr ? Value::of(kPositionalOrKeyword) : plain(own(parameter->as<Instance>(), in.intern("kind")));
    if (kind.same(Value::of(kVarPositional))) {
      for (const Value& each : *as_tuple(entry.value)) positional.push_back(each);
    } else if (kind.same(Value::of(kVarKeyword))) {
      for (const Dict::Entry& each : as_dict(entry.value)->entries) {
        if (!each.key.missing()) dict_set(in.arena, named, each.key, each.value);
      }
    } else if (kind.same(Value::of(kKeywordOnly))) {
      dict_set(in.arena, named, entry.key, entry.value);
    } else {
      positional.push_back(entry.value);
    }
  }
  return keywords ? Value::of(named) : in.tuple(positional.data(), positional.size());
}
Value bound_args(Interpreter& in, const Arguments& arguments, const Value&) { return bound_part(in, arguments, false); }
Value bound_kwargs(Interpreter& in, const Arguments& arguments, const Value&) { return bound_part(in, arguments, true); }

void install_objects(Interpreter& in, Module* module) {
  Class* empty = in.make_class("_empty", {in.classes.object});
  in.define(module, "_empty", Value::of(empty));
  in.define(module, "_default_factory", Value::of(in.instance(in.make_class("_HAS_DEFAULT_FACTORY", {in.classes.object}))));
  Class* kind = in.make_class("_ParameterKind", {in.classes.integer}, Layout::kInt);
  Class* parameter = in.make_class("Parameter", {in.classes.object});
  for (int i = 0; i < 5; ++i) {
    Instance* made = in.instance(kind);
    made->payload = Value::of(i);
    set_own(in, made, in.sym.name, in.string(kKindNames[i]));
    in.define(module, kKindNames[i], Value::of(made));
    in.set_class(parameter, kKindNames[i], Value::of(made));
  }
  in.set_class(parameter, "empty", Value::of(empty));
  in.method(parameter, "__init__", parameter_init);
  in.method(parameter, "replace", replaced);
  in.define(module, "Parameter", Value::of(parameter));
  Class* signature = in.make_class("Signature", {in.classes.object});
  in.set_class(signature, "empty", Value::of(empty));
  in.method(signature, "__init__", signature_init);
  in.method(signature, "replace", replaced);
  in.method(signature, "bind", signature_bind, Value::of(false));
  in.method(signature, "bind_partial", signature_bind, Value::of(true));
  in.class_method(signature, "from_callable", [](Interpreter& i, const Arguments& a, const Value& data) {
    return inspect_signature(i, without_first(a), data);
  });
  in.define(module, "Signature", Value::of(signature));
  Class* bound = in.make_class("BoundArguments", {in.classes.object});
  in.method(bound, "apply_defaults", bound_apply_defaults);
  in.property(bound, "args", bound_args);
  in.property(bound, "kwargs", bound_kwargs);
  in.define(module, "BoundArguments", Value::of(bound));
}

// A class's own annotations, or a function's, as values; never inherited.
Value inspect_get_annotations(Interpreter& in, const Arguments& arguments, const Value&) {
  Value out[4];
  in.bind("get_annotations", arguments, "obj, *, globals=, locals=, eval_str=", out);
  if (out[0].unknown()) return out[0];
  Module* module = out[0].is(Kind::kClass) ? out[0].as<Class>()->module : out[0].is(Kind::kFunction) ? out[0].as<Function>()->module : nullptr;
  Dict* values = in.dict();
  Value annotations = out[0].is(Kind::kClass) ? own(out[0].as<Class>(), in.sym.__annotations__) : Value{};
  if (!out[0].is(Kind::kClass)) in.find_attribute(out[0], in.sym.__annotations__, annotations);
  if (Dict* from = as_dict(annotations)) {
    for (const Dict::Entry& entry : from->entries) {
      if (entry.key.missing()) continue;
      Value value = entry.value;
      if (value.is(Kind::kStr) && module != nullptr) value = annotation_value(in, module, value.as<Str>());
      dict_set(in.arena, values, entry.key, value);
    }
  }
  return Value::of(values);
}

}  // namespace

void install_inspect(Interpreter& in) {
  Module* module = in.native_module("inspect", false);
  install_objects(in, module);
  in.define(module, "signature", inspect_signature);
  in.define(module, "get_annotations", inspect_get_annotations);
  in.define(module, "getfullargspec", inspect_getfullargspec);
  in.define(module, "unwrap", inspect_unwrap);
  in.define(module, "isclass", is_kind<Kind::kClass>);
  in.define(module, "isfunction", is_kind<Kind::kFunction>);
  in.define(module, "ismethod", is_kind<Kind::kBoundMethod>);
  in.define(module, "isbuiltin", is_kind<Kind::kNative>);
  in.define(module, "isroutine", is_kind<Kind::kFunction, Kind::kNative, Kind::kBoundMethod>);
  in.define(module, "ismodule", is_kind<Kind::kModule>);
  in.define(module, "isgenerator", is_kind<Kind::kIterator>);
  in.define(module, "isgeneratorfunction", inspect_isgeneratorfunction);
  in.define(module, "iscoroutinefunction", inspect_iscoroutinefunction);
  for (const char* name : {"isabstract", "isawaitable", "iscoroutine", "isasyncgen", "isasyncgenfunction", "iscode", "isframe", "istraceback",
                           "isdatadescriptor", "isgetsetdescriptor", "ismemberdescriptor"}) {
    in.define(module, name, return_false);
  }
  in.define(module, "getmodule", inspect_getmodule);
  in.define(module, "getmembers", inspect_getmembers);
  in.define(module, "getattr_static", inspect_getattr_static);
  in.define(module, "getmro", inspect_getmro);
  in.define(module, "cleandoc", inspect_cleandoc);
  for (const char* name : {"currentframe", "getdoc", "getcomments"}) in.define(module, name, return_none);
  for (const char* name : {"getsource", "getsourcefile", "getfile", "getsourcelines", "findsource", "getframeinfo"}) in.define(module, name, unknown_source);
  in.define(module, "stack", [](Interpreter& i, const Arguments&, const Value&) { return i.unknown("the call stack"); });
  Value names = in.string("args varargs varkw defaults kwonlyargs kwonlydefaults annotations");
  in.define(module, "FullArgSpec", in.call(in.import_name("_named_tuples", "namedtuple"), {in.string("FullArgSpec"), names}));
}

}  // namespace ckptlint::python
