// ==, <, in, is: between any two values, with "not known" as a possible answer.
#include <fmt/format.h>

#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {
namespace {

Truth truth_of_answer(Interpreter& in, const Value& answer) {
  if (answer.is(Kind::kBool)) return truth_of(answer.boolean);
  return in.truth(answer);
}

// ---- equality

// The value's own __eq__, where it has one that answers.
Value ask_equality(Interpreter& in, const Value& left, const Value& right) {
  const Value* of_left = find_dunder(in, left, in.sym.__eq__);
  const Value* of_right = find_dunder(in, right, in.sym.__eq__);
  const bool right_first = of_left != nullptr && of_right != nullptr && left.is(Kind::kInstance) &&
                           right.is(Kind::kInstance) && left.as<Instance>()->type != right.as<Instance>()->type &&
                           in.is_subclass(right.as<Instance>()->type, left.as<Instance>()->type);
  if (right_first) {
    const Value answer = call_dunder(in, *of_right, right, {left});
    if (!answer.is(Kind::kNotImplemented)) return answer;
  }
  if (of_left != nullptr) {
    const Value answer = call_dunder(in, *of_left, left, {right});
    if (!answer.is(Kind::kNotImplemented)) return answer;
  }
  if (of_right != nullptr && !right_first) return call_dunder(in, *of_right, right, {left});
  return {Kind::kNotImplemented, {}};
}

Value tensor_comparison(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const Value& other = left.is(Kind::kTensor) ? right : left;
  if (!other.is(Kind::kTensor) && !is_any_number(unwrap(other)) && !other.is(Kind::kInstance)) {
    if (op == Operator::kEqual) return Value::of(false);
    if (op == Operator::kNotEqual) return Value::of(true);
  }
  if (in.hooks.tensor_binary == nullptr) return in.unknown("a comparison of tensors");
  return in.hooks.tensor_binary(in, op, left, right);
}

Truth equal_plain(Interpreter& in, const Value& a, const Value& b) {
  if (const auto equal = slots_of(in, a).equal) return equal(in, a, b);
  return truth_of(a.kind == b.kind && equal_keys(a, b));
}

// ---- order

Operator mirrored(Operator op) {
  switch (op) {
    case Operator::kLess:
      return Operator::kGreater;
    case Operator::kLessEqual:
      return Operator::kGreaterEqual;
    case Operator::kGreater:
      return Operator::kLess;
    case Operator::kGreaterEqual:
      return Operator::kLessEqual;
    default:
      return op;
  }
}

Str* order_method(Interpreter& in, Operator op) {
  switch (op) {
    case Operator::kLess:
      return in.sym.__lt__;
    case Operator::kLessEqual:
      return in.sym.__le__;
    case Operator::kGreater:
      return in.sym.__gt__;
    default:
      return in.sym.__ge__;
  }
}

// kMissing where the two have no order.
Value order_plain(Interpreter& in, Operator op, const Value& a, const Value& b) {
  const auto order = slots_of(in, a).order;
  return order == nullptr ? Value{} : order(in, op, a, b);
}

Value order(Interpreter& in, Operator op, const Value& left, const Value& right) {
  if (left.unknown()) return left;
  if (right.unknown()) return right;
  const Nesting nesting(in);
  if (has_protocol(left) || has_protocol(right)) {
    Value answer = try_dunder(in, left, order_method(in, op), {right});
    if (answer.missing() || answer.is(Kind::kNotImplemented)) {
      answer = try_dunder(in, right, order_method(in, mirrored(op)), {left});
    }
    if (!answer.missing() && !answer.is(Kind::kNotImplemented)) return answer;
  }
  if (left.is(Kind::kTensor) || right.is(Kind::kTensor)) {
    const Value answer = tensor_comparison(in, op, left, right);
    if (!answer.is(Kind::kNotImplemented)) return answer;
  } else if (const Value answer = order_plain(in, op, unwrap(left), unwrap(right)); !answer.missing()) {
    return answer;
  }
  if (may_have_dunder(left) || may_have_dunder(right)) return in.unknown("an operator of a class with an unknown base");
  in.raise_type_error(fmt::format("'{}' not supported between instances of '{}' and '{}'", operator_text(op),
                                  in.type_name(left), in.type_name(right)));
}

Truth identity(const Value& left, const Value& right) {
  if (left.same(right)) return Truth::kTrue;
  if (left.unknown() || right.unknown()) return Truth::kUnknown;
  if (left.kind != right.kind) return Truth::kFalse;
  // Whether equal strings are one object is CPython's business; those that programs compare so are its interned ones.
  return truth_of((left.is(Kind::kStr) || left.is(Kind::kDtype)) && equal_keys(left, right));
}

}  // namespace

Value value_of(Interpreter& in, Truth truth) {
  return truth == Truth::kUnknown ? in.unknown("a comparison of values that are not known")
                                  : Value::of(truth == Truth::kTrue);
}

bool holds(Operator op, int order) {
  switch (op) {
    case Operator::kLess:
      return order < 0;
    case Operator::kLessEqual:
      return order <= 0;
    case Operator::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

Truth subset(Interpreter& in, const Value& a, const Value& b) {
  Truth answer = Truth::kTrue;
  Iteration each;
  if (!in.iterate(a, each)) return Truth::kUnknown;
  Value item;
  while (in.next(each, item)) {
    const Truth found = in.membership(b, item);
    if (found == Truth::kFalse) return found;
    if (found == Truth::kUnknown) answer = found;
  }
  return answer;
}

Truth equal_items(Interpreter& in, const Value* a, const Value* b, std::size_t count) {
  Truth answer = Truth::kTrue;
  for (std::size_t i = 0; i < count; ++i) {
    const Truth item = in.equality(a[i], b[i]);
    if (item == Truth::kFalse) return item;
    if (item == Truth::kUnknown) answer = item;
  }
  return answer;
}

Truth Interpreter::equality(const Value& left, const Value& right) {
  if (left.same(right)) return Truth::kTrue;
  if (left.is(Kind::kInt) && right.is(Kind::kInt)) return Truth::kFalse;
  if (left.is_number() && right.is_number()) return equal_plain(*this, left, right);
  if (left.unknown() || right.unknown()) return Truth::kUnknown;
  if (left.is_none() || right.is_none()) {
    const Value& other = left.is_none() ? right : left;
    if (!has_protocol(other)) return Truth::kFalse;
  }
  if (left.is(Kind::kStr) && right.is(Kind::kStr)) return truth_of(equal_keys(left, right));
  const Nesting nesting(*this);
  if (left.is(Kind::kTensor) || right.is(Kind::kTensor)) {
    return truth_of_answer(*this, tensor_comparison(*this, Operator::kEqual, left, right));
  }
  if (has_protocol(left) || has_protocol(right)) {
    const Value answer = ask_equality(*this, left, right);
    if (!answer.is(Kind::kNotImplemented)) return truth_of_answer(*this, answer);
    if (may_have_dunder(left) || may_have_dunder(right)) return Truth::kUnknown;
  }
  return equal_plain(*this, unwrap(left), unwrap(right));
}

bool Interpreter::equal(const Value& left, const Value& right) {
  const Truth answer = equality(left, right);
  if (answer == Truth::kUnknown) note_partial("a comparison depends on values that are not known");
  return answer == Truth::kTrue;
}

Value Interpreter::compare(Operator op, const Value& left, const Value& right) {
  switch (op) {
    case Operator::kIs:
      return value_of(*this, identity(left, right));
    case Operator::kIsNot:
      return value_of(*this, negation(identity(left, right)));
    case Operator::kIn:
      return value_of(*this, membership(right, left));
    case Operator::kNotIn:
      return value_of(*this, negation(membership(right, left)));
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      if (left.is(Kind::kInt) && right.is(Kind::kInt)) {
        return Value::of(holds(op, left.integer < right.integer ? -1 : left.integer > right.integer ? 1 : 0));
      }
      return order(*this, op, left, right);
    default:
      break;
  }
  if (left.unknown()) return left;
  if (right.unknown()) return right;
  const bool negate = op == Operator::kNotEqual;
  // Methods and tensors may answer with something that is not a bool.
  if (left.is(Kind::kTensor) || right.is(Kind::kTensor)) return tensor_comparison(*this, op, left, right);
  if (has_protocol(left) || has_protocol(right)) {
    const Nesting nesting(*this);
    if (negate) {
      const Value* of_left = find_dunder(*this, left, sym.__ne__);
      if (of_left != nullptr && of_left->is(Kind::kFunction)) {
        const Value answer = call_dunder(*this, *of_left, left, {right});
        if (!answer.is(Kind::kNotImplemented)) return answer;
      }
    }
    const Value answer = ask_equality(*this, left, right);
    if (!answer.is(Kind::kNotImplemented)) {
      if (!negate) return answer;
      const Truth equal = truth_of_answer(*this, answer);
      return value_of(*this, negation(equal));
    }
    if (left.same(right)) return Value::of(!negate);
    if (may_have_dunder(left) || may_have_dunder(right)) return unknown("an operator of a class with an unknown base");
    const Truth equal = equal_plain(*this, unwrap(left), unwrap(right));
    return value_of(*this, negate ? negation(equal) : equal);
  }
  const Truth equal = equality(left, right);
  return value_of(*this, negate ? negation(equal) : equal);
}

}  // namespace ckptlint::python
