// Walks everything that a `for` can walk, one element at a time.
#include <fmt/format.h>

#include <cmath>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/sets.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

bool raised_any(Interpreter& in, const PyRaise& raised, std::initializer_list<const char*> names) {
  if (!raised.exception.is(Kind::kInstance)) return false;
  for (const char* name : names) {
    if (in.is_subclass(raised.exception.as<Instance>()->type, in.exception(name))) return true;
  }
  return false;
}

// The entry of a dict or set at or behind `at`; null at the end.
const Dict::Entry* next_entry(Interpreter& in, Iteration& iteration, const Dict* dict, const char* what) {
  if (dict->live != static_cast<std::uint64_t>(iteration.step)) {
    in.raise(in.exception("RuntimeError"), fmt::format("{} changed size during iteration", what));
  }
  while (iteration.at < dict->entries.count) {
    const Dict::Entry& entry = dict->entries[static_cast<std::size_t>(iteration.at++)];
    if (!entry.key.missing()) return &entry;
  }
  return nullptr;
}

bool iterate_instance(Interpreter& in, const Value& object, Iteration& out) {
  const Nesting nesting(in);
  const Value made = try_dunder(in, object, in.sym.__iter__);
  if (!made.missing()) {
    if (const Value* method = find_dunder(in, made, in.sym.__next__)) {
      out.source = made;
      out.next_method = in.bind_to(*method, made, made.as<Instance>()->type);
      return true;
    }
    return in.iterate(made, out);
  }
  if (find_dunder(in, object, in.sym.__getitem__) != nullptr && object.is(Kind::kInstance)) {
    out.source = object;
    return true;
  }
  if (may_have_dunder(object)) {
    in.note_partial("iterates over an instance of a class with an unknown base");
    return false;
  }
  in.raise_type_error(fmt::format("'{}' object is not iterable", in.type_name(object)));
}

// An instance's next element.
bool next_of_instance(Interpreter& in, Iteration& iteration, Value& out) {
  const Nesting nesting(in);
  try {
    out = iteration.next_method.missing() ? in.item(iteration.source, Value::of(iteration.at++))
                                          : in.call(iteration.next_method, {});
    return true;
  } catch (const PyRaise& raised) {
    if (raised_any(in, raised, {"StopIteration"})) return false;
    if (iteration.next_method.missing() && raised_any(in, raised, {"IndexError"})) return false;
    throw;
  }
}

bool next_lazily(Interpreter& in, Iteration& iteration, Value& out) {
  if (!iteration.next_method.is(Kind::kNative)) return false;
  const Nesting nesting(in);
  const auto* native = iteration.next_method.as<Native>();
  out = native->function(in, Arguments{}, native->data);
  if (out.missing()) iteration.next_method = Value{};
  return !out.missing();
}

}  // namespace

Value character(Interpreter& in, std::string_view bytes) {
  return bytes.size() == 1 ? Value::of(in.intern(bytes)) : in.string(bytes);
}

bool Interpreter::iterate(const Value& iterable, Iteration& out) {
  out = Iteration{};
  switch (iterable.kind) {
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kStr:
    case Kind::kBytes:
    case Kind::kRange:
      break;
    case Kind::kDict:
      out.step = iterable.as<Dict>()->live;
      break;
    case Kind::kSet:
      out.step = iterable.as<Set>()->items->live;
      out.next_method = Value::of(set_members(*this, iterable.as<Set>()));
      break;
    case Kind::kDictView:
      out.step = iterable.as<DictView>()->dict->live;
      break;
    case Kind::kIterator:
      out.endless = iterable.as<IteratorObject>()->state.endless;
      break;
    case Kind::kTensor: {
      const auto* tensor = iterable.as<Tensor>();
      if (!tensor->shape_known || hooks.tensor_item == nullptr) {
        note_partial("iterates over a tensor whose shape is not known");
        return false;
      }
      if (tensor->rank == 0) raise_type_error("iteration over a 0-d tensor");
      break;
    }
    case Kind::kUnknown:
      note_partial(fmt::format("iterates over {}", iterable.as<Unknown>()->origin->view()));
      return false;
    case Kind::kInstance:
    case Kind::kClass:
      return iterate_instance(*this, iterable, out);
    default:
      raise_type_error(fmt::format("'{}' object is not iterable", type_name(iterable)));
  }
  out.source = iterable;
  return true;
}

bool Interpreter::next(Iteration& iteration, Value& out) {
  step();
  const auto at = static_cast<std::size_t>(iteration.at);
  bool more = false;
  switch (iteration.source.kind) {
    case Kind::kMissing:
      return next_lazily(*this, iteration, out);
    case Kind::kIterator: {
      Iteration& state = iteration.source.as<IteratorObject>()->state;
      if (state.source.is(Kind::kIterator)) {
        const Nesting nesting(*this);
        return next(state, out);
      }
      return next(state, out);
    }
    case Kind::kInstance:
      more = next_of_instance(*this, iteration, out);
      break;
    case Kind::kList: {
      const auto& items = iteration.source.as<List>()->items;
      more = at < items.count;
      if (more) out = items[at];
      ++iteration.at;
      break;
    }
    case Kind::kTuple: {
      const auto* tuple = iteration.source.as<Tuple>();
      more = at < tuple->count;
      if (more) out = tuple->items[at];
      ++iteration.at;
      break;
    }
    case Kind::kStr: {
      const std::string_view text = iteration.source.as<Str>()->view();
      more = at < text.size();
      if (more) {
        const std::string_view one = text.substr(at, character_bytes(text[at]));
        iteration.at += static_cast<std::int64_t>(one.size());
        out = character(*this, one);
      }
      break;
    }
    case Kind::kBytes: {
      const std::string_view data = iteration.source.as<Bytes>()->data;
      more = at < data.size();
      if (more) out = Value::of(std::int64_t{static_cast<unsigned char>(data[at])});
      ++iteration.at;
      break;
    }
    case Kind::kRange: {
      const auto* range = iteration.source.as<Range>();
      more = iteration.at < range->size();
      if (more) out = Value::of(range->start + iteration.at * range->step);
      ++iteration.at;
      break;
    }
    case Kind::kDict: {
      const auto* entry = next_entry(*this, iteration, iteration.source.as<Dict>(), "dictionary");
      more = entry != nullptr;
      if (more) out = entry->key;
      break;
    }
    case Kind::kSet: {
      if (iteration.source.as<Set>()->items->live != iteration.step)
        raise(exception("RuntimeError"), "Set changed size during iteration");
      const auto& members = iteration.next_method.as<List>()->items;
      more = at < members.count;
      if (more) out = members[at];
      ++iteration.at;
      break;
    }
    case Kind::kDictView: {
      const auto* view = iteration.source.as<DictView>();
      const auto* entry = next_entry(*this, iteration, view->dict, "dictionary");
      more = entry != nullptr;
      if (more) {
        out = view->view == ViewKind::kKeys     ? entry->key
              : view->view == ViewKind::kValues ? entry->value
                                                : tuple({entry->key, entry->value});
      }
      break;
    }
    case Kind::kTensor: {
      auto* tensor = iteration.source.as<Tensor>();
      more = iteration.at < tensor->shape[0];
      if (more) out = hooks.tensor_item(*this, tensor, Value::of(iteration.at));
      ++iteration.at;
      break;
    }
    default:
      break;
  }
  if (!more) iteration = Iteration{};  // an exhausted iterator stays so
  return more;
}

List* Interpreter::collect(const Value& iterable) {
  List* made = list();
  if (iterable.is(Kind::kRange) && iterable.as<Range>()->size() > static_cast<std::int64_t>(kMaxElements)) {
    throw BudgetExceeded{"memory"};  // at once, not after a second of it
  }
  Iteration each;
  if (!iterate(iterable, each)) return made;
  Value item;
  while (next(each, item)) {
    if (made->items.count >= kMaxElements) throw BudgetExceeded{"memory"};
    made->items.push(arena, item);
  }
  return made;
}

Value make_iterator(Interpreter& in, const Value& value) {
  if (value.unknown() || value.is(Kind::kIterator)) return value;
  Iteration each;
  if (!in.iterate(value, each)) return in.unknown("an iterator over what is not known");
  if (each.source.is(Kind::kIterator)) return each.source;
  // An instance that is its own iterator stays one: its class may have more methods.
  if (each.source.is(Kind::kInstance) && !each.next_method.missing()) return each.source;
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->state = each;
  return Value::of(made);
}

Value lazy_iterator(Interpreter& in, const char* name, NativeFunction next, const Value& state, bool endless) {
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->state.next_method = in.native_static(name, next, state);
  made->state.endless = endless ? 1 : 0;
  return Value::of(made);
}

Value list_iterator(Interpreter& in, List* items) {
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->state.source = Value::of(items);
  return Value::of(made);
}

Value next_of(Interpreter& in, const Value& iterator) {
  Value out;
  if (iterator.is(Kind::kIterator)) return in.next(iterator.as<IteratorObject>()->state, out) ? out : Value{};
  const Value* method = find_dunder(in, iterator, in.sym.__next__);
  if (method == nullptr) in.raise_type_error(fmt::format("'{}' object is not an iterator", in.type_name(iterator)));
  Iteration each;
  each.source = iterator;
  each.next_method = in.bind_to(*method, iterator, in.type_of(iterator));
  return in.next(each, out) ? out : Value{};
}

}  // namespace ckptlint::python
