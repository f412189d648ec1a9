// Decides who answers an operator: the special methods of either side, the library, or the builtin types.
#include <fmt/format.h>

#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {
namespace {

struct OperatorNames {
  Str* KnownSymbols::*plain;
  Str* KnownSymbols::*reflected;
};

OperatorNames names_of(Operator op) {
  using K = KnownSymbols;
  switch (op) {
    case Operator::kAdd:
      return {&K::__add__, &K::__radd__};
    case Operator::kSub:
      return {&K::__sub__, &K::__rsub__};
    case Operator::kMul:
      return {&K::__mul__, &K::__rmul__};
    case Operator::kDiv:
      return {&K::__truediv__, &K::__rtruediv__};
    case Operator::kFloorDiv:
      return {&K::__floordiv__, &K::__rfloordiv__};
    case Operator::kMod:
      return {&K::__mod__, &K::__rmod__};
    case Operator::kPow:
      return {&K::__pow__, &K::__rpow__};
    case Operator::kMatMul:
      return {&K::__matmul__, &K::__rmatmul__};
    case Operator::kBitAnd:
      return {&K::__and__, &K::__rand__};
    case Operator::kBitOr:
      return {&K::__or__, &K::__ror__};
    case Operator::kBitXor:
      return {&K::__xor__, &K::__rxor__};
    case Operator::kShiftLeft:
      return {&K::__lshift__, &K::__rlshift__};
    default:
      return {&K::__rshift__, &K::__rrshift__};
  }
}

Str* in_place_name(Interpreter& in, Operator op) {
  std::string name = "__i";
  const std::string_view plain = (in.sym.*names_of(op).plain)->view();
  return in.intern(name.append(plain.substr(2)));
}

bool is_tensor(const Value& value) { return value.is(Kind::kTensor); }

// The special methods' answer; kMissing or kNotImplemented where they have none.
Value ask_methods(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const OperatorNames names = names_of(op);
  const Value* of_left = find_dunder(in, left, in.sym.*names.plain);
  const Value* of_right = find_dunder(in, right, in.sym.*names.reflected);
  // What a subclass of a builtin on the right inherits from it is what the builtin on the left does by itself.
  if (of_right != nullptr && of_right->is(Kind::kNative) && !left.is(Kind::kInstance) && right.is(Kind::kInstance)) {
    const Value& payload = right.as<Instance>()->payload;
    if (!payload.missing()) {
      const Value* inherited = in.class_lookup(in.type_of(payload), in.sym.*names.reflected);
      if (inherited != nullptr && inherited->same(*of_right)) of_right = nullptr;
    }
  }
  // A subclass on the right goes first, so that it can refine its base.
  if (of_right != nullptr && left.is(Kind::kInstance) && right.is(Kind::kInstance)) {
    const Class* a = left.as<Instance>()->type;
    const Class* b = right.as<Instance>()->type;
    if (a == b) of_right = nullptr;  // of one class only the plain method is asked
    if (of_right != nullptr && in.is_subclass(b, a)) {
      const Value answer = call_dunder(in, *of_right, right, {left});
      if (!answer.is(Kind::kNotImplemented)) return answer;
      of_right = nullptr;
    }
  }
  if (of_left != nullptr) {
    const Value answer = call_dunder(in, *of_left, left, {right});
    if (!answer.is(Kind::kNotImplemented)) return answer;
  }
  if (of_right != nullptr) return call_dunder(in, *of_right, right, {left});
  return {};
}

// `A | B` between types: what isinstance() accepts.
bool type_like(const Value& value) {
  return value.is(Kind::kClass) || value.is_none() || value.is(Kind::kInstance) || value.is(Kind::kNative) ||
         value.is(Kind::kFunction);
}

Value union_of_types(Interpreter& in, const Value& left, const Value& right) {
  if (in.hooks.type_union != nullptr) return in.hooks.type_union(in, left, right);
  return in.tuple({left, right});
}

[[noreturn]] void raise_unsupported(Interpreter& in, const char* sign, const Value& left, const Value& right) {
  in.raise_type_error(
      fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", sign, in.type_name(left), in.type_name(right)));
}

Value binary_as(Interpreter& in, Operator op, const char* sign, const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) {
    const Value result = slots_of(in, left).binary(in, op, left, right);
    if (!result.is(Kind::kNotImplemented)) return result;
    raise_unsupported(in, sign, left, right);
  }
  if (left.unknown()) return left;
  if (right.unknown()) return right;
  const Nesting nesting(in);
  if (has_protocol(left) || has_protocol(right)) {
    const Value answer = ask_methods(in, op, left, right);
    if (!answer.missing() && !answer.is(Kind::kNotImplemented)) return answer;
  }
  if (is_tensor(left) || is_tensor(right)) {
    if (in.hooks.tensor_binary == nullptr) return in.unknown("arithmetic of tensors");
    const Value answer = in.hooks.tensor_binary(in, op, left, right);
    if (!answer.is(Kind::kNotImplemented)) return answer;
    raise_unsupported(in, sign, left, right);
  }
  const Value& a = unwrap(left);
  // "%s" % value shows the value itself, not what it is made of.
  const bool shows =
      op == Operator::kMod && a.is(Kind::kStr) && !unwrap(right).is(Kind::kTuple) && !unwrap(right).is(Kind::kDict);
  const Value& b = shows ? right : unwrap(right);
  const Value answer = plain_binary(in, op, a, b);
  if (!answer.is(Kind::kNotImplemented)) return answer;
  if (op == Operator::kBitOr && (left.is(Kind::kClass) || right.is(Kind::kClass)) && type_like(left) &&
      type_like(right)) {
    return union_of_types(in, left, right);
  }
  if (may_have_dunder(left) || may_have_dunder(right)) return in.unknown("an operator of a class with an unknown base");
  raise_unsupported(in, sign, left, right);
}

}  // namespace

Value call_dunder(Interpreter& in, const Value& found, const Value& object, std::initializer_list<Value> arguments) {
  const Nesting nesting(in);
  if (found.is(Kind::kFunction) || (found.is(Kind::kNative) && found.as<Native>()->binds)) {
    Value all[4];
    std::size_t count = 0;
    all[count++] = object;
    for (const Value& argument : arguments) all[count++] = argument;
    return in.call(found, Arguments{all, count});
  }
  Class* type = object.is(Kind::kInstance) ? object.as<Instance>()->type : object.as<Class>()->metaclass;
  return in.call(in.bind_to(found, object, type), arguments);
}

Value try_dunder(Interpreter& in, const Value& object, Str* name, std::initializer_list<Value> arguments) {
  const Value* found = find_dunder(in, object, name);
  if (found == nullptr || found->is_none()) return {};
  return call_dunder(in, *found, object, arguments);
}

Value plain_binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const auto of_left = slots_of(in, left).binary;
  const auto of_right = slots_of(in, right).binary;
  if (of_left != nullptr) {
    const Value answer = of_left(in, op, left, right);
    if (!answer.is(Kind::kNotImplemented)) return answer;
  }
  return of_right == nullptr || of_right == of_left ? not_implemented() : of_right(in, op, left, right);
}

Value plain_in_place(Interpreter& in, Operator op, const Value& left, const Value& right) {
  const auto in_place = slots_of(in, left).in_place;
  return in_place == nullptr ? Value{} : in_place(in, op, left, right);
}

Value Interpreter::binary(Operator op, const Value& left, const Value& right) {
  return binary_as(*this, op, operator_text(op), left, right);
}

Value Interpreter::in_place(Operator op, const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return slots_of(*this, left).binary(*this, op, left, right);
  if (left.unknown()) return left;
  if (left.is(Kind::kInstance)) {
    const Value answer = try_dunder(*this, left, in_place_name(*this, op), {right});
    if (!answer.missing() && !answer.is(Kind::kNotImplemented)) return answer;
  } else if (left.is(Kind::kTensor)) {
    Value method;
    if (find_attribute(left, in_place_name(*this, op), method) && !method.unknown()) {
      const Value answer = call(method, {right});
      if (!answer.is(Kind::kNotImplemented)) return answer;
    }
  } else if (right.unknown()) {
    return right;
  } else if (const Value answer = plain_in_place(*this, op, left, right); !answer.missing()) {
    return answer;
  }
  return binary_as(*this, op, fmt::format("{}=", op == Operator::kPow ? "**" : operator_text(op)).c_str(), left, right);
}

Value Interpreter::unary(Operator op, const Value& operand) {
  if (op == Operator::kNot) {
    const Truth answer = truth(operand);
    if (answer == Truth::kUnknown) return operand.unknown() ? operand : unknown("a condition that is not known");
    return Value::of(answer == Truth::kFalse);
  }
  if (const auto unary = slots_of(*this, operand).unary) {
    const Value answer = unary(*this, op, operand);
    if (!answer.is(Kind::kNotImplemented)) return answer;
  }
  raise_type_error(fmt::format("bad operand type for unary {}: '{}'", operator_text(op), type_name(operand)));
}

const char* operator_text(Operator op) {
  switch (op) {
    case Operator::kAdd:
      return "+";
    case Operator::kSub:
      return "-";
    case Operator::kMul:
      return "*";
    case Operator::kDiv:
      return "/";
    case Operator::kFloorDiv:
      return "//";
    case Operator::kMod:
      return "%";
    case Operator::kPow:
      return "** or pow()";
    case Operator::kMatMul:
      return "@";
    case Operator::kBitAnd:
      return "&";
    case Operator::kBitOr:
      return "|";
    case Operator::kBitXor:
      return "^";
    case Operator::kShiftLeft:
      return "<<";
    case Operator::kShiftRight:
      return ">>";
    case Operator::kNegate:
      return "-";
    case Operator::kPositive:
      return "+";
    case Operator::kInvert:
      return "~";
    case Operator::kNot:
      return "not";
    case Operator::kEqual:
      return "==";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kLessEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterEqual:
      return ">=";
    case Operator::kIn:
      return "in";
    case Operator::kNotIn:
      return "not in";
    case Operator::kIs:
      return "is";
    case Operator::kIsNot:
      return "is not";
  }
  return "?";
}

}  // namespace ckptlint::python
