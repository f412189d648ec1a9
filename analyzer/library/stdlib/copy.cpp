// copy.copy and copy.deepcopy: by __copy__, __deepcopy__ and __reduce__ where evaluated code has them, else by the
// kind of the value.
#include "library/stdlib/copy.h"

#include <vector>

#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/sets.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Value id_key(const Value& value) {
  return Value::of(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(value.object)));
}

// Raises TypeError for what is neither its own copy nor can be taken apart.
void refuse_unpicklable(Interpreter& in, const Value& value) {
  const bool generator = value.is(Kind::kIterator) && value.as<IteratorObject>()->is_generator;
  if (generator || value.is(Kind::kModule) || value.is(Kind::kDictView))
    in.raise_type_error("cannot pickle '" + in.type_name(value) + "' object");
}

class DeepCopy {
 public:
  DeepCopy(Interpreter& in, Dict* memo, bool deep = true) : in_(in), memo_(memo), deep_(deep) {}

  Value copy(const Value& value) {
    if (!deep_) return value;
    switch (value.kind) {
      case Kind::kTuple:
      case Kind::kList:
      case Kind::kDict:
      case Kind::kSet:
      case Kind::kInstance:
      case Kind::kTensor:
      case Kind::kBoundMethod:
        break;
      default:
        refuse_unpicklable(in_, value);
        return value;  // has no parts, or is its own copy: numbers, text, functions, classes, dtypes, Unknown
    }
    if (Value* known = dict_find(memo_, id_key(value))) return *known;
    in_.step();
    Nesting nesting(in_);
    Value made = copy_object(value);
    remember(value, made);
    return made;
  }

  // As the class itself says, by __reduce_ex__ and the like; kMissing where it says nothing.
  Value by_own_methods(const Value& value) {
    Class* type = value.as<Instance>()->type;
    Value reduce = custom(type, "__reduce_ex__");
    if (!reduce.missing()) return rebuild(value, in_.call(reduce, {value, Value::of(4)}));
    reduce = custom(type, "__reduce__");
    if (!reduce.missing()) return rebuild(value, in_.call(reduce, {value}));
    const Value get_state = custom(type, "__getstate__");
    if (get_state.missing() && custom(type, "__setstate__").missing()) return {};
    auto* from = value.as<Instance>();
    if (from->attributes == nullptr) from->attributes = in_.dict();
    const Value state = get_state.missing() ? Value::of(from->attributes) : in_.call(get_state, {value});
    if (type->layout != Layout::kPlain) return {};  // which keep more than a state says
    const Value made = Value::of(in_.instance(type));
    set_state(made, state);
    return made;
  }

 private:
  void remember(const Value& original, const Value& made) { dict_set(in_.arena, memo_, id_key(original), made); }

  Value copy_object(const Value& value) {
    switch (value.kind) {
      case Kind::kTuple:
        return copy_tuple(value);
      case Kind::kList:
        return copy_list(value);
      case Kind::kDict:
        return copy_dict(value);
      case Kind::kSet:
        return copy_set(value);
      case Kind::kTensor: {
        Value* hook = in_.class_lookup(in_.type_of(value), in_.sym.__deepcopy__);
        if (hook != nullptr) return in_.call(in_.bind_to(*hook, value, in_.type_of(value)), {Value::of(memo_)});
        return copy_tensor(value.as<Tensor>());
      }
      case Kind::kBoundMethod: {
        auto* made = in_.arena.make<BoundMethod>(*value.as<BoundMethod>());
        made->receiver = copy(made->receiver);
        return Value::of(made);
      }
      default:
        return copy_instance(value);
    }
  }

  Value copy_tuple(const Value& value) {
    auto* from = value.as<Tuple>();
    std::vector<Value> items;
    items.reserve(from->count);
    bool changed = false;
    for (const Value& item : *from) {
      items.push_back(copy(item));
      changed = changed || !items.back().same(item);
    }
    if (Value* known = dict_find(memo_, id_key(value))) return *known;  // a list in it held the tuple
    if (!changed) return value;
    Value made = in_.tuple(items.data(), items.size());
    made.as<Tuple>()->is_size = from->is_size;
    return made;
  }

  Value copy_list(const Value& value) {
    auto* from = value.as<List>();
    List* made = in_.list(from->items.count);
    remember(value, Value::of(made));
    for (std::uint32_t i = 0; i < from->items.count; ++i) made->items.push(in_.arena, copy(from->items[i]));
    return Value::of(made);
  }

  void fill(Dict* made, const Dict* from) {
    made->default_factory = from->default_factory;
    made->counter = from->counter;
    for (std::uint32_t i = 0; i < from->entries.count; ++i) {
      Dict::Entry entry = from->entries[i];
      if (!entry.key.missing()) dict_set(in_.arena, made, copy(entry.key), copy(entry.value)).note = entry.note;
    }
  }

  Value copy_dict(const Value& value) {
    Dict* made = in_.dict();
    remember(value, Value::of(made));
    fill(made, value.as<Dict>());
    return Value::of(made);
  }

  Dict* copied(const Dict* from) {
    if (from == nullptr) return nullptr;
    Dict* made = in_.dict();
    fill(made, from);
    return made;
  }

  Value copy_set(const Value& value) {
    auto* from = value.as<Set>();
    Set* made = in_.set(from->frozen);
    for (const Value& member : set_members(in_, from)->items) set_add(in_, made, copy(member));
    return Value::of(made);
  }

  // A tensor of its own: other memory, so writes to one do not show in the other.  A Parameter is made anew and loses
  // what was set on it.
  Value copy_tensor(Tensor* from) {
    const Value made = in_.hooks.tensor_deep_copy(in_, from);
    if (!in_.is_subclass(from->type, in_.classes.parameter)) made.as<Tensor>()->attributes = copied(from->attributes);
    return made;
  }

  // A method that evaluated code defines, as against the host's own.
  Value custom(Class* type, const char* name) {
    Value* found = in_.class_lookup(type, in_.intern(name));
    return found != nullptr && found->is(Kind::kFunction) ? *found : Value{};
  }

  Value copy_instance(const Value& value) {
    auto* from = value.as<Instance>();
    Class* type = from->type;
    if (type->is_enum) return value;
    if (Value* hook = in_.class_lookup(type, in_.sym.__deepcopy__)) {
      return in_.call(in_.bind_to(*hook, value, type), {Value::of(memo_)});
    }
    if (!custom(type, "__reduce_ex__").missing() || !custom(type, "__reduce__").missing()) return by_own_methods(value);
    Instance* made = in_.instance(type);
    remember(value, Value::of(made));
    made->payload = type->layout == Layout::kPlain ? from->payload : copy(from->payload);
    if (type->layout == Layout::kModule)
      copy_tables(static_cast<ModuleInstance*>(made), static_cast<const ModuleInstance*>(from));
    Value get_state = custom(type, "__getstate__");
    if (get_state.missing() && custom(type, "__setstate__").missing()) {
      made->attributes = copied(from->attributes);
      if (type->layout == Layout::kModule && made->attributes != nullptr) drop_tables(made->attributes);
    } else {
      if (from->attributes == nullptr) from->attributes = in_.dict();
      Value state = get_state.missing() ? Value::of(from->attributes) : in_.call(get_state, {value});
      set_state(Value::of(made), copy(state));
    }
    return Value::of(made);
  }

  // Of a module whose __dict__ was asked for: copy_tables() has made the copies of these.
  void drop_tables(Dict* attributes) {
    const auto& sym = in_.sym;
    for (Str* name : {sym._parameters, sym._buffers, sym._modules, sym._non_persistent_buffers_set})
      dict_erase(attributes, Value::of(name));
  }

  void copy_tables(ModuleInstance* made, const ModuleInstance* from) {
    made->parameters = copied(from->parameters);
    made->buffers = copied(from->buffers);
    made->modules = copied(from->modules);
    if (from->non_persistent != nullptr) {
      made->non_persistent = in_.set();
      made->non_persistent->items = dict_copy(in_.arena, from->non_persistent->items);
    }
    made->initialized = from->initialized;
  }

  void set_state(const Value& made, const Value& state) {
    Value hook = custom(made.as<Instance>()->type, "__setstate__");
    if (!hook.missing()) {
      in_.call(hook, {made, state});
      return;
    }
    Dict* from = as_dict(state);
    if (from == nullptr) return;
    for (std::uint32_t i = 0; i < from->entries.count; ++i) {
      Dict::Entry entry = from->entries[i];
      if (entry.key.is(Kind::kStr))
        set_own(in_, made.as<Instance>(), in_.intern(entry.key.as<Str>()->view()), entry.value);
    }
  }

  // What __reduce__ gives: (callable, arguments, state, list items, dict items), from the third on optional.
  Value rebuild(const Value& original, const Value& reduced) {
    if (reduced.unknown()) return reduced;
    Tuple* parts = as_tuple(reduced);
    if (parts == nullptr || parts->count < 2) return original;  // a name: the object is a global
    List* arguments = in_.collect(copy(parts->items[1]));
    Value made = in_.call(parts->items[0], Arguments{arguments->items.items, arguments->items.count, nullptr, 0});
    remember(original, made);
    if (parts->count > 2 && !parts->items[2].is_none() && made.is(Kind::kInstance))
      set_state(made, copy(parts->items[2]));
    if (parts->count > 4 && !parts->items[4].is_none()) {
      for (const Value& item : in_.collect(parts->items[4])->items) {
        if (Tuple* pair = as_tuple(item); pair != nullptr && pair->count == 2)
          in_.set_item(made, copy(pair->items[0]), copy(pair->items[1]));
      }
    }
    return made;
  }

  Interpreter& in_;
  Dict* memo_;
  bool deep_;
};

Value copy_copy(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x] = bind<"x">(in, "copy", arguments);
  return shallow_copy(in, x);
}

Value copy_deepcopy(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [x, memo, _nil] = bind<"x, memo=, _nil=">(in, "deepcopy", arguments);
  return deep_copy(in, x, memo.missing() ? nullptr : as_dict(memo));
}

}  // namespace

Value deep_copy(Interpreter& in, const Value& value, Dict* memo) {
  if (!value.is_object()) return value;
  return DeepCopy(in, memo != nullptr ? memo : in.dict()).copy(value);
}

Value shallow_copy(Interpreter& in, const Value& value) {
  switch (value.kind) {
    case Kind::kList: {
      List* made = in.list(value.as<List>()->items.count);
      in.step(value.as<List>()->items.count / 8);
      for (const Value& item : value.as<List>()->items) made->items.push(in.arena, item);
      return Value::of(made);
    }
    case Kind::kDict: {
      in.step(value.as<Dict>()->live / 8);
      Dict* made = dict_copy(in.arena, value.as<Dict>());
      made->default_factory = value.as<Dict>()->default_factory;
      made->counter = value.as<Dict>()->counter;
      return Value::of(made);
    }
    case Kind::kSet:
      return Value::of(set_copy(in, value.as<Set>(), value.as<Set>()->frozen));
    case Kind::kTensor:
      return in.hooks.tensor_shallow_copy(in, value.as<Tensor>());
    case Kind::kInstance:
      break;
    default:
      refuse_unpicklable(in, value);
      return value;
  }
  auto* from = value.as<Instance>();
  Class* type = from->type;
  if (type->is_enum) return value;
  if (Value* hook = in.class_lookup(type, in.sym.__copy__)) return in.call(in.bind_to(*hook, value, type), {});
  if (const Value made = DeepCopy(in, in.dict(), false).by_own_methods(value); !made.missing()) return made;
  Instance* made = in.instance(type);
  made->payload = shallow_copy(in, from->payload);
  if (from->attributes != nullptr) made->attributes = dict_copy(in.arena, from->attributes);
  if (type->layout == Layout::kModule) {  // both share the tables, as both share the dicts in Python
    auto* module = static_cast<ModuleInstance*>(from);
    for (Dict** table : {&module->parameters, &module->buffers, &module->modules}) {
      if (*table == nullptr) *table = in.dict();
    }
    Instance base = *made;
    *static_cast<ModuleInstance*>(made) = *module;
    static_cast<Instance&>(*static_cast<ModuleInstance*>(made)) = base;
  }
  return Value::of(made);
}

void install_copy(Interpreter& in) {
  Module* module = in.native_module("copy", false);
  in.define(module, "copy", copy_copy);
  in.define(module, "deepcopy", copy_deepcopy);
  Value error = Value::of(in.make_class("Error", {in.exception("Exception")}, Layout::kException));
  in.define(module, "Error", error);
  in.define(module, "error", error);
}

}  // namespace ckptlint::python
