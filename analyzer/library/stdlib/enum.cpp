// enum: members made when a class's body has run, lookup by value and name, flags.
//
// A member is an instance of its class with _name_ and _value_; with a mixed-in type (class X(str, Enum)) its payload is
// the value as that type, so that it compares, hashes and formats as one.  As of Python 3.11.
#include <algorithm>
#include <string>
#include <vector>

#include "library/library.h"
#include "library/stdlib/values.h"
#include "python/containers.h"
#include "python/nesting.h"

namespace ckptlint::python {
namespace {

struct Names {
  Str* members;    // _member_map_: name -> member, aliases included
  Str* by_value;   // _value2member_map_: value -> member
  Str* flag;       // set on Flag classes
  Str* new_member;
};
Names names(Interpreter& in) {
  return {in.intern("_member_map_"), in.intern("_value2member_map_"), in.intern("_flag_"), in.intern("_new_member_")};
}

Dict* member_map(Interpreter& in, Class* type) {
  Value* found = in.class_lookup(type, names(in).members);
  return found == nullptr ? nullptr : as_dict(*found);
}

bool is_flag(Interpreter& in, Class* type) { return in.class_lookup(type, names(in).flag) != nullptr; }

// auto(): an instance until the class is finished.
bool is_auto(Interpreter& in, const Value& value) {
  Value* type = dict_find(in.native_module("enum", false)->attributes, in.intern("auto"));
  return type != nullptr && instance_of(in, value, type->as<Class>()) != nullptr;
}

// `A | B` in a class body where A is still an auto(): an auto() that remembers the operation.
Value combined_auto(Interpreter& in, const Arguments& arguments, const Value& op) {
  Instance* made = in.instance(arguments[0].as<Instance>()->type);
  set_own(in, made, "operation", op);
  set_own(in, made, "left", arguments[0]);
  if (arguments.count > 1) set_own(in, made, "right", arguments[1]);
  return Value::of(made);
}

// The value of a combination, once its parts have theirs.
Value settled_auto(Interpreter& in, const Value& value) {
  if (!is_auto(in, value)) return plain(value);
  Nesting nesting(in);
  auto* each = value.as<Instance>();
  Value known = own(each, in.sym.value), op = own(each, in.intern("operation"));
  if (!known.missing() || op.missing()) return known;
  Value left = settled_auto(in, own(each, in.intern("left")));
  Value right = own(each, in.intern("right"));
  if (right.missing()) return in.unary(static_cast<Operator>(op.integer), left);
  return in.binary(static_cast<Operator>(op.integer), left, settled_auto(in, right));
}

bool is_descriptor(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kFunction:
    case Kind::kNative:
    case Kind::kProperty:
    case Kind::kClassMethod:
    case Kind::kStaticMethod:
      return true;
    case Kind::kInstance: {
      Class* type = value.as<Instance>()->type;
      if (type == in.classes.partial) return false;
      return in.class_lookup(type, in.sym.__get__) != nullptr;
    }
    default:
      return false;
  }
}

// _sunder_, __dunder__ and _Class__private names are no members.
bool is_reserved(std::string_view name, std::string_view class_name) {
  if (name.size() > 2 && name.front() == '_' && name.back() == '_') return true;
  std::string mangled = "_" + std::string(class_name) + "__";
  return name.substr(0, mangled.size()) == mangled;
}

// The type of the values: the builtin that the class mixes in, or null.
Class* mixed_in(Interpreter& in, Class* type) {
  for (Class* base : type->mro) {
    if (base == in.classes.object || base->is_enum) continue;
    if (base->native && base->layout != Layout::kPlain) return base;
  }
  return nullptr;
}

Value next_auto(Interpreter& in, Class* type, Str* name, const Value& value, const std::vector<Value>& so_far) {
  if (value.is(Kind::kInstance)) {
    Value known = settled_auto(in, value);
    if (!known.missing()) return known;
  }
  List* last = in.list();
  for (const Value& value : so_far) last->items.push(in.arena, value);
  Value* hook = in.class_lookup(type, in.sym._generate_next_value_);
  Value function = hook->is(Kind::kStaticMethod) ? hook->as<StaticMethod>()->function : *hook;
  return in.call(function, {Value::of(name), Value::of(1), Value::of(so_far.size()), Value::of(last)});
}

// _generate_next_value_ of Enum: one more than the highest; of Flag: the next power of two; of StrEnum: the lower name.
Value generate_next(Interpreter& in, const Arguments& arguments, const Value&) {
  List* last = as_list(arguments[3]);
  if (last == nullptr || last->items.empty()) return arguments[1];
  Value highest;
  for (const Value& value : last->items) {
    Value plain_value = plain(value);
    if (!plain_value.is_number()) continue;
    if (highest.missing() || in.test(in.compare(Operator::kGreater, plain_value, highest))) highest = plain_value;
  }
  return highest.missing() ? arguments[1] : in.binary(Operator::kAdd, highest, Value::of(1));
}
Value generate_next_flag(Interpreter&, const Arguments& arguments, const Value&) {
  List* last = as_list(arguments[3]);
  std::int64_t highest = 0;
  if (last == nullptr || last->items.empty()) return arguments[1].missing() ? Value::of(1) : arguments[1];
  for (const Value& value : last->items) {
    if (plain(value).is_integral()) highest = std::max(highest, plain(value).as_int());
  }
  std::int64_t bit = 1;
  while (bit <= highest && bit < (std::int64_t{1} << 61)) bit <<= 1;
  return Value::of(bit);
}
Value generate_next_str(Interpreter& in, const Arguments& arguments, const Value&) { return in.call_method(arguments[0], in.intern("lower")); }

Instance* make_member(Interpreter& in, Class* type, Str* name, const Value& value) {
  Value real = value;
  Instance* member = nullptr;
  Tuple* parts = as_tuple(value);
  Class* base = mixed_in(in, type);
  Value* custom_new = in.class_lookup(type, names(in).new_member);
  std::vector<Value> given = {Value::of(type)};
  if (parts != nullptr && !(base != nullptr && base->layout == Layout::kTuple)) given.insert(given.end(), parts->begin(), parts->end());
  else given.push_back(value);
  if (custom_new != nullptr) {
    Value function = custom_new->is(Kind::kStaticMethod) ? custom_new->as<StaticMethod>()->function : *custom_new;
    Value made = in.call(function, Arguments{given.data(), given.size(), nullptr, 0});
    if (made.is(Kind::kInstance)) member = made.as<Instance>();
    Value set = member == nullptr ? Value{} : own(member, in.sym._value_);
    if (!set.missing()) real = set;
    else if (member != nullptr && !member->payload.missing()) real = member->payload;
  }
  if (member == nullptr) {
    member = in.instance(type);
    if (base != nullptr) {
      Value made = in.call(Value::of(base), Arguments{given.data() + 1, given.size() - 1, nullptr, 0});
      member->payload = plain(made);
      real = parts != nullptr || !plain(made).same(value) ? plain(made) : value;
    }
  }
  set_own(in, member, in.sym._value_, real);
  set_own(in, member, in.sym._name_, name == nullptr ? Value::none() : Value::of(name));
  Value* init = in.class_lookup(type, in.sym.__init__);
  if (name != nullptr && init != nullptr && init->is(Kind::kFunction)) {
    given[0] = Value::of(member);
    in.call(*init, Arguments{given.data(), given.size(), nullptr, 0});
  }
  return member;
}

Value find_by_value(Interpreter& in, Class* type, const Value& value) {
  Value* found = in.class_lookup(type, names(in).by_value);
  Dict* by_value = found == nullptr ? nullptr : as_dict(*found);
  if (by_value != nullptr && hashable(value)) {
    if (Value* known = dict_find(by_value, plain(value))) return *known;
  }
  if (Dict* members = member_map(in, type)) {
    for (const Dict::Entry& entry : members->entries) {
      if (!entry.value.is(Kind::kInstance)) continue;
      in.step();
      if (in.equal(own(entry.value.as<Instance>(), in.sym._value_), value)) return entry.value;
    }
  }
  return {};
}

void add_member(Interpreter& in, Class* type, Dict* members, Dict* by_value, Str* name, const Value& value) {
  Instance* member = make_member(in, type, name, value);
  Value real = own(member, in.sym._value_);
  Value same;
  if (hashable(real)) {
    if (Value* known = dict_find(by_value, plain(real))) same = *known;
  } else {
    same = find_by_value(in, type, real);
  }
  if (same.missing()) {
    same = Value::of(member);
    if (hashable(real)) dict_set(in.arena, by_value, plain(real), same);
  }
  dict_set(in.arena, members, name, same);
  in.set_class(type, name->view(), same);
}

// A class derived from Enum has been made: its plain attributes become members.
Value enum_finish(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = arguments[0].as<Class>();
  Names symbols = names(in);
  for (std::uint32_t i = 1; i < type->mro.count; ++i) {
    Value inherited = own(type->mro[i], symbols.members);
    if (as_dict(inherited) != nullptr && as_dict(inherited)->live != 0) {
      in.raise_type_error("<enum '" + std::string(type->name->view()) + "'> cannot extend <enum '" +
                          std::string(type->mro[i]->name->view()) + "'>");
    }
  }
  std::vector<std::pair<Str*, Value>> candidates;
  std::vector<std::string> ignored;
  Value ignore = own(type, in.sym._ignore_);
  if (Str* text = as_str(ignore)) ignored.emplace_back(text->view());
  if (ignore.is(Kind::kList) || ignore.is(Kind::kTuple)) {
    for (const Value& name : in.collect(ignore)->items) ignored.push_back(in.str(name));
  }
  for (const Dict::Entry& entry : type->attributes->entries) {
    if (!entry.key.is(Kind::kStr)) continue;
    std::string_view name = entry.key.as<Str>()->view();
    bool skip = is_reserved(name, type->name->view()) || is_descriptor(in, entry.value) ||
                std::find(ignored.begin(), ignored.end(), name) != ignored.end();
    if (!skip) candidates.emplace_back(entry.key.as<Str>(), entry.value);
  }
  if (Value custom = own(type, in.sym.__new__); custom.is(Kind::kFunction) || custom.is(Kind::kStaticMethod)) {
    in.set_class(type, "_new_member_", custom);
  }
  Dict* members = in.dict();
  Dict* by_value = in.dict();
  in.set_class(type, "_member_map_", Value::of(members));
  in.set_class(type, "_value2member_map_", Value::of(by_value));
  std::vector<Value> values;
  List* order = in.list();
  for (auto& [name, value] : candidates) {
    in.step();
    if (is_auto(in, value)) {
      Value made = next_auto(in, type, name, value, values);
      set_own(in, value.as<Instance>(), in.sym.value, made);
      value = made;
    }
    if (Tuple* parts = as_tuple(value)) {  // auto() inside a tuple
      std::vector<Value> filled(parts->begin(), parts->end());
      for (Value& part : filled) {
        if (is_auto(in, part)) part = next_auto(in, type, name, part, values);
      }
      value = in.tuple(filled.data(), filled.size());
    }
    std::uint32_t known = members->live;
    add_member(in, type, members, by_value, name, value);
    Value member = *dict_find(members, name);
    values.push_back(own(member.as<Instance>(), in.sym._value_));
    if (members->live > known && own(member.as<Instance>(), in.sym._name_).same(Value::of(name))) order->items.push(in.arena, Value::of(name));
  }
  in.set_class(type, "_member_names_", Value::of(order));
  if (Class* base = mixed_in(in, type)) {
    in.set_class(type, "_member_type_", Value::of(base));
    // A member shows as a member, whatever the mixed-in type's own methods say.
    Class* first_enum = nullptr;
    for (Class* each : type->mro) {
      if (each != type && each->is_enum && first_enum == nullptr) first_enum = each;
    }
    for (Str* name : {in.sym.__str__, in.sym.__repr__, in.sym.__format__}) {
      Class* holder = nullptr;
      for (Class* each : type->mro) {
        if (holder == nullptr && !own(each, name).missing()) holder = each;
      }
      if (holder == nullptr || (holder->native && !holder->is_enum)) in.set_class(type, name->view(), *in.class_lookup(first_enum, name));
    }
  }
  return Value::none();
}

// ---- flags

// The member for a combination of bits; made on first use.
Value flag_member(Interpreter& in, Class* type, std::int64_t bits) {
  Value found = find_by_value(in, type, Value::of(bits));
  if (!found.missing()) return found;
  std::string name;
  std::int64_t covered = 0;
  for (const Dict::Entry& entry : member_map(in, type)->entries) {
    if (!entry.value.is(Kind::kInstance)) continue;
    Value value = plain(own(entry.value.as<Instance>(), in.sym._value_));
    if (!value.is_integral() || value.as_int() == 0 || (value.as_int() & bits) != value.as_int()) continue;
    if ((value.as_int() & (value.as_int() - 1)) != 0) continue;
    covered |= value.as_int();
    name += (name.empty() ? "" : "|") + in.str(entry.key);
  }
  bool boundary_keep = mixed_in(in, type) != nullptr;  // IntFlag keeps bits that no member has
  if (covered != bits && !boundary_keep) {
    in.raise_value_error("<flag '" + std::string(type->name->view()) + "'> invalid value " + std::to_string(bits));
  }
  Instance* made = make_member(in, type, nullptr, Value::of(bits));
  if (!name.empty()) set_own(in, made, in.sym._name_, in.string(name));
  Value* by_value = in.class_lookup(type, names(in).by_value);
  if (as_dict(*by_value) != nullptr) dict_set(in.arena, as_dict(*by_value), Value::of(bits), Value::of(made));
  return Value::of(made);
}

bool flag_operand(Interpreter& in, Class* type, const Value& value, std::int64_t& bits) {
  Value number = value;
  if (Instance* member = instance_of(in, value, type)) number = plain(own(member, in.sym._value_));
  else if (mixed_in(in, type) == nullptr) return false;
  number = plain(number);
  if (!number.is_integral()) return false;
  bits = number.as_int();
  return true;
}

template <Operator op>
Value flag_binary(Interpreter& in, const Arguments& arguments, const Value&) {
  Class* type = in.type_of(arguments[0]);
  std::int64_t a = 0, b = 0;
  if (!flag_operand(in, type, arguments[0], a) || !flag_operand(in, type, arguments[1], b)) return {Kind::kNotImplemented, {}};
  return flag_member(in, type, op == Operator::kBitOr ? a | b : op == Operator::kBitAnd ? a & b : a ^ b);
}

Value flag_invert(Interpreter& in, const Arguments& arguments, const Value&) {
  Class* type = in.type_of(arguments[0]);
  std::int64_t all = 0, bits = 0;
  for (const Dict::Entry& entry : member_map(in, type)->entries) {
    std::int64_t each = 0;
    if (flag_operand(in, type, entry.value, each)) all |= each;
  }
  flag_operand(in, type, arguments[0], bits);
  return flag_member(in, type, all & ~bits);
}

Value flag_bool(Interpreter& in, const Arguments& arguments, const Value&) {
  std::int64_t bits = 0;
  flag_operand(in, in.type_of(arguments[0]), arguments[0], bits);
  return Value::of(bits != 0);
}

Value flag_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  Class* type = in.type_of(arguments[0]);
  std::int64_t whole = 0, part = 0;
  if (!flag_operand(in, type, arguments[0], whole) || !flag_operand(in, type, arguments[1], part)) {
    in.raise_type_error("unsupported operand type(s) for 'in': '" + in.type_name(arguments[1]) + "' and '" + in.type_name(arguments[0]) + "'");
  }
  return Value::of((whole & part) == part);
}

// ---- the metaclass

std::vector<Value> distinct_members(Interpreter& in, Class* type) {
  std::vector<Value> members;
  Dict* all = member_map(in, type);
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

// Color(value): a lookup.  Enum("Name", "A B") makes a class.
Value enum_call(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = arguments[0].as<Class>();
  Dict* members = member_map(in, type);
  if (arguments.count > 2 || members == nullptr || (members->live == 0 && arguments.keyword_count + arguments.count > 2)) {
    List* items = in.list();
    Value given = arguments[2];
    if (Str* text = as_str(given)) {
      Value cleaned = in.call_method(in.string(text->view()), in.intern("replace"), {in.string(","), in.string(" ")});
      given = in.call_method(cleaned, in.intern("split"));
    }
    if (given.missing()) in.raise_type_error("an enumeration needs names");
    Dict* body = in.dict();
    if (Dict* pairs = as_dict(given)) {
      body = dict_copy(in.arena, pairs);
    } else {
      std::vector<Value> so_far;
      items = in.collect(given);
      for (std::uint32_t i = 0; i < items->items.count; ++i) {
        Tuple* pair = as_tuple(items->items[i]);
        Str* name = as_str(pair != nullptr && pair->count == 2 ? pair->items[0] : items->items[i]);
        if (name == nullptr) in.raise_type_error("enumeration names must be strings");
        Str* symbol = in.intern(name->view());
        Value value = pair != nullptr && pair->count == 2 ? pair->items[1] : next_auto(in, type, symbol, Value{}, so_far);
        so_far.push_back(value);
        dict_set(in.arena, body, symbol, value);
      }
    }
    return in.call(Value::of(in.classes.type), {arguments[1], in.tuple({arguments[0]}), Value::of(body)});
  }
  Value value = arguments.count > 1 ? arguments[1] : keyword(arguments, in.sym.value);
  if (value.missing()) in.raise_type_error(std::string(type->name->view()) + ".__call__() missing 1 required positional argument: 'value'");
  if (value.unknown()) return value;
  if (value.is(Kind::kInstance) && value.as<Instance>()->type == type) return value;
  Value found = find_by_value(in, type, value);
  if (!found.missing()) return found;
  Value* hook = in.class_lookup(type, in.sym._missing_);
  if (hook != nullptr) {
    Value result = in.call(in.bind_to(*hook, Value{}, type), {value});
    if (instance_of(in, result, type) != nullptr || result.unknown()) return result;
  }
  if (is_flag(in, type) && plain(value).is_integral() && plain(value).as_int() >= 0) return flag_member(in, type, plain(value).as_int());
  in.raise_value_error(in.repr(value) + " is not a valid " + std::string(type->qualified_name->view()));
}

Value enum_item(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = arguments[0].as<Class>();
  if (arguments[1].unknown()) return arguments[1];
  Dict* members = member_map(in, type);
  Str* name = as_str(arguments[1]);
  if (members != nullptr && name != nullptr) {
    if (Value* found = dict_find(members, in.intern(name->view()))) return *found;
  }
  raise_key_error(in, arguments[1]);
}

Value enum_iter(Interpreter& in, const Arguments& arguments, const Value& reversed) {
  List* list = in.list();
  std::vector<Value> members = distinct_members(in, arguments[0].as<Class>());
  if (reversed.is(Kind::kBool) && reversed.boolean) std::reverse(members.begin(), members.end());
  for (const Value& member : members) list->items.push(in.arena, member);
  auto* iterator = in.arena.make<IteratorObject>();
  iterator->kind = Kind::kIterator;
  iterator->state.source = Value::of(list);
  return Value::of(iterator);
}

Value enum_length(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(distinct_members(in, arguments[0].as<Class>()).size());
}

Value enum_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = arguments[0].as<Class>();
  if (arguments[1].unknown()) return arguments[1];
  if (instance_of(in, arguments[1], type) != nullptr) return Value::of(true);
  return Value::of(!find_by_value(in, type, arguments[1]).missing());
}

Value enum_members(Interpreter& in, const Arguments& arguments, const Value&) {
  Dict* members = member_map(in, arguments[0].as<Class>());
  return Value::of(members == nullptr ? in.dict() : dict_copy(in.arena, members));
}

Value enum_bool(Interpreter&, const Arguments&, const Value&) { return Value::of(true); }

Value enum_class_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = arguments[0].as<Class>();
  return in.string((is_flag(in, type) ? "<flag '" : "<enum '") + std::string(type->name->view()) + "'>");
}

// ---- members

Value member_name(Interpreter& in, const Arguments& arguments, const Value&) { return own(arguments[0].as<Instance>(), in.sym._name_); }
Value member_value(Interpreter& in, const Arguments& arguments, const Value&) { return own(arguments[0].as<Instance>(), in.sym._value_); }

std::string qualified_member(Interpreter& in, const Value& member) {
  auto* instance = member.as<Instance>();
  Value name = own(instance, in.sym._name_);
  std::string type(instance->type->name->view());
  if (name.is_none()) return type + "(" + in.repr(own(instance, in.sym._value_)) + ")";
  return type + "." + in.str(name);
}

Value member_str(Interpreter& in, const Arguments& arguments, const Value&) { return in.string(qualified_member(in, arguments[0])); }

Value member_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* instance = arguments[0].as<Instance>();
  Value name = own(instance, in.sym._name_);
  Value value = own(instance, in.sym._value_);
  std::string type(instance->type->name->view());
  if (name.is_none()) return in.string("<" + type + ": " + in.repr(value) + ">");
  return in.string("<" + type + "." + in.str(name) + ": " + in.repr(value) + ">");
}

// format() of a member is format() of its str(), whatever the class says that is.
Value member_format(Interpreter& in, const Arguments& arguments, const Value&) {
  Str* spec = as_str(arguments[1]);
  return in.string(in.format(in.string(in.str(arguments[0])), spec == nullptr ? "" : spec->view()));
}

// IntEnum, StrEnum and IntFlag show as their value.
Value value_str(Interpreter& in, const Arguments& arguments, const Value&) { return in.string(in.str(own(arguments[0].as<Instance>(), in.sym._value_))); }
Value value_format(Interpreter& in, const Arguments& arguments, const Value&) {
  Str* spec = as_str(arguments[1]);
  return in.string(in.format(own(arguments[0].as<Instance>(), in.sym._value_), spec == nullptr ? "" : spec->view()));
}

Value member_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = arguments[0].as<Instance>();
  return in.call(in.import_name("builtins", "hash"), {self->payload.missing() ? own(self, in.sym._name_) : self->payload});
}

Value member_dir(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.list()); }

Value enum_unique(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!arguments[0].is(Kind::kClass)) return arguments[0];
  auto* type = arguments[0].as<Class>();
  std::string repeated;
  if (Dict* members = member_map(in, type)) {
    for (const Dict::Entry& entry : members->entries) {
      if (!entry.value.is(Kind::kInstance)) continue;
      Value name = own(entry.value.as<Instance>(), in.sym._name_);
      if (!in.equal(name, entry.key)) repeated += (repeated.empty() ? "" : ", ") + in.str(entry.key) + " -> " + in.str(name);
    }
  }
  if (!repeated.empty()) in.raise_value_error("duplicate values found in " + in.repr(arguments[0]) + ": " + repeated);
  return arguments[0];
}

Value auto_init(Interpreter& in, const Arguments& arguments, const Value&) {
  if (arguments.count > 1) set_own(in, arguments[0].as<Instance>(), in.sym.value, arguments[1]);
  return Value::none();
}

Value property_of(Interpreter& in, const Arguments& arguments, const Value&) { return in.call(Value::of(in.classes.property), arguments); }

Class* derive(Interpreter& in, Module* module, const char* name, std::initializer_list<Class*> bases) {
  Class* type = in.make_class(name, bases);
  type->metaclass = in.classes.enum_meta;
  type->is_enum = true;
  type->construct = nullptr;
  type->finish = enum_finish;
  in.define(module, name, Value::of(type));
  return type;
}

void install_metaclass(Interpreter& in, Module* module) {
  Class* meta = in.classes.enum_meta = in.make_class("EnumType", {in.classes.type});
  in.method(meta, "__call__", enum_call);
  in.method(meta, "__getitem__", enum_item);
  in.method(meta, "__iter__", enum_iter, Value::of(false));
  in.method(meta, "__reversed__", enum_iter, Value::of(true));
  in.method(meta, "__len__", enum_length);
  in.method(meta, "__contains__", enum_contains);
  in.method(meta, "__bool__", enum_bool);
  in.method(meta, "__repr__", enum_class_repr);
  in.property(meta, "__members__", enum_members);
  for (const char* name : {"EnumType", "EnumMeta"}) in.define(module, name, Value::of(meta));
}

}  // namespace

void install_enum(Interpreter& in) {
  Module* module = in.native_module("enum", false);
  install_metaclass(in, module);
  Class* base = in.classes.enum_ = derive(in, module, "Enum", {in.classes.object});
  in.property(base, "name", member_name);
  in.property(base, "value", member_value);
  in.method(base, "__str__", member_str);
  in.method(base, "__repr__", member_repr);
  in.method(base, "__format__", member_format);
  in.method(base, "__hash__", member_hash);
  in.method(base, "__dir__", member_dir);
  in.method(base, "__deepcopy__", return_first);
  in.method(base, "__copy__", return_first);
  in.static_method(base, "_generate_next_value_", generate_next);
  in.class_method(base, "_missing_", return_none);

  Class* shown_as_value = derive(in, module, "ReprEnum", {base});
  in.method(shown_as_value, "__str__", value_str);
  in.method(shown_as_value, "__format__", value_format);
  derive(in, module, "IntEnum", {in.classes.integer, shown_as_value});
  Class* text = derive(in, module, "StrEnum", {in.classes.str, shown_as_value});
  in.static_method(text, "_generate_next_value_", generate_next_str);

  Class* flag = derive(in, module, "Flag", {base});
  in.set_class(flag, "_flag_", Value::of(true));
  in.static_method(flag, "_generate_next_value_", generate_next_flag);
  for (const char* name : {"__or__", "__ror__"}) in.method(flag, name, flag_binary<Operator::kBitOr>);
  for (const char* name : {"__and__", "__rand__"}) in.method(flag, name, flag_binary<Operator::kBitAnd>);
  for (const char* name : {"__xor__", "__rxor__"}) in.method(flag, name, flag_binary<Operator::kBitXor>);
  in.method(flag, "__invert__", flag_invert);
  in.method(flag, "__bool__", flag_bool);
  in.method(flag, "__contains__", flag_contains);
  derive(in, module, "IntFlag", {in.classes.integer, shown_as_value, flag});
  // `int` comes first in IntFlag's order; its arithmetic on bits must give members all the same.
  Class* int_flag = dict_find(module->attributes, in.intern("IntFlag"))->as<Class>();
  for (const char* name : {"__or__", "__ror__", "__and__", "__rand__", "__xor__", "__rxor__", "__invert__"}) {
    in.set_class(int_flag, name, *dict_find(flag->attributes, in.intern(name)));
  }
  // The mixed-in type's own __str__, __repr__ and __format__ do not show.
  for (Class* type : {dict_find(module->attributes, in.intern("IntEnum"))->as<Class>(), text, int_flag}) {
    in.method(type, "__str__", value_str);
    in.method(type, "__format__", value_format);
    in.method(type, "__repr__", member_repr);
  }
  for (Class* type : {text, int_flag}) in.set_class(type, "_missing_", *dict_find(base->attributes, in.sym._missing_));

  Class* automatic = in.make_class("auto", {in.classes.object});
  in.method(automatic, "__init__", auto_init);
  struct {
    const char* name;
    Operator op;
  } operations[] = {{"__or__", Operator::kBitOr}, {"__and__", Operator::kBitAnd}, {"__xor__", Operator::kBitXor}, {"__invert__", Operator::kInvert}};
  for (const auto& each : operations) in.method(automatic, each.name, combined_auto, Value::of(static_cast<int>(each.op)));
  in.define(module, "auto", Value::of(automatic));
  in.define(module, "unique", enum_unique);
  in.define(module, "verify", [](Interpreter& i, const Arguments&, const Value&) { return i.native_static("verify", return_first); });
  in.define(module, "property", property_of);
  for (const char* name : {"member", "nonmember", "global_enum", "_simple_enum"}) in.define(module, name, return_first);
  for (const char* name : {"CONTINUOUS", "NAMED_FLAGS", "UNIQUE", "STRICT", "CONFORM", "EJECT", "KEEP"}) in.define(module, name, in.string(name));
}

}  // namespace ckptlint::python
