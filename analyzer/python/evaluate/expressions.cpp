// Evaluates expressions, one function for each kind that the syntax tree has.
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "python/evaluate/containers.h"
#include "python/evaluate/generators.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/sets.h"
#include "python/evaluate/starred_call.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

Frame* frame_at(Frame& frame, std::uint16_t depth) {
  Frame* at = &frame;
  while (depth-- > 0 && at != nullptr) at = at->enclosing;
  return at;
}

[[noreturn]] void raise_name_error(Interpreter& in, const Name* name, bool local) {
  if (local) {
    in.raise(
        in.exception("UnboundLocalError"),
        fmt::format("cannot access local variable '{}' where it is not associated with a value", name->symbol->view()));
  }
  in.raise(in.exception("NameError"), fmt::format("name '{}' is not defined", name->symbol->view()));
}

// The class whose body a function was written in, as zero-argument super() and __class__ see it.
Class* lexical_class(Frame& frame) {
  for (Frame* at = &frame; at != nullptr; at = at->enclosing) {
    if (at->owner != nullptr) return at->owner;
  }
  return nullptr;
}

Value load_or_raise(Interpreter& in, Frame& frame, const Name* name) {
  Value found = load_global(in, frame.module, name->symbol);
  if (!found.missing()) return found;
  if (name->symbol == in.sym.__class__) {
    if (Class* type = lexical_class(frame)) return Value::of(type);
  }
  raise_name_error(in, name, false);
}

Value evaluate_bool(Interpreter& in, Frame& frame, const BoolOp* expr) {
  Value left = evaluate(in, frame, expr->left);
  Truth answer = in.truth(left);
  if (answer == Truth::kUnknown) {
    // Either operand may be the result.  When the other one decides the outcome alone it is known after all.
    Value right;
    try {
      right = evaluate(in, frame, expr->right);
    } catch (const PyRaise&) {
      return left;  // which is evaluated perhaps, and perhaps not
    }
    Truth other = in.truth(right);
    if (other == (expr->is_or ? Truth::kTrue : Truth::kFalse) && right.is(Kind::kBool)) return right;
    return left;
  }
  bool decided = expr->is_or ? answer == Truth::kTrue : answer == Truth::kFalse;
  return decided ? left : evaluate(in, frame, expr->right);
}

Value evaluate_compare(Interpreter& in, Frame& frame, const Compare* expr) {
  Value left = evaluate(in, frame, expr->first);
  Value result;
  for (std::size_t i = 0; i < expr->operators.size(); ++i) {
    Value right = evaluate(in, frame, expr->rest[i]);
    result = in.compare(expr->operators[i], left, right);
    if (i + 1 == expr->operators.size()) break;
    Truth answer = in.truth(result);
    if (answer != Truth::kTrue) return result;
    left = right;
  }
  return result;
}

// `[... for _ in range(config.num_hidden_layers)]`, when that is a billion: at once, not after seconds of it.
void refuse_endless(const Iteration& iteration) {
  if (iteration.source.is(Kind::kRange) &&
      iteration.source.as<Range>()->size() > static_cast<std::int64_t>(kMaxElements))
    throw BudgetExceeded{"memory"};
}

void run_clauses(Interpreter& in, Frame& frame, const Comprehension* expr, std::size_t at, const Value& out) {
  if (at == expr->clauses.size()) {
    in.step();
    Value key = evaluate(in, frame, expr->key);
    switch (expr->result) {
      case ComprehensionKind::kDict:
        in.set_item(out, key, evaluate(in, frame, expr->value));
        return;
      case ComprehensionKind::kSet:
        if (!key.unknown()) set_add(in, out.as<Set>(), key);
        return;
      default:
        out.as<List>()->items.push(in.arena, key);
        return;
    }
  }
  const ComprehensionClause& clause = expr->clauses[at];
  if (clause.target == nullptr) {
    if (in.test(evaluate(in, frame, clause.iterable))) run_clauses(in, frame, expr, at + 1, out);
    return;
  }
  Iteration iteration;
  if (!in.iterate(evaluate(in, frame, clause.iterable), iteration)) return;
  refuse_endless(iteration);
  Value element;
  while (in.next(iteration, element)) {
    in.step();
    assign(in, frame, clause.target, element);
    run_clauses(in, frame, expr, at + 1, out);
  }
}

// The first iterable of a comprehension whose elements nobody knows makes the whole unknown.
bool first_iterable_unknown(Interpreter& in, Frame& frame, const Comprehension* expr, Value& unknown) {
  const Expr* first = expr->clauses[0].iterable;
  if (first->kind != ExprKind::kName && first->kind != ExprKind::kAttribute) return false;
  if (first->kind == ExprKind::kName) unknown = load_name(in, frame, static_cast<const Name*>(first));
  return unknown.unknown();
}

[[gnu::noinline]] Value evaluate_comprehension(Interpreter& in, Frame& frame, const Comprehension* expr) {
  Value unknown;
  if (first_iterable_unknown(in, frame, expr, unknown)) return unknown;
  if (expr->result == ComprehensionKind::kGenerator)
    return make_generator(in, frame, expr, evaluate(in, frame, expr->clauses[0].iterable));
  Value out = expr->result == ComprehensionKind::kDict  ? Value::of(in.dict())
              : expr->result == ComprehensionKind::kSet ? Value::of(in.set())
                                                        : Value::of(in.list());
  run_clauses(in, frame, expr, 0, out);
  return out;
}

[[gnu::noinline]] Value evaluate_format(Interpreter& in, Frame& frame, const Format* expr) {
  std::string text;
  for (const FormatPart& part : expr->parts) {
    if (part.text != nullptr) {
      text += part.text->view();
      continue;
    }
    if (part.debug != nullptr) text += part.debug->view();
    Value value = evaluate(in, frame, part.value);
    char conversion = part.conversion;
    if (conversion == 0 && part.debug != nullptr && part.spec == nullptr) conversion = 'r';
    if (conversion == 'r') value = in.repr_value(value);
    if (conversion == 'a') value = in.ascii_value(value);
    if (conversion == 's') value = in.str_value(value);
    std::string spec;
    if (part.spec != nullptr) {
      Value given = evaluate(in, frame, part.spec);
      if (given.unknown()) return given;
      spec = in.str(given);
    }
    value = in.format_value(value, spec);
    if (value.unknown()) return value;
    text += value.as<Str>()->view();
    in.step(text.size() / 64);
  }
  // Formatted names are mostly attribute names: short ones are interned.
  return text.size() <= 64 ? Value::of(in.intern(text)) : in.string(text);
}

[[gnu::noinline]] Value evaluate_dict(Interpreter& in, Frame& frame, const DictDisplay* expr) {
  Dict* made = in.dict();
  for (std::size_t i = 0; i < expr->keys.size(); ++i) {
    in.step();
    if (expr->keys[i] != nullptr) {
      Value key = evaluate(in, frame, expr->keys[i]);
      Value value = evaluate(in, frame, expr->values[i]);
      if (key.unknown()) return key;
      in.set_item(Value::of(made), key, value);
      continue;
    }
    Value mapping = evaluate(in, frame, expr->values[i]);
    if (mapping.unknown()) return mapping;
    if (mapping.is(Kind::kDict)) {
      for (const Dict::Entry& entry : mapping.as<Dict>()->entries) {
        if (!entry.key.missing()) dict_set(in.arena, made, entry.key, entry.value);
      }
      continue;
    }
    Value keys;
    if (!in.find_attribute(mapping, in.intern("keys"), keys))
      in.raise_type_error(fmt::format("'{}' object is not a mapping", in.type_name(mapping)));
    keys = in.call(keys, {});
    for (const Value& key : in.collect(keys)->items) dict_set(in.arena, made, key, in.item(mapping, key));
  }
  return Value::of(made);
}

// A display that the compiler makes a frozenset of.
bool is_constant_set(const Sequence* expr) {
  return expr->items.size() > 2 && std::all_of(expr->items.begin(), expr->items.end(),
                                               [](const Expr* each) { return each->kind == ExprKind::kConstant; });
}

[[gnu::noinline]] Value evaluate_sequence(Interpreter& in, Frame& frame, const Sequence* expr) {
  List* parts = in.list(expr->items.size());
  for (const Expr* each : expr->items) {
    if (each->kind == ExprKind::kStarred) {
      Value spread = evaluate(in, frame, static_cast<const Starred*>(each)->value);
      if (spread.unknown()) return spread;
      if (expr->kind != ExprKind::kSet) require_spread(in, spread);
      for (const Value& value : in.collect(spread)->items) parts->items.push(in.arena, value);
    } else {
      parts->items.push(in.arena, evaluate(in, frame, each));
    }
  }
  if (expr->kind == ExprKind::kList) return Value::of(parts);
  if (expr->kind == ExprKind::kTuple) {
    Tuple* made = in.arena.make<Tuple>();
    made->kind = Kind::kTuple;
    made->items = parts->items.items;
    made->count = parts->items.count;
    return Value::of(made);
  }
  for (const Value& value : parts->items) {
    if (value.unknown()) return value;
  }
  return Value::of(is_constant_set(expr) ? set_of_constants(in, parts) : set_of(in, Value::of(parts)));
}

// What `object.name(...)` calls: a function found on the class with its receiver, without a bound method in between.
Value load_method(Interpreter& in, const Value& object, Str* name, Value& receiver) {
  if (object.is(Kind::kInstance)) {
    Instance* instance = object.as<Instance>();
    Value* found = in.class_lookup(instance->type, name);
    bool plain =
        found != nullptr && (found->is(Kind::kFunction) || (found->is(Kind::kNative) && found->as<Native>()->binds));
    bool shadowed = instance->attributes != nullptr && dict_find(instance->attributes, name) != nullptr;
    Value* custom = in.class_lookup(instance->type, in.sym.__getattribute__);
    if (plain && !shadowed && (custom == nullptr || custom->is(Kind::kNative))) {
      receiver = object;
      return *found;
    }
    return in.attribute(object, name);
  }
  if (object.is(Kind::kSuper) && !object.as<Super>()->receiver.is(Kind::kClass)) {
    const Super* super = object.as<Super>();
    Value found = in.class_lookup_after(in.type_of(super->receiver), super->after, name);
    if (found.is(Kind::kFunction) || (found.is(Kind::kNative) && found.as<Native>()->binds)) {
      receiver = super->receiver;
      return found;
    }
  }
  if (object.is(Kind::kList) || object.is(Kind::kDict) || object.is(Kind::kStr) || object.is(Kind::kSet) ||
      object.is(Kind::kTuple)) {
    Value* found = in.class_lookup(in.type_of(object), name);
    if (found != nullptr && found->is(Kind::kNative) && found->as<Native>()->binds) {
      receiver = object;
      return *found;
    }
  }
  return in.attribute(object, name);
}

[[gnu::noinline]] Value evaluate_call(Interpreter& in, Frame& frame, const Call* expr) {
  Value receiver;
  Value callee;
  if (expr->arguments.size() == 1 && expr->arguments[0].value->kind == ExprKind::kComprehension) {
    const Value answer = any_of_texts(in, frame, expr);
    if (!answer.missing()) return answer;
  }
  if (expr->callee->kind == ExprKind::kAttribute) {
    const Attribute* attribute = static_cast<const Attribute*>(expr->callee);
    Value object = evaluate(in, frame, attribute->object);
    frame.at = &expr->at;
    callee = load_method(in, object, attribute->symbol, receiver);
  } else {
    callee = evaluate(in, frame, expr->callee);
  }
  in.step();
  if (!expr->simple) return call_with_stars(in, frame, expr, callee, receiver);
  StackMark mark(*in.impl);
  std::size_t extra = receiver.missing() ? 0 : 1;
  std::size_t total = expr->arguments.size();
  Value* values = mark.take(total + extra);
  constexpr std::size_t kMostOnStack = 24;
  alignas(Keyword) char keywords[kMostOnStack * sizeof(Keyword)];  // not initialised: most calls have none
  Keyword* keyword_items = reinterpret_cast<Keyword*>(keywords);
  std::size_t keyword_count = 0, count = 0;
  if (extra != 0) values[count++] = receiver;
  if (total > kMostOnStack) keyword_items = in.arena.array<Keyword>(total);
  for (const CallArgument& argument : expr->arguments) {
    Value value = evaluate(in, frame, argument.value);
    if (argument.keyword != nullptr) {
      new (keyword_items + keyword_count++) Keyword{argument.keyword, value};
    } else {
      values[count++] = value;
    }
  }
  frame.at = &expr->at;
  return in.call(callee, Arguments{values, count, keyword_items, keyword_count});
}

Value evaluate_slice(Interpreter& in, Frame& frame, const SliceExpr* expr) {
  Slice* made = in.arena.make<Slice>();
  made->kind = Kind::kSlice;
  made->start = expr->start == nullptr ? Value::none() : evaluate(in, frame, expr->start);
  made->stop = expr->stop == nullptr ? Value::none() : evaluate(in, frame, expr->stop);
  made->step = expr->step == nullptr ? Value::none() : evaluate(in, frame, expr->step);
  return Value::of(made);
}

Value evaluate_yield(Interpreter& in, Frame& frame, const Yield* expr) {
  Frame* at = &frame;
  while (at != nullptr && at->yielded == nullptr) at = at->enclosing;
  Value value = expr->value == nullptr ? Value::none() : evaluate(in, frame, expr->value);
  if (at == nullptr) return Value::none();
  if (expr->from) {
    for (const Value& each : in.collect(value)->items) at->yielded->items.push(in.arena, each);
  } else {
    at->yielded->items.push(in.arena, value);
  }
  return in.unknown(expr->from ? "what a generator returned" : "what is sent to a generator");
}

void assign_sequence(Interpreter& in, Frame& frame, const Sequence* target, const Value& value) {
  std::size_t wanted = target->items.size();
  if (value.unknown()) {
    for (const Expr* each : target->items)
      assign(in, frame, each->kind == ExprKind::kStarred ? static_cast<const Starred*>(each)->value : each, value);
    return;
  }
  const Value* values = nullptr;
  std::size_t count = 0;
  if (value.is(Kind::kTuple)) {
    values = value.as<Tuple>()->items;
    count = value.as<Tuple>()->count;
  } else {
    if (value.is_number() || value.is_none() || value.is(Kind::kFunction)) {
      in.raise_type_error(fmt::format("cannot unpack non-iterable {} object", in.type_name(value)));
    }
    List* all = in.collect(value);
    values = all->items.items;
    count = all->items.count;
  }
  std::size_t star = wanted;
  for (std::size_t i = 0; i < wanted; ++i) {
    if (target->items[i]->kind == ExprKind::kStarred) star = i;
  }
  if (star == wanted) {
    if (count > wanted) in.raise_value_error(fmt::format("too many values to unpack (expected {})", wanted));
    if (count < wanted)
      in.raise_value_error(fmt::format("not enough values to unpack (expected {}, got {})", wanted, count));
    for (std::size_t i = 0; i < wanted; ++i) assign(in, frame, target->items[i], values[i]);
    return;
  }
  if (count + 1 < wanted)
    in.raise_value_error(fmt::format("not enough values to unpack (expected at least {}, got {})", wanted - 1, count));
  std::size_t behind = wanted - star - 1;
  for (std::size_t i = 0; i < star; ++i) assign(in, frame, target->items[i], values[i]);
  List* rest = in.list();
  for (std::size_t i = star; i + behind < count; ++i) rest->items.push(in.arena, values[i]);
  assign(in, frame, static_cast<const Starred*>(target->items[star])->value, Value::of(rest));
  for (std::size_t i = 0; i < behind; ++i) assign(in, frame, target->items[star + 1 + i], values[count - behind + i]);
}

}  // namespace

Value load_name(Interpreter& in, Frame& frame, const Name* name) {
  switch (name->scope) {
    case NameScope::kLocal: {
      const Value& value = frame.slots[name->slot];
      if (value.missing()) raise_name_error(in, name, true);
      return value;
    }
    case NameScope::kEnclosing: {
      Frame* at = frame_at(frame, name->depth);
      if (at == nullptr || at->slots[name->slot].missing()) raise_name_error(in, name, false);
      return at->slots[name->slot];
    }
    case NameScope::kClass: {
      if (frame.class_body != nullptr) {
        if (Value* found = dict_find(frame.class_body, name->symbol)) return *found;
      }
      if (name->depth > 0) {
        Frame* at = frame_at(frame, name->depth);
        if (at != nullptr && !at->slots[name->slot].missing()) return at->slots[name->slot];
      }
      return load_or_raise(in, frame, name);
    }
    default:
      return load_or_raise(in, frame, name);
  }
}

void store_name(Interpreter& in, Frame& frame, const Name* name, const Value& value) {
  switch (name->scope) {
    case NameScope::kLocal:
      frame.slots[name->slot] = value;
      return;
    case NameScope::kEnclosing:
      if (Frame* at = frame_at(frame, name->depth)) at->slots[name->slot] = value;
      return;
    default: {
      bool in_class = name->scope == NameScope::kClass && frame.class_body != nullptr;
      if (!in_class && frame.function != nullptr) run_before_write(in, frame.module, name->symbol);
      Dict* names = in_class ? frame.class_body : frame.module->attributes;
      if (value.missing()) {
        dict_erase(names, Value::of(name->symbol));
      } else {
        dict_set(in.arena, names, name->symbol, value);
      }
    }
  }
}

void assign(Interpreter& in, Frame& frame, const Expr* target, const Value& value) {
  switch (target->kind) {
    case ExprKind::kName:
      store_name(in, frame, static_cast<const Name*>(target), value);
      return;
    case ExprKind::kAttribute: {
      const Attribute* attribute = static_cast<const Attribute*>(target);
      in.set_attribute(evaluate(in, frame, attribute->object), attribute->symbol, value);
      return;
    }
    case ExprKind::kSubscript: {
      const Subscript* subscript = static_cast<const Subscript*>(target);
      Value object = evaluate(in, frame, subscript->object);
      in.set_item(object, evaluate(in, frame, subscript->key), value);
      return;
    }
    case ExprKind::kTuple:
    case ExprKind::kList:
      assign_sequence(in, frame, static_cast<const Sequence*>(target), value);
      return;
    default:
      in.raise(in.exception("SyntaxError"), "cannot assign to this expression");
  }
}

namespace {

// Everything but constants and names, which are most expressions and need no frame of this size.
[[gnu::noinline]] Value evaluate_compound(Interpreter& in, Frame& frame, const Expr* expr) {
  switch (expr->kind) {
    case ExprKind::kConstant:
    case ExprKind::kName:
      break;
    case ExprKind::kImaginary:
      return in.call(Value::of(in.classes.complex),
                     {Value::of(0.0), Value::of(static_cast<const Imaginary*>(expr)->value)});
    case ExprKind::kAttribute: {
      const Attribute* attribute = static_cast<const Attribute*>(expr);
      return in.attribute(evaluate(in, frame, attribute->object), attribute->symbol);
    }
    case ExprKind::kCall:
      return evaluate_call(in, frame, static_cast<const Call*>(expr));
    case ExprKind::kBinary: {
      const Binary* binary = static_cast<const Binary*>(expr);
      Value left = evaluate(in, frame, binary->left);
      return in.binary(binary->op, left, evaluate(in, frame, binary->right));
    }
    case ExprKind::kUnary: {
      const Unary* unary = static_cast<const Unary*>(expr);
      Value operand = evaluate(in, frame, unary->operand);
      if (unary->op != Operator::kNot) return in.unary(unary->op, operand);
      Truth answer = in.truth(operand);
      if (answer == Truth::kUnknown) return operand.unknown() ? operand : in.unknown("the contents of a tensor");
      return Value::of(answer == Truth::kFalse);
    }
    case ExprKind::kBool:
      return evaluate_bool(in, frame, static_cast<const BoolOp*>(expr));
    case ExprKind::kCompare:
      return evaluate_compare(in, frame, static_cast<const Compare*>(expr));
    case ExprKind::kConditional: {
      const Conditional* conditional = static_cast<const Conditional*>(expr);
      Value condition = evaluate(in, frame, conditional->condition);
      Truth answer = in.truth(condition);
      if (answer == Truth::kUnknown) {
        Value yes = evaluate(in, frame, conditional->yes);
        Value no = evaluate(in, frame, conditional->no);
        if (yes.same(no)) return yes;
        return condition.unknown() ? condition : in.unknown("the contents of a tensor");
      }
      return evaluate(in, frame, answer == Truth::kTrue ? conditional->yes : conditional->no);
    }
    case ExprKind::kTuple:
    case ExprKind::kList:
    case ExprKind::kSet:
      return evaluate_sequence(in, frame, static_cast<const Sequence*>(expr));
    case ExprKind::kDict:
      return evaluate_dict(in, frame, static_cast<const DictDisplay*>(expr));
    case ExprKind::kSubscript: {
      const Subscript* subscript = static_cast<const Subscript*>(expr);
      Value object = evaluate(in, frame, subscript->object);
      return in.item(object, evaluate(in, frame, subscript->key));
    }
    case ExprKind::kSlice:
      return evaluate_slice(in, frame, static_cast<const SliceExpr*>(expr));
    case ExprKind::kLambda:
      return Value::of(make_function(in, frame, static_cast<const Lambda*>(expr)->code));
    case ExprKind::kComprehension:
      return evaluate_comprehension(in, frame, static_cast<const Comprehension*>(expr));
    case ExprKind::kFormat:
      return evaluate_format(in, frame, static_cast<const Format*>(expr));
    case ExprKind::kNamed: {
      const Named* named = static_cast<const Named*>(expr);
      Value value = evaluate(in, frame, named->value);
      store_name(in, frame, named->target, value);
      return value;
    }
    case ExprKind::kStarred:
      return evaluate(in, frame, static_cast<const Starred*>(expr)->value);
    case ExprKind::kYield:
      return evaluate_yield(in, frame, static_cast<const Yield*>(expr));
    case ExprKind::kAwait:
      return in.unknown("an awaited value");
  }
  return Value::none();
}

}  // namespace

Value evaluate(Interpreter& in, Frame& frame, const Expr* expr) {
  if (expr->kind == ExprKind::kConstant) return static_cast<const Constant*>(expr)->value;
  if (expr->kind == ExprKind::kName) return load_name(in, frame, static_cast<const Name*>(expr));
  return evaluate_compound(in, frame, expr);
}

}  // namespace ckptlint::python
