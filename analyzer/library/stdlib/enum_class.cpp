// The metaclass of enum classes.
#include <algorithm>
#include <string>

#include "library/stdlib/enum_members.h"
#include "library/stdlib/values.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

std::vector<Value> distinct_members(Interpreter& in, Class* type) {
  std::vector<Value> members;
  Dict* all = enum_member_map(in, type);
  if (all == nullptr) return members;
  bool flag = is_flag(in, type);
  for (const Dict::Entry& entry : all->entries) {
    if (!entry.value.is(Kind::kInstance)) continue;
    Value name = own(entry.value.as<Instance>(), in.sym._name_);
    if (!in.equal(name, entry.key)) continue;  // an alias
    Value value = plain(own(entry.value.as<Instance>(), in.sym._value_));
    bool one_bit = value.is_integral() && value.as_int() > 0 && (value.as_int() & (value.as_int() - 1)) == 0;
    if (!flag || one_bit) members.push_back(entry.value);
  }
  return members;
}

// Enum("Name", names): a class with those members.  Names are text with spaces or commas, a list, pairs, or a mapping.
Value class_of_names(Interpreter& in, Class* base, const Value& name, Value names) {
  if (Str* text = as_str(names)) {
    Value cleaned = in.call_method(in.string(text->view()), in.intern("replace"), {in.string(","), in.string(" ")});
    names = in.call_method(cleaned, in.intern("split"));
  }
  Dict* body = in.dict();
  if (Dict* pairs = as_dict(names)) {
    body = dict_copy(in.arena, pairs);
  } else {
    std::vector<Value> so_far;
    for (const Value& item : in.collect(names)->items) {
      Tuple* pair = as_tuple(item);
      bool with_value = pair != nullptr && pair->count == 2;
      Str* text = as_str(with_value ? pair->items[0] : item);
      if (text == nullptr) in.raise_type_error("enumeration names must be strings");
      Str* symbol = in.intern(text->view());
      so_far.push_back(with_value ? pair->items[1] : next_auto(in, base, symbol, Value{}, so_far));
      dict_set(in.arena, body, symbol, so_far.back());
    }
  }
  return in.call(Value::of(in.classes.type), {name, in.tuple({Value::of(base)}), Value::of(body)});
}

// Color(value): the member, by its value, by _missing_, or as a combination of flags.
Value enum_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, value, names, module, qualname, mixed_in, start, boundary] =
      bind<"cls, value=, names=, *, module=, qualname=, type=, start=, boundary=">(in, "EnumType.__call__", arguments);
  auto* type = self_as<Class>(in, cls);
  if (!value.missing() && !names.missing() && !names.is_none()) return class_of_names(in, type, value, names);
  if (value.missing()) {
    in.raise_type_error(std::string(type->name->view()) +
                        ".__call__() missing 1 required positional argument: 'value'");
  }
  if (value.unknown()) return value;
  if (value.is(Kind::kInstance) && value.as<Instance>()->type == type) return value;
  Value found = find_by_value(in, type, value);
  if (!found.missing()) return found;
  if (Value* hook = in.class_lookup(type, in.sym._missing_)) {
    Value result = in.call(in.bind_to(*hook, Value{}, type), {value});
    if (instance_of(in, result, type) != nullptr || result.unknown()) return result;
  }
  if (is_flag(in, type) && plain(value).is_integral() && plain(value).as_int() >= 0)
    return flag_member(in, type, plain(value).as_int());
  in.raise_value_error(in.repr(value) + " is not a valid " + std::string(type->qualified_name->view()));
}

Value enum_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, given_name] = by_position<"cls, name">(arguments);
  auto* type = self_as<Class>(in, cls);
  if (given_name.unknown()) return given_name;
  Dict* members = enum_member_map(in, type);
  Str* name = as_str(given_name);
  if (members != nullptr && name != nullptr) {
    if (Value* found = dict_find(members, in.intern(name->view()))) return *found;
  }
  raise_key_error(in, given_name);
}

Value enum_iter(Interpreter& in, const Arguments& arguments, const Value& reversed) {
  List* list = in.list();
  std::vector<Value> members = distinct_members(in, self_as<Class>(in, arguments));
  if (reversed.is(Kind::kBool) && reversed.boolean) std::reverse(members.begin(), members.end());
  for (const Value& member : members) list->items.push(in.arena, member);
  auto* iterator = in.arena.make<IteratorObject>();
  iterator->kind = Kind::kIterator;
  iterator->state.source = Value::of(list);
  return Value::of(iterator);
}

Value enum_length(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(distinct_members(in, self_as<Class>(in, arguments)).size());
}

Value enum_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, member] = by_position<"cls, member">(arguments);
  auto* type = self_as<Class>(in, cls);
  if (member.unknown()) return member;
  if (instance_of(in, member, type) != nullptr) return Value::of(true);
  return Value::of(!find_by_value(in, type, member).missing());
}

Value enum_members(Interpreter& in, const Arguments& arguments, const Value&) {
  Dict* members = enum_member_map(in, self_as<Class>(in, arguments));
  return Value::of(members == nullptr ? in.dict() : dict_copy(in.arena, members));
}

Value enum_bool(Interpreter&, const Arguments&, const Value&) { return Value::of(true); }

Value enum_class_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = self_as<Class>(in, arguments);
  return in.string((is_flag(in, type) ? "<flag '" : "<enum '") + std::string(type->name->view()) + "'>");
}

}  // namespace

Class* make_enum_metaclass(Interpreter& in) {
  Class* meta = in.make_class("EnumType", {in.classes.type});
  in.method(meta, "__call__", enum_call);
  in.method(meta, "__getitem__", enum_item);
  in.method(meta, "__iter__", enum_iter, Value::of(false));
  in.method(meta, "__reversed__", enum_iter, Value::of(true));
  in.method(meta, "__len__", enum_length);
  in.method(meta, "__contains__", enum_contains);
  in.method(meta, "__bool__", enum_bool);
  in.method(meta, "__repr__", enum_class_repr);
  in.property(meta, "__members__", enum_members);
  return meta;
}

}  // namespace ckptlint::python
