// Bounds for natives that walk values: depth (values nest as deep as evaluated code likes, and may contain themselves)
// and the receiver behind an instance of a subclass of a builtin.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// One level of recursion over values.  Raises RecursionError where evaluated code could have gone on for ever.
class Nesting {
 public:
  static constexpr int kMaxDepth = 250;

  explicit Nesting(Interpreter& in) : in_(in) {
    if (in_.nesting >= kMaxDepth) in_.raise(in_.exception("RecursionError"), "maximum recursion depth exceeded");
    ++in_.nesting;
  }
  ~Nesting() { --in_.nesting; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  Interpreter& in_;
};

// The list, dict, string, number, ... inside an instance of a subclass of one; other values as they are.
inline const Value& unwrap(const Value& value) {
  if (value.kind != Kind::kInstance) return value;
  const Value& payload = value.as<Instance>()->payload;
  return payload.missing() ? value : payload;
}

inline Str* as_text(const Value& value) {
  const Value& plain = unwrap(value);
  return plain.is(Kind::kStr) ? plain.as<Str>() : nullptr;
}

inline bool is_any_number(const Value& value) { return value.is_number() || value.is(Kind::kBigInt); }
inline bool is_any_integer(const Value& value) { return value.is_integral() || value.is(Kind::kBigInt); }

inline Truth truth_of(bool value) { return value ? Truth::kTrue : Truth::kFalse; }
inline Truth negation(Truth truth) { return truth == Truth::kUnknown ? truth : truth_of(truth == Truth::kFalse); }

}  // namespace ckptlint::python
