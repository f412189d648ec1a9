// Whether a value fits an annotation, and the sentence with which type_validator of huggingface_hub 2.4.0 refuses it.
#include "library/packages/type_checks.h"

#include "library/stdlib/typing.h"
#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"

namespace ckptlint::python {
namespace {

enum class TypeForm {
  kAny,
  kNone,
  kUnion,
  kLiteral,
  kList,
  kDict,
  kTuple,
  kSet,
  kSequence,
  kClass,
  kSkip,
  kUnsupported
};

TypeForm form_of(Interpreter& in, const Value& type) {
  if (type.unknown() || type.is(Kind::kStr)) return TypeForm::kSkip;
  if (type.is_none()) return TypeForm::kNone;
  if (type.is(Kind::kClass)) {
    return type.same(*dict_find(in.native_module("typing", false)->attributes, in.intern("Any"))) ? TypeForm::kAny
                                                                                                  : TypeForm::kClass;
  }
  if (!type.is(Kind::kInstance)) return TypeForm::kUnsupported;
  Value origin = type_origin(in, type);
  if (type.as<Instance>()->type == in.classes.union_type || is_special_form(in, origin, "Union"))
    return TypeForm::kUnion;
  if (is_special_form(in, origin, "Literal")) return TypeForm::kLiteral;
  if (origin.is(Kind::kClass)) {
    auto* origin_class = origin.as<Class>();
    if (origin_class == in.classes.list) return TypeForm::kList;
    if (origin_class == in.classes.dict) return TypeForm::kDict;
    if (origin_class == in.classes.tuple) return TypeForm::kTuple;
    if (origin_class == in.classes.set) return TypeForm::kSet;
    if (origin_class->name->view() == "Sequence") return TypeForm::kSequence;
  }
  bool forward = type.as<Instance>()->type->name->view() == "ForwardRef";
  return forward ? TypeForm::kSkip : TypeForm::kUnsupported;
}

bool accepts_all(Interpreter& in, const Value& type, const Value& values) {
  for (const Value& item : in.collect(values)->items) {
    if (!accepts(in, type, item)) return false;
  }
  return true;
}

bool accepts_literal(Interpreter& in, const Tuple* choices, const Value& value) {
  for (const Value& choice : *choices) {
    if (value.is(Kind::kBool) != choice.is(Kind::kBool)) continue;  // True is not 1 here
    if (in.equal(choice, value)) return true;
  }
  return false;
}

// `right`: it is a list or sequence, and one of its items is wrong.
std::string complaint_of_items(Interpreter& in, const std::string& name, const char* word, bool right,
                               const Value& types, const Value& value) {
  if (!right) return "Field '" + name + "' expected a " + word + ", got " + in.type_name(value);
  std::size_t at = 0;
  for (const Value& item : in.collect(value)->items) {
    if (!accepts(in, types.as<Tuple>()->items[0], item)) break;
    ++at;
  }
  std::string lower = word[0] == 'S' ? "sequence" : word;
  return "Invalid item at index " + std::to_string(at) + " in " + lower + " '" + name + "'";
}

std::string complaint_of_tuple(Interpreter& in, const std::string& name, const Tuple* types, const Value& value) {
  Tuple* tuple = as_tuple(value);
  if (tuple == nullptr) return "Field '" + name + "' expected a tuple, got " + in.type_name(value);
  bool any_length = types->count == 2 && types->items[1].is(Kind::kEllipsis);
  if (!any_length && types->count != tuple->count) {
    return "Field '" + name + "' expected a tuple of length " + std::to_string(types->count) + ", got " +
           std::to_string(tuple->count);
  }
  std::uint32_t at = 0;
  while (at < tuple->count && accepts(in, types->items[any_length ? 0 : at], tuple->items[at])) ++at;
  return "Invalid item at index " + std::to_string(at) + " in tuple '" + name + "'";
}

}  // namespace

bool accepts(Interpreter& in, const Value& type, const Value& value) {
  Nesting nesting(in);
  in.step();
  if (value.unknown()) return true;
  static const Tuple kNone{};
  Value items = type.is(Kind::kInstance) ? type_arguments(in, type) : Value{};
  const Tuple* arguments = items.is(Kind::kTuple) ? items.as<Tuple>() : &kNone;
  switch (form_of(in, type)) {
    case TypeForm::kAny:
    case TypeForm::kSkip:
      return true;
    case TypeForm::kNone:
      return value.is_none();
    case TypeForm::kUnion:
      for (const Value& member : *arguments) {
        if (accepts(in, member, value)) return true;
      }
      return false;
    case TypeForm::kLiteral:
      return accepts_literal(in, arguments, value);
    case TypeForm::kClass:
      if (type.same(Value::of(in.classes.integer)) && value.is(Kind::kBool)) return false;
      return in.is_instance(value, type);
    case TypeForm::kList:
      if (as_list(value) == nullptr) return false;
      return arguments->count == 0 || accepts_all(in, arguments->items[0], plain(value));
    case TypeForm::kSet:
      if (!plain(value).is(Kind::kSet)) return false;
      return arguments->count == 0 || accepts_all(in, arguments->items[0], plain(value));
    case TypeForm::kSequence:
      if (!in.is_instance(value, in.import_name("collections.abc", "Sequence"))) return false;
      return arguments->count == 0 || accepts_all(in, arguments->items[0], value);
    case TypeForm::kDict: {
      Dict* dict = as_dict(value);
      if (dict == nullptr) return false;
      if (arguments->count != 2) return true;
      for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
        Dict::Entry entry = dict->entries[i];
        if (entry.key.missing()) continue;
        if (!accepts(in, arguments->items[0], entry.key) || !accepts(in, arguments->items[1], entry.value))
          return false;
      }
      return true;
    }
    case TypeForm::kTuple: {
      Tuple* tuple = as_tuple(value);
      if (tuple == nullptr) return false;
      if (arguments->count == 2 && arguments->items[1].is(Kind::kEllipsis))
        return accepts_all(in, arguments->items[0], plain(value));
      if (arguments->count != tuple->count) return false;
      for (std::uint32_t i = 0; i < tuple->count; ++i) {
        if (!accepts(in, arguments->items[i], tuple->items[i])) return false;
      }
      return true;
    }
    case TypeForm::kUnsupported:
      return false;
  }
  return false;
}

// What type_validator() says of a value that is not accepted.
std::string complaint(Interpreter& in, const std::string& name, const Value& type, const Value& value) {
  Nesting nesting(in);
  Value items = type.is(Kind::kInstance) ? type_arguments(in, type) : Value{};
  std::string got = in.type_name(value);
  switch (form_of(in, type)) {
    case TypeForm::kNone:
      return "Field '" + name + "' expected None, got " + got;
    case TypeForm::kUnion: {
      std::string errors;
      for (const Value& member : *items.as<Tuple>())
        errors += (errors.empty() ? "" : "; ") + complaint(in, name, member, value);
      return "Field '" + name + "' with value " + in.repr(value) + " doesn't match any type in " + in.repr(items) +
             ". Errors: " + errors;
    }
    case TypeForm::kLiteral:
      return "Field '" + name + "' expected one of " + in.repr(items) + ", got " + in.str(value);
    case TypeForm::kClass:
      return "Field '" + name + "' expected " + std::string(type.as<Class>()->name->view()) + ", got " + got +
             " (value: " + in.repr(value) + ")";
    case TypeForm::kList:
      return complaint_of_items(in, name, "list", as_list(value) != nullptr, items, value);
    case TypeForm::kSequence: {
      bool right = in.is_instance(value, in.import_name("collections.abc", "Sequence"));
      return complaint_of_items(in, name, "Sequence", right, items, value);
    }
    case TypeForm::kSet:
      if (!plain(value).is(Kind::kSet)) return "Field '" + name + "' expected a set, got " + got;
      return "Invalid item in set '" + name + "'";
    case TypeForm::kDict:
      if (as_dict(value) == nullptr) return "Field '" + name + "' expected a dict, got " + got;
      return "Invalid key or value in dict '" + name + "'";
    case TypeForm::kTuple:
      return complaint_of_tuple(in, name, items.as<Tuple>(), value);
    default:
      return "Unsupported type for field '" + name + "': " + in.repr(type);
  }
}

}  // namespace ckptlint::python
