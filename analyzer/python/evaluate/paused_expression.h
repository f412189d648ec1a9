// An expression with yields in it, whose value is put together part by part, so that the call can stop in between.
#pragma once

#include "python/evaluate/impl.h"

namespace ckptlint::python {

class PausedExpression {
 public:
  // Takes up another expression, or none.
  void begin(const Expr* expr);
  // Evaluates up to the next yield, and gives kMissing; or to the end, and gives its value.
  Value go_on(Interpreter& in, Frame& frame);
  // The yield at which it stopped, and the value of its operand; null where it did not.
  const Yield* yield() const { return yield_; }
  const Value& operand() const { return operand_; }
  // What that yield gave.
  void answer(Interpreter& in, const Value& value) { keep(in, yield_, value); }
  // The value of a part, or of another expression beside it, evaluated once; kMissing where it stops.
  Value part(Interpreter& in, Frame& frame, const Expr* expr);
  // What is assigned to or deleted, with the values of its parts in it; null where it stops.
  const Expr* target(Interpreter& in, Frame& frame, const Expr* expr);
  // What `decide` says, asked once.
  template <typename Decide>
  bool decided(Interpreter& in, const void* place, const Decide& decide) {
    if (const Value* known = kept(place)) return known->boolean;
    const bool answer = decide();
    keep(in, place, Value::of(answer));
    return answer;
  }
  // Puts values in the places of these expressions; false where it stops.
  bool settle(Interpreter& in, Frame& frame, Items<Expr*>& items);
  bool settle(Interpreter& in, Frame& frame, Items<CallArgument>& items);
  // Whether it is asked for the first time.
  bool first_at(Interpreter& in, const void* place);

 private:
  struct Part {
    const void* of = nullptr;  // an expression, or the place in one at which something was decided
    Value value;
  };

  void keep(Interpreter& in, const void* of, const Value& value) { parts_.push(in.arena, {of, value}); }
  const Value* kept(const void* of) const;
  // What follows gives kMissing, false or null where it stops.
  Value compound(Interpreter& in, Frame& frame, const Expr* expr);
  Value logical(Interpreter& in, Frame& frame, const BoolOp* expr);
  Value conditional(Interpreter& in, Frame& frame, const Conditional* expr);
  Value compared(Interpreter& in, Frame& frame, const Compare* expr);
  const Expr* settled(Interpreter& in, Frame& frame, const Expr* expr);
  Truth decided(Interpreter& in, const void* place, const Value& condition);
  static Value undecided(Interpreter& in);
  // Puts the value in the place of an expression that may be null.
  bool settle(Interpreter& in, Frame& frame, Expr*& expr);
  bool settle_call(Interpreter& in, Frame& frame, Call* call);
  bool settle_dict(Interpreter& in, Frame& frame, DictDisplay* dict);
  bool settle_format(Interpreter& in, Frame& frame, Format* format);

  const Expr* whole_ = nullptr;
  const Yield* yield_ = nullptr;
  Value operand_;
  ArenaVector<Part> parts_;
};

// An expression that is a value.
Expr* constant_of(Interpreter& in, const Expr* place, const Value& value);

// Whether a yield of the same call is in the expression, which may be null.
bool has_yield(Interpreter& in, const Expr* expr);

}  // namespace ckptlint::python
