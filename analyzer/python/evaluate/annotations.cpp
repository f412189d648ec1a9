// Runs annotations where they stand, for what they raise: nothing that is built depends on what they say.
#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "python/evaluate/impl.h"
#include "python/syntax/nodes.h"

namespace ckptlint::python {
namespace {

// Forms say themselves how many arguments they take.
bool is_form_of_typing(Interpreter& in, const Value& value) {
  const Class* type = value.as<Instance>()->type;
  return type == in.classes.special_form || type == in.classes.typing_alias;
}

// Whether a value is what Python itself has there: of the host's own functions and classes some stand for classes, or
// for such as take a subscript.
bool is_itself(Interpreter& in, const Value& value) {
  static constexpr std::string_view kClasses[] = {"enumerate", "filter", "map", "reversed", "zip"};
  const auto in_builtins = [&](std::string_view name) {
    const Value* found = dict_find(in.builtins->attributes, in.intern(name));
    return found != nullptr && found->same(value);
  };
  const auto is_of_host = [](const Module* module) {
    return module == nullptr || module->unit == nullptr || module->unit->embedded;
  };
  switch (value.kind) {
    case Kind::kClass:
      return in_builtins(value.as<Class>()->name->view()) ||
             (!value.as<Class>()->native && !is_of_host(value.as<Class>()->module));
    case Kind::kNative:
      return in_builtins(value.as<Native>()->name) &&
             std::find(std::begin(kClasses), std::end(kClasses), value.as<Native>()->name) == std::end(kClasses);
    case Kind::kFunction:
      return !is_of_host(value.as<Function>()->module);
    case Kind::kInstance:
      return is_form_of_typing(in, value) || is_itself(in, Value::of(value.as<Instance>()->type));
    case Kind::kUnknown:
    case Kind::kBoundMethod:
    case Kind::kIterator:
      return false;
    default:
      return true;
  }
}

bool all_are_themselves(Interpreter& in, Frame& frame, const Expr* annotation) {
  bool all = true;
  walk(annotation, [&](const Node& node) {
    const Expr* each = node.expr();
    if (each == nullptr || (each->kind != ExprKind::kName && each->kind != ExprKind::kAttribute)) return all;
    try {
      all = all && is_itself(in, evaluate(in, frame, each));
    } catch (const PyRaise&) {  // which may be what the annotation raises
    }
    return all;
  });
  return all;
}

}  // namespace

Value run_annotation(Interpreter& in, Frame& frame, const Expr* annotation) {
  ++in.quiet;
  struct Leave {
    int& quiet;
    Frame& frame;
    const Position* at;
    ~Leave() {
      --quiet;
      frame.at = at;
    }
  } leave{in.quiet, frame, frame.at};
  frame.at = &annotation->at;
  const bool starred = annotation->kind == ExprKind::kStarred;  // *args: *Ts
  try {
    return evaluate(in, frame, starred ? static_cast<const Starred*>(annotation)->value : annotation);
  } catch (const PyRaise& raised) {
    const bool is_name_error = matches_handler(in, raised.exception, Value::of(in.exception("NameError")));
    if (is_name_error || all_are_themselves(in, frame, annotation)) throw;
    return {};
  }
}

namespace {

// Whether an annotation names what is in the body of the class, or a local of a function.
bool names_what_may_go(const Frame& around, const Items<Expr*>& annotations) {
  const auto is_of_class = [&](Str* symbol) {
    return around.class_body != nullptr && dict_find(around.class_body, symbol) != nullptr;
  };
  bool found = false;
  for (const Expr* annotation : annotations) {
    walk(annotation, [&](const Node& node) {
      const Name* name = as<Name>(node);
      if (name != nullptr)
        found = found || is_of_class(name->symbol) || name->scope == NameScope::kLocal ||
                name->scope == NameScope::kEnclosing;
      return !found;
    });
  }
  return found;
}

}  // namespace

void run_annotations(Interpreter& in, Frame& frame, const Frame& around, Function* function,
                     const Items<Expr*>& annotations) {
  for (const Expr* each : annotations) run_annotation(in, frame, each);
  if (!names_what_may_go(around, annotations)) return;
  Code* code = function->code;
  try {
    if (!code->parsed) in.impl->parser.function(code);
  } catch (const SyntaxError&) {
    return;  // said where it is called
  }
  Frame* const closure = std::exchange(function->closure, const_cast<Frame*>(&around));
  read_annotations(in, function);
  function->closure = closure;
}

Dict* read_annotations(Interpreter& in, Function* function) {
  function->annotations = in.dict();
  const auto add = [&](Str* name, Str* text) {
    if (text == nullptr) return;
    const auto value_of = in.hooks.function_annotation;
    dict_set(in.arena, function->annotations, name,
             value_of == nullptr ? Value::of(text) : value_of(in, function, text));
  };
  for (const Parameter& parameter : function->code->parameters) add(parameter.name, parameter.annotation);
  if (const FunctionNotes* notes = notes_of(*function->code)) add(in.intern("return"), notes->returns);
  return function->annotations;
}

}  // namespace ckptlint::python
