// hash() of values of the evaluated language, as CPython 3.11 answers it under PYTHONHASHSEED=0.
#include "python/evaluate/hashing.h"

#include <cmath>

#include "base/python_hash.h"
#include "python/values/dict.h"

namespace ckptlint::python {
namespace {

using Hash = std::optional<std::uint64_t>;

Hash hash_of(Interpreter& in, const Value& value, int depth);

std::uint64_t hash_of_big(const BigInt* number) {
  constexpr std::uint64_t kModulus = (std::uint64_t{1} << 61) - 1;
  std::uint64_t rest = 0;
  for (std::uint32_t i = number->count; i-- > 0;)
    rest = static_cast<std::uint64_t>(((static_cast<unsigned __int128>(rest) << 32) | number->limbs[i]) % kModulus);
  const auto signed_rest = static_cast<std::int64_t>(rest);
  return python_hash(number->negative ? -signed_rest : signed_rest);
}

Hash hash_of_tuple(Interpreter& in, const Tuple* tuple, int depth) {
  PythonTupleHash hash;
  for (const Value& item : *tuple) {
    in.step();
    const Hash each = hash_of(in, item, depth - 1);
    if (!each) return std::nullopt;
    hash.add(*each);
  }
  return hash.value();
}

Hash hash_of_frozenset(Interpreter& in, const Set* set, int depth) {
  PythonFrozensetHash hash;
  for (const Dict::Entry& entry : set->items->entries) {
    if (entry.key.missing()) continue;
    in.step();
    const Hash each = hash_of(in, entry.key, depth - 1);
    if (!each) return std::nullopt;
    hash.add(*each);
  }
  return hash.value();
}

// Members of an enum hash as their names do, unless they are texts or numbers as well.
Hash hash_of_instance(Interpreter& in, const Value& value, int depth) {
  const auto* instance = value.as<Instance>();
  const Value* own = in.class_lookup(instance->type, in.sym.__hash__);
  const Value* plain = in.class_lookup(in.classes.object, in.sym.__hash__);
  if (own != nullptr && !own->is(Kind::kNative) && !(plain != nullptr && own->same(*plain))) return std::nullopt;
  if (!instance->payload.missing()) return hash_of(in, instance->payload, depth - 1);
  if (!instance->type->is_enum || instance->attributes == nullptr) return std::nullopt;
  const Value* name = dict_find(instance->attributes, in.intern("_name_"));
  return name != nullptr && name->is(Kind::kStr) ? Hash(python_hash(name->as<Str>()->view())) : std::nullopt;
}

// hash(value); nothing where it follows an address or code of the evaluated program.
Hash hash_of(Interpreter& in, const Value& value, int depth) {
  if (depth == 0) return std::nullopt;
  switch (value.kind) {
    case Kind::kStr:
      in.step(value.as<Str>()->length / 64);
      return python_hash(value.as<Str>()->view());
    case Kind::kBytes:
      in.step(value.as<Bytes>()->data.size() / 64);
      return python_hash_bytes(value.as<Bytes>()->data);
    case Kind::kBool:
    case Kind::kInt:
      return python_hash(value.as_int());
    case Kind::kBigInt:
      return value.as<BigInt>()->count == 0 ? std::nullopt : Hash(hash_of_big(value.as<BigInt>()));
    case Kind::kFloat:
      return std::isnan(value.real) ? std::nullopt : Hash(python_hash(value.real));
    case Kind::kTuple:
      return hash_of_tuple(in, value.as<Tuple>(), depth);
    case Kind::kSet:
      return value.as<Set>()->frozen ? hash_of_frozenset(in, value.as<Set>(), depth) : std::nullopt;
    case Kind::kInstance:
      return hash_of_instance(in, value, depth);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::uint64_t> known_hash(Interpreter& in, const Value& value) {
  constexpr int kMostNesting = 16;
  return hash_of(in, value, kMostNesting);
}

}  // namespace ckptlint::python
