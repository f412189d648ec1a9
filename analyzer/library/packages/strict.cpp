// huggingface_hub.dataclasses: @strict, which checks fields when they are set and classes when they are made.
//
// Imitates huggingface_hub 2.4.0.  The real decorator wraps __setattr__ once more for every class of a hierarchy, each
// wrapper running the same checks of the instance's own class; here they run once.
#include <algorithm>
#include <string>
#include <vector>

#include "library/packages/install.h"
#include "library/packages/type_checks.h"
#include "library/stdlib/annotations.h"
#include "library/stdlib/dataclasses.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Class* error_class(Interpreter& in, std::string_view name) {
  return dict_find(in.native_module("huggingface_hub.errors")->attributes, in.intern(name))->as<Class>();
}

bool is_value_or_type_error(Interpreter& in, const Value& exception) {
  return matches_handler(in, exception, Value::of(in.exception("ValueError"))) ||
         matches_handler(in, exception, Value::of(in.exception("TypeError")));
}

[[noreturn]] void raise_field_error(Interpreter& in, Str* field, const std::string& type, const std::string& message) {
  in.raise(error_class(in, "StrictDataclassFieldValidationError"),
           "Validation error for field '" + std::string(field->view()) + "':\n    " + type + ": " + message);
}

// ---- what the decorator adds to a class

// `data` is a list: [Field, module of its class, type once it is known].
Value type_validator(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [value] = bind<"value">(in, "validator", arguments);
  auto& state = data.as<List>()->items;
  auto* field = state[0].as<Instance>();
  if (state.count < 3) {
    Value type = own(field, in.sym.type);
    Module* module = state[1].is(Kind::kModule) ? state[1].as<Module>() : nullptr;
    if (Str* text = as_str(type); text != nullptr && module != nullptr) type = annotation_value(in, module, text);
    state.push(in.arena, type);
  }
  if (accepts(in, state[2], value)) return Value::none();
  in.raise_type_error(complaint(in, in.str(own(field, in.sym.name)), state[2], value));
}

void run_validators(Interpreter& in, const Value& self, Str* name, const Value& value) {
  Value* table = in.class_lookup(in.type_of(self), in.intern("__validators__"));
  Dict* all = table == nullptr ? nullptr : as_dict(*table);
  Value* found = all == nullptr ? nullptr : dict_find(all, name);
  if (found == nullptr || as_list(*found) == nullptr) return;
  List* validators = as_list(*found);
  for (std::uint32_t i = 0; i < validators->items.count; ++i) {
    try {
      in.call(validators->items[i], {value});
    } catch (const PyRaise& raised) {
      if (!raised.exception.is(Kind::kInstance) || !is_value_or_type_error(in, raised.exception)) throw;
      raise_field_error(in, name, std::string(raised.exception.as<Instance>()->type->name->view()),
                        in.str(raised.exception));
    }
  }
}

// `original` is the __setattr__ that was there before; kMissing for object's.
Value strict_setattr(Interpreter& in, const Arguments& arguments, const Value& original) {
  const auto [self, given_name, value] = by_position<"self, name, value">(arguments);
  Str* name = as_str(given_name);
  if (name == nullptr) in.raise_type_error("attribute name must be string");
  name = in.intern(name->view());
  run_validators(in, self, name, value);
  if (original.missing())
    in.generic_set(self, name, value);
  else
    in.call(original, {self, Value::of(name), value});
  return Value::none();
}

// __init__(**kwargs) of @strict(accept_kwargs=True): fields are set one by one, the rest goes to __post_init__.
Value accepting_init(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, rest] = bind<"self, *args, **kwargs">(in, "__init__", arguments);
  auto* type = data.as<Class>();
  if (rest.count != 0) {
    in.raise_value_error("When `accept_kwargs=True`, " + std::string(type->name->view()) +
                         " accepts only keyword arguments, but found `" + std::to_string(rest.count) +
                         "` positional args.");
  }
  std::vector<Str*> names;
  for (const Value& item : dataclass_fields(in, type)->items) {
    FieldView field = read_field(in, item.as<Instance>());
    names.push_back(field.name);
    Value value = keyword(rest, field.name);
    if (value.missing()) value = field.default_value;
    if (value.missing() && !field.default_factory.missing()) value = in.call(field.default_factory, {});
    if (value.missing()) in.raise_type_error("Missing required field - '" + std::string(field.name->view()) + "'");
    in.set_attribute(self, field.name, value);
  }
  std::vector<Keyword> additional;
  for (std::size_t i = 0; i < rest.keyword_count; ++i) {
    if (std::find(names.begin(), names.end(), rest.keywords[i].name) == names.end())
      additional.push_back(rest.keywords[i]);
  }
  in.call(in.attribute(self, in.sym.__post_init__), Arguments{nullptr, 0, additional.data(), additional.size()});
  return Value::none();
}

Value default_post_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, kwargs] = bind<"self, **kwargs">(in, "__post_init__", arguments);
  for (std::size_t i = 0; i < kwargs.keyword_count; ++i)
    in.set_attribute(self, kwargs.keywords[i].name, kwargs.keywords[i].value);
  return Value::none();
}

// The dataclass's repr, then what else was given, each with a star.  `data` is (class, original repr).
Value accepting_repr(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* pair = data.as<Tuple>();
  std::string text = in.str(in.call(pair->items[1], {self_of(arguments)}));
  Dict* fields = as_dict(*in.class_lookup(pair->items[0].as<Class>(), in.sym.__dataclass_fields__));
  std::string extra;
  if (Dict* attributes = self_as<Instance>(in, arguments)->attributes) {
    for (std::uint32_t i = 0; i < attributes->entries.count; ++i) {
      Dict::Entry entry = attributes->entries[i];
      if (entry.key.missing() || dict_find(fields, entry.key) != nullptr) continue;
      extra += ", *" + in.str(entry.key) + "=" + in.repr(entry.value);
    }
  }
  if (extra.empty() || text.empty()) return in.string(text);
  return in.string(text.substr(0, text.size() - 1) + extra + ")");
}

// validate(self): `data` is the class, whose validators run.
Value strict_validate(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self] = bind<"self">(in, "validate", arguments);
  Value list = own(data.as<Class>(), in.intern("__class_validators__"));
  if (as_list(list) == nullptr) return Value::none();
  for (std::uint32_t i = 0; i < as_list(list)->items.count; ++i) {
    Value validator = as_list(list)->items[i];
    try {
      in.call(validator, {self});
    } catch (const PyRaise& raised) {
      if (!raised.exception.is(Kind::kInstance) || !is_value_or_type_error(in, raised.exception)) throw;
      Value name;
      in.find_attribute(validator, in.sym.__name__, name);
      in.raise(error_class(in, "StrictDataclassClassValidationError"),
               "Class validation error for validator '" + in.str(name) + "':\n    " +
                   std::string(raised.exception.as<Instance>()->type->name->view()) + ": " + in.str(raised.exception));
    }
  }
  return Value::none();
}

// __init__, then the class's validators.  `data` is (class, original __init__).
Value validating_init(Interpreter& in, const Arguments& arguments, const Value& data) {
  auto* pair = data.as<Tuple>();
  in.call(pair->items[1], arguments);
  in.call(in.attribute(pair->items[0], in.intern("validate")), {self_of(arguments)});
  return Value::none();
}

std::vector<Str*> validator_names(Class* type) {
  std::vector<Str*> names;
  for (Class* each : type->mro) {
    for (const Dict::Entry& entry : each->attributes->entries) {
      if (!entry.key.is(Kind::kStr) || entry.key.as<Str>()->view().substr(0, 9) != "validate_") continue;
      if (std::find(names.begin(), names.end(), entry.key.as<Str>()) == names.end())
        names.push_back(entry.key.as<Str>());
    }
  }
  std::sort(names.begin(), names.end(), [](const Str* a, const Str* b) { return a->view() < b->view(); });
  return names;
}

void add_field_validators(Interpreter& in, Class* type) {
  Dict* table = in.dict();
  Str* metadata_name = in.intern("metadata");
  for (const Value& item : dataclass_fields(in, type)->items) {
    auto* field = item.as<Instance>();
    Str* name = read_field(in, field).name;
    // The annotation was written in the class that defines the field: the first one in the order that annotates it.
    Module* module = nullptr;
    for (Class* each : type->mro) {
      Dict* annotations = as_dict(own(each, in.sym.__annotations__));
      if (annotations == nullptr || dict_find(annotations, name) == nullptr) continue;
      module = each->annotations_settled ? nullptr : each->module;  // null: the type is no text, or a forward reference
      break;
    }
    List* state = in.list(3);
    state->items.push(in.arena, item);
    state->items.push(in.arena, module == nullptr ? Value::none() : Value::of(module));
    List* validators = in.list(1);
    validators->items.push(in.arena, in.native_static("validator", type_validator, Value::of(state)));
    Dict* metadata = as_dict(own(field, metadata_name));
    Value* custom = metadata == nullptr ? nullptr : dict_find(metadata, in.intern("validator"));
    if (custom != nullptr && as_list(*custom) != nullptr) {
      for (const Value& each : as_list(*custom)->items) validators->items.push(in.arena, each);
    } else if (custom != nullptr && !custom->is_none()) {
      validators->items.push(in.arena, *custom);
    }
    dict_set(in.arena, table, name, Value::of(validators));
  }
  in.set_class(type, "__validators__", Value::of(table));
}

Value found_method(Interpreter& in, Class* type, Str* name) {
  Value* found = in.class_lookup(type, name);
  return found == nullptr || found == in.class_lookup(in.classes.object, name) ? Value{} : *found;
}

void accept_keywords(Interpreter& in, Class* type) {
  Value original = found_method(in, type, in.sym.__init__);
  Value init = in.native("__init__", accepting_init, Value::of(type));
  if (!original.missing()) set_native_attribute(in, init, "__wrapped__", original);
  in.set_class(type, "__init__", init);
  if (in.class_lookup(type, in.sym.__post_init__) == nullptr) in.method(type, "__post_init__", default_post_init);
  Value* parameters = in.class_lookup(type, in.sym.__dataclass_params__);
  Value repr = parameters == nullptr ? Value{} : own(parameters->as<Instance>(), in.intern("repr"));
  Value original_repr = found_method(in, type, in.sym.__repr__);
  if (repr.is(Kind::kBool) && repr.boolean && !original_repr.missing()) {
    in.method(type, "__repr__", accepting_repr, in.tuple({Value::of(type), original_repr}));
  }
}

Value make_strict(Interpreter& in, const Value& decorated, bool accept_kwargs) {
  if (!decorated.is(Kind::kClass)) return decorated;
  auto* type = decorated.as<Class>();
  std::string name(type->name->view());
  Class* definition_error = error_class(in, "StrictDataclassDefinitionError");
  if (in.class_lookup(type, in.sym.__dataclass_fields__) == nullptr) {
    in.raise(definition_error, "Class '" + name + "' must be a dataclass before applying @strict.");
  }
  add_field_validators(in, type);

  Value original = found_method(in, type, in.sym.__setattr__);
  bool wrapped = original.is(Kind::kNative) && original.as<Native>()->function == strict_setattr;
  if (!wrapped || !own(type, in.sym.__setattr__).same(original)) {
    in.set_class(type, "__setattr__",
                 in.native("__setattr__", strict_setattr, wrapped ? original.as<Native>()->data : original));
  }
  if (accept_kwargs) accept_keywords(in, type);

  List* validators = in.list();
  for (Str* each : validator_names(type)) {
    Value method;
    if (in.find_attribute(decorated, each, method) && is_function(method)) validators->items.push(in.arena, method);
  }
  in.set_class(type, "__class_validators__", Value::of(validators));
  Value* present = in.class_lookup(type, in.intern("validate"));
  if (present != nullptr && !(present->is(Kind::kNative) && present->as<Native>()->function == strict_validate)) {
    in.raise(definition_error,
             "Class '" + name +
                 "' already implements a method called 'validate'. This method name is reserved when using the @strict "
                 "decorator on a dataclass. If you want to keep your own method, please rename it.");
  }
  in.method(type, "validate", strict_validate, decorated);
  Value init = found_method(in, type, in.sym.__init__);
  if (!init.missing()) {
    Value validating = in.native("__init__", validating_init, in.tuple({decorated, init}));
    set_native_attribute(in, validating, "__wrapped__", init);
    in.set_class(type, "__init__", validating);
  }
  return decorated;
}

Value strict_with_options(Interpreter& in, const Arguments& arguments, const Value& accept) {
  const auto [cls] = bind<"cls">(in, "wrap", arguments);
  return make_strict(in, cls, accept.boolean);
}

Value strict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, accept_kwargs] = bind<"cls=, *, accept_kwargs=">(in, "strict", arguments);
  bool accept = !accept_kwargs.missing() && in.test(accept_kwargs);
  if (!cls.missing() && !cls.is_none()) return make_strict(in, cls, accept);
  return in.native_static("strict", strict_with_options, Value::of(accept));
}

// ---- fields with validators of their own

// field(..., metadata={"validator": [...]}): everything but the validator goes to dataclasses.field.
Value field_with_validator(Interpreter& in, const Value& validator, const Arguments& rest) {
  std::vector<Keyword> keywords;
  Dict* metadata = in.dict();
  Str* metadata_name = in.intern("metadata");
  for (std::size_t i = 0; i < rest.keyword_count; ++i) {
    if (rest.keywords[i].name == metadata_name) {
      if (Dict* given = as_dict(rest.keywords[i].value)) metadata = given;
    } else {
      keywords.push_back(rest.keywords[i]);
    }
  }
  static constexpr const char* kNames[] = {"default", "default_factory", "init", "repr", "hash", "compare"};
  for (std::size_t i = 0; i < rest.count && i < std::size(kNames); ++i)
    keywords.push_back({in.intern(kNames[i]), rest[i]});
  Value list = validator;
  if (as_list(validator) == nullptr) {
    List* one = in.list(1);
    one->items.push(in.arena, validator);
    list = Value::of(one);
  }
  dict_set(in.arena, metadata, in.intern("validator"), list);
  keywords.push_back({metadata_name, Value::of(metadata)});
  return in.call(in.import_name("dataclasses", "field"), Arguments{nullptr, 0, keywords.data(), keywords.size()});
}

Value validated_field(Interpreter& in, const Arguments& arguments, const Value&) {
  Str* name = in.intern("validator");
  const auto [validator, rest] = bind<"validator=, *args, **kwargs">(in, "validated_field", arguments);
  if (!validator.missing()) return field_with_validator(in, validator, rest);
  std::vector<Keyword> others;
  for (std::size_t i = 0; i < rest.keyword_count; ++i) {
    if (rest.keywords[i].name != name) others.push_back(rest.keywords[i]);
  }
  return field_with_validator(in, keyword(rest, name), Arguments{nullptr, 0, others.data(), others.size()});
}

Value make_validated(Interpreter& in, const Arguments& arguments, const Value& validator) {
  return field_with_validator(in, validator, arguments);
}
Value as_validated_field(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [validator] = bind<"validator">(in, "as_validated_field", arguments);
  return in.native_static("validated_field", make_validated, validator);
}

// validate_typed_dict(schema, data): the values that are there are of the annotated types.
Value validate_typed_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_schema, given_data] = by_position<"schema, data">(arguments);
  Dict* data = as_dict(given_data);
  if (!given_schema.is(Kind::kClass) || data == nullptr) return Value::none();
  auto* schema = given_schema.as<Class>();
  Dict* annotations = as_dict(own(schema, in.sym.__annotations__));
  for (std::uint32_t i = 0; annotations != nullptr && i < annotations->entries.count; ++i) {
    Dict::Entry entry = annotations->entries[i];
    if (!entry.key.is(Kind::kStr)) continue;
    Value* value = dict_find(data, entry.key);
    Value type =
        as_str(entry.value) != nullptr ? annotation_value(in, schema->module, as_str(entry.value)) : entry.value;
    if (value != nullptr && !accepts(in, type, *value)) {
      raise_field_error(in, entry.key.as<Str>(), "TypeError", complaint(in, in.str(entry.key), type, *value));
    }
  }
  return Value::none();
}

}  // namespace

void install_strict(Interpreter& in) {
  Module* hub = in.native_module("huggingface_hub", true);
  in.define(hub, "is_offline_mode", return_false);
  Module* errors = in.native_module("huggingface_hub.errors", true);
  Class* base = in.make_class("StrictDataclassError", {in.exception("Exception")}, Layout::kException);
  in.define(errors, "StrictDataclassError", Value::of(base));
  for (const char* name : {"StrictDataclassDefinitionError", "StrictDataclassFieldValidationError",
                           "StrictDataclassClassValidationError"}) {
    in.define(errors, name, Value::of(in.make_class(name, {base}, Layout::kException)));
  }
  Module* module = in.native_module("huggingface_hub.dataclasses", false);
  in.define(module, "strict", strict);
  in.define(module, "validated_field", validated_field);
  in.define(module, "as_validated_field", as_validated_field);
  in.define(module, "validate_typed_dict", validate_typed_dict);
  for (const char* name : {"StrictDataclassError", "StrictDataclassDefinitionError",
                           "StrictDataclassFieldValidationError", "StrictDataclassClassValidationError"}) {
    in.define(module, name, *dict_find(errors->attributes, in.intern(name)));
  }
}

}  // namespace ckptlint::python
