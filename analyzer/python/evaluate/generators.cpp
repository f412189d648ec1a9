// Generator functions and generator expressions, which make an element when it is asked for.
#include "python/evaluate/generators.h"

#include <fmt/format.h>

#include <new>

#include "python/evaluate/containers.h"
#include "python/evaluate/suspended_call.h"
#include "python/values/limits.h"

namespace ckptlint::python {
namespace {

bool is_a(Interpreter& in, const PyRaise& raised, const char* name) {
  return raised.exception.is(Kind::kInstance) &&
         in.is_subclass(raised.exception.as<Instance>()->type, in.exception(name));
}

// A step of a generator's own code.  StopIteration in it is an error, not the end of the generator.
Value guarded(Interpreter& in, auto step) {
  try {
    return step();
  } catch (const PyRaise& raised) {
    if (!is_a(in, raised, "StopIteration")) throw;
    const Value error = in.call(Value::of(in.exception("RuntimeError")), {in.string("generator raised StopIteration")});
    for (Str* name : {in.sym.__cause__, in.sym.__context__}) in.set_attribute(error, name, raised.exception);
    throw PyRaise{error, in.here()};
  }
}

// One step of a generator function; kMissing at its end.
Value step_call(Interpreter& in, SuspendedCall& call, const Value& sent, const Value& thrown) {
  if (!call.started() && thrown.missing() && !sent.is_none())
    in.raise_type_error("can't send non-None value to a just-started generator");
  if (call.ended()) {
    if (!thrown.missing()) throw PyRaise{thrown, in.here()};
    return {};
  }
  return guarded(in, [&] {
    Value yielded;
    return call.resume(in, sent, thrown, yielded) ? yielded : Value{};
  });
}

Value next_of_call(Interpreter& in, const Arguments&, const Value& self) {
  return step_call(in, *self.as<IteratorObject>()->generator, Value::none(), {});
}

IteratorObject* lazily(Interpreter& in, const char* name, NativeFunction next) {
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->state.next_method = in.native_static(name, next, Value::of(made));
  return made;
}

// The elements of a generator expression.  Its names live in the slots of the frame around it.
struct ExpressionWalk : IteratorObject {
  const Comprehension* expression = nullptr;
  Frame* frame = nullptr;
  struct Loop {
    Iteration iteration;
    Value element;  // where it stands
  };
  ArenaVector<Loop> loops;  // of the clauses that have begun; empty once the walk has ended
  bool running = false;
};

// From the clause at `at`, which has just begun or is to be begun, to the next element.  False: there is none.
bool walk(Interpreter& in, ExpressionWalk& self, bool begun) {
  const Comprehension* expression = self.expression;
  Frame& frame = *self.frame;
  std::size_t at = begun ? expression->clauses.size() : 0;
  std::size_t loop = begun ? self.loops.count : 0;  // of the loops before `at`
  const auto back = [&] {                           // to the innermost loop before `at`
    while (at > 0 && expression->clauses[at - 1].target == nullptr) --at;
    if (at > 0) --at, --loop;
  };
  if (begun) back();
  while (at < expression->clauses.size()) {
    in.step();
    const ComprehensionClause& clause = expression->clauses[at];
    if (clause.target == nullptr) {
      if (in.test(evaluate(in, frame, clause.iterable))) {
        ++at;
      } else {
        back();
      }
      continue;
    }
    if (loop == self.loops.count) {
      ExpressionWalk::Loop next;
      if (!in.iterate(evaluate(in, frame, clause.iterable), next.iteration)) return false;
      self.loops.push(in.arena, next);
    }
    Value element;
    if (in.next(self.loops[loop].iteration, element)) {
      self.loops[loop].element = element;
      assign(in, frame, clause.target, element);
      ++at, ++loop;
    } else {
      if (at == 0) return false;
      self.loops.count = static_cast<std::uint32_t>(loop);
      back();
    }
  }
  return true;
}

// Where the expression is walked twice at a time, the other walk has changed the variables of the outer loops.
void restore_variables(Interpreter& in, ExpressionWalk& self) {
  std::size_t loop = 0;
  for (const ComprehensionClause& clause : self.expression->clauses) {
    if (clause.target == nullptr) continue;
    if (loop + 1 >= self.loops.count) return;
    assign(in, *self.frame, clause.target, self.loops[loop++].element);
  }
}

Value next_of_expression(Interpreter& in, const Arguments&, const Value& data) {
  auto& self = *static_cast<ExpressionWalk*>(data.as<IteratorObject>());
  if (self.running) raise_executing(in);
  if (self.loops.empty()) return {};
  self.running = true;
  struct End {  // also where it raises
    ExpressionWalk& walk;
    bool reached = true;
    ~End() {
      if (reached) walk.loops.count = 0;
      walk.running = false;
    }
  } end{self};
  FrameScope scope(in, *self.frame);
  const bool begun = !self.loops[0].element.missing();
  return guarded(in, [&]() -> Value {
    if (begun) restore_variables(in, self);
    if (!walk(in, self, begun)) return {};
    const Value element = evaluate(in, *self.frame, self.expression->key);
    end.reached = false;
    return element;
  });
}

}  // namespace

void raise_executing(Interpreter& in) { in.raise_value_error("generator already executing"); }

Value thrown_exception(Interpreter& in, const Value& type, const Value& value) {
  Value thrown = type;
  if (type.is(Kind::kClass) && in.is_subclass(type.as<Class>(), in.classes.base_exception)) {
    const bool given = !value.missing() && !value.is_none();
    thrown = !given ? in.call(type, {}) : in.is_instance(value, type) ? value : in.call(type, {value});
  }
  if (thrown.unknown() || in.is_instance(thrown, Value::of(in.classes.base_exception))) return thrown;
  in.raise_type_error(
      fmt::format("exceptions must be classes or instances deriving from BaseException, not {}", in.type_name(thrown)));
}

Value make_generator(Interpreter& in, Function* function, const Arguments& arguments) {
  static_assert(std::is_trivially_destructible_v<SuspendedCall>);
  auto* call = new (in.arena.allocate(sizeof(SuspendedCall))) SuspendedCall(in, function, arguments);
  IteratorObject* made = lazily(in, "generator", next_of_call);
  made->generator = call;
  made->is_generator = true;
  return Value::of(made);
}

Value make_generator(Interpreter& in, Frame& frame, const Comprehension* expression, const Value& first_iterable) {
  auto* made = in.arena.make<ExpressionWalk>();
  made->kind = Kind::kIterator;
  made->is_generator = true;
  made->state.next_method = in.native_static("generator", next_of_expression, Value::of(static_cast<Object*>(made)));
  made->expression = expression;
  made->frame = in.arena.make<Frame>(frame);
  made->frame->caller = nullptr;
  ExpressionWalk::Loop first;
  const bool known = in.iterate(first_iterable, first.iteration);
  if (known) made->loops.push(in.arena, first);
  return Value::of(static_cast<Object*>(made));
}

Value step_iterator(Interpreter& in, const Value& iterator, const Value& sent, const Value& thrown, Value& result) {
  if (iterator.is(Kind::kIterator) && iterator.as<IteratorObject>()->generator != nullptr) {
    SuspendedCall& call = *iterator.as<IteratorObject>()->generator;
    const Value item = step_call(in, call, sent, thrown);
    if (item.missing()) result = call.result();
    return item;
  }
  // An object of evaluated code ends by StopIteration, whose value is the result.
  Value method;
  const auto answer_of = [&](const Value& callee, std::initializer_list<Value> given) -> Value {
    try {
      return in.call(callee, given);
    } catch (const PyRaise& raised) {
      if (!is_a(in, raised, "StopIteration")) throw;
      result = in.attribute(raised.exception, in.intern("value"));
      return {};
    }
  };
  const bool is_instance = iterator.is(Kind::kInstance);
  if (!thrown.missing()) {
    if (is_instance && in.find_attribute(iterator, in.intern("throw"), method)) return answer_of(method, {thrown});
    throw PyRaise{thrown, in.here()};
  }
  if (!sent.is_none()) return answer_of(in.attribute(iterator, in.intern("send")), {sent});
  if (is_instance && in.find_attribute(iterator, in.sym.__next__, method)) return answer_of(method, {});
  return next_of(in, iterator);
}

void close_generator(Interpreter& in, IteratorObject* generator) {
  SuspendedCall* call = generator->generator;
  if (call == nullptr || call->ended()) return;
  try {
    const Value exit = in.call(Value::of(in.exception("GeneratorExit")), {});
    if (!step_call(in, *call, Value::none(), exit).missing())
      in.raise(in.exception("RuntimeError"), "generator ignored GeneratorExit");
  } catch (const PyRaise& raised) {
    if (!is_a(in, raised, "GeneratorExit")) throw;
  }
}

}  // namespace ckptlint::python
