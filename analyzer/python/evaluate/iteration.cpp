// Walks everything that a `for` can walk, one element at a time.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/type_slots.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

bool next_lazily(Interpreter& in, Iteration& iteration, Value& out) {
  if (!iteration.next_method.is(Kind::kNative)) return false;
  const Nesting nesting(in);
  const auto* native = iteration.next_method.as<Native>();
  out = native->function(in, Arguments{}, native->data);
  if (out.missing()) iteration.next_method = Value{};
  return !out.missing();
}

// What CPython calls the class of an iterator over a value; null where it has no name of its own.
const char* class_of_walk(const Iteration& each) {
  switch (each.source.kind) {
    case Kind::kList:
      return "list_iterator";
    case Kind::kTuple:
    case Kind::kTensor:
      return "tuple_iterator";
    case Kind::kStr:
      return is_ascii(each.source.as<Str>()->view()) ? "str_ascii_iterator" : "str_iterator";
    case Kind::kBytes:
      return "bytes_iterator";
    case Kind::kRange:
      return "range_iterator";
    case Kind::kSet:
      return "set_iterator";
    case Kind::kDict:
      return each.source.as<Dict>()->ordered ? "odict_iterator" : "dict_keyiterator";
    case Kind::kDictView: {
      const auto* view = each.source.as<DictView>();
      if (view->dict->ordered) return "odict_iterator";
      return view->view == ViewKind::kKeys     ? "dict_keyiterator"
             : view->view == ViewKind::kValues ? "dict_valueiterator"
                                               : "dict_itemiterator";
    }
    default:
      return nullptr;
  }
}

}  // namespace

bool Interpreter::iterate(const Value& iterable, Iteration& out) {
  out = Iteration{};
  const auto iterate = slots_of(*this, iterable).iterate;
  if (iterate == nullptr) raise_type_error(fmt::format("'{}' object is not iterable", type_name(iterable)));
  return iterate(*this, iterable, out);
}

bool Interpreter::next(Iteration& iteration, Value& out) {
  step();
  if (iteration.source.missing()) return next_lazily(*this, iteration, out);
  const auto next = slots_of(*this, iteration.source).next;
  if (next != nullptr && next(*this, iteration, out)) return true;
  iteration = Iteration{};  // an exhausted iterator stays so
  return false;
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
  made->class_name = class_of_walk(each);
  made->state = each;
  return Value::of(made);
}

Value lazy_iterator(Interpreter& in, const char* name, NativeFunction next, const Value& state, bool endless) {
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->class_name = name;
  made->state.next_method = in.native_static(name, next, state);
  made->state.endless = endless ? 1 : 0;
  return Value::of(made);
}

Value list_iterator(Interpreter& in, List* items, const char* class_name) {
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->class_name = class_name;
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
