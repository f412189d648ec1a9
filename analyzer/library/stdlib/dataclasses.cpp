// Module dataclasses: the decorator, fields, and the functions over instances.
#include "library/stdlib/dataclasses.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "library/stdlib/annotations.h"
#include "library/stdlib/copy.h"
#include "library/stdlib/dataclass_methods.h"
#include "library/stdlib/install.h"
#include "library/stdlib/typing.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Value marker(Interpreter& in, std::string_view name) {
  return *dict_find(in.native_module("dataclasses", false)->attributes, in.intern(name));
}

// field(...): an object that the decorator completes.
using FieldSignature = Signature<"*, default=, default_factory=, init=, repr=, hash=, compare=, metadata=, kw_only=">;

Value make_field(Interpreter& in, const std::array<Value, FieldSignature::kCount>& options) {
  const auto& [fallback, default_factory, init, repr, hash, compare, metadata, kw_only] = options;
  Instance* field = in.instance(in.classes.dataclass_field);
  const Value missing = marker(in, "MISSING");
  const auto set = [&](std::string_view name, const Value& value, const Value& otherwise) {
    set_own(in, field, name, value.missing() ? otherwise : value);
  };
  const bool no_metadata = metadata.missing() || metadata.is_none() || metadata.same(missing);
  set("default", fallback, missing);
  set("default_factory", default_factory, missing);
  set("init", init, Value::of(true));
  set("repr", repr, Value::of(true));
  set("hash", hash, Value::none());
  set("compare", compare, Value::of(true));
  set("metadata", no_metadata ? Value::of(in.dict()) : metadata, missing);
  set("kw_only", kw_only, missing);
  set_own(in, field, in.sym.name, Value::none());
  set_own(in, field, in.sym.type, Value::none());
  set_own(in, field, "_field_type", Value::of(0));
  return Value::of(field);
}

Value dataclasses_field(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto options = bind<FieldSignature>(in, "field", arguments);
  const auto& [fallback, default_factory, init, repr, hash, compare, metadata, kw_only] = options;
  bool both = !fallback.missing() && !is_missing_marker(in, fallback) && !default_factory.missing() &&
              !is_missing_marker(in, default_factory);
  if (both) in.raise_value_error("cannot specify both default and default_factory");
  return make_field(in, options);
}

Value field_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  auto* self = self_as<Instance>(in, arguments);
  std::string text = "Field(name=" + in.repr(own(self, in.sym.name)) + ",type=" + in.repr(own(self, in.sym.type));
  for (const char* name : {"default", "default_factory", "init", "repr", "hash", "compare", "metadata", "kw_only"}) {
    text += std::string(",") + name + "=" + in.repr(own(self, in.intern(name)));
  }
  return in.string(text + ")");
}

Value init_var_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, type] = by_position<"cls, type">(arguments);
  Instance* made = in.instance(self_as<Class>(in, cls));
  set_own(in, made, in.sym.type, type);
  return Value::of(made);
}

// ---- the decorator

// `text` is `name`, `module.name` or one of them subscripted: an annotation that was not evaluated.
bool names_form(std::string_view text, std::string_view name) {
  text = text.substr(0, text.find('['));
  std::size_t dot = text.rfind('.');
  if (dot != std::string_view::npos) text = text.substr(dot + 1);
  return text == name;
}

FieldKind kind_of_annotation(Interpreter& in, const Value& type) {
  if (Str* text = as_str(type)) {
    if (names_form(text->view(), "ClassVar")) return FieldKind::kClassVar;
    if (names_form(text->view(), "InitVar")) return FieldKind::kInitVar;
    return FieldKind::kField;
  }
  if (is_special_form(in, type, "ClassVar") || is_special_form(in, type_origin(in, type), "ClassVar"))
    return FieldKind::kClassVar;
  auto* init_var = marker(in, "InitVar").as<Class>();
  if (type.same(Value::of(init_var)) || instance_of(in, type, init_var) != nullptr) return FieldKind::kInitVar;
  return FieldKind::kField;
}

bool is_keyword_only_marker(Interpreter& in, const Value& type) {
  if (Str* text = as_str(type)) return names_form(text->view(), "KW_ONLY");
  return type.same(marker(in, "KW_ONLY"));
}

bool unhashable_default(Interpreter& in, const Value& value) {
  Value plain_value = plain(value);
  if (plain_value.is(Kind::kList) || plain_value.is(Kind::kDict)) return true;
  if (plain_value.is(Kind::kSet)) return !plain_value.as<Set>()->frozen;
  if (!value.is(Kind::kInstance)) return false;
  Value* hash = in.class_lookup(value.as<Instance>()->type, in.sym.__hash__);
  return hash != nullptr && hash->is_none();
}

// The Field for an annotated name of the class's own body.
Instance* complete_field(Interpreter& in, Class* type, Str* name, const Value& annotation, bool keyword_only) {
  Value value;
  if (!in.find_attribute(Value::of(type), name, value)) value = {};
  Instance* field = instance_of(in, value, in.classes.dataclass_field);
  if (field == nullptr) {
    field = make_field(in, {value}).as<Instance>();
  }
  FieldKind kind = kind_of_annotation(in, annotation);
  set_own(in, field, in.sym.name, Value::of(name));
  set_own(in, field, in.sym.type, annotation);
  set_own(in, field, "_field_type", Value::of(static_cast<std::int64_t>(kind)));
  Str* keyword_only_name = in.intern("kw_only");
  if (kind != FieldKind::kClassVar && is_missing_marker(in, own(field, keyword_only_name))) {
    set_own(in, field, keyword_only_name, Value::of(keyword_only));
  }
  FieldView view = read_field(in, field);
  if (kind != FieldKind::kField && !view.default_factory.missing()) {
    in.raise_type_error("field " + std::string(name->view()) + " cannot have a default factory");
  }
  if (kind == FieldKind::kField && !view.default_value.missing() && unhashable_default(in, view.default_value)) {
    in.raise_value_error("mutable default " + in.repr(Value::of(in.type_of(view.default_value))) + " for field " +
                         std::string(name->view()) + " is not allowed: use default_factory");
  }
  return field;
}

// Class attributes that were Field objects become the defaults.
void settle_class_attribute(Interpreter& in, Class* type, const FieldView& field) {
  Value value;
  if (!in.find_attribute(Value::of(type), field.name, value) ||
      instance_of(in, value, in.classes.dataclass_field) == nullptr)
    return;
  if (!field.default_value.missing())
    in.set_class(type, field.name->view(), field.default_value);
  else if (!own(type, field.name).missing())
    in.delete_attribute(Value::of(type), field.name);
}

void check_bases(Interpreter& in, Class* type, const DataclassOptions& options) {
  Str* frozen = in.intern("frozen");
  for (std::uint32_t i = 1; i < type->mro.count; ++i) {
    Value parameters = own(type->mro[i], in.sym.__dataclass_params__);
    if (!parameters.is(Kind::kInstance)) continue;
    bool base_frozen = in.test(own(parameters.as<Instance>(), frozen));
    if (base_frozen && !options.frozen) in.raise_type_error("cannot inherit non-frozen dataclass from a frozen one");
    if (!base_frozen && options.frozen) in.raise_type_error("cannot inherit frozen dataclass from a non-frozen one");
  }
}

void set_parameters(Interpreter& in, Class* type, const DataclassOptions& options) {
  Instance* made = in.instance(marker(in, "_DataclassParams").as<Class>());
  struct {
    const char* name;
    bool value;
  } flags[] = {{"init", options.init},   {"repr", options.repr},     {"eq", options.eq},
               {"order", options.order}, {"frozen", options.frozen}, {"unsafe_hash", options.unsafe_hash}};
  for (const auto& flag : flags) set_own(in, made, flag.name, Value::of(flag.value));
  in.set_class(type, "__dataclass_params__", Value::of(made));
}

Value process_class(Interpreter& in, const Value& decorated, const DataclassOptions& options) {
  if (!decorated.is(Kind::kClass)) return decorated;  // Unknown, or already replaced by something that is no class
  auto* type = decorated.as<Class>();
  Dict* fields = in.dict();
  for (std::uint32_t i = type->mro.count; i-- > 1;) {
    Value* inherited = in.class_lookup(type->mro[i], in.sym.__dataclass_fields__);
    if (inherited == nullptr || as_dict(*inherited) == nullptr) continue;
    for (const Dict::Entry& entry : as_dict(*inherited)->entries) {
      if (!entry.key.missing()) dict_set(in.arena, fields, entry.key, entry.value);
    }
  }
  check_bases(in, type, options);
  bool keyword_only = options.keyword_only;
  // Those of the library are many, and their types are asked for seldom.
  const bool of_library = type->module == nullptr || type->module->name->view().starts_with("transformers.");
  if (!of_library) settle_annotations(in, type);
  Dict* annotations = as_dict(own(type, in.sym.__annotations__));
  if (annotations != nullptr) {
    for (std::uint32_t i = 0; i < annotations->entries.count; ++i) {
      Dict::Entry entry = annotations->entries[i];
      if (!entry.key.is(Kind::kStr)) continue;
      in.step();
      if (is_keyword_only_marker(in, entry.value)) {
        keyword_only = true;
        continue;
      }
      Str* name = in.intern(entry.key.as<Str>()->view());
      Instance* field = complete_field(in, type, name, entry.value, keyword_only);
      dict_set(in.arena, fields, name, Value::of(field));
      settle_class_attribute(in, type, read_field(in, field));
    }
  }
  for (const Dict::Entry& entry : type->attributes->entries) {
    if (instance_of(in, entry.value, in.classes.dataclass_field) == nullptr) continue;
    if (annotations == nullptr || dict_find(annotations, entry.key) == nullptr) {
      in.raise_type_error(in.repr(entry.key) + " is a field but has no type annotation");
    }
  }
  set_parameters(in, type, options);
  in.set_class(type, "__dataclass_fields__", Value::of(fields));
  std::vector<FieldView> views;
  for (const Dict::Entry& entry : fields->entries) {
    if (entry.key.missing()) continue;
    FieldView view = read_field(in, entry.value.as<Instance>());
    if (view.kind != FieldKind::kClassVar) views.push_back(view);
  }
  add_dataclass_methods(in, type, views, options);
  if (!of_library) annotate_init(in, type);
  if (options.slots) {
    List* names = in.list();
    for (const FieldView& field : views) {
      if (!has_slot(type, field.name)) names->items.push(in.arena, Value::of(field.name));
    }
    dict_set(in.arena, type->attributes, in.sym.__slots__, in.tuple(names->items.items, names->items.count));
    read_slots(in, type);
  }
  return decorated;
}

using DataclassSignature = Signature<
    "cls=, *, init=, repr=, eq=, order=, unsafe_hash=, frozen=, match_args=, kw_only=, slots=, weakref_slot=">;
using DataclassArguments = std::array<Value, DataclassSignature::kCount>;

DataclassOptions read_options(Interpreter& in, const DataclassArguments& arguments) {
  const auto& [cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots, weakref_slot] = arguments;
  DataclassOptions options;
  auto flag = [&](const Value& value, bool& into) {
    if (!value.missing()) into = in.test(value);
  };
  flag(init, options.init);
  flag(repr, options.repr);
  flag(eq, options.eq);
  flag(order, options.order);
  flag(unsafe_hash, options.unsafe_hash);
  flag(frozen, options.frozen);
  flag(match_args, options.match_args);
  flag(kw_only, options.keyword_only);
  flag(slots, options.slots);
  return options;
}

// `data` is the DataclassArguments, in a tuple.
Value decorate_with_options(Interpreter& in, const Arguments& arguments, const Value& data) {
  DataclassArguments options;
  std::copy_n(data.as<Tuple>()->items, options.size(), options.begin());
  const auto [cls] = bind<"cls">(in, "wrap", arguments);
  return process_class(in, cls, read_options(in, options));
}

Value dataclasses_dataclass(Interpreter& in, const Arguments& arguments, const Value&) {
  DataclassArguments options = bind<DataclassSignature>(in, "dataclass", arguments);
  const Value& cls = options.front();
  if (!cls.missing() && !cls.is_none()) return process_class(in, cls, read_options(in, options));
  return in.native_static("dataclass", decorate_with_options, in.tuple(options.data(), options.size()));
}

// make_dataclass(name, fields, bases=(), namespace=None, ...): fields are names, (name, type) or (name, type, default).
Value dataclasses_make_dataclass(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls_name, fields, given_bases, given_body, init, repr, eq, order, unsafe_hash, frozen, match_args,
              kw_only, slots, weakref_slot, module] =
      bind<
          "cls_name, fields, *, bases=, namespace=, init=, repr=, eq=, order=, unsafe_hash=, frozen=, "
          "match_args=, kw_only=, slots=, weakref_slot=, module=">(in, "make_dataclass", arguments);
  Dict* body = as_dict(given_body) != nullptr ? dict_copy(in.arena, as_dict(given_body)) : in.dict();
  Dict* annotations = in.dict();
  for (const Value& item : in.collect(fields)->items) {
    Tuple* parts = as_tuple(item);
    Value name = parts == nullptr ? item : parts->count > 0 ? parts->items[0] : Value{};
    if (as_str(name) == nullptr) in.raise_type_error("Invalid field: " + in.repr(item));
    Str* symbol = in.intern(as_str(name)->view());
    dict_set(in.arena, annotations, symbol,
             parts != nullptr && parts->count > 1 ? parts->items[1] : in.import_name("typing", "Any"));
    if (parts != nullptr && parts->count > 2) dict_set(in.arena, body, symbol, parts->items[2]);
  }
  dict_set(in.arena, body, in.sym.__annotations__, Value::of(annotations));
  Value bases = given_bases.missing() ? in.tuple({}) : given_bases;
  Value made = in.call(Value::of(in.classes.type), {cls_name, bases, Value::of(body)});
  return process_class(
      in, made,
      read_options(in, {made, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots, weakref_slot}));
}

// ---- over instances

Class* dataclass_of(Interpreter& in, const Value& value) {
  Class* type = value.is(Kind::kClass) ? value.as<Class>() : in.type_of(value);
  return in.class_lookup(type, in.sym.__dataclass_fields__) != nullptr ? type : nullptr;
}

Value dataclasses_fields(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [class_or_instance] = bind<"class_or_instance">(in, "fields", arguments);
  if (class_or_instance.unknown()) return class_or_instance;
  Class* type = dataclass_of(in, class_or_instance);
  List* fields = type == nullptr ? nullptr : dataclass_fields(in, type);
  if (fields == nullptr) in.raise_type_error("must be called with a dataclass type or instance");
  return in.tuple(fields->items.items, fields->items.count);
}

Value dataclasses_is_dataclass(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj] = by_position<"obj">(arguments);
  return obj.unknown() ? obj : Value::of(dataclass_of(in, obj) != nullptr);
}

// asdict (`data` None) and astuple (`data` True), with their factories.
Value unpacked(Interpreter& in, const Value& value, const Value& factory, bool as_tuples) {
  Nesting nesting(in);
  in.step();
  if (!value.is(Kind::kClass) && dataclass_of(in, value) != nullptr) {
    std::vector<Value> pairs;
    for (const Value& item : dataclass_fields(in, in.type_of(value))->items) {
      Str* name = read_field(in, item.as<Instance>()).name;
      Value inner = unpacked(in, in.attribute(value, name), factory, as_tuples);
      pairs.push_back(as_tuples ? inner : in.tuple({Value::of(name), inner}));
    }
    if (as_tuples) {
      Value all = in.tuple(pairs.data(), pairs.size());
      return factory.missing() ? all : in.call(factory, {all});
    }
    if (!factory.missing()) {
      List* list = in.list(pairs.size());
      for (const Value& pair : pairs) list->items.push(in.arena, pair);
      return in.call(factory, {Value::of(list)});
    }
    Dict* made = in.dict();
    for (const Value& pair : pairs) dict_set(in.arena, made, pair.as<Tuple>()->items[0], pair.as<Tuple>()->items[1]);
    return Value::of(made);
  }
  if (value.is(Kind::kList)) {
    List* made = in.list(value.as<List>()->items.count);
    for (std::uint32_t i = 0; i < value.as<List>()->items.count; ++i) {
      made->items.push(in.arena, unpacked(in, value.as<List>()->items[i], factory, as_tuples));
    }
    return Value::of(made);
  }
  if (value.is(Kind::kTuple)) {
    std::vector<Value> items;
    for (const Value& item : *value.as<Tuple>()) items.push_back(unpacked(in, item, factory, as_tuples));
    return in.tuple(items.data(), items.size());
  }
  if (value.is(Kind::kDict)) {
    Dict* made = in.dict();
    Dict* from = value.as<Dict>();
    for (std::uint32_t i = 0; i < from->entries.count; ++i) {
      Dict::Entry entry = from->entries[i];
      if (entry.key.missing()) continue;
      dict_set(in.arena, made, unpacked(in, entry.key, factory, as_tuples),
               unpacked(in, entry.value, factory, as_tuples));
    }
    return Value::of(made);
  }
  return deep_copy(in, value);
}

template <bool as_tuples>
Value dataclasses_unpack(Interpreter& in, const Arguments& arguments, const Value&) {
  using UnpackSignature =
      std::conditional_t<as_tuples, Signature<"obj, *, tuple_factory=">, Signature<"obj, *, dict_factory=">>;
  const char* name = as_tuples ? "astuple" : "asdict";
  const auto [obj, factory] = bind<UnpackSignature>(in, name, arguments);
  if (obj.unknown()) return obj;
  if (obj.is(Kind::kClass) || dataclass_of(in, obj) == nullptr) {
    in.raise_type_error(std::string(name) + "() should be called on dataclass instances");
  }
  return unpacked(in, obj, factory, as_tuples);
}

Value dataclasses_replace(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [obj, changes] = bind<"obj, /, **changes">(in, "replace", arguments);
  if (obj.unknown()) return obj;
  Class* type = obj.is(Kind::kClass) ? nullptr : dataclass_of(in, obj);
  if (type == nullptr) in.raise_type_error("replace() should be called on dataclass instances");
  std::vector<Keyword> keywords(changes.keywords, changes.keywords + changes.keyword_count);
  for (const Dict::Entry& entry : as_dict(*in.class_lookup(type, in.sym.__dataclass_fields__))->entries) {
    if (entry.key.missing()) continue;
    FieldView field = read_field(in, entry.value.as<Instance>());
    if (field.kind == FieldKind::kClassVar) continue;
    bool given = !keyword(changes, field.name).missing();
    std::string name(field.name->view());
    if (!field.init) {
      if (given)
        in.raise_value_error("field " + name + " is declared with init=False, it cannot be specified with replace()");
    } else if (!given) {
      if (field.kind == FieldKind::kInitVar && field.default_value.missing()) {
        in.raise_value_error("InitVar '" + name + "' must be specified with replace()");
      }
      keywords.push_back({field.name, in.attribute(obj, field.name)});
    }
  }
  return in.call(Value::of(type), Arguments{nullptr, 0, keywords.data(), keywords.size()});
}

}  // namespace

bool is_missing_marker(Interpreter& in, const Value& value) { return value.same(marker(in, "MISSING")); }

FieldView read_field(Interpreter& in, Instance* field) {
  FieldView view;
  view.object = field;
  Value name = own(field, in.sym.name);
  view.name = as_str(name) != nullptr ? in.intern(as_str(name)->view()) : in.intern("");
  view.type = own(field, in.sym.type);
  auto optional = [&](const Value& value) { return value.missing() || is_missing_marker(in, value) ? Value{} : value; };
  view.default_value = optional(own(field, in.intern("default")));
  view.default_factory = optional(own(field, in.sym.default_factory));
  auto flag = [&](std::string_view attribute) {
    Value value = own(field, in.intern(attribute));
    return value.is(Kind::kBool) && value.boolean;
  };
  view.init = flag("init");
  view.repr = flag("repr");
  Value hash = own(field, in.intern("compare"));
  view.compare = hash.is(Kind::kBool) ? hash.boolean : true;
  view.keyword_only = flag("kw_only");
  Value kind = own(field, in.intern("_field_type"));
  if (kind.is(Kind::kInt)) view.kind = static_cast<FieldKind>(kind.integer);
  return view;
}

List* dataclass_fields(Interpreter& in, Class* type) {
  Value* found = in.class_lookup(type, in.sym.__dataclass_fields__);
  Dict* all = found == nullptr ? nullptr : as_dict(*found);
  if (all == nullptr) return nullptr;
  List* fields = in.list(all->live);
  Str* kind = in.intern("_field_type");
  for (const Dict::Entry& entry : all->entries) {
    if (entry.key.missing() || !entry.value.is(Kind::kInstance)) continue;
    if (own(entry.value.as<Instance>(), kind).same(Value::of(0))) fields->items.push(in.arena, entry.value);
  }
  return fields;
}

void install_dataclasses(Interpreter& in) {
  Module* module = in.native_module("dataclasses", false);
  Class* object = in.classes.object;
  in.define(module, "MISSING", Value::of(in.instance(in.make_class("_MISSING_TYPE", {object}))));
  in.define(module, "KW_ONLY", Value::of(in.instance(in.make_class("_KW_ONLY_TYPE", {object}))));
  in.define(module, "_DataclassParams", Value::of(in.make_class("_DataclassParams", {object})));
  Class* init_var = in.make_class("InitVar", {object});
  in.class_method(init_var, "__class_getitem__", init_var_item);
  in.define(module, "InitVar", Value::of(init_var));
  in.classes.dataclass_field = in.make_class("Field", {object});
  in.method(in.classes.dataclass_field, "__repr__", field_repr);
  in.define(module, "Field", Value::of(in.classes.dataclass_field));
  in.define(module, "FrozenInstanceError",
            Value::of(in.make_class("FrozenInstanceError", {in.exception("AttributeError")}, Layout::kException)));
  in.define(module, "field", dataclasses_field);
  in.define(module, "dataclass", dataclasses_dataclass);
  in.define(module, "make_dataclass", dataclasses_make_dataclass);
  in.define(module, "fields", dataclasses_fields);
  in.define(module, "is_dataclass", dataclasses_is_dataclass);
  in.define(module, "asdict", dataclasses_unpack<false>);
  in.define(module, "astuple", dataclasses_unpack<true>);
  in.define(module, "replace", dataclasses_replace);
}

}  // namespace ckptlint::python
