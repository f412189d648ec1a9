// Functions of source, functions of the host, and both bound to a receiver.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "python/evaluate/impl.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/printer.h"
#include "python/syntax/source_unit.h"
#include "python/types/code_names.h"
#include "python/types/methods.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// ---- attributes

Value doc_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  Code* code = function->code;
  if (code->doc == nullptr && code->doc_end != 0)
    code->doc = in.impl->parser.literal(code->unit, {code->doc_begin, code->doc_end});
  return code->doc == nullptr ? Value::none() : Value::of(code->doc);
}

// A variable of a function around, or the class that `__class__` means.
struct OuterVariable {
  Str* name = nullptr;
  Value* place = nullptr;  // null: the class
};

// Those that a function uses, by name.
std::vector<OuterVariable> outer_variables(Interpreter& in, Function* function) {
  std::vector<OuterVariable> found;
  const auto add = [&](Str* name, Value* place) {
    const auto same = [&](const OuterVariable& each) { return each.name == name; };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back({name, place});
  };
  const FunctionNotes* notes = notes_of(*function->code);
  if (notes == nullptr) return found;
  for (const OuterName& each : notes->outer_names) {
    const Name* name = each.name;
    const bool in_frame = name->scope == NameScope::kEnclosing || name->scope == NameScope::kClass;
    Frame* frame = function->closure;
    for (int depth = each.depth + 1; frame != nullptr && depth < name->depth; ++depth) frame = frame->enclosing;
    if (in_frame && name->depth > each.depth && frame != nullptr) {
      add(name->symbol, &frame->slots[name->slot]);
    } else if (function->owner != nullptr && name->scope == NameScope::kGlobal &&
               (name->symbol->view() == "super" || name->symbol->view() == "__class__")) {
      add(in.intern("__class__"), nullptr);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const OuterVariable& a, const OuterVariable& b) { return a.name->view() < b.name->view(); });
  return found;
}

Value free_names_of(Interpreter& in, Function* function) {
  List* names = in.list();
  for (const OuterVariable& each : outer_variables(in, function)) names->items.push(in.arena, Value::of(each.name));
  return in.tuple(names->items.items, names->items.count);
}

// A cell knows whose variable it is: a function, and the number among its variables.
Value closure_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  const std::size_t count = outer_variables(in, function).size();
  if (count == 0) return Value::none();
  if (function->cells == nullptr) {
    const Value type = in.import_name("types", "CellType");
    List* cells = in.list();
    for (std::size_t i = 0; i < count; ++i) {
      Instance* cell = in.instance(type.as<Class>());
      cell->payload = in.tuple({Value::of(function), Value::of(static_cast<std::int64_t>(i))});
      cells->items.push(in.arena, Value::of(cell));
    }
    function->cells = in.tuple(cells->items.items, count).as<Tuple>();
  }
  return Value::of(function->cells);
}

Dict* annotations_of(Interpreter& in, Function* function) {
  if (function->annotations != nullptr) return function->annotations;
  // functools.wraps hands them over, which here waits until they are asked for.
  if (function->attributes != nullptr) {
    const Value* wrapped = dict_find(function->attributes, in.sym.__wrapped__);
    if (wrapped != nullptr && wrapped->is(Kind::kFunction) && wrapped->as<Function>() != function) {
      const Nesting nesting(in);
      return function->annotations = annotations_of(in, wrapped->as<Function>());
    }
  }
  prepare_function(in, function);
  return read_annotations(in, function);
}

// What a code object tells of a function's parameters and place.
Value code_of(Interpreter& in, Function* function) {
  prepare_function(in, function);
  const Code* code = function->code;
  Instance* made = in.instance(in.classes.code);
  made->attributes = in.dict();
  const auto add = [&](const char* name, const Value& value) {
    dict_set(in.arena, made->attributes, in.intern(name), value);
  };
  std::int64_t positional = 0, positional_only = 0, keyword_only = 0, flags = 3;  // optimised, new locals
  List* names = in.list();
  List* collecting = in.list();  // *args and **kwargs stand behind the others
  for (const Parameter& each : code->parameters) {
    (each.stars != 0 ? collecting : names)->items.push(in.arena, Value::of(each.name));
    if (each.stars != 0) flags |= each.stars == 1 ? 4 : 8;
    if (each.stars == 0) ++(each.keyword_only ? keyword_only : positional);
    positional_only += each.positional_only;
  }
  for (const Value& each : collecting->items) names->items.push(in.arena, each);
  for (std::size_t i = code->parameters.size(); i < code->slots.size(); ++i)
    names->items.push(in.arena, Value::of(code->slots.items[i]));
  if (code->is_generator) flags |= 32;
  add("co_argcount", Value::of(positional));
  add("co_posonlyargcount", Value::of(positional_only));
  add("co_kwonlyargcount", Value::of(keyword_only));
  add("co_varnames", in.tuple(names->items.items, names->items.count));
  add("co_nlocals", Value::of(static_cast<std::int64_t>(names->items.count)));
  add("co_flags", Value::of(flags));
  add("co_name", Value::of(code->name));
  add("co_qualname", in.string(qualified_name_of(function)));
  add("co_firstlineno", Value::of(static_cast<std::int64_t>(code->at.line)));
  add("co_filename", in.string(code->unit->path));
  add("co_freevars", free_names_of(in, function));
  List* used = in.list();
  for (Str* name : names_in_code(in.symbols, *code)) used->items.push(in.arena, Value::of(name));
  add("co_names", in.tuple(used->items.items, used->items.count));
  return Value::of(made);
}

bool find_on_function(Interpreter& in, const Value& object, Str* name, Value& out) {
  Function* function = object.as<Function>();
  if (function->attributes != nullptr) {
    if (Value* found = dict_find(function->attributes, name)) return out = *found, true;
  }
  if (name == in.sym.__name__) return out = Value::of(function->name), true;
  if (name == in.sym.__qualname__) return out = in.string(qualified_name_of(function)), true;
  if (name == in.sym.__module__) return out = Value::of(function->module->name), true;
  if (name == in.sym.__doc__) return out = doc_of(in, function), true;
  if (name == in.sym.__dict__) {
    if (function->attributes == nullptr) function->attributes = in.dict();
    return out = Value::of(function->attributes), true;
  }
  if (name == in.sym.__annotations__) return out = Value::of(annotations_of(in, function)), true;
  if (name == in.sym.__defaults__) {
    prepare_function(in, function);
    List* values = in.list();
    for (std::size_t i = 0; function->defaults != nullptr && i < function->code->parameters.size(); ++i) {
      if (!function->defaults[i].missing() && !function->code->parameters[i].keyword_only)
        values->items.push(in.arena, function->defaults[i]);
    }
    out = values->items.empty() ? Value::none() : in.tuple(values->items.items, values->items.count);
    return true;
  }
  if (name->view() == "__globals__") return out = Value::of(function->module->attributes), true;
  if (name->view() == "__kwdefaults__") {
    prepare_function(in, function);
    Dict* values = in.dict();
    for (std::size_t i = 0; function->defaults != nullptr && i < function->code->parameters.size(); ++i) {
      const Parameter& parameter = function->code->parameters[i];
      if (!function->defaults[i].missing() && parameter.keyword_only)
        dict_set(in.arena, values, parameter.name, function->defaults[i]);
    }
    return out = values->live == 0 ? Value::none() : Value::of(values), true;
  }
  if (name->view() == "__closure__") return out = closure_of(in, function), true;
  if (name == in.sym.__code__) return out = code_of(in, function), true;
  if (function->attributes != nullptr && name->view().substr(0, 2) != "__") {
    if (const Value* decorator = dict_find(function->attributes, in.intern(kUnknownDecorator)))
      return out = *decorator, true;
  }
  return find_by_class(in, object, name, out);
}

void set_on_function(Interpreter& in, const Value& object, Str* name, const Value& value) {
  auto* function = object.as<Function>();
  if (name == in.sym.__annotations__) {
    if (!value.is(Kind::kDict) && !value.is_none() && !value.unknown())
      in.raise_type_error("__annotations__ must be set to a dict object");
    function->annotations = value.is(Kind::kDict) ? value.as<Dict>() : in.dict();
    return;
  }
  if (name->view() == "__closure__" || name->view() == "__globals__")
    in.raise(in.exception("AttributeError"), "readonly attribute");
  if (name == in.sym.__name__ && value.is(Kind::kStr)) function->name = value.as<Str>();
  if (name == in.sym.__qualname__ && value.is(Kind::kStr)) function->qualified_name = value.as<Str>();
  if (function->attributes == nullptr) function->attributes = in.dict();
  dict_set(in.arena, function->attributes, name, value);
}

void delete_on_function(Interpreter& in, const Value& object, Str* name) {
  if (name == in.sym.__annotations__) {
    object.as<Function>()->annotations = in.dict();
    return;
  }
  Dict* attributes = object.as<Function>()->attributes;
  if (attributes != nullptr && dict_erase(attributes, Value::of(name))) return;
  in.raise(in.exception("AttributeError"), fmt::format("'function' object has no attribute '{}'", name->view()));
}

bool find_on_native(Interpreter& in, const Value& object, Str* name, Value& out) {
  const auto* native = object.as<Native>();
  if (native->attributes != nullptr) {
    if (const Value* found = dict_find(native->attributes, name)) return out = *found, true;
  }
  if (name == in.sym.__name__ || name == in.sym.__qualname__) return out = Value::of(in.intern(native->name)), true;
  return find_by_class(in, object, name, out);
}

void set_on_native(Interpreter& in, const Value& object, Str* name, const Value& value) {
  auto* native = object.as<Native>();
  // Others stand for functions of Python, which have attributes.
  const Value* builtin = dict_find(in.builtins->attributes, in.intern(native->name));
  if (builtin != nullptr && builtin->same(object)) {
    in.raise(in.exception("AttributeError"),
             fmt::format("'builtin_function_or_method' object has no attribute '{}'", name->view()));
  }
  if (native->attributes == nullptr) native->attributes = in.dict();
  dict_set(in.arena, native->attributes, name, value);
}

bool find_on_bound_method(Interpreter& in, const Value& object, Str* name, Value& out) {
  const auto* method = object.as<BoundMethod>();
  if (name == in.sym.__self__) return out = method->receiver, true;
  if (name->view() == "__func__") return out = method->function, true;
  return in.find_attribute(method->function, name, out) || find_by_class(in, object, name, out);
}

// ---- other slots

// The variable of a cell; null for one of a class.
Value* place_in_cell(Interpreter& in, const Value& cell, Function*& function) {
  const auto* payload = cell.as<Instance>()->payload.as<Tuple>();
  function = payload->items[0].as<Function>();
  return outer_variables(in, function)[static_cast<std::size_t>(payload->items[1].integer)].place;
}

bool is_known_cell(const Value& value) {
  return value.is(Kind::kInstance) && value.as<Instance>()->payload.is(Kind::kTuple);
}

Value cell_contents(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!is_known_cell(arguments[0])) return in.unknown("what a cell holds");
  Function* function = nullptr;
  const Value* place = place_in_cell(in, arguments[0], function);
  if (place == nullptr) return Value::of(function->owner);
  if (place->missing()) in.raise_value_error("Cell is empty");
  return *place;
}

Value set_cell_contents(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!is_known_cell(arguments[0])) return Value::none();
  Function* function = nullptr;
  Value* place = place_in_cell(in, arguments[0], function);
  if (place != nullptr) *place = arguments[1];
  return Value::none();
}

// Of a variable that has no value yet it is kMissing.
Value in_cell(Interpreter& in, const Value& cell) {
  Function* function = nullptr;
  const Value* place = place_in_cell(in, cell, function);
  return place == nullptr ? Value::of(function->owner) : *place;
}

// Cells compare as what they hold; one that is empty comes before all others.
template <Operator op>
Value compare_cells(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, other] = by_position<"self, other">(arguments);
  if (in.type_of(self) != in.type_of(other)) return {Kind::kNotImplemented, {}};
  if (!is_known_cell(self) || !is_known_cell(other)) return in.unknown("what a cell holds");
  const Value left = in_cell(in, self);
  const Value right = in_cell(in, other);
  if (!left.missing() && !right.missing()) return in.compare(op, left, right);
  return in.compare(op, Value::of(right.missing()), Value::of(left.missing()));
}

void repr_function(Printer& printer, const Value& value) {
  printer.out += fmt::format("<function {} at 0x0>", qualified_name_of(value.as<Function>()));
}

void repr_native(Printer& printer, const Value& value) {
  printer.out += fmt::format("<built-in function {}>", value.as<Native>()->name);
}

void repr_bound_method(Printer& printer, const Value& value) {
  const auto* method = value.as<BoundMethod>();
  const Nesting nesting(printer.in);
  printer.out += "<bound method ";
  slots_of(printer.in, method->function).repr(printer, method->function);
  printer.out += " of ";
  printer.repr(method->receiver);
  printer.out += '>';
}

// Optional[int], Callable[..., int]: the parameters change nothing here.
Value native_item(Interpreter&, const Value& object, const Value&) { return object; }

Value function_call(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = by_position<"self">(arguments);
  const Arguments rest{arguments.positional + 1, arguments.count - 1, arguments.keywords, arguments.keyword_count};
  return in.call(self, rest);
}

}  // namespace

constinit const TypeSlots kFunctionSlots = {.type = &Interpreter::Classes::function,
                                            .find_attribute = find_on_function,
                                            .set_attribute = set_on_function,
                                            .delete_attribute = delete_on_function,
                                            .repr = repr_function};
constinit const TypeSlots kNativeSlots = {.type = &Interpreter::Classes::native,
                                          .find_attribute = find_on_native,
                                          .set_attribute = set_on_native,
                                          .repr = repr_native,
                                          .item = native_item};
constinit const TypeSlots kBoundMethodSlots = {
    .type = &Interpreter::Classes::method, .find_attribute = find_on_bound_method, .repr = repr_bound_method};

Value function_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, instance, owner] = method_arguments<"self, instance, owner=">(in, "__get__", arguments);
  const bool on_class = instance.is_none();
  if (on_class && !self.is(Kind::kClassMethod) && !self.is(Kind::kStaticMethod)) return self;
  Class* type = owner.is(Kind::kClass) ? owner.as<Class>() : in.type_of(instance);
  return in.bind_to(self, instance, type);
}

void fill_functions_and_methods(Interpreter& in) {
  auto& c = in.classes;
  for (Class* type : {c.function, c.native, c.method}) {
    in.method(type, "__get__", function_get);
    in.method(type, "__call__", function_call);
  }
  Class* cell = in.make_class("cell", {c.object});
  in.property(cell, "cell_contents", cell_contents, set_cell_contents);
  add_methods(in, cell,
              {{"__eq__", compare_cells<Operator::kEqual>},
               {"__ne__", compare_cells<Operator::kNotEqual>},
               {"__lt__", compare_cells<Operator::kLess>},
               {"__le__", compare_cells<Operator::kLessEqual>},
               {"__gt__", compare_cells<Operator::kGreater>},
               {"__ge__", compare_cells<Operator::kGreaterEqual>}});
  in.set_class(cell, "__hash__", Value::none());
  in.define(in.native_module("types"), "CellType", Value::of(cell));
}

}  // namespace ckptlint::python
