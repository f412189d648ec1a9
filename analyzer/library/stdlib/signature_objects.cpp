// inspect.Parameter, Signature and BoundArguments.
#include <string>
#include <vector>

#include "library/stdlib/signatures.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

constexpr const char* kKindNames[] = {"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY",
                                      "VAR_KEYWORD"};

// The function whose annotations are asked when they are needed.
constexpr const char* kAnnotatedIn = "_annotated_in";

Value make_parameter(Interpreter& in, const DescribedParameter& described) {
  Value empty = inspect_definition(in, "_empty");
  Instance* made = in.instance(inspect_definition(in, "Parameter").as<Class>());
  set_own(in, made, in.sym.name, Value::of(described.name));
  set_own(in, made, "kind", inspect_definition(in, kKindNames[static_cast<int>(described.kind)]));
  set_own(in, made, "default", described.default_value.missing() ? empty : described.default_value);
  if (described.annotated_in != nullptr)
    set_own(in, made, kAnnotatedIn, Value::of(described.annotated_in));
  else
    set_own(in, made, "annotation", described.annotation.missing() ? empty : described.annotation);
  return Value::of(made);
}

// An attribute that was set, or the annotation of that name in a function.
Value annotation_of(Interpreter& in, const Value& object, Str* attribute, Str* name) {
  auto* self = self_as<Instance>(in, object);
  const Value given = own(self, attribute);
  if (!given.missing()) return given;
  const Value function = own(self, in.intern(kAnnotatedIn));
  if (!function.is(Kind::kFunction)) return inspect_definition(in, "_empty");
  const Value all = in.attribute(function, in.sym.__annotations__);
  const Value* found = dict_find(all.as<Dict>(), Value::of(name));
  return found == nullptr ? inspect_definition(in, "_empty") : *found;
}

Value parameter_annotation(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value name = own(self_as<Instance>(in, arguments), in.sym.name);
  return annotation_of(in, arguments[0], in.intern("annotation"), in.intern(as_str(name)->view()));
}
Value return_annotation_of(Interpreter& in, const Arguments& arguments, const Value&) {
  return annotation_of(in, arguments[0], in.intern("return_annotation"), in.intern("return"));
}

// As inspect.formatannotation.
std::string annotation_text(Interpreter& in, const Value& annotation) {
  Value module, name;
  const bool has_module = in.find_attribute(annotation, in.sym.__module__, module) && module.is(Kind::kStr);
  if (has_module && module.as<Str>()->view() == "typing") {
    std::string text = in.repr(annotation);
    for (std::size_t at; (at = text.find("typing.")) != std::string::npos;) text.erase(at, 7);
    return text;
  }
  if (!annotation.is(Kind::kClass)) return in.repr(annotation);
  const bool builtin = !has_module || module.as<Str>()->view() == "builtins";
  const std::string own_name = in.str(in.attribute(annotation, in.sym.__qualname__));
  return builtin ? own_name : in.str(module) + "." + own_name;
}

ParameterKind kind_of(Interpreter& in, const Instance* parameter) {
  Value kind = plain(own(parameter, in.intern("kind")));
  bool known =
      kind.is(Kind::kInt) && kind.integer >= 0 && kind.integer < static_cast<std::int64_t>(std::size(kKindNames));
  return known ? static_cast<ParameterKind>(kind.integer) : ParameterKind::kPositionalOrKeyword;
}

// The parameters of a Signature.  Raises TypeError for another object.
Dict* parameters_of(Interpreter& in, const Value& signature) {
  Dict* parameters = as_dict(own(self_as<Instance>(in, signature), in.intern("parameters")));
  if (parameters == nullptr) raise_wrong_receiver(in, signature);
  return parameters;
}

// "(a, /, b: int = 1, *args, c, **kw) -> str"
std::string signature_text(Interpreter& in, const Value& signature) {
  std::string text;
  bool positional_only = false, star = false;
  Value empty = inspect_definition(in, "_empty");
  for (const Dict::Entry& entry : parameters_of(in, signature)->entries) {
    if (!entry.value.is(Kind::kInstance)) continue;
    ParameterKind kind = kind_of(in, entry.value.as<Instance>());
    if (positional_only && kind != ParameterKind::kPositionalOnly) text += ", /";
    positional_only = kind == ParameterKind::kPositionalOnly;
    if (kind == ParameterKind::kKeywordOnly && !star) text += text.empty() ? "*" : ", *";
    star = star || kind == ParameterKind::kVarPositional || kind == ParameterKind::kKeywordOnly;
    text += text.empty() ? "" : ", ";
    text += kind == ParameterKind::kVarPositional ? "*" : kind == ParameterKind::kVarKeyword ? "**" : "";
    text += in.str(entry.key);
    Value value = own(entry.value.as<Instance>(), in.intern("default"));
    const Value annotation = in.attribute(entry.value, in.intern("annotation"));
    if (!annotation.same(empty)) text += ": " + annotation_text(in, annotation);
    if (!value.missing() && !value.same(empty)) text += (annotation.same(empty) ? "=" : " = ") + in.repr(value);
  }
  text = "(" + text + (positional_only ? ", /)" : ")");
  const Value returns = in.attribute(signature, in.intern("return_annotation"));
  return returns.same(empty) ? text : text + " -> " + annotation_text(in, returns);
}

Value signature_str(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(signature_text(in, self_of(arguments)));
}
Value signature_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string("<Signature " + signature_text(in, self_of(arguments)) + ">");
}

Value parameter_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, name, kind, fallback, annotation] =
      bind<"self, name, kind, *, default=, annotation=">(in, "Parameter", arguments);
  auto* made = self_as<Instance>(in, self);
  Value empty = inspect_definition(in, "_empty");
  set_own(in, made, in.sym.name, name);
  set_own(in, made, "kind", kind);
  set_own(in, made, "default", fallback.missing() ? empty : fallback);
  set_own(in, made, "annotation", annotation.missing() ? empty : annotation);
  return Value::none();
}

// A copy with some attributes replaced.
Value replaced(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, changes] = bind<"self, **changes">(in, "replace", arguments);
  auto* self = self_as<Instance>(in, given_self);
  Instance* made = in.instance(self->type);
  made->attributes = self->attributes == nullptr ? in.dict() : dict_copy(in.arena, self->attributes);
  for (std::size_t i = 0; i < changes.keyword_count; ++i) {
    Value value = changes.keywords[i].value;
    if (changes.keywords[i].name->view() == "parameters" && !value.is(Kind::kDict)) {
      Dict* table = in.dict();
      for (const Value& each : in.collect(value)->items)
        dict_set(in.arena, table, in.attribute(each, in.sym.name), each);
      value = Value::of(table);
    }
    set_own(in, made, changes.keywords[i].name, value);
  }
  return Value::of(made);
}

Value signature_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, parameters, return_annotation] =
      bind<"self, parameters=, *, return_annotation=">(in, "Signature", arguments);
  Dict* table = in.dict();
  if (!parameters.missing() && !parameters.is_none()) {
    for (const Value& each : in.collect(parameters)->items)
      dict_set(in.arena, table, in.attribute(each, in.sym.name), each);
  }
  set_own(in, self_as<Instance>(in, self), "parameters", Value::of(table));
  set_own(in, self_as<Instance>(in, self), "return_annotation",
          return_annotation.missing() ? inspect_definition(in, "_empty") : return_annotation);
  return Value::none();
}

// bind(*args, **kwargs): which argument goes to which parameter.  `data` True: bind_partial.
Value signature_bind(Interpreter& in, const Arguments& arguments, const Value& data) {
  bool partial = data.is(Kind::kBool) && data.boolean;
  const auto [self, rest] = bind<"self, /, *args, **kwargs">(in, partial ? "bind_partial" : "bind", arguments);
  Dict* parameters = parameters_of(in, self);
  Dict* bound = in.dict();
  Dict* extra = nullptr;
  Str* extra_name = nullptr;
  std::size_t next = 0;
  Value empty = inspect_definition(in, "_empty");
  std::vector<bool> used(rest.keyword_count);
  for (const Dict::Entry& entry : parameters->entries) {
    if (entry.key.missing()) continue;
    auto* parameter = entry.value.as<Instance>();
    ParameterKind kind = kind_of(in, parameter);
    Str* name = in.intern(as_str(entry.key)->view());
    if (kind == ParameterKind::kVarPositional) {
      if (next < rest.count) dict_set(in.arena, bound, name, in.tuple(rest.positional + next, rest.count - next));
      next = rest.count;
    } else if (kind == ParameterKind::kVarKeyword) {
      extra = in.dict();
      extra_name = name;
    } else if (kind <= ParameterKind::kPositionalOrKeyword && next < rest.count) {
      dict_set(in.arena, bound, name, rest[next++]);
      if (!keyword(rest, name).missing())
        in.raise_type_error("multiple values for argument '" + std::string(name->view()) + "'");
    } else {
      bool given = false;
      for (std::size_t k = 0; k < rest.keyword_count; ++k) {
        if (rest.keywords[k].name != name) continue;
        dict_set(in.arena, bound, name, rest.keywords[k].value);
        used[k] = given = true;
      }
      if (!given && !partial && own(parameter, in.intern("default")).same(empty)) {
        in.raise_type_error("missing a required argument: '" + std::string(name->view()) + "'");
      }
    }
  }
  if (next < rest.count) in.raise_type_error("too many positional arguments");
  for (std::size_t k = 0; k < rest.keyword_count; ++k) {
    if (used[k]) continue;
    if (extra == nullptr)
      in.raise_type_error("got an unexpected keyword argument '" + std::string(rest.keywords[k].name->view()) + "'");
    dict_set(in.arena, extra, rest.keywords[k].name, rest.keywords[k].value);
  }
  if (extra != nullptr && extra->live != 0) dict_set(in.arena, bound, extra_name, Value::of(extra));
  Instance* made = in.instance(inspect_definition(in, "BoundArguments").as<Class>());
  set_own(in, made, "arguments", Value::of(bound));
  set_own(in, made, "signature", self);
  return Value::of(made);
}

Dict* bound_arguments(Interpreter& in, Instance* self) {
  Dict* bound = as_dict(own(self, in.intern("arguments")));
  if (bound == nullptr) raise_wrong_receiver(in, Value::of(self));
  return bound;
}

Value bound_apply_defaults(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = self_as<Instance>(in, arguments);
  Dict* bound = bound_arguments(in, self);
  Dict* parameters = parameters_of(in, own(self, in.intern("signature")));
  Dict* filled = in.dict();
  for (const Dict::Entry& entry : parameters->entries) {
    if (entry.key.missing()) continue;
    Value* given = dict_find(bound, entry.key);
    Value value = given != nullptr ? *given : own(entry.value.as<Instance>(), in.intern("default"));
    ParameterKind kind = kind_of(in, entry.value.as<Instance>());
    if (given == nullptr && kind == ParameterKind::kVarPositional) value = in.tuple({});
    if (given == nullptr && kind == ParameterKind::kVarKeyword) value = Value::of(in.dict());
    if (!value.same(inspect_definition(in, "_empty"))) dict_set(in.arena, filled, entry.key, value);
  }
  set_own(in, self, "arguments", Value::of(filled));
  return Value::none();
}

Value bound_part(Interpreter& in, const Arguments& arguments, bool keywords) {
  auto* self = self_as<Instance>(in, arguments);
  Dict* bound = bound_arguments(in, self);
  Dict* parameters = parameters_of(in, own(self, in.intern("signature")));
  std::vector<Value> positional;
  Dict* named = in.dict();
  for (const Dict::Entry& entry : bound->entries) {
    if (entry.key.missing()) continue;
    Value* parameter = dict_find(parameters, entry.key);
    ParameterKind kind =
        parameter == nullptr ? ParameterKind::kPositionalOrKeyword : kind_of(in, parameter->as<Instance>());
    if (kind == ParameterKind::kVarPositional) {
      for (const Value& each : *as_tuple(entry.value)) positional.push_back(each);
    } else if (kind == ParameterKind::kVarKeyword) {
      for (const Dict::Entry& each : as_dict(entry.value)->entries) {
        if (!each.key.missing()) dict_set(in.arena, named, each.key, each.value);
      }
    } else if (kind == ParameterKind::kKeywordOnly) {
      dict_set(in.arena, named, entry.key, entry.value);
    } else {
      positional.push_back(entry.value);
    }
  }
  return keywords ? Value::of(named) : in.tuple(positional.data(), positional.size());
}
Value bound_args(Interpreter& in, const Arguments& arguments, const Value&) { return bound_part(in, arguments, false); }
Value bound_kwargs(Interpreter& in, const Arguments& arguments, const Value&) {
  return bound_part(in, arguments, true);
}

}  // namespace

Value inspect_definition(Interpreter& in, std::string_view name) {
  return *dict_find(in.native_module("inspect", false)->attributes, in.intern(name));
}

Value make_signature(Interpreter& in, const std::vector<DescribedParameter>& parameters, Function* returns) {
  Dict* table = in.dict();
  for (const DescribedParameter& each : parameters) dict_set(in.arena, table, each.name, make_parameter(in, each));
  Instance* made = in.instance(inspect_definition(in, "Signature").as<Class>());
  set_own(in, made, "parameters", Value::of(table));
  if (returns != nullptr)
    set_own(in, made, kAnnotatedIn, Value::of(returns));
  else
    set_own(in, made, "return_annotation", inspect_definition(in, "_empty"));
  return Value::of(made);
}

void install_signatures(Interpreter& in, Module* module) {
  Class* empty = in.make_class("_empty", {in.classes.object});
  in.define(module, "_empty", Value::of(empty));
  in.define(module, "_default_factory",
            Value::of(in.instance(in.make_class("_HAS_DEFAULT_FACTORY", {in.classes.object}))));
  Class* kind = in.make_class("_ParameterKind", {in.classes.integer}, Layout::kInt);
  in.method(kind, "__str__", [](Interpreter& i, const Arguments& call, const Value&) {
    return own(self_as<Instance>(i, call), i.sym.name);
  });
  Class* parameter = in.make_class("Parameter", {in.classes.object});
  for (int i = 0; i < 5; ++i) {
    Instance* made = in.instance(kind);
    made->payload = Value::of(i);
    set_own(in, made, in.sym.name, in.string(kKindNames[i]));
    in.define(module, kKindNames[i], Value::of(made));
    in.set_class(parameter, kKindNames[i], Value::of(made));
  }
  in.set_class(parameter, "empty", Value::of(empty));
  in.property(parameter, "annotation", parameter_annotation);
  in.method(parameter, "__init__", parameter_init);
  in.method(parameter, "replace", replaced);
  in.define(module, "Parameter", Value::of(parameter));
  Class* signature = in.make_class("Signature", {in.classes.object});
  in.set_class(signature, "empty", Value::of(empty));
  in.property(signature, "return_annotation", return_annotation_of);
  in.method(signature, "__init__", signature_init);
  in.method(signature, "replace", replaced);
  in.method(signature, "bind", signature_bind, Value::of(false));
  in.method(signature, "bind_partial", signature_bind, Value::of(true));
  in.method(signature, "__repr__", signature_repr);
  in.method(signature, "__str__", signature_str);
  in.define(module, "Signature", Value::of(signature));
  Class* bound = in.make_class("BoundArguments", {in.classes.object});
  in.method(bound, "apply_defaults", bound_apply_defaults);
  in.property(bound, "args", bound_args);
  in.property(bound, "kwargs", bound_kwargs);
  in.define(module, "BoundArguments", Value::of(bound));
}

}  // namespace ckptlint::python
