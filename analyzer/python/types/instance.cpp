// Instances of classes: what they do is their class's special methods.
#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/printer.h"
#include "python/types/protocol.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

Class* class_of_instance(Interpreter&, const Value& value) { return value.as<Instance>()->type; }

// Members of an enum hash as their names do, unless they are texts or numbers as well.
std::optional<std::uint64_t> instance_hash(Interpreter& in, const Value& value, int depth) {
  const auto* instance = value.as<Instance>();
  const Value* own = in.class_lookup(instance->type, in.sym.__hash__);
  const Value* plain = in.class_lookup(in.classes.object, in.sym.__hash__);
  if (own != nullptr && !own->is(Kind::kNative) && !(plain != nullptr && own->same(*plain))) return std::nullopt;
  if (!instance->payload.missing()) return known_hash(in, instance->payload, depth - 1);
  if (!instance->type->is_enum || instance->attributes == nullptr) return std::nullopt;
  const Value* name = dict_find(instance->attributes, in.intern("_name_"));
  return name != nullptr && name->is(Kind::kStr) ? known_hash(in, *name, depth) : std::nullopt;
}

void print_by(Printer& printer, const Value& value, Str* method) {
  const auto* object = value.as<Instance>();
  const Value made = try_dunder(printer.in, value, method);
  if (!made.missing()) return printer.answer(made, method->data);
  if (object->type->has_unknown_base)
    return printer.add_unknown(printer.in.unknown("the text of an instance of a class with an unknown base"));
  printer.out += fmt::format("<{} object at 0x0>", class_path(printer.in, object->type));
}

void repr_instance(Printer& printer, const Value& value) {
  const Nesting nesting(printer.in);
  print_by(printer, value, printer.in.sym.__repr__);
}

void str_of_instance(Printer& printer, const Value& value) {
  Interpreter& in = printer.in;
  const Nesting nesting(in);
  const Value* found = find_dunder(in, value, in.sym.__str__);
  const Value* plain_str = in.class_lookup(in.classes.object, in.sym.__str__);
  const bool own = found != nullptr && !(plain_str != nullptr && found->same(*plain_str));
  print_by(printer, value, own ? in.sym.__str__ : in.sym.__repr__);
}

bool raised_any(Interpreter& in, const PyRaise& raised, std::initializer_list<const char*> names) {
  if (!raised.exception.is(Kind::kInstance)) return false;
  for (const char* name : names) {
    if (in.is_subclass(raised.exception.as<Instance>()->type, in.exception(name))) return true;
  }
  return false;
}

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

Value instance_item(Interpreter& in, const Value& object, const Value& key) {
  const Nesting nesting(in);
  const Value answer = try_dunder(in, object, in.sym.__getitem__, {key});
  if (!answer.missing()) return answer;
  if (may_have_dunder(object)) return in.unknown("an element of an instance of a class with an unknown base");
  raise_not_subscriptable(in, object);
}

void instance_set_item(Interpreter& in, const Value& object, const Value& key, const Value& value) {
  const Nesting nesting(in);
  if (!try_dunder(in, object, in.sym.__setitem__, {key, value}).missing() || may_have_dunder(object)) return;
  raise_unsupported(in, object, "does not support item assignment");
}

void instance_delete_item(Interpreter& in, const Value& object, const Value& key) {
  const Nesting nesting(in);
  if (!try_dunder(in, object, in.sym.__delitem__, {key}).missing() || may_have_dunder(object)) return;
  raise_unsupported(in, object, "doesn't support item deletion");
}

}  // namespace

// Comparisons and binary operators ask the special methods of both sides before any row is looked at.
constinit const TypeSlots kInstanceSlots = {
    .type_of = class_of_instance,
    .truth = truth_by_methods,
    .length = length_by_methods,
    .hash = instance_hash,
    .repr = repr_instance,
    .str = str_of_instance,
    .iterate = iterate_by_methods,
    .next = next_of_instance,
    .contains = contains_by_methods,
    .item = instance_item,
    .set_item = instance_set_item,
    .delete_item = instance_delete_item,
    .unary = unary_by_methods,
};

// ---- shared with classes, whose special methods are those of their metaclass

Truth truth_by_methods(Interpreter& in, const Value& value) {
  if (!has_protocol(value)) return Truth::kTrue;
  const Nesting nesting(in);
  const Value answer = try_dunder(in, value, in.sym.__bool__);
  if (answer.is(Kind::kBool)) return truth_of(answer.boolean);
  if (answer.unknown()) return Truth::kUnknown;
  if (!answer.missing()) {
    in.raise_type_error(fmt::format("__bool__ should return bool, returned {}", in.type_name(answer)));
  }
  if (find_dunder(in, value, in.sym.__len__) != nullptr) {
    const Value length = length_value(in, value);
    return length.unknown() ? Truth::kUnknown : truth_of(length.integer != 0);
  }
  return may_have_dunder(value) ? Truth::kUnknown : Truth::kTrue;
}

Value length_by_methods(Interpreter& in, const Value& value) {
  const Value answer = try_dunder(in, value, in.sym.__len__);
  if (answer.unknown()) return answer;
  if (!answer.missing()) {
    const std::int64_t length = in.to_int(answer);
    if (length < 0) in.raise_value_error("__len__() should return >= 0");
    return Value::of(length);
  }
  return may_have_dunder(value) ? in.unknown("the length of an instance of a class with an unknown base") : Value{};
}

bool iterate_by_methods(Interpreter& in, const Value& object, Iteration& out) {
  const Nesting nesting(in);
  const Value made = try_dunder(in, object, in.sym.__iter__);
  if (!made.missing()) {
    if (const Value* method = find_dunder(in, made, in.sym.__next__)) {
      out.source = made;
      out.next_method = in.bind_to(*method, made, made.as<Instance>()->type);
      return true;
    }
    if (!made.is(Kind::kIterator) && !made.unknown() && !may_have_dunder(made))
      in.raise_type_error(fmt::format("iter() returned non-iterator of type '{}'", in.type_name(made)));
    return in.iterate(made, out);
  }
  const Value* refused = in.class_lookup(in.type_of(object), in.sym.__iter__);  // None: past __getitem__ too
  const bool by_items = refused == nullptr || !refused->is_none();
  if (by_items && find_dunder(in, object, in.sym.__getitem__) != nullptr && object.is(Kind::kInstance)) {
    out.source = object;
    return true;
  }
  if (may_have_dunder(object)) {
    in.note_partial("iterates over an instance of a class with an unknown base");
    return false;
  }
  in.raise_type_error(fmt::format("'{}' object is not iterable", in.type_name(object)));
}

Truth contains_by_methods(Interpreter& in, const Value& container, const Value& value) {
  const Nesting nesting(in);
  const Value answer = try_dunder(in, container, in.sym.__contains__, {value});
  if (!answer.missing()) return in.truth(answer);
  const bool walked = find_dunder(in, container, in.sym.__iter__) != nullptr ||
                      find_dunder(in, container, in.sym.__getitem__) != nullptr || may_have_dunder(container);
  if (!walked && find_dunder(in, container, in.sym.__contains__) == nullptr)
    in.raise_type_error(fmt::format("argument of type '{}' is not iterable", in.type_name(container)));
  return among(in, container, value);
}

Value unary_by_methods(Interpreter& in, Operator op, const Value& operand) {
  Str* name = op == Operator::kNegate ? in.sym.__neg__ : op == Operator::kPositive ? in.sym.__pos__ : in.sym.__invert__;
  const Value answer = try_dunder(in, operand, name);
  if (!answer.missing() && !answer.is(Kind::kNotImplemented)) return answer;
  return may_have_dunder(operand) ? in.unknown("an operator of a class with an unknown base") : not_implemented();
}

}  // namespace ckptlint::python
