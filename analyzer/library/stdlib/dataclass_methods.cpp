// The methods that @dataclass puts on a class: __init__, __repr__, __eq__, ordering, __hash__ and the frozen ones.
#include "library/stdlib/dataclass_methods.h"

#include <string>

#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// What __init__ was made with: (class, Field objects in order, frozen, has __post_init__).
struct InitData {
  Class* type;
  Tuple* fields;
  bool frozen;
  bool post_init;
};
InitData init_data(const Value& data) {
  auto* items = data.as<Tuple>();
  return {items->items[0].as<Class>(), items->items[1].as<Tuple>(), items->items[2].boolean, items->items[3].boolean};
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += names.size() == 2 ? " and " : i + 1 == names.size() ? ", and " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

std::string init_name(const InitData& data) { return std::string(data.type->qualified_name->view()) + ".__init__()"; }

[[noreturn]] void raise_missing(Interpreter& in, const InitData& data, const std::vector<std::string>& names,
                                bool keyword_only) {
  std::string kind = keyword_only ? "keyword-only" : "positional";
  in.raise_type_error(init_name(data) + " missing " + std::to_string(names.size()) + " required " + kind + " argument" +
                      (names.size() == 1 ? "" : "s") + ": " + quoted_list(names));
}

// The arguments of __init__ without self, one for each field; kMissing where the default applies.
std::vector<Value> bind_init(Interpreter& in, const InitData& data, const std::vector<FieldView>& fields,
                             const Arguments& arguments) {
  std::vector<Value> given(fields.size());
  std::vector<std::size_t> positional;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].init && !fields[i].keyword_only) positional.push_back(i);
  }
  const std::size_t count = arguments.count;
  if (count > positional.size()) {
    const auto required =
        static_cast<std::size_t>(std::count_if(positional.begin(), positional.end(), [&](std::size_t i) {
          return fields[i].default_value.missing() && fields[i].default_factory.missing();
        }));
    const bool all = required == positional.size();
    in.raise_type_error(init_name(data) + " takes " + (all ? "" : "from " + std::to_string(required + 1) + " to ") +
                        std::to_string(positional.size() + 1) + " positional argument" +
                        (positional.empty() ? "" : "s") + " but " + std::to_string(count + 1) + " were given");
  }
  for (std::size_t i = 0; i < count; ++i) given[positional[i]] = arguments[i];
  for (std::size_t k = 0; k < arguments.keyword_count; ++k) {
    const Keyword& keyword = arguments.keywords[k];
    std::size_t at = 0;
    while (at < fields.size() && !(fields[at].init && fields[at].name == keyword.name)) ++at;
    if (at == fields.size())
      in.raise_type_error(init_name(data) + " got an unexpected keyword argument '" +
                          std::string(keyword.name->view()) + "'");
    if (!given[at].missing())
      in.raise_type_error(init_name(data) + " got multiple values for argument '" + std::string(keyword.name->view()) +
                          "'");
    given[at] = keyword.value;
  }
  std::vector<std::string> lost[2];
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FieldView& field = fields[i];
    if (field.init && given[i].missing() && field.default_value.missing() && field.default_factory.missing()) {
      lost[field.keyword_only ? 1 : 0].emplace_back(field.name->view());
    }
  }
  if (!lost[0].empty()) raise_missing(in, data, lost[0], false);
  if (!lost[1].empty()) raise_missing(in, data, lost[1], true);
  return given;
}

Value dataclass_init(Interpreter& in, const Arguments& arguments, const Value& raw) {
  const auto [self, rest] = bind<"self, *args, **kwargs">(in, "__init__", arguments);
  InitData data = init_data(raw);
  std::vector<FieldView> fields;
  fields.reserve(data.fields->count);
  for (const Value& field : *data.fields) fields.push_back(read_field(in, field.as<Instance>()));
  std::vector<Value> values = bind_init(in, data, fields, rest);
  std::vector<Value> init_only;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FieldView& field = fields[i];
    in.step();
    Value value = values[i];
    if (value.missing() && !field.default_factory.missing()) value = in.call(field.default_factory, {});
    if (value.missing() && field.init) value = field.default_value;
    if (value.missing()) continue;  // init=False: the class attribute, if any, shows through
    if (field.kind == FieldKind::kInitVar) {
      init_only.push_back(value);
    } else if (data.frozen && self.is(Kind::kInstance)) {
      set_own(in, self.as<Instance>(), field.name, value);
    } else {
      in.set_attribute(self, field.name, value);
    }
  }
  if (data.post_init) {
    in.call(in.attribute(self, in.sym.__post_init__), Arguments{init_only.data(), init_only.size(), nullptr, 0});
  }
  return Value::none();
}

// `data` is (Field objects, list of the objects being shown).
Value dataclass_repr(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self] = by_position<"self">(arguments);
  auto* pair = data.as<Tuple>();
  auto* open = pair->items[1].as<List>();
  for (const Value& other : open->items) {
    if (other.same(self)) return in.string("...");
  }
  open->items.push(in.arena, self);
  std::string text = std::string(in.type_of(self)->qualified_name->view()) + "(";
  bool first = true;
  try {
    for (const Value& item : *pair->items[0].as<Tuple>()) {
      FieldView field = read_field(in, item.as<Instance>());
      if (!field.repr || field.kind != FieldKind::kField) continue;
      text += (first ? "" : ", ") + std::string(field.name->view()) + "=" + in.repr(in.attribute(self, field.name));
      first = false;
    }
  } catch (...) {
    --open->items.count;
    throw;
  }
  --open->items.count;
  return in.string(text + ")");
}

Value compared(Interpreter& in, const Value& object, const Tuple* fields) {
  std::vector<Value> values;
  for (const Value& item : *fields) {
    FieldView field = read_field(in, item.as<Instance>());
    if (field.compare && field.kind == FieldKind::kField) values.push_back(in.attribute(object, field.name));
  }
  return in.tuple(values.data(), values.size());
}

template <Operator op>
Value dataclass_compare(Interpreter& in, const Arguments& arguments, const Value& fields) {
  const auto [self, other] = by_position<"self, other">(arguments);
  if (in.type_of(self) != in.type_of(other)) return {Kind::kNotImplemented, {}};
  return in.compare(op, compared(in, self, fields.as<Tuple>()), compared(in, other, fields.as<Tuple>()));
}

Value dataclass_hash(Interpreter& in, const Arguments& arguments, const Value& fields) {
  return in.call(in.import_name("builtins", "hash"), {compared(in, self_of(arguments), fields.as<Tuple>())});
}

// `data` is (class, Field objects).
template <bool deleting>
Value frozen_change(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, given_name] = by_position<"self, name">(arguments);
  auto* pair = data.as<Tuple>();
  auto* type = pair->items[0].as<Class>();
  Str* name = as_str(given_name);
  if (name == nullptr) in.raise_type_error("attribute name must be string");
  bool refused = in.type_of(self) == type;
  for (const Value& item : *pair->items[1].as<Tuple>())
    refused = refused || in.equal(own(item.as<Instance>(), in.sym.name), given_name);
  if (refused) {
    Value error = in.import_name("dataclasses", "FrozenInstanceError");
    in.raise(error.as<Class>(), std::string(deleting ? "cannot delete field '" : "cannot assign to field '") +
                                    std::string(name->view()) + "'");
  }
  Value next = in.class_lookup_after(in.type_of(self), type, deleting ? in.sym.__delattr__ : in.sym.__setattr__);
  return in.call(next, arguments);
}

void check_order(Interpreter& in, const std::vector<FieldView>& fields) {
  bool seen_default = false;
  for (const FieldView& field : fields) {
    if (!field.init || field.keyword_only) continue;
    bool has_default = !field.default_value.missing() || !field.default_factory.missing();
    if (seen_default && !has_default) {
      in.raise_type_error("non-default argument '" + std::string(field.name->view()) + "' follows default argument");
    }
    seen_default = has_default;
  }
}

void add_hash(Interpreter& in, Class* type, const Value& fields, const DataclassOptions& options) {
  Value present = own(type, in.sym.__hash__);
  bool explicit_hash = !present.missing() && !(present.is_none() && !own(type, in.sym.__eq__).missing());
  bool add = false;
  if (options.unsafe_hash) {
    if (explicit_hash)
      in.raise_type_error("Cannot overwrite attribute __hash__ in class " + std::string(type->name->view()));
    add = true;
  } else if (options.eq && !explicit_hash) {
    if (options.frozen)
      add = true;
    else
      in.set_class(type, "__hash__", Value::none());
  }
  if (add) in.set_class(type, "__hash__", in.native("__hash__", dataclass_hash, fields));
}

}  // namespace

bool is_dataclass_init(const Value& function) {
  return function.is(Kind::kNative) && function.as<Native>()->function == dataclass_init;
}

std::vector<FieldView> dataclass_init_parameters(Interpreter& in, const Value& function) {
  std::vector<FieldView> positional, keyword_only;
  for (const Value& item : *init_data(function.as<Native>()->data).fields) {
    FieldView field = read_field(in, item.as<Instance>());
    if (field.init) (field.keyword_only ? keyword_only : positional).push_back(field);
  }
  positional.insert(positional.end(), keyword_only.begin(), keyword_only.end());
  return positional;
}

void annotate_init(Interpreter& in, Class* type) {
  const Value init = own(type, in.sym.__init__);
  if (!is_dataclass_init(init)) return;
  Dict* types = in.dict();
  for (const FieldView& field : dataclass_init_parameters(in, init)) {
    if (!field.type.missing()) dict_set(in.arena, types, field.name, field.type);
  }
  dict_set(in.arena, types, in.intern("return"), Value::none());
  auto* native = init.as<Native>();
  if (native->attributes == nullptr) native->attributes = in.dict();
  dict_set(in.arena, native->attributes, in.sym.__annotations__, Value::of(types));
}

void add_dataclass_methods(Interpreter& in, Class* type, const std::vector<FieldView>& fields,
                           const DataclassOptions& options) {
  std::vector<Value> objects, names;
  for (const FieldView& field : fields) objects.push_back(Value::of(field.object));
  Value all = in.tuple(objects.data(), objects.size());
  auto missing = [&](std::string_view name) { return own(type, in.intern(name)).missing(); };
  if (options.init) {
    check_order(in, fields);
    bool post_init = in.class_lookup(type, in.sym.__post_init__) != nullptr;
    Value data = in.tuple({Value::of(type), all, Value::of(options.frozen), Value::of(post_init)});
    if (missing("__init__")) in.set_class(type, "__init__", in.native("__init__", dataclass_init, data));
  }
  if (options.repr && missing("__repr__")) {
    in.set_class(type, "__repr__", in.native("__repr__", dataclass_repr, in.tuple({all, Value::of(in.list())})));
  }
  bool own_equality = !missing("__eq__");
  if (options.order) {
    if (!options.eq) in.raise_value_error("eq must be true if order is true");
    struct {
      const char* name;
      NativeFunction function;
    } comparisons[] = {{"__lt__", dataclass_compare<Operator::kLess>},
                       {"__le__", dataclass_compare<Operator::kLessEqual>},
                       {"__gt__", dataclass_compare<Operator::kGreater>},
                       {"__ge__", dataclass_compare<Operator::kGreaterEqual>}};
    for (const auto& comparison : comparisons) {
      if (!missing(comparison.name)) {
        in.raise_type_error("Cannot overwrite attribute " + std::string(comparison.name) + " in class " +
                            std::string(type->name->view()) + ". Consider using functools.total_ordering");
      }
      in.set_class(type, comparison.name, in.native(comparison.name, comparison.function, all));
    }
  }
  add_hash(in, type, all, options);  // looks at the class's own __eq__
  if (options.eq && !own_equality)
    in.set_class(type, "__eq__", in.native("__eq__", dataclass_compare<Operator::kEqual>, all));
  if (options.frozen) {
    Value data = in.tuple({Value::of(type), all});
    for (const char* name : {"__setattr__", "__delattr__"}) {
      if (!missing(name))
        in.raise_type_error("Cannot overwrite attribute " + std::string(name) + " in class " +
                            std::string(type->name->view()));
    }
    in.set_class(type, "__setattr__", in.native("__setattr__", frozen_change<false>, data));
    in.set_class(type, "__delattr__", in.native("__delattr__", frozen_change<true>, data));
  }
  if (options.match_args && missing("__match_args__")) {
    for (const FieldView& field : fields) {
      if (field.init && !field.keyword_only) names.push_back(Value::of(field.name));
    }
    in.set_class(type, "__match_args__", in.tuple(names.data(), names.size()));
  }
}

}  // namespace ckptlint::python
