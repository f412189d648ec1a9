// The operator module.
#include <fmt/format.h>

#include <vector>

#include "library/stdlib/install.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"

namespace ckptlint::python {
namespace {

struct NamedOperator {
  const char* name;
  Operator op;
};

constexpr NamedOperator kBinary[] = {
    {"add", Operator::kAdd},           {"sub", Operator::kSub},           {"mul", Operator::kMul},
    {"truediv", Operator::kDiv},       {"floordiv", Operator::kFloorDiv}, {"mod", Operator::kMod},
    {"pow", Operator::kPow},           {"matmul", Operator::kMatMul},     {"and_", Operator::kBitAnd},
    {"or_", Operator::kBitOr},         {"xor", Operator::kBitXor},        {"lshift", Operator::kShiftLeft},
    {"rshift", Operator::kShiftRight}, {"concat", Operator::kAdd},
};
constexpr NamedOperator kUnary[] = {
    {"neg", Operator::kNegate}, {"pos", Operator::kPositive}, {"invert", Operator::kInvert},
    {"inv", Operator::kInvert}, {"not_", Operator::kNot},
};
constexpr NamedOperator kComparisons[] = {
    {"eq", Operator::kEqual},   {"ne", Operator::kNotEqual},     {"lt", Operator::kLess}, {"le", Operator::kLessEqual},
    {"gt", Operator::kGreater}, {"ge", Operator::kGreaterEqual}, {"is_", Operator::kIs},  {"is_not", Operator::kIsNot},
};

Value binary(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [a, b] = function_arguments<"a, b">(in, "operator", arguments);
  return in.binary(static_cast<Operator>(data.integer), a, b);
}
Value in_place(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [a, b] = function_arguments<"a, b">(in, "operator", arguments);
  return in.in_place(static_cast<Operator>(data.integer), a, b);
}
Value unary(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [a] = function_arguments<"a">(in, "operator", arguments);
  return in.unary(static_cast<Operator>(data.integer), a);
}
Value comparison(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [a, b] = function_arguments<"a, b">(in, "operator", arguments);
  return in.compare(static_cast<Operator>(data.integer), a, b);
}

Value truth(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a] = function_arguments<"a">(in, "truth", arguments);
  return in.call(Value::of(in.classes.boolean), {a});
}
Value contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a, b] = function_arguments<"a, b">(in, "contains", arguments);
  return in.compare(Operator::kIn, b, a);
}
Value index(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a] = function_arguments<"a">(in, "index", arguments);
  return Value::of(in.to_int(a));
}
Value get_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a, b] = function_arguments<"a, b">(in, "getitem", arguments);
  return in.item(a, b);
}
Value set_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a, b, c] = function_arguments<"a, b, c">(in, "setitem", arguments);
  in.set_item(a, b, c);
  return Value::none();
}
Value delete_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a, b] = function_arguments<"a, b">(in, "delitem", arguments);
  in.delete_item(a, b);
  return Value::none();
}
Value count_of(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a, b] = function_arguments<"a, b">(in, "countOf", arguments);
  std::int64_t count = 0;
  for (const Value& item : in.collect(a)->items) count += in.equal(item, b) ? 1 : 0;
  return Value::of(count);
}
Value index_of(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [a, b] = function_arguments<"a, b">(in, "indexOf", arguments);
  const List* items = in.collect(a);
  for (std::uint32_t i = 0; i < items->items.count; ++i) {
    if (in.equal(items->items[i], b)) return Value::of(std::int64_t{i});
  }
  in.raise_value_error("sequence.index(x): x not in sequence");
}
Value call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, rest] = bind<"obj=, /, *args, **kwargs">(in, "call", arguments);
  if (obj.missing()) in.raise_type_error("call expected at least 1 argument, got 0");
  return in.call(obj, rest);
}
Value length_hint(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, fallback] = function_arguments<"obj, default=">(in, "length_hint", arguments);
  try {
    return length_value(in, obj);
  } catch (const PyRaise& raised) {
    if (!in.is_instance(raised.exception, Value::of(in.exception("TypeError")))) throw;
    return arguments.count > 1 ? fallback : Value::of(0);
  }
}

// ---- itemgetter, attrgetter, methodcaller: functions with the wanted names as their data

Value got_items(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [obj] = function_arguments<"obj">(in, "itemgetter", arguments);
  const Tuple* keys = data.as<Tuple>();
  if (keys->count == 1) return in.item(obj, keys->items[0]);
  std::vector<Value> items;
  for (const Value& key : *keys) items.push_back(in.item(obj, key));
  return in.tuple(items.data(), items.size());
}

Value dotted_attribute(Interpreter& in, Value object, std::string_view path) {
  while (true) {
    const std::size_t dot = path.find('.');
    object = in.attribute(object, in.intern(path.substr(0, dot)));
    if (dot == std::string_view::npos) return object;
    path = path.substr(dot + 1);
  }
}
Value got_attributes(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [obj] = function_arguments<"obj">(in, "attrgetter", arguments);
  const Tuple* names = data.as<Tuple>();
  std::vector<Value> items;
  for (const Value& name : *names) {
    items.push_back(dotted_attribute(in, obj, text_argument(in, name, "attribute name")));
  }
  return items.size() == 1 ? items[0] : in.tuple(items.data(), items.size());
}

// Data: (name, positional arguments, keywords).
Value called_method(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [obj] = function_arguments<"obj">(in, "methodcaller", arguments);
  const Tuple* parts = data.as<Tuple>();
  const Value method = in.attribute(obj, in.intern(parts->items[0].as<Str>()->view()));
  std::vector<Keyword> keywords;
  for (const Dict::Entry& entry : parts->items[2].as<Dict>()->entries) {
    if (!entry.key.missing()) keywords.push_back({entry.key.as<Str>(), entry.value});
  }
  const Tuple* positional = parts->items[1].as<Tuple>();
  return in.call(method, Arguments{positional->items, positional->count, keywords.data(), keywords.size()});
}

Value getter(Interpreter& in, const Arguments& arguments, const Value& data) {
  const bool items = data.boolean;
  if (arguments.count < 1)
    in.raise_type_error(items ? "itemgetter expected 1 argument, got 0" : "attrgetter expected 1 argument, got 0");
  const Value names = in.tuple(arguments.positional, arguments.count);
  return items ? in.native_static("itemgetter", got_items, names)
               : in.native_static("attrgetter", got_attributes, names);
}

Value method_caller(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, rest] = bind<"name=, /, *args, **kwargs">(in, "methodcaller", arguments);
  if (name.missing() || as_text(name) == nullptr) in.raise_type_error("method name must be a string");
  Dict* keywords = in.dict();
  for (std::size_t i = 0; i < rest.keyword_count; ++i)
    dict_set(in.arena, keywords, rest.keywords[i].name, rest.keywords[i].value);
  const Value positional = in.tuple(rest.positional, rest.count);
  return in.native_static("methodcaller", called_method, in.tuple({unwrap(name), positional, Value::of(keywords)}));
}

// A function under its name and, as Python has it, under the name of the special method.
void define_both(Interpreter& in, Module* module, const char* name, NativeFunction function, const Value& data) {
  in.define(module, name, function, data);
  std::string_view bare = name;
  if (bare.ends_with('_')) bare.remove_suffix(1);
  in.define(module, fmt::format("__{}__", bare), in.native_static(name, function, data));
}

}  // namespace

void install_operator(Interpreter& in) {
  Module* module = in.native_module("operator", false);
  const auto data = [](Operator op) { return Value::of(static_cast<std::int64_t>(op)); };
  for (const NamedOperator& each : kBinary) {
    define_both(in, module, each.name, binary, data(each.op));
    std::string_view bare = each.name;
    if (bare.ends_with('_')) bare.remove_suffix(1);
    const Value changing = in.native_static("in-place operator", in_place, data(each.op));
    in.define(module, fmt::format("i{}", bare), changing);
    in.define(module, fmt::format("__i{}__", bare), changing);
  }
  for (const NamedOperator& each : kUnary) define_both(in, module, each.name, unary, data(each.op));
  for (const NamedOperator& each : kComparisons) define_both(in, module, each.name, comparison, data(each.op));
  in.define(module, "abs", *dict_find(in.builtins->attributes, in.intern("abs")));
  in.define(module, "__abs__", *dict_find(in.builtins->attributes, in.intern("abs")));
  for (const Method& each : {Method{"contains", contains},
                             {"index", spread<index>},
                             {"getitem", get_item},
                             {"setitem", set_item},
                             {"delitem", delete_item}}) {
    define_both(in, module, each.name, each.function, Value{});
  }
  define_all(in, module,
             {{"truth", truth},
              {"countOf", spread<count_of>},
              {"indexOf", spread<index_of>},
              {"call", call},
              {"length_hint", spread<length_hint>},
              {"methodcaller", method_caller}});
  in.define(module, "itemgetter", getter, Value::of(true));
  in.define(module, "attrgetter", getter, Value::of(false));
}

}  // namespace ckptlint::python
