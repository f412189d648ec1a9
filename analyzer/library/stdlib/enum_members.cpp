// Makes the members of an Enum or Flag class out of what its body assigned, auto() and aliases included.
#include "library/stdlib/enum_members.h"

#include <algorithm>
#include <string>

#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

struct Names {
  Str* members;   // _member_map_: name -> member, aliases included
  Str* by_value;  // _value2member_map_: value -> member
  Str* flag;      // set on Flag classes
  Str* new_member;
};
Names names(Interpreter& in) {
  return {in.intern("_member_map_"), in.intern("_value2member_map_"), in.intern("_flag_"), in.intern("_new_member_")};
}

// auto(): an instance until the class is finished.
bool is_auto(Interpreter& in, const Value& value) {
  Value* type = dict_find(in.native_module("enum", false)->attributes, in.intern("auto"));
  return type != nullptr && instance_of(in, value, type->as<Class>()) != nullptr;
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

}  // namespace

Dict* enum_member_map(Interpreter& in, Class* type) {
  Value* found = in.class_lookup(type, names(in).members);
  return found == nullptr ? nullptr : as_dict(*found);
}

bool is_flag(Interpreter& in, Class* type) { return in.class_lookup(type, names(in).flag) != nullptr; }

// `A | B` in a class body where A is still an auto(): an auto() that remembers the operation.
Value combined_auto(Interpreter& in, const Arguments& arguments, const Value& op) {
  const auto [self, other] = by_position<"self, other=">(arguments);
  Instance* made = in.instance(self_as<Instance>(in, self)->type);
  set_own(in, made, "operation", op);
  set_own(in, made, "left", self);
  if (!other.missing()) set_own(in, made, "right", other);
  return Value::of(made);
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

Instance* make_member(Interpreter& in, Class* type, Str* name, const Value& value) {
  Value real = value;
  Instance* member = nullptr;
  Tuple* parts = as_tuple(value);
  Class* base = mixed_in(in, type);
  Value* custom_new = in.class_lookup(type, names(in).new_member);
  std::vector<Value> given = {Value::of(type)};
  if (parts != nullptr && !(base != nullptr && base->layout == Layout::kTuple))
    given.insert(given.end(), parts->begin(), parts->end());
  else
    given.push_back(value);
  if (custom_new != nullptr) {
    Value function = custom_new->is(Kind::kStaticMethod) ? custom_new->as<StaticMethod>()->function : *custom_new;
    Value made = in.call(function, Arguments{given.data(), given.size(), nullptr, 0});
    if (made.is(Kind::kInstance)) member = made.as<Instance>();
    Value set = member == nullptr ? Value{} : own(member, in.sym._value_);
    if (!set.missing())
      real = set;
    else if (member != nullptr && !member->payload.missing())
      real = member->payload;
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
  if (Dict* members = enum_member_map(in, type)) {
    for (const Dict::Entry& entry : members->entries) {
      if (!entry.value.is(Kind::kInstance)) continue;
      in.step();
      if (in.equal(own(entry.value.as<Instance>(), in.sym._value_), value)) return entry.value;
    }
  }
  return {};
}

namespace {

void check_not_extended(Interpreter& in, Class* type) {
  for (std::uint32_t i = 1; i < type->mro.count; ++i) {
    Dict* inherited = as_dict(own(type->mro[i], names(in).members));
    if (inherited == nullptr || inherited->live == 0) continue;
    in.raise_type_error("<enum '" + std::string(type->name->view()) + "'> cannot extend <enum '" +
                        std::string(type->mro[i]->name->view()) + "'>");
  }
}

// The plain attributes of the class's body, in order.
std::vector<std::pair<Str*, Value>> candidates(Interpreter& in, Class* type) {
  std::vector<std::string> ignored;
  Value ignore = own(type, in.sym._ignore_);
  if (Str* text = as_str(ignore)) ignored.emplace_back(text->view());
  if (ignore.is(Kind::kList) || ignore.is(Kind::kTuple)) {
    for (const Value& name : in.collect(ignore)->items) ignored.push_back(in.str(name));
  }
  std::vector<std::pair<Str*, Value>> found;
  for (const Dict::Entry& entry : type->attributes->entries) {
    if (!entry.key.is(Kind::kStr)) continue;
    std::string_view name = entry.key.as<Str>()->view();
    bool skip = is_reserved(name, type->name->view()) || is_descriptor(in, entry.value) ||
                std::find(ignored.begin(), ignored.end(), name) != ignored.end();
    if (!skip) found.emplace_back(entry.key.as<Str>(), entry.value);
  }
  return found;
}

// The value with every auto(), alone or in a tuple, made definite.
Value definite(Interpreter& in, Class* type, Str* name, const Value& value, const std::vector<Value>& so_far) {
  if (is_auto(in, value)) {
    Value made = next_auto(in, type, name, value, so_far);
    set_own(in, value.as<Instance>(), in.sym.value, made);
    return made;
  }
  Tuple* parts = as_tuple(value);
  if (parts == nullptr) return value;
  std::vector<Value> filled(parts->begin(), parts->end());
  for (Value& part : filled) {
    if (is_auto(in, part)) part = next_auto(in, type, name, part, so_far);
  }
  return in.tuple(filled.data(), filled.size());
}

// A member shows as a member, whatever the methods of the mixed-in type say.
void show_as_members(Interpreter& in, Class* type) {
  auto first_enum =
      std::find_if(type->mro.begin() + 1, type->mro.end(), [](const Class* each) { return each->is_enum; });
  for (Str* name : {in.sym.__str__, in.sym.__repr__, in.sym.__format__}) {
    auto holder =
        std::find_if(type->mro.begin(), type->mro.end(), [&](const Class* each) { return !own(each, name).missing(); });
    bool foreign = holder == type->mro.end() || ((*holder)->native && !(*holder)->is_enum);
    if (foreign) in.set_class(type, name->view(), *in.class_lookup(*first_enum, name));
  }
}

}  // namespace

Value finish_enum(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* type = self_as<Class>(in, arguments);
  check_not_extended(in, type);
  std::vector<std::pair<Str*, Value>> plain_attributes = candidates(in, type);
  Value custom = own(type, in.sym.__new__);
  if (custom.is(Kind::kFunction) || custom.is(Kind::kStaticMethod)) in.set_class(type, "_new_member_", custom);
  Dict* members = in.dict();
  Dict* by_value = in.dict();
  in.set_class(type, "_member_map_", Value::of(members));
  in.set_class(type, "_value2member_map_", Value::of(by_value));
  std::vector<Value> values;
  List* order = in.list();
  for (const auto& [name, value] : plain_attributes) {
    in.step();
    add_member(in, type, members, by_value, name, definite(in, type, name, value, values));
    auto* member = dict_find(members, name)->as<Instance>();
    values.push_back(own(member, in.sym._value_));
    if (own(member, in.sym._name_).same(Value::of(name))) order->items.push(in.arena, Value::of(name));
  }
  in.set_class(type, "_member_names_", Value::of(order));
  if (Class* base = mixed_in(in, type)) {
    in.set_class(type, "_member_type_", Value::of(base));
    show_as_members(in, type);
  }
  return Value::none();
}

void remember_member(Interpreter& in, Class* type, const Value& value, const Value& member) {
  Value* by_value = in.class_lookup(type, names(in).by_value);
  if (by_value != nullptr && as_dict(*by_value) != nullptr) dict_set(in.arena, as_dict(*by_value), value, member);
}

}  // namespace ckptlint::python
