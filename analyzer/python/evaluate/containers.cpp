// Membership, subscripts, and keys of dicts and sets, as the language has them.
#include "python/evaluate/containers.h"

#include <fmt/format.h>

#include "python/evaluate/dunder.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"

namespace ckptlint::python {

// ---- keys

void require_hashable(Interpreter& in, const Value& key) {
  const Value* hash = key.is(Kind::kInstance) ? in.class_lookup(key.as<Instance>()->type, in.sym.__hash__) : nullptr;
  if (hash != nullptr ? !hash->is_none() : hashable(key)) return;
  Value culprit = key;
  if (key.is(Kind::kTuple)) {
    for (const Value& item : *key.as<Tuple>()) {
      if (!hashable(item)) culprit = item;
    }
  }
  in.raise_type_error(fmt::format("unhashable type: '{}'", in.type_name(culprit)));
}

void raise_key_error(Interpreter& in, const Value& key) {
  const Value raised = in.call(Value::of(in.exception("KeyError")), {key});
  throw PyRaise{raised, in.here()};
}

namespace {

// Whether evaluated code, or the host's for the class, says what an instance is equal to.
bool has_own_equality(Interpreter& in, const Value& key) {
  if (!key.is(Kind::kInstance) || !key.as<Instance>()->payload.missing()) return false;
  const Value* own = in.class_lookup(key.as<Instance>()->type, in.sym.__eq__);
  const Value* plain = in.class_lookup(in.classes.object, in.sym.__eq__);
  return own != nullptr && own != plain && (plain == nullptr || !own->same(*plain));
}

// Of keys that are equal and of different types; what is not known is taken to be alike.
bool hash_alike(Interpreter& in, const Value& a, const Value& b) {
  const Value left = hash_of(in, a);
  const Value right = hash_of(in, b);
  return left.unknown() || right.unknown() || left.same(right);
}

}  // namespace

Value stored_key(Interpreter& in, const Dict* dict, const Value& key) {
  const bool own = has_own_equality(in, key);
  // Keys of the host's types are found by the dict itself, but for those that say themselves that they are equal.
  if (!own && (!dict->instances || key.is(Kind::kInstance) || key.unknown())) return key;
  if (!own && dict_find(const_cast<Dict*>(dict), key) != nullptr) return key;
  for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
    const Value candidate = dict->entries[i].key;
    const bool comparable = own ? !candidate.missing() : has_own_equality(in, candidate);
    if (!comparable) continue;
    in.step();
    if (in.equality(candidate, key) != Truth::kTrue) continue;
    const bool same_type = own && candidate.is(Kind::kInstance);
    if (same_type || hash_alike(in, candidate, key)) return candidate;
  }
  return key;
}

Value* find_key(Interpreter& in, Dict* dict, const Value& key) { return dict_find(dict, stored_key(in, dict, key)); }

Truth has_key(Interpreter& in, Dict* dict, const Value& key) {
  require_hashable(in, key);
  if (key.unknown()) return dict->live == 0 ? Truth::kFalse : Truth::kUnknown;
  return truth_of(find_key(in, dict, key) != nullptr);
}

// ---- membership

Truth among(Interpreter& in, const Value& iterable, const Value& value) {
  Truth answer = Truth::kFalse;
  Iteration each;
  if (!in.iterate(iterable, each)) return Truth::kUnknown;
  Value item;
  while (in.next(each, item)) {
    const Truth same = in.equality(item, value);
    if (same == Truth::kTrue) return same;
    if (same == Truth::kUnknown) answer = same;
  }
  return answer;
}

Truth Interpreter::membership(const Value& container, const Value& value) {
  const auto contains = slots_of(*this, container).contains;
  if (contains == nullptr) raise_type_error(fmt::format("argument of type '{}' is not iterable", type_name(container)));
  return contains(*this, container, value);
}

bool Interpreter::contains(const Value& container, const Value& value) {
  const Truth answer = membership(container, value);
  if (answer == Truth::kUnknown) note_partial("a test with `in` depends on values that are not known");
  return answer == Truth::kTrue;
}

// ---- subscripts

Value Interpreter::item(const Value& object, const Value& key) {
  if (const auto item = slots_of(*this, object).item) return item(*this, object, key);
  if (key.unknown()) return key;
  raise_not_subscriptable(*this, object);
}

void Interpreter::set_item(const Value& object, const Value& key, const Value& value) {
  const auto set_item = slots_of(*this, object).set_item;
  if (set_item == nullptr) raise_unsupported(*this, object, "does not support item assignment");
  set_item(*this, object, key, value);
}

void Interpreter::delete_item(const Value& object, const Value& key) {
  const auto delete_item = slots_of(*this, object).delete_item;
  const bool is_sequence = !object.is_number() && !object.is_none();
  if (delete_item == nullptr)
    raise_unsupported(*this, object, is_sequence ? "doesn't support item deletion" : "does not support item deletion");
  delete_item(*this, object, key);
}

void raise_not_subscriptable(Interpreter& in, const Value& object) {
  raise_unsupported(in, object, "is not subscriptable");
}

void raise_unsupported(Interpreter& in, const Value& object, const char* what) {
  in.raise_type_error(fmt::format("'{}' object {}", in.type_name(object), what));
}

bool is_no_iterable(Interpreter& in, const Value& value) {
  if (slots_of(in, value).iterate == nullptr) return true;
  const bool by_methods =
      value.is(Kind::kClass) || (value.is(Kind::kInstance) && value.as<Instance>()->payload.missing());
  if (!by_methods || may_have_dunder(value)) return false;
  const auto has = [&](Str* name) {
    const Value* found = find_dunder(in, value, name);
    return found != nullptr && !found->is_none();
  };
  return !has(in.sym.__iter__) && !has(in.sym.__getitem__);
}

void require_spread(Interpreter& in, const Value& spread) {
  if (is_no_iterable(in, spread))
    in.raise_type_error(fmt::format("Value after * must be an iterable, not {}", in.type_name(spread)));
}

}  // namespace ckptlint::python
