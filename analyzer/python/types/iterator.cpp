// Iterator objects: those of iter(), generators, and what itertools makes.
#include "python/types/iterator.h"

#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/generators.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/printer.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// ---- slots

Class* class_of_iterator(Interpreter& in, const Value& value) {
  const auto* iterator = value.as<IteratorObject>();
  if (iterator->class_name == nullptr) return iterator->is_generator ? in.classes.generator : in.classes.iterator;
  Class*& type = in.impl->iterator_classes[iterator->class_name];
  if (type == nullptr) type = in.make_class(iterator->class_name, {in.classes.iterator});
  return type;
}

void repr_iterator(Printer& printer, const Value& value) {
  printer.out += fmt::format("<{} object at 0x0>", printer.in.type_name(value));
}

bool iterate_iterator(Interpreter&, const Value& iterable, Iteration& out) {
  out.endless = iterable.as<IteratorObject>()->state.endless;
  out.source = iterable;
  return true;
}

bool next_of_iterator(Interpreter& in, Iteration& iteration, Value& out) {
  Iteration& state = iteration.source.as<IteratorObject>()->state;
  if (!state.source.is(Kind::kIterator)) return in.next(state, out);
  const Nesting nesting(in);
  return in.next(state, out);
}

// ---- methods

// The end of an iteration as evaluated code sees it, with what a generator function returned.
[[noreturn]] void raise_end(Interpreter& in, const Value& result) {
  const Value type = Value::of(in.exception("StopIteration"));
  throw PyRaise{result.is_none() ? in.call(type, {}) : in.call(type, {result}), in.here()};
}

Value iterator_self(Interpreter&, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  return self;
}
// An instance of the class, made past its constructor, would be asked for the same method again.
void want_iterator(Interpreter& in, const Value& self) {
  if (!self.is(Kind::kIterator) && !self.unknown()) raise_wrong_receiver(in, self);
}
Value iterator_next(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  want_iterator(in, self);
  return next_element(in, self, Value{});
}
Value iterator_close(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  if (!self.is(Kind::kIterator)) return Value::none();
  close_generator(in, self.as<IteratorObject>());
  self.as<IteratorObject>()->state = Iteration{};
  return Value::none();
}
Value iterator_send(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, value] = method_arguments<"self, value">(in, "send", arguments);
  want_iterator(in, self);
  Value result = Value::none();
  const Value item = step_iterator(in, self, value, {}, result);
  if (item.missing()) raise_end(in, result);
  return item;
}
Value iterator_throw(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, type, value, traceback] =
      method_arguments<"self, type, value=, traceback=">(in, "throw", arguments);
  want_iterator(in, self);
  const Value raised = thrown_exception(in, type, value);
  if (raised.unknown()) return raised;
  Value result = Value::none();
  const Value item = step_iterator(in, self, Value::none(), raised, result);
  if (item.missing()) raise_end(in, result);
  return item;
}

}  // namespace

constinit const TypeSlots kIteratorSlots = {
    .type_of = class_of_iterator,
    .repr = repr_iterator,
    .iterate = iterate_iterator,
    .next = next_of_iterator,
    .contains = among,
};

Value next_element(Interpreter& in, const Value& iterator, const Value& fallback) {
  if (iterator.unknown()) return iterator;
  // The exception of an evaluated __next__ passes through, arguments and all.
  const Value* method = find_dunder(in, iterator, in.sym.__next__);
  if (method != nullptr && fallback.missing()) return call_dunder(in, *method, iterator, {});
  if (!iterator.is(Kind::kIterator) && method == nullptr) {
    in.raise_type_error(fmt::format("'{}' object is not an iterator", in.type_name(iterator)));
  }
  Value result = Value::none();
  const Value item = method == nullptr ? step_iterator(in, iterator, Value::none(), {}, result) : next_of(in, iterator);
  if (!item.missing()) return item;
  if (!fallback.missing()) return fallback;
  raise_end(in, result);
}

void fill_iterator(Interpreter& in) {
  add_methods(in, in.classes.iterator, {{"__iter__", iterator_self}, {"__next__", iterator_next}});
  add_methods(in, in.classes.generator,
              {{"send", iterator_send}, {"throw", iterator_throw}, {"close", iterator_close}});
  for (const char* name : {"gi_frame", "gi_running", "gi_code", "gi_yieldfrom", "__name__", "__qualname__"}) {
    in.property(in.classes.generator, name, [](Interpreter& i, const Arguments&, const Value&) {
      return i.unknown("what a generator says of itself");
    });
  }
}

}  // namespace ckptlint::python
