// How many arguments the forms of typing take, and what they say to others.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "library/stdlib/typing.h"
#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"

namespace ckptlint::python {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct Counts {
  std::size_t least, most;
};

// Of aliases that take any number, nothing.  Python 3.13 is content with fewer or more for some, of which only what no
// release takes is refused.
std::optional<Counts> counts_of(std::string_view alias) {
  if (is_one_of(alias, {"Hashable", "Sized", "ByteString"})) return Counts{0, 0};
  if (is_one_of(alias, {"List",        "Set",           "FrozenSet",     "Type",
                        "Awaitable",   "AsyncIterable", "AsyncIterator", "Iterable",
                        "Iterator",    "Reversible",    "Container",     "Collection",
                        "AbstractSet", "MutableSet",    "Sequence",      "MutableSequence",
                        "KeysView",    "ValuesView",    "MappingView",   "Deque",
                        "Counter",     "Pattern",       "Match"}))
    return Counts{1, 1};
  if (is_one_of(alias, {"Dict", "Mapping", "MutableMapping", "ItemsView", "DefaultDict", "OrderedDict", "ChainMap"}))
    return Counts{2, 2};
  if (is_one_of(alias, {"AsyncGenerator", "ContextManager", "AsyncContextManager"})) return Counts{1, 2};
  if (alias == "Generator") return Counts{1, 3};
  if (alias == "Coroutine") return Counts{3, 3};
  return std::nullopt;
}

[[noreturn]] void raise_count(Interpreter& in, const std::string& form, std::size_t actual, std::size_t expected) {
  in.raise_type_error(fmt::format("Too {} arguments for {}; actual {}, expected {}", actual > expected ? "many" : "few",
                                  form, actual, expected));
}

// Parameter specifications and tuples of type variables take what they like.
bool is_plain_variable(Interpreter& in, const Value& value) {
  return value.is(Kind::kInstance) && value.as<Instance>()->type == in.classes.type_variable;
}

// The type variables of an alias in order; false where there are others among them.
bool find_variables(Interpreter& in, const Value& type, std::vector<Value>& found) {
  const Nesting nesting(in);
  in.step();
  if (type.is(Kind::kList)) {
    const auto& items = type.as<List>()->items;
    return std::all_of(items.begin(), items.end(), [&](const Value& each) { return find_variables(in, each, found); });
  }
  if (!type.is(Kind::kInstance)) return !type.unknown();
  if (is_plain_variable(in, type)) {
    const bool is_new = std::none_of(found.begin(), found.end(), [&](const Value& each) { return each.same(type); });
    if (is_new) found.push_back(type);
    return true;
  }
  if (in.is_instance(type, Value::of(in.classes.type_variable))) return false;
  const Value parts = type_arguments(in, type);
  const Tuple* items = as_tuple(parts);
  return items == nullptr ||
         std::all_of(items->begin(), items->end(), [&](const Value& each) { return find_variables(in, each, found); });
}

}  // namespace

std::optional<std::vector<Value>> type_variables(Interpreter& in, const Value& alias) {
  std::vector<Value> found;
  return find_variables(in, alias, found) ? std::optional(std::move(found)) : std::nullopt;
}

void check_form_arguments(Interpreter& in, std::string_view form, const Value& key) {
  const Tuple* several = as_tuple(key);
  if (is_one_of(form, {"NoReturn", "Never", "Self", "LiteralString", "TypeAlias"}))
    in.raise_type_error(fmt::format("typing.{} is not subscriptable", form));
  if (form == "Optional" && several != nullptr)
    in.raise_type_error(fmt::format("typing.Optional requires a single type. Got {:.100}.", in.repr(key)));
  if (is_one_of(form, {"Required", "NotRequired"}) && several != nullptr)
    in.raise_type_error(fmt::format("{} accepts only a single type. Got {:.100}.", form, in.repr(key)));
  if (is_one_of(form, {"ClassVar", "Final", "TypeGuard", "Unpack"}) && several != nullptr)
    in.raise_type_error(fmt::format("typing.{} accepts only single type. Got {:.100}.", form, in.repr(key)));
  if (form == "Union" && several != nullptr && several->count == 0)
    in.raise_type_error("Cannot take a Union of no types.");
  if (form == "Annotated" && (several == nullptr || several->count < 2))
    in.raise_type_error("Annotated[...] should be used with at least two arguments (a type and an annotation).");
  if (form == "Callable" && (several == nullptr || several->count != 2))
    in.raise_type_error("Callable must be used as Callable[[arg, ...], result].");
}

// The type variables of a class of evaluated code: those of Generic[...] or Protocol[...] among its bases, else of all
// of them in order.
std::optional<std::vector<Value>> class_variables(Interpreter& in, const Class* type) {
  std::vector<Value> all;
  const Value* bases = dict_find(type->attributes, in.intern("__orig_bases__"));
  const Tuple* items = bases == nullptr ? nullptr : as_tuple(*bases);
  if (items == nullptr) return all;
  for (const Value& base : *items) {
    std::optional<std::vector<Value>> own = type_variables(in, base);
    if (!own) return std::nullopt;
    const Value origin = type_origin(in, base);
    const bool declares = origin.is(Kind::kClass) && origin.as<Class>()->native &&
                          is_one_of(origin.as<Class>()->name->view(), {"Generic", "Protocol"});
    if (declares) return own;
    for (const Value& each : *own) {
      if (std::none_of(all.begin(), all.end(), [&](const Value& known) { return known.same(each); }))
        all.push_back(each);
    }
  }
  return all;
}

// In the words of typing_extensions, which torch imports and which puts its own check into typing.
void check_class_arguments(Interpreter& in, const Class* type, const Value& key) {
  // Brackets of builtin containers take anything.
  const bool is_container = type->layout != Layout::kPlain && type->layout != Layout::kModule;
  if (key.unknown() || type->has_unknown_base || is_container) return;
  const std::optional<std::vector<Value>> variables = class_variables(in, type);
  if (!variables) return;
  const std::string name = in.repr(Value::of(const_cast<Class*>(type)));
  if (variables->empty()) in.raise_type_error(name + " is not a generic class");
  const Tuple* several = as_tuple(key);
  const std::size_t actual = several == nullptr ? 1 : several->count, expected = variables->size();
  // One with a default may be left out, and a tuple that is unpacked is of any length.
  const auto is_open = [&](const Value& each) {
    return each.unknown() || (each.is(Kind::kInstance) && type_arguments(in, each).as<Tuple>()->count != 0 &&
                              is_special_form(in, type_origin(in, each), "Unpack"));
  };
  const auto has_default = [&](const Value& each) {
    return !own(each.as<Instance>(), in.intern("__default__")).is_none();
  };
  if (actual == expected ||
      (several != nullptr ? std::any_of(several->begin(), several->end(), is_open) : is_open(key)) ||
      std::any_of(variables->begin(), variables->end(), has_default))
    return;
  in.raise_type_error(fmt::format("Too {} arguments for {}; actual {}, expected {}{}",
                                  actual > expected ? "many" : "few", name, actual,
                                  actual > expected ? "" : "at least ", expected));
}

void check_generic_parameters(Interpreter& in, std::string_view form, const Value& key) {
  const Tuple* several = as_tuple(key);
  const std::vector<Value> parameters =
      several == nullptr ? std::vector<Value>{key} : std::vector<Value>(several->begin(), several->end());
  if (parameters.empty()) in.raise_type_error(fmt::format("Parameter list to {}[...] cannot be empty", form));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Value& each = parameters[i];
    const bool unpacks = each.is(Kind::kInstance) && type_arguments(in, each).as<Tuple>()->count != 0;
    if (each.unknown() || unpacks) return;
    if (!in.is_instance(each, Value::of(in.classes.type_variable)))
      in.raise_type_error(
          fmt::format("Parameters to {}[...] must all be type variables or parameter specification variables.", form));
    for (std::size_t other = 0; other < i; ++other) {
      if (parameters[other].same(each))
        in.raise_type_error(fmt::format("Parameters to {}[...] must all be unique", form));
    }
  }
}

void check_alias_arguments(Interpreter& in, const Value& alias, const Value& key) {
  const Tuple* several = as_tuple(key);
  const std::size_t actual = several == nullptr ? 1 : several->count;
  const Instance* made = alias.as<Instance>();
  const Tuple* own_arguments = as_tuple(own(made, in.sym.__args__));
  if (own_arguments == nullptr || own_arguments->count == 0) {
    const Str* name = as_str(own(made, in.intern("_name")));
    const std::optional<Counts> counts = name == nullptr ? std::nullopt : counts_of(name->view());
    if (made->type != in.classes.typing_alias || !counts) return;
    if (counts->most == 0) in.raise_type_error(in.repr(alias) + " is not a generic class");
    if (actual < counts->least || actual > counts->most)
      raise_count(in, in.repr(alias), actual, actual < counts->least ? counts->least : counts->most);
    return;
  }
  const auto variables = type_variables(in, alias);
  if (!variables) return;
  if (variables->empty()) in.raise_type_error(in.repr(alias) + " is not a generic class");
  if (actual != variables->size()) raise_count(in, in.repr(alias), actual, variables->size());
}

}  // namespace ckptlint::python
