// The parameters of functions, classes and partial objects, as inspect.signature lists them.
#include "library/stdlib/signatures.h"

#include "library/stdlib/dataclasses.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/nesting.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxUnwrap = 100;

std::vector<DescribedParameter> parameters_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  std::vector<DescribedParameter> all;
  const Items<Parameter>& parameters = function->code->parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    if (parameter.name == nullptr) continue;
    DescribedParameter each{parameter.name, ParameterKind::kPositionalOrKeyword, {}, {}};
    if (parameter.stars == 1)
      each.kind = ParameterKind::kVarPositional;
    else if (parameter.stars == 2)
      each.kind = ParameterKind::kVarKeyword;
    else if (parameter.keyword_only)
      each.kind = ParameterKind::kKeywordOnly;
    else if (parameter.positional_only)
      each.kind = ParameterKind::kPositionalOnly;
    if (function->defaults != nullptr && parameter.stars == 0) each.default_value = function->defaults[i];
    if (parameter.annotation != nullptr || function->annotations != nullptr) each.annotated_in = function;
    all.push_back(each);
  }
  return all;
}

// Functions of the host do not say what they take; torch's are listed, without annotations.  `question` is a function
// of the module that lists them.
bool describe_listed(Interpreter& in, std::string_view question, const Value& asked,
                     std::vector<DescribedParameter>& out) {
  const Value listed = in.call(in.import_name("torch._signatures", question), {asked});
  if (!listed.is(Kind::kFunction)) return false;
  out = parameters_of(in, listed.as<Function>());
  for (DescribedParameter& each : out) {
    each.annotated_in = nullptr;
    each.annotation = in.unknown("an annotation of a function of torch");
  }
  return true;
}

void drop_first(std::vector<DescribedParameter>& parameters) {
  if (!parameters.empty() && parameters[0].kind < ParameterKind::kVarPositional) parameters.erase(parameters.begin());
}

bool is_of_torch(const Module* module) { return module != nullptr && module->name->view().starts_with("torch."); }

// Of the classes of torch the first with an __init__ of its own in torch, which need not have one here.
bool describe_layer(Interpreter& in, const Class* type, std::vector<DescribedParameter>& out) {
  for (Class* each : type->mro) {
    if (is_of_torch(each->module) && describe_listed(in, "of_class", Value::of(each), out)) return true;
    if (!is_of_torch(each->module) && dict_find(each->attributes, in.sym.__init__) != nullptr) return false;
  }
  return false;
}

bool describe_class(Interpreter& in, Class* type, bool follow, std::vector<DescribedParameter>& out) {
  if (type->layout == Layout::kModule && describe_layer(in, type, out)) {
    drop_first(out);
    return true;
  }
  for (Str* name : {in.sym.__init__, in.sym.__new__}) {
    Value* found = in.class_lookup(type, name);
    if (found == nullptr || found == in.class_lookup(in.classes.object, name)) continue;
    Value function = found->is(Kind::kStaticMethod) ? found->as<StaticMethod>()->function : *found;
    if (!describe_parameters(in, function, follow, out)) return false;
    drop_first(out);
    return true;
  }
  return true;  // takes nothing
}

// partial(f, 1, b=2): without the first parameter; b becomes keyword-only with another default, as do those behind it.
bool describe_partial(Interpreter& in, Instance* partial, bool follow, std::vector<DescribedParameter>& out) {
  if (!describe_parameters(in, own(partial, in.sym.func), follow, out)) return false;
  Tuple* positional = as_tuple(own(partial, in.sym.args));
  Dict* keywords = as_dict(own(partial, in.sym.keywords));
  for (std::uint32_t i = 0; positional != nullptr && i < positional->count; ++i) drop_first(out);
  bool keyword_only = false;
  std::vector<DescribedParameter> kept;
  for (DescribedParameter each : out) {
    Value* given = keywords == nullptr ? nullptr : dict_find(keywords, each.name);
    if (given != nullptr && each.kind <= ParameterKind::kPositionalOrKeyword) {
      keyword_only = true;
      each.default_value = *given;
    } else if (given != nullptr && each.kind == ParameterKind::kKeywordOnly) {
      each.default_value = *given;
    }
    if (keyword_only && each.kind <= ParameterKind::kPositionalOrKeyword) each.kind = ParameterKind::kKeywordOnly;
    if (keyword_only && each.kind == ParameterKind::kVarPositional) continue;
    kept.push_back(each);
  }
  out = kept;
  return true;
}

}  // namespace

Value unwrapped_function(Interpreter& in, Value function) {
  for (int i = 0; i < kMaxUnwrap; ++i) {
    Value next;
    if (function.unknown() || !in.find_attribute(function, in.sym.__wrapped__, next)) return function;
    function = next;
  }
  in.raise_value_error("wrapper loop when unwrapping " + in.repr(function));
}

Function* annotated_function(Interpreter& in, const Value& callable, bool follow) {
  Value target = callable;
  for (int i = 0; i < kMaxUnwrap; ++i) {
    if (target.is(Kind::kBoundMethod))
      target = target.as<BoundMethod>()->function;
    else if (target.is(Kind::kStaticMethod))
      target = target.as<StaticMethod>()->function;
    else if (target.is(Kind::kClassMethod))
      target = target.as<ClassMethod>()->function;
    else
      break;
  }
  if (follow && target.is(Kind::kFunction)) target = unwrapped_function(in, target);
  if (!target.is(Kind::kFunction)) return nullptr;
  auto* function = target.as<Function>();
  const SourceUnit* unit = function->code->unit;
  return unit != nullptr && unit->embedded && is_of_torch(function->module) ? nullptr : function;
}

bool describe_parameters(Interpreter& in, const Value& callable, bool follow, std::vector<DescribedParameter>& out) {
  Nesting nesting(in);
  Value target = follow && !callable.is(Kind::kBoundMethod) && !callable.is(Kind::kClass)
                     ? unwrapped_function(in, callable)
                     : callable;
  switch (target.kind) {
    case Kind::kUnknown:
      return false;
    case Kind::kFunction: {
      auto* function = target.as<Function>();
      const SourceUnit* unit = function->code->unit;
      const bool stands_for_another = unit != nullptr && unit->embedded && is_of_torch(function->module);
      if (stands_for_another && describe_listed(in, "of_name", in.string(qualified_name_of(function)), out))
        return true;
      out = parameters_of(in, function);
      return true;
    }
    case Kind::kBoundMethod:
      if (!describe_parameters(in, target.as<BoundMethod>()->function, follow, out)) return false;
      drop_first(out);
      return true;
    case Kind::kStaticMethod:
      return describe_parameters(in, target.as<StaticMethod>()->function, follow, out);
    case Kind::kClassMethod:
      return describe_parameters(in, target.as<ClassMethod>()->function, follow, out);
    case Kind::kClass:
      return describe_class(in, target.as<Class>(), follow, out);
    case Kind::kNative:
      if (is_dataclass_init(target)) {
        out.push_back({in.sym.self, ParameterKind::kPositionalOrKeyword, {}, {}});
        for (const FieldView& field : dataclass_init_parameters(in, target)) {
          Value default_value =
              field.default_factory.missing() ? field.default_value : inspect_definition(in, "_default_factory");
          out.push_back({field.name,
                         field.keyword_only ? ParameterKind::kKeywordOnly : ParameterKind::kPositionalOrKeyword,
                         default_value, field.type});
        }
        return true;
      }
      if (const Value* own = in.class_lookup(in.classes.object, in.sym.__init__); own != nullptr && target.same(*own)) {
        out.push_back({in.sym.self, ParameterKind::kPositionalOnly, {}, {}});
        out.push_back({in.sym.args, ParameterKind::kVarPositional, {}, {}});
        out.push_back({in.intern("kwargs"), ParameterKind::kVarKeyword, {}, {}});
        return true;
      }
      return describe_listed(in, "of_function", target, out);
    case Kind::kInstance: {
      auto* instance = target.as<Instance>();
      if (in.is_subclass(instance->type, in.classes.partial)) return describe_partial(in, instance, follow, out);
      Value* call = in.class_lookup(instance->type, in.sym.__call__);
      if (call == nullptr) in.raise_type_error(in.repr(target) + " is not a callable object");
      if (!describe_parameters(in, *call, follow, out)) return false;
      drop_first(out);
      return true;
    }
    default:
      in.raise_type_error(in.repr(target) + " is not a callable object");
  }
}

}  // namespace ckptlint::python
