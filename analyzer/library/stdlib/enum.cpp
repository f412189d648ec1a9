// enum: members made when a class's body has run, lookup by value and name, flags.
//
// A member is an instance of its class with _name_ and _value_; with a mixed-in type (class X(str, Enum)) its payload
// is the value as that type, so that it compares, hashes and formats as one.  As of Python 3.11.
#include <string>

#include "library/stdlib/enum_members.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// _generate_next_value_ of Enum: one more than the highest; of Flag: the next power of two; of StrEnum: the lower name.
Value generate_next(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, start, count, last_values] = by_position<"name, start, count, last_values">(arguments);
  List* last = as_list(last_values);
  if (last == nullptr || last->items.empty()) return start;
  Value highest;
  for (const Value& value : last->items) {
    Value plain_value = plain(value);
    if (!plain_value.is_number()) continue;
    if (highest.missing() || in.test(in.compare(Operator::kGreater, plain_value, highest))) highest = plain_value;
  }
  return highest.missing() ? start : in.binary(Operator::kAdd, highest, Value::of(1));
}
Value generate_next_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, start, count, last_values] = by_position<"name, start, count, last_values">(arguments);
  return in.call_method(name, in.intern("lower"));
}

Value member_name(Interpreter& in, const Arguments& arguments, const Value&) {
  return own(self_as<Instance>(in, arguments), in.sym._name_);
}
Value member_value(Interpreter& in, const Arguments& arguments, const Value&) {
  return own(self_as<Instance>(in, arguments), in.sym._value_);
}

std::string qualified_member(Interpreter& in, const Value& member) {
  auto* instance = self_as<Instance>(in, member);
  Value name = own(instance, in.sym._name_);
  std::string type(instance->type->name->view());
  if (name.is_none()) return type + "(" + in.repr(own(instance, in.sym._value_)) + ")";
  return type + "." + in.str(name);
}

Value member_str(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(qualified_member(in, self_of(arguments)));
}

Value member_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* instance = self_as<Instance>(in, arguments);
  Value name = own(instance, in.sym._name_);
  Value value = own(instance, in.sym._value_);
  std::string type(instance->type->name->view());
  if (name.is_none()) return in.string("<" + type + ": " + in.repr(value) + ">");
  return in.string("<" + type + "." + in.str(name) + ": " + in.repr(value) + ">");
}

// format() of a member is format() of its str(), whatever the class says that is.
Value member_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, format_spec] = by_position<"self, format_spec">(arguments);
  Str* spec = as_str(format_spec);
  return in.string(in.format(in.string(in.str(self)), spec == nullptr ? "" : spec->view()));
}

// IntEnum, StrEnum and IntFlag show as their value.
Value value_str(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.string(in.str(own(self_as<Instance>(in, arguments), in.sym._value_)));
}
Value value_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, format_spec] = by_position<"self, format_spec">(arguments);
  Str* spec = as_str(format_spec);
  return in.string(in.format(own(self_as<Instance>(in, self), in.sym._value_), spec == nullptr ? "" : spec->view()));
}

Value member_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = self_as<Instance>(in, arguments);
  return in.call(in.import_name("builtins", "hash"),
                 {self->payload.missing() ? own(self, in.sym._name_) : self->payload});
}

Value member_dir(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.list()); }

Value enum_unique(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [enumeration] = bind<"enumeration">(in, "unique", arguments);
  if (!enumeration.is(Kind::kClass)) return enumeration;
  auto* type = enumeration.as<Class>();
  std::string repeated;
  if (Dict* members = enum_member_map(in, type)) {
    for (const Dict::Entry& entry : members->entries) {
      if (!entry.value.is(Kind::kInstance)) continue;
      Value name = own(entry.value.as<Instance>(), in.sym._name_);
      if (!in.equal(name, entry.key))
        repeated += (repeated.empty() ? "" : ", ") + in.str(entry.key) + " -> " + in.str(name);
    }
  }
  if (!repeated.empty()) in.raise_value_error("duplicate values found in " + in.repr(enumeration) + ": " + repeated);
  return enumeration;
}

Value auto_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, value] = bind<"self, value=">(in, "auto.__init__", arguments);
  if (!value.missing()) set_own(in, self_as<Instance>(in, self), in.sym.value, value);
  return Value::none();
}

Value property_of(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(Value::of(in.classes.property), arguments);
}

Class* derive(Interpreter& in, Module* module, const char* name, std::initializer_list<Class*> bases) {
  Class* type = in.make_class(name, bases);
  type->metaclass = in.classes.enum_meta;
  type->is_enum = true;
  type->construct = nullptr;
  type->finish = finish_enum;
  in.define(module, name, Value::of(type));
  return type;
}

}  // namespace

void install_enum(Interpreter& in) {
  Module* module = in.native_module("enum", false);
  in.classes.enum_meta = make_enum_metaclass(in);
  for (const char* name : {"EnumType", "EnumMeta"}) in.define(module, name, Value::of(in.classes.enum_meta));
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
  add_flag_methods(in, flag);
  derive(in, module, "IntFlag", {in.classes.integer, shown_as_value, flag});
  // `int` comes first in IntFlag's order; its arithmetic on bits must give members all the same.
  Class* int_flag = dict_find(module->attributes, in.intern("IntFlag"))->as<Class>();
  for (const char* name :
       {"__or__", "__ror__", "__and__", "__rand__", "__xor__", "__rxor__", "__invert__", "_generate_next_value_"}) {
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
  } operations[] = {{"__or__", Operator::kBitOr},
                    {"__and__", Operator::kBitAnd},
                    {"__xor__", Operator::kBitXor},
                    {"__invert__", Operator::kInvert}};
  for (const auto& each : operations)
    in.method(automatic, each.name, combined_auto, Value::of(static_cast<int>(each.op)));
  in.define(module, "auto", Value::of(automatic));
  in.define(module, "unique", enum_unique);
  in.define(module, "verify",
            [](Interpreter& i, const Arguments&, const Value&) { return i.native_static("verify", return_first); });
  in.define(module, "property", property_of);
  for (const char* name : {"member", "nonmember", "global_enum", "_simple_enum"}) in.define(module, name, return_first);
  for (const char* name : {"CONTINUOUS", "NAMED_FLAGS", "UNIQUE", "STRICT", "CONFORM", "EJECT", "KEEP"})
    in.define(module, name, in.string(name));
}

}  // namespace ckptlint::python
