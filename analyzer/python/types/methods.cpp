// Operators, comparisons and container protocols of builtin types as methods that evaluated code can name, such as
// int.__add__.
#include "python/types/methods.h"

#include <fmt/format.h>

#include <cstring>

#include "python/evaluate/containers.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/type_slots.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

struct NamedOperator {
  const char* name;
  Operator op;
  bool reflected = false;
};

constexpr NamedOperator kOperators[] = {
    {"__add__", Operator::kAdd},           {"__radd__", Operator::kAdd, true},
    {"__sub__", Operator::kSub},           {"__rsub__", Operator::kSub, true},
    {"__mul__", Operator::kMul},           {"__rmul__", Operator::kMul, true},
    {"__truediv__", Operator::kDiv},       {"__rtruediv__", Operator::kDiv, true},
    {"__floordiv__", Operator::kFloorDiv}, {"__rfloordiv__", Operator::kFloorDiv, true},
    {"__mod__", Operator::kMod},           {"__rmod__", Operator::kMod, true},
    {"__pow__", Operator::kPow},           {"__rpow__", Operator::kPow, true},
    {"__and__", Operator::kBitAnd},        {"__rand__", Operator::kBitAnd, true},
    {"__or__", Operator::kBitOr},          {"__ror__", Operator::kBitOr, true},
    {"__xor__", Operator::kBitXor},        {"__rxor__", Operator::kBitXor, true},
    {"__lshift__", Operator::kShiftLeft},  {"__rlshift__", Operator::kShiftLeft, true},
    {"__rshift__", Operator::kShiftRight}, {"__rrshift__", Operator::kShiftRight, true},
    {"__neg__", Operator::kNegate},        {"__pos__", Operator::kPositive},
    {"__invert__", Operator::kInvert},
};

constexpr NamedOperator kOrders[] = {
    {"__lt__", Operator::kLess},
    {"__le__", Operator::kLessEqual},
    {"__gt__", Operator::kGreater},
    {"__ge__", Operator::kGreaterEqual},
};

Value empty_payload(Interpreter& in, const Class* type) {
  switch (type->layout) {
    case Layout::kDict:
      return Value::of(in.dict());
    case Layout::kList:
      return Value::of(in.list());
    case Layout::kSet:
      return Value::of(in.set(in.is_subclass(type, in.classes.frozenset)));
    case Layout::kTuple:
      return in.tuple({});
    case Layout::kStr:
      return in.is_subclass(type, in.classes.bytes) ? bytes_value(in, "") : in.string("");
    case Layout::kInt:
      return Value::of(0);
    case Layout::kFloat:
      return Value::of(0.0);
    default:
      return {};
  }
}

bool is_unary(Operator op) { return op == Operator::kNegate || op == Operator::kPositive || op == Operator::kInvert; }

// Values of evaluated classes answer for themselves: the builtin's method has nothing to say about them.
bool is_foreign(const Value& value) { return unwrap(value).is(Kind::kInstance) || value.is(Kind::kTensor); }

Value apply_operator(Interpreter& in, const Arguments& arguments, const Value& data) {
  const NamedOperator& named = kOperators[data.integer];
  check_method(in, arguments, named.name, is_unary(named.op) ? 0 : 1, named.op == Operator::kPow ? 2 : 1);
  const auto [instance, given_other] = by_position<"self, other=">(arguments);
  const Value& self = builtin_self(in, arguments);
  if (is_unary(named.op)) return in.unary(named.op, self);
  if (is_foreign(given_other)) return not_implemented();
  const Value& other = unwrap(given_other);
  if (self.unknown() || other.unknown()) return self.unknown() ? self : other;
  const Value& left = named.reflected ? other : self;
  const Value& right = named.reflected ? self : other;
  return plain_binary(in, named.op, left, right);
}

Value apply_order(Interpreter& in, const Arguments& arguments, const Value& data) {
  const NamedOperator& named = kOrders[data.integer];
  const auto [instance, given_other] = method_arguments<"self, other">(in, named.name, arguments);
  const Value& self = builtin_self(in, arguments);
  const Value& other = unwrap(given_other);
  const bool comparable = self.kind == other.kind || (is_any_number(self) && is_any_number(other)) || other.unknown();
  if (!comparable || is_foreign(self)) return not_implemented();
  return in.compare(named.op, self, other);
}

Value apply_equality(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, given_other] =
      method_arguments<"self, other">(in, data.boolean ? "__ne__" : "__eq__", arguments);
  const Value& self = builtin_self(in, arguments);
  const Value& other = unwrap(given_other);
  if (other.unknown()) return other;
  const bool comparable = self.kind == other.kind || (is_any_number(self) && is_any_number(other));
  if (!comparable || is_foreign(self)) return not_implemented();
  return in.compare(data.boolean ? Operator::kNotEqual : Operator::kEqual, self, other);
}

Value container_length(Interpreter& in, const Arguments& arguments, const Value&) {
  return length_value(in, builtin_self(in, arguments));
}
Value container_iterator(Interpreter& in, const Arguments& arguments, const Value&) {
  return make_iterator(in, builtin_self(in, arguments));
}
Value container_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, item] = method_arguments<"self, item">(in, "__contains__", arguments);
  return in.compare(Operator::kIn, item, builtin_self(in, arguments));
}
Value container_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = method_arguments<"self, key">(in, "__getitem__", arguments);
  return in.item(builtin_self(in, arguments), key);
}

Value value_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.repr_value(builtin_self(in, arguments));
}
Value value_str(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.str_value(builtin_self(in, arguments));
}
Value value_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, format_spec] = method_arguments<"self, format_spec">(in, "__format__", arguments);
  const std::string_view spec = text_argument(in, format_spec, "__format__() argument");
  // An empty specification is str(), which a subclass may have changed.
  return spec.empty() ? in.str_value(self) : in.format_value(builtin_self(in, arguments), spec);
}
Value value_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  return hash_of(in, builtin_self(in, arguments));
}

}  // namespace

const Value& builtin_self(Interpreter& in, const Arguments& arguments) {
  if (arguments.count == 0) in.raise_type_error("unbound method needs an argument");
  const Value& self = arguments.positional[0];
  if (!self.is(Kind::kInstance)) return self;
  auto* instance = self.as<Instance>();
  if (instance->payload.missing()) instance->payload = empty_payload(in, instance->type);
  if (instance->payload.missing()) {
    in.raise_type_error(fmt::format("a method of a builtin type doesn't apply to a '{}' object", in.type_name(self)));
  }
  return instance->payload;
}

const Value& receiver_of(Interpreter& in, const Arguments& arguments, Kind kind, const char* type) {
  const Value& self = builtin_self(in, arguments);
  if (self.kind != kind) {
    const auto [instance] = by_position<"self">(arguments);
    in.raise_type_error(
        fmt::format("descriptor for '{}' objects doesn't apply to a '{}' object", type, in.type_name(instance)));
  }
  return self;
}

void check_function(Interpreter& in, const Arguments& arguments, const char* name, std::size_t least,
                    std::size_t most) {
  if (arguments.keyword_count != 0) in.raise_type_error(fmt::format("{}() takes no keyword arguments", name));
  if (arguments.count >= least && arguments.count <= most) return;
  if (least == most) {
    const std::string wanted = most == 0   ? "no arguments"
                               : most == 1 ? "exactly one argument"
                                           : fmt::format("exactly {} arguments", most);
    in.raise_type_error(fmt::format("{}() takes {} ({} given)", name, wanted, arguments.count));
  }
  const bool few = arguments.count < least;
  const std::size_t bound = few ? least : most;
  in.raise_type_error(fmt::format("{} expected at {} {} argument{}, got {}", name, few ? "least" : "most", bound,
                                  bound == 1 ? "" : "s", arguments.count));
}

void check_method(Interpreter& in, const Arguments& arguments, const char* name, std::size_t least, std::size_t most) {
  Arguments own = arguments;
  if (own.count != 0) {
    ++own.positional;
    --own.count;
  }
  check_function(in, own, name, least, most);
}

std::string_view text_argument(Interpreter& in, const Value& value, std::string_view what) {
  if (const Str* text = as_text(value)) return text->view();
  in.raise_type_error(fmt::format("{} must be str, not {}", what, in.type_name(value)));
}

Value as_instance_of(Interpreter& in, const Value& type, const Class* builtin, const Value& made) {
  if (!type.is(Kind::kClass) || type.as<Class>() == builtin || made.unknown()) return made;
  if (!type.as<Class>()->has_unknown_base && !in.is_subclass(type.as<Class>(), builtin)) {
    in.raise_type_error(fmt::format("{0}.__new__({1}): {1} is not a subtype of {0}", builtin->name->view(),
                                    type.as<Class>()->name->view()));
  }
  Instance* instance = in.instance(type.as<Class>());
  instance->payload = unwrap(made);
  return Value::of(instance);
}

void add_operators(Interpreter& in, Class* type, std::initializer_list<const char*> operators) {
  for (const char* wanted : operators) {
    for (std::size_t i = 0; i < std::size(kOperators); ++i) {
      const char* name = kOperators[i].name;
      const std::string_view bare = std::string_view(name).substr(2);
      const bool same =
          bare == std::string_view(wanted) || (kOperators[i].reflected && bare.substr(1) == std::string_view(wanted));
      if (same) in.method(type, name, apply_operator, Value::of(i));
    }
  }
}

void add_comparisons(Interpreter& in, Class* type, bool ordered) {
  in.method(type, "__eq__", apply_equality, Value::of(false));
  in.method(type, "__ne__", apply_equality, Value::of(true));
  for (std::size_t i = 0; ordered && i < std::size(kOrders); ++i)
    in.method(type, kOrders[i].name, apply_order, Value::of(i));
}

void add_container_methods(Interpreter& in, Class* type, bool indexed) {
  add_methods(in, type,
              {{"__len__", known_receiver<container_length>},
               {"__iter__", known_receiver<container_iterator>},
               {"__contains__", known_receiver<container_contains>}});
  if (indexed) in.method(type, "__getitem__", known_receiver<container_item>);
}

void add_text_methods(Interpreter& in, Class* type) {
  add_methods(in, type,
              {{"__repr__", known_receiver<value_repr>},
               {"__str__", known_receiver<value_str>},
               {"__format__", spread<value_format>},
               {"__hash__", known_receiver<value_hash>}});
}

}  // namespace ckptlint::python
