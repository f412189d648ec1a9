// Flag and IntFlag: members for combinations of bits.
#include <algorithm>
#include <bit>
#include <string>

#include "library/stdlib/enum_members.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// The next power of two.
Value generate_next_flag(Interpreter&, const Arguments& arguments, const Value&) {
  const auto [name, start, count, last_values] = by_position<"name, start, count, last_values">(arguments);
  List* last = as_list(last_values);
  std::int64_t highest = 0;
  if (last == nullptr || last->items.empty()) return start.missing() ? Value::of(1) : start;
  for (const Value& value : last->items) {
    if (plain(value).is_integral()) highest = std::max(highest, plain(value).as_int());
  }
  std::int64_t bit = 1;
  while (bit <= highest && bit < (std::int64_t{1} << 61)) bit <<= 1;
  return Value::of(bit);
}

bool flag_operand(Interpreter& in, Class* type, const Value& value, std::int64_t& bits) {
  Value number = value;
  if (Instance* member = instance_of(in, value, type))
    number = plain(own(member, in.sym._value_));
  else if (mixed_in(in, type) == nullptr)
    return false;
  number = plain(number);
  if (!number.is_integral()) return false;
  bits = number.as_int();
  return true;
}

template <Operator op>
Value flag_binary(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  Class* type = in.type_of(self);
  if (enum_member_map(in, type) == nullptr) raise_wrong_receiver(in, self);
  std::int64_t a = 0, b = 0;
  if (!flag_operand(in, type, self, a) || !flag_operand(in, type, other, b)) return {Kind::kNotImplemented, {}};
  return flag_member(in, type, op == Operator::kBitOr ? a | b : op == Operator::kBitAnd ? a & b : a ^ b);
}

Value flag_invert(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  Class* type = in.type_of(self);
  std::int64_t all = 0, bits = 0;
  const Dict* members = enum_member_map(in, type);
  if (members == nullptr) raise_wrong_receiver(in, self);
  for (const Dict::Entry& entry : members->entries) {
    std::int64_t each = 0;
    if (flag_operand(in, type, entry.value, each)) all |= each;
  }
  flag_operand(in, type, self, bits);
  return flag_member(in, type, all & ~bits);
}

Value flag_bool(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  std::int64_t bits = 0;
  flag_operand(in, in.type_of(self), self, bits);
  return Value::of(bits != 0);
}

Value flag_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  Class* type = in.type_of(self);
  std::int64_t whole = 0, part = 0;
  if (!flag_operand(in, type, self, whole) || !flag_operand(in, type, other, part)) {
    in.raise_type_error("unsupported operand type(s) for 'in': '" + in.type_name(other) + "' and '" +
                        in.type_name(self) + "'");
  }
  return Value::of((whole & part) == part);
}

}  // namespace

Value flag_member(Interpreter& in, Class* type, std::int64_t bits) {
  Value found = find_by_value(in, type, Value::of(bits));
  if (!found.missing()) return found;
  std::string name;
  std::int64_t covered = 0;
  for (const Dict::Entry& entry : enum_member_map(in, type)->entries) {
    if (!entry.value.is(Kind::kInstance)) continue;
    const Value own_name = own(entry.value.as<Instance>(), in.sym._name_);
    if (!own_name.is(Kind::kStr) || in.str(own_name) != in.str(entry.key)) continue;  // another name of a member
    Value value = plain(own(entry.value.as<Instance>(), in.sym._value_));
    if (!value.is_integral() || value.as_int() == 0 || (value.as_int() & bits) != value.as_int()) continue;
    if ((value.as_int() & (value.as_int() - 1)) != 0) continue;
    covered |= value.as_int();
    name += (name.empty() ? "" : "|") + in.str(entry.key);
  }
  bool boundary_keep = mixed_in(in, type) != nullptr;  // IntFlag keeps bits that no member has
  if (covered != bits && !boundary_keep) {
    std::int64_t all = 0;
    for (const Dict::Entry& entry : enum_member_map(in, type)->entries) {
      std::int64_t each = 0;
      if (flag_operand(in, type, entry.value, each)) all |= each;
    }
    const int width = std::bit_width(static_cast<std::uint64_t>(bits | all));
    const auto digits = [width](std::int64_t number) {
      std::string text = "0b0 ";
      for (int bit = width - 1; bit >= 0; --bit) text += (number >> bit & 1) != 0 ? '1' : '0';
      return text;
    };
    in.raise_value_error("<flag '" + std::string(type->name->view()) + "'> invalid value " + std::to_string(bits) +
                         "\n    given " + digits(bits) + "\n  allowed " + digits(all));
  }
  if (covered != bits && !name.empty()) name += "|" + std::to_string(bits & ~covered);
  Instance* made = make_member(in, type, nullptr, Value::of(bits));
  if (!name.empty()) set_own(in, made, in.sym._name_, in.string(name));
  remember_member(in, type, Value::of(bits), Value::of(made));
  return Value::of(made);
}

void add_flag_methods(Interpreter& in, Class* flag) {
  in.static_method(flag, "_generate_next_value_", generate_next_flag);
  for (const char* name : {"__or__", "__ror__"}) in.method(flag, name, flag_binary<Operator::kBitOr>);
  for (const char* name : {"__and__", "__rand__"}) in.method(flag, name, flag_binary<Operator::kBitAnd>);
  for (const char* name : {"__xor__", "__rxor__"}) in.method(flag, name, flag_binary<Operator::kBitXor>);
  in.method(flag, "__invert__", flag_invert);
  in.method(flag, "__bool__", flag_bool);
  in.method(flag, "__contains__", flag_contains);
}

}  // namespace ckptlint::python
