// Runs annotations where they stand, for what they raise: nothing that is built depends on what they say.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "python/evaluate/impl.h"
#include "python/syntax/nodes.h"

namespace ckptlint::python {
namespace {

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
      return is_itself(in, Value::of(value.as<Instance>()->type));
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

}  // namespace ckptlint::python
