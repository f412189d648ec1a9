// Runs statements: conditions that may be unknown, loops, try, with, match, assignments, del and imports.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "python/evaluate/exception_groups.h"
#include "python/evaluate/impl.h"

namespace ckptlint::python {
namespace {

// Whether a block only raises, warns or logs: an unknown condition around it cannot change what is built.
bool only_complains(const Block& block) {
  for (const Stmt* stmt : block) {
    switch (stmt->kind) {
      case StmtKind::kRaise:
      case StmtKind::kPass:
        continue;
      case StmtKind::kExpr: {
        const Expr* value = static_cast<const ExprStmt*>(stmt)->value;
        if (value->kind == ExprKind::kConstant) continue;
        if (value->kind != ExprKind::kCall) return false;
        const Expr* callee = static_cast<const Call*>(value)->callee;
        if (callee->kind == ExprKind::kName && static_cast<const Name*>(callee)->symbol->view() == "print") continue;
        if (callee->kind != ExprKind::kAttribute) return false;
        const Expr* object = static_cast<const Attribute*>(callee)->object;
        if (object->kind != ExprKind::kName) return false;
        std::string_view name = static_cast<const Name*>(object)->symbol->view();
        if (name == "logger" || name == "warnings" || name == "logging") continue;
        return false;
      }
      default:
        return false;
    }
  }
  return true;
}

bool ends_in_raise(const Block& block) { return !block.empty() && block[block.size() - 1]->kind == StmtKind::kRaise; }

bool catches_import_error(const Expr* type) {
  if (type == nullptr) return true;
  if (type->kind == ExprKind::kTuple) {
    for (const Expr* each : static_cast<const Sequence*>(type)->items) {
      if (catches_import_error(each)) return true;
    }
    return false;
  }
  if (type->kind != ExprKind::kName) return false;
  std::string_view name = static_cast<const Name*>(type)->symbol->view();
  return name == "ImportError" || name == "ModuleNotFoundError" || name == "Exception" || name == "BaseException";
}

bool has_group_handlers(const Try* stmt) {
  const Expr* type = stmt->handlers.empty() ? nullptr : stmt->handlers[0].type;
  return type != nullptr && type->kind == ExprKind::kStarred;
}

Flow run_handlers(Interpreter& in, Frame& frame, const Try* stmt, const PyRaise& raised) {
  if (has_group_handlers(stmt)) return run_group_handlers(in, frame, stmt, raised);
  for (const ExceptClause& handler : stmt->handlers) {
    if (handler.type != nullptr && !matches_handler(in, raised.exception, evaluate(in, frame, handler.type))) continue;
    if (handler.target != nullptr) store_name(in, frame, handler.target, raised.exception);
    in.impl->handling.push_back(raised.exception);
    struct Leave {
      std::vector<Value>& handling;
      ~Leave() { handling.pop_back(); }
    } leave{in.impl->handling};
    return run_block(in, frame, handler.body);
  }
  throw raised;
}

Flow run_try_body(Interpreter& in, Frame& frame, const Try* stmt) {
  Frame* innermost = in.frame;
  try {
    bool guarded = false;
    for (const ExceptClause& handler : stmt->handlers) guarded |= catches_import_error(handler.type);
    frame.in_import_try += guarded;
    struct Leave {
      int& count;
      int added;
      ~Leave() { count -= added; }
    } leave{frame.in_import_try, guarded};
    Flow flow = run_block(in, frame, stmt->body);
    if (flow != Flow::kNext) return flow;
  } catch (const PyRaise& raised) {
    in.frame = innermost;
    PyRaise copy = raised;
    return run_handlers(in, frame, stmt, copy);
  }
  return run_block(in, frame, stmt->otherwise);
}

Flow run_try(Interpreter& in, Frame& frame, const Try* stmt) {
  if (stmt->finally.empty()) return run_try_body(in, frame, stmt);
  Flow flow;
  try {
    flow = run_try_body(in, frame, stmt);
  } catch (const PyRaise&) {
    Flow last = run_block(in, frame, stmt->finally);
    if (last != Flow::kNext) return last;
    throw;
  }
  Value result = frame.result;
  Flow last = run_block(in, frame, stmt->finally);
  if (last != Flow::kNext) return last;
  frame.result = result;
  return flow;
}

Flow run_with_item(Interpreter& in, Frame& frame, const With* stmt, std::size_t at) {
  if (at == stmt->items.size()) return run_block(in, frame, stmt->body);
  const WithItem& item = stmt->items[at];
  Value manager = evaluate(in, frame, item.value);
  if (manager.unknown()) {
    if (item.target != nullptr) assign(in, frame, item.target, manager);
    return run_with_item(in, frame, stmt, at + 1);
  }
  Value exit = in.attribute(manager, in.sym.__exit__);
  Value entered = in.call_method(manager, in.sym.__enter__);
  if (item.target != nullptr) assign(in, frame, item.target, entered);
  Flow flow;
  try {
    flow = run_with_item(in, frame, stmt, at + 1);
  } catch (const PyRaise& raised) {
    Value type =
        raised.exception.is(Kind::kInstance) ? Value::of(raised.exception.as<Instance>()->type) : Value::none();
    Value handled = in.call(exit, {type, raised.exception, Value::none()});
    if (in.truth(handled) != Truth::kTrue) throw;
    return Flow::kNext;
  }
  in.call(exit, {Value::none(), Value::none(), Value::none()});
  return flow;
}

Flow run_for(Interpreter& in, Frame& frame, const For* stmt) {
  Value iterable = evaluate(in, frame, stmt->iterable);
  Iteration iteration;
  if (!in.iterate(iterable, iteration)) return Flow::kNext;
  Value element;
  while (in.next(iteration, element)) {
    in.step();
    assign(in, frame, stmt->target, element);
    Flow flow = run_block(in, frame, stmt->body);
    if (flow == Flow::kBreak) return Flow::kNext;
    if (flow == Flow::kReturn) return flow;
  }
  return run_block(in, frame, stmt->otherwise);
}

Flow run_while(Interpreter& in, Frame& frame, const While* stmt) {
  while (in.test(evaluate(in, frame, stmt->condition))) {
    in.step();
    Flow flow = run_block(in, frame, stmt->body);
    if (flow == Flow::kBreak) return Flow::kNext;
    if (flow == Flow::kReturn) return flow;
  }
  return run_block(in, frame, stmt->otherwise);
}

// The value of a `return` in a custom __getattribute__: true where it is `super().__getattribute__(name)`, which is
// then left to the caller.
bool delegate_lookup(Interpreter& in, Frame& frame, const Expr* value) {
  if (value == nullptr || value->kind != ExprKind::kCall || frame.owner == nullptr) return false;
  const Call* call = static_cast<const Call*>(value);
  if (!call->simple || call->arguments.size() != 1 || call->arguments[0].keyword != nullptr) return false;
  if (call->callee->kind != ExprKind::kAttribute) return false;
  const Attribute* method = static_cast<const Attribute*>(call->callee);
  if (method->symbol != in.sym.__getattribute__ || method->object->kind != ExprKind::kCall) return false;
  const Value super = evaluate(in, frame, method->object);
  if (!super.is(Kind::kSuper) || !super.as<Super>()->receiver.same(frame.slots[0])) return false;
  Class* type = in.type_of(frame.slots[0]);
  const Value next = in.class_lookup_after(type, super.as<Super>()->after, method->symbol);
  const Value* ordinary = in.class_lookup(in.classes.object, method->symbol);
  if (!next.is(Kind::kFunction) && (ordinary == nullptr || !next.same(*ordinary))) return false;
  const Value name = evaluate(in, frame, call->arguments[0].value);
  if (!name.is(Kind::kStr)) return false;
  *frame.delegation = {in.intern(name.as<Str>()->view()), next};
  return true;
}

[[noreturn]] void run_raise(Interpreter& in, Frame& frame, const Raise* stmt) {
  if (stmt->value == nullptr) {
    if (in.impl->handling.empty()) in.raise(in.exception("RuntimeError"), "No active exception to reraise");
    throw PyRaise{in.impl->handling.back(), in.here()};
  }
  Value value = evaluate(in, frame, stmt->value);
  if (value.is(Kind::kClass)) value = in.call(value, {});
  const bool known = value.is(Kind::kInstance);
  if (known && !in.impl->handling.empty() && !in.impl->handling.back().same(value))
    in.set_attribute(value, in.sym.__context__, in.impl->handling.back());
  if (stmt->cause != nullptr) {
    Value cause = evaluate(in, frame, stmt->cause);
    if (cause.is(Kind::kClass)) cause = in.call(cause, {});
    const bool fits = cause.is_none() || cause.unknown() || in.is_instance(cause, Value::of(in.classes.base_exception));
    if (known && !fits && in.is_instance(value, Value::of(in.classes.base_exception)))
      in.raise_type_error("exception causes must derive from BaseException");
    if (known) {
      in.set_attribute(value, in.sym.__cause__, cause);
      in.set_attribute(value, in.intern("__suppress_context__"), Value::of(true));
    }
  }
  if (!value.unknown() && !in.is_instance(value, Value::of(in.classes.base_exception))) {
    in.raise_type_error("exceptions must derive from BaseException");
  }
  throw PyRaise{value, in.here()};
}

void run_delete(Interpreter& in, Frame& frame, const Expr* target) {
  switch (target->kind) {
    case ExprKind::kName:
      store_name(in, frame, static_cast<const Name*>(target), Value{});
      return;
    case ExprKind::kAttribute: {
      const Attribute* attribute = static_cast<const Attribute*>(target);
      in.delete_attribute(evaluate(in, frame, attribute->object), attribute->symbol);
      return;
    }
    case ExprKind::kSubscript: {
      const Subscript* subscript = static_cast<const Subscript*>(target);
      Value object = evaluate(in, frame, subscript->object);
      in.delete_item(object, evaluate(in, frame, subscript->key));
      return;
    }
    case ExprKind::kTuple:
    case ExprKind::kList:
      for (const Expr* each : static_cast<const Sequence*>(target)->items) run_delete(in, frame, each);
      return;
    default:
      return;
  }
}

// What a pattern in brackets is for: no text, and no set or dict.
bool is_sequence(Interpreter& in, const Value& subject) {
  if (subject.is(Kind::kList) || subject.is(Kind::kTuple) || subject.is(Kind::kRange)) return true;
  if (!subject.is(Kind::kInstance)) return false;
  const Value& payload = subject.as<Instance>()->payload;
  if (payload.is(Kind::kList) || payload.is(Kind::kTuple)) return true;
  return payload.missing() && in.is_instance(subject, in.import_name("collections.abc", "Sequence"));
}

// The part of the subject that a class pattern's argument is for.  False: it has none.
bool part_of_class(Interpreter& in, const Value& subject, const Value& type, const Pattern* pattern, std::size_t at,
                   Value& part) {
  if (pattern->keywords[at] != nullptr) return in.find_attribute(subject, pattern->keywords[at], part);
  Value names;
  if (!in.find_attribute(type, in.intern("__match_args__"), names) || !names.is(Kind::kTuple)) {
    part = subject;  // int(x), str(x) and their like: the subject itself
    const bool itself = type.is(Kind::kClass) && type.as<Class>()->native;
    if (itself && at == 0) return true;
    in.raise_type_error(fmt::format("{}() accepts {} positional sub-pattern{} ({} given)",
                                    in.str(in.attribute(type, in.sym.__name__)), itself ? 1 : 0, itself ? "" : "s",
                                    pattern->parts.size()));
  }
  const Tuple* known = names.as<Tuple>();
  if (at >= known->count) {
    in.raise_type_error(fmt::format("{}() accepts {} positional sub-pattern{} ({} given)",
                                    in.str(in.attribute(type, in.sym.__name__)), known->count,
                                    known->count == 1 ? "" : "s", pattern->parts.size()));
  }
  return in.find_attribute(subject, in.intern(in.str(known->items[at])), part);
}

bool match_sequence(Interpreter& in, Frame& frame, const Pattern* pattern, const Value& subject) {
  if (!is_sequence(in, subject)) return false;
  List* values = in.collect(subject);
  std::size_t star = pattern->parts.size();
  for (std::size_t i = 0; i < pattern->parts.size(); ++i) {
    if (pattern->parts[i]->kind == PatternKind::kStar) star = i;
  }
  bool has_star = star != pattern->parts.size();
  if (has_star ? values->items.size() + 1 < pattern->parts.size() : values->items.size() != pattern->parts.size())
    return false;
  std::size_t behind = has_star ? pattern->parts.size() - star - 1 : 0;
  for (std::size_t i = 0; i < pattern->parts.size(); ++i) {
    if (i == star) {
      List* rest = in.list();
      for (std::size_t k = star; k + behind < values->items.size(); ++k) rest->items.push(in.arena, values->items[k]);
      if (pattern->parts[i]->target != nullptr) store_name(in, frame, pattern->parts[i]->target, Value::of(rest));
      continue;
    }
    std::size_t at = i < star ? i : values->items.size() - (pattern->parts.size() - i);
    if (!match_pattern(in, frame, pattern->parts[i], values->items[at])) return false;
  }
  return true;
}

void run_annotated(Interpreter& in, Frame& frame, const AnnAssign* stmt) {
  const bool in_class = frame.class_body != nullptr && stmt->target->kind == ExprKind::kName;
  if (in_class) {
    Value* annotations = dict_find(frame.class_body, in.sym.__annotations__);
    if (annotations == nullptr) {
      dict_set(in.arena, frame.class_body, in.sym.__annotations__, Value::of(in.dict()));
      annotations = dict_find(frame.class_body, in.sym.__annotations__);
    }
    dict_set(in.arena, annotations->as<Dict>(), static_cast<const Name*>(stmt->target)->symbol,
             Value::of(stmt->annotation));
  }
  if (stmt->value != nullptr) assign(in, frame, stmt->target, evaluate(in, frame, stmt->value));
  if (stmt->type == nullptr) return;
  const Value type = run_annotation(in, frame, stmt->type);
  if (!in_class || type.missing() || type.unknown() || type.is(Kind::kStr)) return;
  if (const Value* annotations = dict_find(frame.class_body, in.sym.__annotations__);
      annotations != nullptr && annotations->is(Kind::kDict))
    dict_set(in.arena, annotations->as<Dict>(), static_cast<const Name*>(stmt->target)->symbol, type);
}

void run_augmented(Interpreter& in, Frame& frame, const AugAssign* stmt) {
  switch (stmt->target->kind) {
    case ExprKind::kAttribute: {
      const Attribute* target = static_cast<const Attribute*>(stmt->target);
      Value object = evaluate(in, frame, target->object);
      Value old = in.attribute(object, target->symbol);
      in.set_attribute(object, target->symbol, in.in_place(stmt->op, old, evaluate(in, frame, stmt->value)));
      return;
    }
    case ExprKind::kSubscript: {
      const Subscript* target = static_cast<const Subscript*>(stmt->target);
      Value object = evaluate(in, frame, target->object);
      Value key = evaluate(in, frame, target->key);
      Value old = in.item(object, key);
      in.set_item(object, key, in.in_place(stmt->op, old, evaluate(in, frame, stmt->value)));
      return;
    }
    default: {
      Value old = evaluate(in, frame, stmt->target);
      assign(in, frame, stmt->target, in.in_place(stmt->op, old, evaluate(in, frame, stmt->value)));
    }
  }
}

// `logger.info(f"...")`: the library's loggers keep nothing, so their messages (whole configs, printed) are not made.
bool only_logs(Interpreter& in, Frame& frame, const ExprStmt* stmt) {
  if (stmt->value->kind != ExprKind::kCall) return false;
  const Expr* callee = static_cast<const Call*>(stmt->value)->callee;
  if (callee->kind != ExprKind::kAttribute) return false;
  const Expr* object = static_cast<const Attribute*>(callee)->object;
  if (object->kind != ExprKind::kName || static_cast<const Name*>(object)->symbol->view() != "logger") return false;
  static constexpr std::string_view kLevels[] = {"debug",     "info",           "warning", "warning_once",
                                                 "info_once", "warning_advice", "error"};
  std::string_view method = static_cast<const Attribute*>(callee)->symbol->view();
  if (std::find(std::begin(kLevels), std::end(kLevels), method) == std::end(kLevels)) return false;
  Value logger = load_name(in, frame, static_cast<const Name*>(object));
  return logger.is(Kind::kInstance) && logger.as<Instance>()->type->native;
}

Flow run(Interpreter& in, Frame& frame, const Stmt* stmt) {
  switch (stmt->kind) {
    case StmtKind::kExpr:
      if (only_logs(in, frame, static_cast<const ExprStmt*>(stmt))) return Flow::kNext;
      evaluate(in, frame, static_cast<const ExprStmt*>(stmt)->value);
      return Flow::kNext;
    case StmtKind::kAssign: {
      const Assign* assignment = static_cast<const Assign*>(stmt);
      Value value = evaluate(in, frame, assignment->value);
      frame.at = &stmt->at;
      for (const Expr* target : assignment->targets) assign(in, frame, target, value);
      return Flow::kNext;
    }
    case StmtKind::kAugAssign:
      run_augmented(in, frame, static_cast<const AugAssign*>(stmt));
      return Flow::kNext;
    case StmtKind::kAnnAssign:
      run_annotated(in, frame, static_cast<const AnnAssign*>(stmt));
      return Flow::kNext;
    case StmtKind::kIf: {
      const If* branch = static_cast<const If*>(stmt);
      return run_block(in, frame, branch_of(in, frame, branch));
    }
    case StmtKind::kFor:
      return run_for(in, frame, static_cast<const For*>(stmt));
    case StmtKind::kWhile:
      return run_while(in, frame, static_cast<const While*>(stmt));
    case StmtKind::kDef: {
      const Def* definition = static_cast<const Def*>(stmt);
      const std::vector<Value> decorators = decorators_of(in, frame, definition->decorators);
      Function* function = make_function(in, frame, definition->code);
      store_name(in, frame, definition->target, decorated(in, decorators, Value::of(function)));
      return Flow::kNext;
    }
    case StmtKind::kClass:
      run_class(in, frame, static_cast<const ClassDef*>(stmt));
      return Flow::kNext;
    case StmtKind::kReturn: {
      const Return* result = static_cast<const Return*>(stmt);
      if (frame.delegation != nullptr && delegate_lookup(in, frame, result->value)) return Flow::kReturn;
      frame.result = result->value == nullptr ? Value::none() : evaluate(in, frame, result->value);
      return Flow::kReturn;
    }
    case StmtKind::kRaise:
      run_raise(in, frame, static_cast<const Raise*>(stmt));
    case StmtKind::kTry:
      return run_try(in, frame, static_cast<const Try*>(stmt));
    case StmtKind::kWith:
      return run_with_item(in, frame, static_cast<const With*>(stmt), 0);
    case StmtKind::kImport:
      run_import(in, frame, static_cast<const Import*>(stmt));
      return Flow::kNext;
    case StmtKind::kImportFrom:
      run_import_from(in, frame, static_cast<const ImportFrom*>(stmt));
      return Flow::kNext;
    case StmtKind::kDelete:
      for (const Expr* target : static_cast<const Delete*>(stmt)->targets) run_delete(in, frame, target);
      return Flow::kNext;
    case StmtKind::kBreak:
      return Flow::kBreak;
    case StmtKind::kContinue:
      return Flow::kContinue;
    case StmtKind::kAssert: {
      const Assert* assertion = static_cast<const Assert*>(stmt);
      if (in.truth(evaluate(in, frame, assertion->condition)) == Truth::kFalse) {
        std::string message = assertion->message == nullptr ? "" : in.str(evaluate(in, frame, assertion->message));
        in.raise(in.exception("AssertionError"), message);
      }
      return Flow::kNext;
    }
    case StmtKind::kMatch:
      return run_block(in, frame, case_of(in, frame, static_cast<const Match*>(stmt)));
    case StmtKind::kGlobal:
    case StmtKind::kNonlocal:
    case StmtKind::kPass:
      return Flow::kNext;
  }
  return Flow::kNext;
}

}  // namespace

bool match_pattern(Interpreter& in, Frame& frame, const Pattern* pattern, const Value& subject) {
  switch (pattern->kind) {
    case PatternKind::kWildcard:
      return true;
    case PatternKind::kCapture:
      store_name(in, frame, pattern->target, subject);
      return true;
    case PatternKind::kValue: {
      Value value = evaluate(in, frame, pattern->value);
      if (value.is_none() || value.is(Kind::kBool)) return value.same(subject);
      return in.test(in.compare(Operator::kEqual, subject, value));
    }
    case PatternKind::kOr:
      for (const Pattern* part : pattern->parts) {
        if (match_pattern(in, frame, part, subject)) return true;
      }
      return false;
    case PatternKind::kAs:
      if (!match_pattern(in, frame, pattern->parts[0], subject)) return false;
      if (pattern->target != nullptr) store_name(in, frame, pattern->target, subject);
      return true;
    case PatternKind::kStar:
      return true;
    case PatternKind::kSequence:
      return match_sequence(in, frame, pattern, subject);
    case PatternKind::kClass: {
      Value type = evaluate(in, frame, pattern->value);
      if (!in.is_instance(subject, type)) return false;
      for (std::size_t i = 0; i < pattern->parts.size(); ++i) {
        Value part;
        if (!part_of_class(in, subject, type, pattern, i, part)) return false;
        if (!match_pattern(in, frame, pattern->parts[i], part)) return false;
      }
      return true;
    }
    case PatternKind::kMapping: {
      const Value& plain = subject.is(Kind::kInstance) ? subject.as<Instance>()->payload : subject;
      if (!plain.is(Kind::kDict)) return false;
      for (std::size_t i = 0; i < pattern->keys.size(); ++i) {
        Value* found = dict_find(plain.as<Dict>(), evaluate(in, frame, pattern->keys[i]));
        if (found == nullptr || !match_pattern(in, frame, pattern->parts[i], *found)) return false;
      }
      if (pattern->target != nullptr) {
        Dict* rest = dict_copy(in.arena, plain.as<Dict>());
        for (const Expr* key : pattern->keys) dict_erase(rest, evaluate(in, frame, key));
        store_name(in, frame, pattern->target, Value::of(rest));
      }
      return true;
    }
  }
  return false;
}

const Block& branch_of(Interpreter& in, Frame& frame, const If* statement) {
  const Value value = evaluate(in, frame, statement->condition);
  if (value.is(Kind::kBool)) return value.boolean ? statement->body : statement->otherwise;
  const Truth answer = in.truth(value);
  if (answer != Truth::kUnknown) return answer == Truth::kTrue ? statement->body : statement->otherwise;
  if (only_complains(statement->body) && only_complains(statement->otherwise)) return statement->otherwise;
  if (in.test(value)) return statement->body;
  if (ends_in_raise(statement->body)) return statement->otherwise;
  const Block* otherwise = &statement->otherwise;
  while (otherwise->size() == 1 && (*otherwise)[0]->kind == StmtKind::kIf)
    otherwise = &branch_of(in, frame, static_cast<const If*>((*otherwise)[0]));
  return ends_in_raise(*otherwise) ? statement->body : *otherwise;
}

Block case_of(Interpreter& in, Frame& frame, const Match* statement) {
  const Value subject = evaluate(in, frame, statement->subject);
  if (subject.unknown()) {
    in.test(subject);
    return {};
  }
  for (const MatchCase& one : statement->cases) {
    if (!match_pattern(in, frame, one.pattern, subject)) continue;
    if (one.guard != nullptr && !in.test(evaluate(in, frame, one.guard))) continue;
    return one.body;
  }
  return {};
}

bool matches_handler(Interpreter& in, const Value& exception, const Value& type) {
  if (type.unknown()) return false;
  if (exception.unknown()) return true;
  if (type.is(Kind::kTuple)) {
    for (const Value& each : *type.as<Tuple>()) {
      if (matches_handler(in, exception, each)) return true;
    }
    return false;
  }
  return in.is_instance(exception, type);
}

Flow run_block(Interpreter& in, Frame& frame, const Block& block) {
  for (const Stmt* stmt : block) {
    in.step();
    frame.at = &stmt->at;
    Flow flow = run(in, frame, stmt);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

}  // namespace ckptlint::python
