// Text that evaluated code hands to exec() and eval(), read and run like a file's.
#include "python/evaluate/code_text.h"

#include <algorithm>

#include "python/evaluate/impl.h"

namespace ckptlint::python {
namespace {

Dict* namespace_of(Interpreter& in, const Value& given) {
  const Value& plain = given.is(Kind::kInstance) ? given.as<Instance>()->payload : given;
  if (!plain.is(Kind::kDict)) in.raise_type_error("globals must be a dict");
  return plain.as<Dict>();
}

// A function's locals as they stand, and those of the functions around it.  What the text binds goes nowhere else.
Dict* locals_of(Interpreter& in, const Frame& frame) {
  Dict* found = in.dict();
  for (const Frame* at = &frame; at != nullptr && at->function != nullptr; at = at->enclosing) {
    const auto& slots = at->code->slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (!at->slots[i].missing() && dict_find(found, slots.items[i]) == nullptr)
        dict_set(in.arena, found, slots.items[i], at->slots[i]);
    }
  }
  return found;
}

}  // namespace

TextScope text_scope(Interpreter& in, const Value& globals, const Value& locals) {
  TextScope scope{in.frame->module, nullptr};
  const bool given = !globals.missing() && !globals.is_none();
  if (given && namespace_of(in, globals) != scope.globals->attributes) {
    auto* made = in.arena.make<Module>();
    made->kind = Kind::kModule;
    made->name = scope.globals->name;
    made->attributes = namespace_of(in, globals);
    scope.globals = made;
  } else if (!given && in.frame->class_body != nullptr) {
    scope.locals = in.frame->class_body;
  } else if (!given && in.frame->function != nullptr) {
    scope.locals = locals_of(in, *in.frame);
  }
  if (!locals.missing() && !locals.is_none()) scope.locals = namespace_of(in, locals);
  if (scope.locals == scope.globals->attributes) scope.locals = nullptr;
  return scope;
}

namespace {

// What ast.literal_eval() takes: constants, their containers, signs of numbers and complex numbers.
bool is_literal(const Expr* expr) {
  const auto number = [](const Expr* at) {
    return at->kind == ExprKind::kConstant && static_cast<const Constant*>(at)->value.is_number() &&
           !static_cast<const Constant*>(at)->value.is(Kind::kBool);
  };
  const auto all = [](const Items<Expr*>& items) {
    return std::all_of(items.begin(), items.end(),
                       [](const Expr* each) { return each != nullptr && is_literal(each); });
  };
  switch (expr->kind) {
    case ExprKind::kConstant:
    case ExprKind::kImaginary:
      return true;
    case ExprKind::kTuple:
    case ExprKind::kList:
    case ExprKind::kSet:
      return all(static_cast<const Sequence*>(expr)->items);
    case ExprKind::kDict:
      return all(static_cast<const DictDisplay*>(expr)->keys) && all(static_cast<const DictDisplay*>(expr)->values);
    case ExprKind::kUnary: {
      const auto* unary = static_cast<const Unary*>(expr);
      const bool sign = unary->op == Operator::kNegate || unary->op == Operator::kPositive;
      return sign && (number(unary->operand) || unary->operand->kind == ExprKind::kImaginary);
    }
    case ExprKind::kBinary: {
      const auto* binary = static_cast<const Binary*>(expr);
      const bool sum = binary->op == Operator::kAdd || binary->op == Operator::kSub;
      const Expr* left = binary->left;
      if (left->kind == ExprKind::kUnary && is_literal(left)) left = static_cast<const Unary*>(left)->operand;
      return sum && number(left) && binary->right->kind == ExprKind::kImaginary;
    }
    case ExprKind::kCall: {
      const auto* call = static_cast<const Call*>(expr);
      return call->callee->kind == ExprKind::kName && call->arguments.empty() &&
             static_cast<const Name*>(call->callee)->symbol->view() == "set";
    }
    default:
      return false;
  }
}

}  // namespace

Value run_text(Interpreter& in, std::string_view text, TextKind what, const TextScope& scope) {
  const bool expression = what != TextKind::kStatements;
  in.step(100 + text.size());
  SourceUnit& unit = in.impl->units.emplace_back();
  unit.text = in.arena.copy(text);
  unit.path = what == TextKind::kLiteral ? "<unknown>" : "<string>";
  unit.embedded = true;  // its lines are no place in a file
  unit.lazy = false;
  const bool is_called = in.frame != nullptr && in.frame->module != nullptr;
  const SourceUnit* const around =
      is_called ? in.frame->module->unit : nullptr;  // its `from __future__` holds here too
  unit.runs_annotations =
      text.find("__future__") == std::string_view::npos && (around == nullptr || !around->postpones_annotations);
  Frame frame;
  frame.module = scope.globals;
  frame.class_body = scope.locals;
  const CodeKind kind = scope.locals != nullptr ? CodeKind::kClass : CodeKind::kModule;
  try {
    frame.code = expression ? in.impl->parser.expression(&unit, kind) : in.impl->parser.text(&unit, kind);
  } catch (const SyntaxError& error) {
    raise_syntax_error(in, &unit, error);
  }
  if (what == TextKind::kLiteral && !is_literal(frame.code->expression))
    in.raise_value_error("malformed node or string on line 1");
  Frame* const running = in.arena.make<Frame>(frame);
  running->slots = in.arena.array<Value>(frame.code->slots.size());
  running->at = in.arena.make<Position>(Position{1, 1, 1, 1});
  FrameScope inside(in, *running);
  if (expression) return evaluate(in, *running, frame.code->expression);
  run_block(in, *running, frame.code->body);
  return Value::none();
}

}  // namespace ckptlint::python
