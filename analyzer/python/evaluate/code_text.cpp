// Text that evaluated code hands to exec() and eval(), read and run like a file's.
#include "python/evaluate/code_text.h"

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

Value run_text(Interpreter& in, std::string_view text, bool expression, const TextScope& scope) {
  in.step(100 + text.size());
  SourceUnit& unit = in.impl->units.emplace_back();
  unit.text = in.arena.copy(text);
  unit.path = "<string>";
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
  Frame* const running = in.arena.make<Frame>(frame);
  running->slots = in.arena.array<Value>(frame.code->slots.size());
  running->at = in.arena.make<Position>(Position{1, 1, 1, 1});
  FrameScope inside(in, *running);
  if (expression) return evaluate(in, *running, frame.code->expression);
  run_block(in, *running, frame.code->body);
  return Value::none();
}

}  // namespace ckptlint::python
