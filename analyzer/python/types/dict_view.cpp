// dict_keys, dict_values and dict_items.  Keys and items take part in the operators and comparisons of sets.
#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/printer.h"
#include "python/types/dict.h"
#include "python/types/methods.h"
#include "python/types/rows.h"
#include "python/types/set.h"

namespace ckptlint::python {
namespace {

// ---- slots

std::string_view name_of_view(const Value& value) {
  const ViewKind kind = value.as<DictView>()->view;
  return kind == ViewKind::kKeys ? "dict_keys" : kind == ViewKind::kValues ? "dict_values" : "dict_items";
}

Value view_length(Interpreter&, const Value& value) {
  return Value::of(std::int64_t{value.as<DictView>()->dict->live});
}

void repr_view(Printer& printer, const Value& value) {
  printer.container(value, "[...]", [&] {
    printer.out += fmt::format("{}([", name_of_view(value));
    const List* all = printer.in.collect(value);
    printer.items(all->items.begin(), all->items.end());
    printer.out += "])";
  });
}

bool iterate_view(Interpreter&, const Value& iterable, Iteration& out) {
  out.step = iterable.as<DictView>()->dict->live;
  out.source = iterable;
  return true;
}

bool next_of_view(Interpreter& in, Iteration& iteration, Value& out) {
  const auto* view = iteration.source.as<DictView>();
  const auto* entry = next_entry(in, iteration, view->dict);
  if (entry == nullptr) return false;
  out = view->view == ViewKind::kKeys     ? entry->key
        : view->view == ViewKind::kValues ? entry->value
                                          : in.tuple({entry->key, entry->value});
  return true;
}

Truth view_contains(Interpreter& in, const Value& container, const Value& value) {
  auto* view = container.as<DictView>();
  return view->view == ViewKind::kKeys ? has_key(in, view->dict, value) : among(in, container, value);
}

// ---- methods

Value view_isdisjoint(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, other] = method_arguments<"self, other">(in, "isdisjoint", arguments);
  const Value self = receiver_of(in, arguments, Kind::kDictView, "dict_keys");
  for (const Value& item : in.collect(other)->items) {
    const Truth found = in.membership(self, item);
    if (found == Truth::kTrue) return Value::of(false);
    if (found == Truth::kUnknown) return in.unknown("a comparison of values that are not known");
  }
  return Value::of(true);
}
Value view_mapping(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(receiver<DictView>(in, arguments, Kind::kDictView, "dict_keys")->dict);
}

}  // namespace

constinit const TypeSlots kDictViewSlots = {
    .type = &Interpreter::Classes::dict_view,
    .type_name = name_of_view,
    .truth = truth_by_length,
    .length = view_length,
    .repr = repr_view,
    .iterate = iterate_view,
    .next = next_of_view,
    .contains = view_contains,
    .equal = set_equal,
    .order = set_order,
    .binary = set_binary,
};

Value make_view(Interpreter& in, Dict* dict, ViewKind kind) {
  auto* made = in.arena.make<DictView>();
  made->kind = Kind::kDictView;
  made->dict = dict;
  made->view = kind;
  return Value::of(made);
}

void fill_dict_view(Interpreter& in) {
  Class* view = in.classes.dict_view;
  add_container_methods(in, view, false);
  add_comparisons(in, view, true);
  add_operators(in, view, {"and__", "or__", "sub__", "xor__"});
  in.method(view, "isdisjoint", spread<view_isdisjoint>);
  in.method(view, "__reversed__", known_receiver<dict_reversed>);
  in.property(view, "mapping", view_mapping);
}

}  // namespace ckptlint::python
