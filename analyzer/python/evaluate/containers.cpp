// Membership, keys, slices and positions, as lists, dicts, ranges and texts share them.
#include "python/evaluate/containers.h"

#include <fmt/format.h>

#include <cmath>

#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// Numbers are in a range when they are on its grid.
bool range_contains(const Range* range, std::int64_t value) {
  if (range->size() == 0) return false;
  const bool inside =
      range->step > 0 ? value >= range->start && value < range->stop : value <= range->start && value > range->stop;
  if (!inside) return false;
  const std::uint64_t distance = range->step > 0
                                     ? static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(range->start)
                                     : static_cast<std::uint64_t>(range->start) - static_cast<std::uint64_t>(value);
  const std::uint64_t stride =
      range->step > 0 ? static_cast<std::uint64_t>(range->step) : ~static_cast<std::uint64_t>(range->step) + 1;
  return distance % stride == 0;
}

Truth among(Interpreter& in, const Value* items, std::size_t count, const Value& value) {
  Truth answer = Truth::kFalse;
  for (std::size_t i = 0; i < count; ++i) {
    in.step();
    const Truth same = in.equality(items[i], value);
    if (same == Truth::kTrue) return same;
    if (same == Truth::kUnknown) answer = same;
  }
  return answer;
}

Truth among_iterated(Interpreter& in, const Value& iterable, const Value& value) {
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

Truth has_key(Interpreter& in, Dict* dict, const Value& key) {
  require_hashable(in, key);
  if (key.unknown()) return dict->live == 0 ? Truth::kFalse : Truth::kUnknown;
  return truth_of(find_key(in, dict, key) != nullptr);
}

}  // namespace

void require_hashable(Interpreter& in, const Value& key) {
  if (hashable(key)) return;
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

Value stored_key(Interpreter& in, const Dict* dict, const Value& key) {
  if (!key.is(Kind::kInstance) || !key.as<Instance>()->payload.missing()) return key;
  const Value* own = in.class_lookup(key.as<Instance>()->type, in.sym.__eq__);
  const Value* plain = in.class_lookup(in.classes.object, in.sym.__eq__);
  if (own == nullptr || own == plain || (plain != nullptr && own->same(*plain))) return key;
  for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
    const Value candidate = dict->entries[i].key;
    if (!candidate.is(Kind::kInstance)) continue;
    in.step();
    if (in.equality(candidate, key) == Truth::kTrue) return candidate;
  }
  return key;
}

Value* find_key(Interpreter& in, Dict* dict, const Value& key) { return dict_find(dict, stored_key(in, dict, key)); }

Value dict_item(Interpreter& in, const Value& receiver, const Value& key) {
  Dict* dict = unwrap(receiver).as<Dict>();
  require_hashable(in, key);
  if (key.unknown()) return key;
  if (const Value* found = find_key(in, dict, key)) return *found;
  if (const Value answer = try_dunder(in, receiver, in.sym.__missing__, {key}); !answer.missing()) return answer;
  if (dict->counter) return Value::of(0);
  if (dict->default_factory != nullptr && !dict->default_factory->is_none()) {
    const Value made = in.call(*dict->default_factory, {});
    in.set_item(receiver, key, made);
    return made;
  }
  raise_key_error(in, key);
}

Value length_value(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kUnknown:
      return value;
    case Kind::kStr:
      return Value::of(text_length(value.as<Str>()->view()));
    case Kind::kBytes:
      return Value::of(value.as<Bytes>()->data.size());
    case Kind::kTuple:
      return Value::of(std::int64_t{value.as<Tuple>()->count});
    case Kind::kList:
      return Value::of(std::int64_t{value.as<List>()->items.count});
    case Kind::kDict:
      return Value::of(std::int64_t{value.as<Dict>()->live});
    case Kind::kSet:
      return Value::of(std::int64_t{value.as<Set>()->items->live});
    case Kind::kDictView:
      return Value::of(std::int64_t{value.as<DictView>()->dict->live});
    case Kind::kRange:
      return Value::of(value.as<Range>()->size());
    case Kind::kTensor: {
      const auto* tensor = value.as<Tensor>();
      if (!tensor->shape_known) return in.unknown("the length of a tensor whose shape is not known");
      if (tensor->rank == 0) in.raise_type_error("len() of a 0-d tensor");
      return Value::of(tensor->shape[0]);
    }
    case Kind::kInstance:
    case Kind::kClass: {
      const Value answer = try_dunder(in, value, in.sym.__len__);
      if (answer.unknown()) return answer;
      if (!answer.missing()) {
        const std::int64_t length = in.to_int(answer);
        if (length < 0) in.raise_value_error("__len__() should return >= 0");
        return Value::of(length);
      }
      if (may_have_dunder(value)) return in.unknown("the length of an instance of a class with an unknown base");
      break;
    }
    default:
      break;
  }
  in.raise_type_error(fmt::format("object of type '{}' has no len()", in.type_name(value)));
}

std::int64_t Interpreter::length(const Value& value) {
  const Value answer = length_value(*this, value);
  if (!answer.unknown()) return answer.integer;
  note_partial(fmt::format("a length depends on {}", answer.as<Unknown>()->origin->view()));
  return 0;
}

Truth Interpreter::membership(const Value& container, const Value& value) {
  switch (container.kind) {
    case Kind::kUnknown:
      return Truth::kUnknown;
    case Kind::kDict:
      return has_key(*this, container.as<Dict>(), value);
    case Kind::kSet:
      // A set may be looked for in a set of frozen ones.
      if (value.is(Kind::kSet)) return among_iterated(*this, container, value);
      return has_key(*this, container.as<Set>()->items, value);
    case Kind::kList: {
      const auto& items = container.as<List>()->items;
      return among(*this, items.items, items.count, value);
    }
    case Kind::kTuple:
      return among(*this, container.as<Tuple>()->items, container.as<Tuple>()->count, value);
    case Kind::kStr: {
      if (value.unknown()) return Truth::kUnknown;
      const Str* text = as_text(value);
      if (text == nullptr) {
        raise_type_error(fmt::format("'in <string>' requires string as left operand, not {}", type_name(value)));
      }
      step(container.as<Str>()->length / 64);
      return truth_of(container.as<Str>()->view().find(text->view()) != std::string_view::npos);
    }
    case Kind::kBytes: {
      const std::string_view data = container.as<Bytes>()->data;
      if (value.is(Kind::kBytes)) return truth_of(data.find(value.as<Bytes>()->data) != std::string_view::npos);
      if (value.unknown()) return Truth::kUnknown;
      return truth_of(data.find(static_cast<char>(to_int(value))) != std::string_view::npos);
    }
    case Kind::kRange: {
      if (value.unknown()) return Truth::kUnknown;
      const Value& number = unwrap(value);
      if (number.is_integral()) return truth_of(range_contains(container.as<Range>(), number.as_int()));
      if (number.is(Kind::kFloat)) {
        const bool whole = number.real == std::floor(number.real) && std::fabs(number.real) < 9e18;
        return truth_of(whole && range_contains(container.as<Range>(), static_cast<std::int64_t>(number.real)));
      }
      return Truth::kFalse;
    }
    case Kind::kDictView: {
      auto* view = container.as<DictView>();
      if (view->view == ViewKind::kKeys) return has_key(*this, view->dict, value);
      return among_iterated(*this, container, value);
    }
    case Kind::kTensor:
      return truth(call_method(container, sym.__contains__, {value}));
    case Kind::kInstance:
    case Kind::kClass: {
      const Nesting nesting(*this);
      const Value answer = try_dunder(*this, container, sym.__contains__, {value});
      if (!answer.missing()) return truth(answer);
      return among_iterated(*this, container, value);
    }
    case Kind::kIterator:
      return among_iterated(*this, container, value);
    default:
      raise_type_error(fmt::format("argument of type '{}' is not iterable", type_name(container)));
  }
}

bool Interpreter::contains(const Value& container, const Value& value) {
  const Truth answer = membership(container, value);
  if (answer == Truth::kUnknown) note_partial("a test with `in` depends on values that are not known");
  return answer == Truth::kTrue;
}

Value bytes_value(Interpreter& in, std::string_view data) {
  in.step(data.size() / 64);
  Bytes* made = in.arena.make<Bytes>();
  made->kind = Kind::kBytes;
  made->data = in.arena.copy(data);
  return Value::of(made);
}

}  // namespace ckptlint::python
