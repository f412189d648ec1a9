// hash() of values of the evaluated language, as CPython 3.11 answers it under PYTHONHASHSEED=0.
#include "python/evaluate/hashing.h"

#include <fmt/format.h>

#include "base/python_hash.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"
#include "python/values/dict.h"

namespace ckptlint::python {
namespace {

// A member may be of an evaluated class, whose __hash__ is asked.
Value hash_of_tuple(Interpreter& in, const Tuple* tuple) {
  PythonTupleHash sum;
  for (const Value& item : *tuple) {
    const Value hash = hash_of(in, item);
    if (hash.unknown()) return hash;
    sum.add(static_cast<std::uint64_t>(hash.integer));
  }
  return Value::of(static_cast<std::int64_t>(sum.value()));
}

Value hash_of_instance(Interpreter& in, const Value& value) {
  const Value* method = in.class_lookup(value.as<Instance>()->type, in.sym.__hash__);
  const Value& payload = value.as<Instance>()->payload;
  if (!payload.missing() && method != nullptr && method->is(Kind::kNative)) return hash_of(in, payload);
  const Value answer = try_dunder(in, value, in.sym.__hash__);
  if (answer.unknown()) return answer;
  // A number that fits is the hash as it is.
  if (answer.is(Kind::kInt)) return Value::of(answer.integer == -1 ? std::int64_t{-2} : answer.integer);
  if (!answer.missing()) return hash_of(in, Value::of(in.to_int(answer)));
  in.raise_type_error(fmt::format("unhashable type: '{}'", in.type_name(value)));
}

}  // namespace

std::optional<std::uint64_t> known_hash(Interpreter& in, const Value& value, int depth) {
  if (depth == 0) return std::nullopt;
  const auto hash = slots_of(in, value).hash;
  return hash == nullptr ? std::nullopt : hash(in, value, depth);
}

std::optional<std::uint64_t> known_hash(Interpreter& in, const Value& value) {
  constexpr int kMostNesting = 16;
  return known_hash(in, value, kMostNesting);
}

Value hash_of(Interpreter& in, const Value& value) {
  const Nesting nesting(in);
  in.step();
  require_hashable(in, value);
  switch (value.kind) {
    case Kind::kUnknown:
      return value;
    case Kind::kTuple:
      return hash_of_tuple(in, value.as<Tuple>());
    case Kind::kInstance:
      return hash_of_instance(in, value);
    case Kind::kNone:
      return Value::of(std::int64_t{0xfca86420});
    default:
      if (const auto known = known_hash(in, value)) return Value::of(static_cast<std::int64_t>(*known));
      // What follows an address: any number will do that equal values share.
      return Value::of(static_cast<std::int64_t>(std::uint64_t{hash_value(value)} * 2654435761ULL));
  }
}

}  // namespace ckptlint::python
