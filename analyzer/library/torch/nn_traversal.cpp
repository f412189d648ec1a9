// nn.Module's iterators: named_parameters, buffers, children, modules, get_submodule, apply, train, state_dict.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>

#include "library/torch/install.h"
#include "library/torch/nn_module.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

bool flag(Interpreter& in, const Value& value, bool otherwise) { return value.missing() ? otherwise : in.test(value); }

std::string text_or(const Value& value, std::string_view otherwise) {
  return std::string(value.is(Kind::kStr) ? value.as<Str>()->view() : otherwise);
}

Value named(Interpreter& in, const std::string& name, const Value& value) { return in.tuple({in.string(name), value}); }

// ---- modules

Value modules(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, remove_duplicate] = bind<"self, remove_duplicate=">(in, "Module.modules", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  List* list = nullptr;
  if (flag(in, remove_duplicate, true)) {
    const std::vector<ModuleInstance*> all = all_modules(in, self);
    list = in.list(all.size());
    for (ModuleInstance* each : all) list->items.push(in.arena, Value::of(each));
  } else {
    list = in.list();
    for (const NamedModule& each : named_modules(in, self, "", false))
      list->items.push(in.arena, Value::of(each.module));
  }
  return iterator_over(in, list);
}

Value named_modules_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, memo, prefix, remove_duplicate] =
      bind<"self, memo=, prefix=, remove_duplicate=">(in, "Module.named_modules", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  List* list = in.list();
  for (const NamedModule& each : named_modules(in, self, text_or(prefix, ""), flag(in, remove_duplicate, true))) {
    list->items.push(in.arena, named(in, each.name, Value::of(each.module)));
  }
  return iterator_over(in, list);
}

// op.data: true for pairs with names.
List* children_of(Interpreter& in, const ModuleInstance* self, bool with_names) {
  List* list = in.list();
  const IdentitySet* shown = in.torch->shown_children;
  IdentitySet seen;
  if (self->modules != nullptr) {
    for (const Dict::Entry& entry : self->modules->entries) {
      if (entry.key.missing() || !is_module(entry.value) || !seen.add(entry.value.object)) continue;
      if (shown != nullptr && !shown->has(entry.value.object)) continue;
      list->items.push(in.arena, with_names ? in.tuple({entry.key, entry.value}) : entry.value);
    }
  }
  return list;
}

// children() and named_children(): data says which.
Value children(Interpreter& in, const Arguments& arguments, const Value& data) {
  return iterator_over(in, children_of(in, module_receiver(in, arguments), data.boolean));
}

// ---- parameters and buffers

enum Member : std::int64_t { kParameters, kBuffers };

// Calls visit(name, tensor) in torch's order.
template <typename Visit>
void each_member(Interpreter& in, ModuleInstance* self, Member member, const std::string& prefix, bool recurse,
                 bool remove_duplicate, Visit visit) {
  std::vector<NamedModule> where;
  if (recurse) {
    where = named_modules(in, self, prefix, remove_duplicate);
  } else {
    where.push_back({prefix, self});
  }
  IdentitySet seen;
  for (const NamedModule& each : where) {
    Dict* table = member == kParameters ? each.module->parameters : each.module->buffers;
    if (table == nullptr) continue;
    for (std::uint32_t i = 0; i < table->entries.count; ++i) {
      const Dict::Entry& entry = table->entries[i];
      if (entry.key.missing() || !entry.value.is(Kind::kTensor)) continue;
      if (remove_duplicate && !seen.add(entry.value.object)) continue;
      in.step();
      visit(each.name, entry.key.as<Str>(), entry.value);
    }
  }
}

std::string joined(const std::string& prefix, const Str* name) {
  std::string whole;  // of every module and tensor, again and again: formatting would be most of the time
  whole.reserve(prefix.size() + 1 + name->length);
  whole.append(prefix);
  if (!prefix.empty()) whole += '.';
  return whole.append(name->view());
}

Value named_members(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, given_prefix, recurse, remove_duplicate] =
      bind<"self, prefix=, recurse=, remove_duplicate=">(in, "Module.named_parameters", arguments);
  List* list = in.list();
  each_member(in, module_receiver(in, self), static_cast<Member>(data.integer), text_or(given_prefix, ""),
              flag(in, recurse, true), flag(in, remove_duplicate, true),
              [&](const std::string& prefix, Str* name, const Value& value) {
                list->items.push(in.arena, named(in, joined(prefix, name), value));
              });
  return iterator_over(in, list);
}

Value members(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given_self, recurse] = bind<"self, recurse=">(in, "Module.parameters", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  List* list = in.list();
  IdentitySet seen;
  const std::vector<ModuleInstance*> where =
      flag(in, recurse, true) ? all_modules(in, self) : std::vector<ModuleInstance*>{self};
  for (ModuleInstance* each : where) {
    Dict* table = data.integer == kParameters ? each->parameters : each->buffers;
    if (table == nullptr) continue;
    for (const Dict::Entry& entry : table->entries) {
      if (!entry.key.missing() && entry.value.is(Kind::kTensor) && seen.add(entry.value.object))
        list->items.push(in.arena, entry.value);
    }
  }
  return iterator_over(in, list);
}

// ---- by dotted name

std::vector<std::string_view> dotted_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

Value submodule(Interpreter& in, const Value& self, std::string_view target) {
  if (target.empty()) return self;
  Value at = self;
  for (std::string_view part : dotted_parts(target)) {
    Value next;
    if (!in.find_attribute(at, in.intern(part), next)) {
      in.raise(in.exception("AttributeError"), fmt::format("{} has no attribute `{}`", in.type_name(at), part));
    }
    if (next.unknown()) return next;
    if (!is_module(next)) in.raise(in.exception("AttributeError"), fmt::format("`{}` is not an nn.Module", part));
    at = next;
  }
  return at;
}

Value get_submodule(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, target] = bind<"self, target">(in, "Module.get_submodule", arguments);
  if (target.unknown()) return target;
  return submodule(in, self, text_or(target, ""));
}

enum Wanted : std::int64_t { kParameter, kBuffer };

Value get_member(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [self, given_target] = bind<"self, target">(in, "Module.get_parameter", arguments);
  if (given_target.unknown()) return given_target;
  const std::string target = text_or(given_target, "");
  const std::size_t dot = target.rfind('.');
  const Value owner = dot == std::string::npos ? self : submodule(in, self, std::string_view(target).substr(0, dot));
  const std::string_view name = dot == std::string::npos ? target : std::string_view(target).substr(dot + 1);
  if (owner.unknown()) return owner;
  Value found;
  if (!in.find_attribute(owner, in.intern(name), found)) {
    in.raise(in.exception("AttributeError"), fmt::format("{} has no attribute `{}`", in.type_name(owner), name));
  }
  if (data.integer == kParameter && !found.unknown() && !is_parameter(in, found)) {
    in.raise(in.exception("AttributeError"), fmt::format("`{}` is not an nn.Parameter", name));
  }
  if (data.integer == kBuffer && find_in(owner.as<ModuleInstance>()->buffers, in.intern(name)) == nullptr) {
    in.raise(in.exception("AttributeError"), fmt::format("`{}` is not a buffer", name));
  }
  return found;
}

Value set_submodule(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_target, module, strict] =
      bind<"self, target, module, strict=">(in, "Module.set_submodule", arguments);
  const std::string target = text_or(given_target, "");
  if (target.empty()) in.raise_value_error("Cannot set the submodule without a target name!");
  const std::size_t dot = target.rfind('.');
  const Value owner = dot == std::string::npos ? self : submodule(in, self, std::string_view(target).substr(0, dot));
  in.set_attribute(owner, in.intern(dot == std::string::npos ? target : target.substr(dot + 1)), module);
  return Value::none();
}

// ---- over all modules

// Children first; a class's own apply() is respected.
Value apply(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [given_self, fn] = bind<"self, fn">(in, "Module.apply", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  const Nesting nesting(in);
  const List* list = children_of(in, self, false);
  for (std::uint32_t i = 0; i < list->items.count; ++i) {
    const Value child = list->items[i];
    Value* own = in.class_lookup(child.as<ModuleInstance>()->type, in.torch->names.apply);
    if (own != nullptr && own->is(Kind::kFunction)) {
      in.call(*own, {child, fn});
    } else {
      Value pair[2] = {child, fn};
      apply(in, {pair, 2}, data);
    }
  }
  in.call(fn, {given_self});
  return Value::of(self);
}

Value train(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, given_mode] = bind<"self, mode=">(in, "Module.train", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  const Value mode = given_mode.missing() ? Value::of(true) : given_mode;
  if (!mode.is(Kind::kBool) && !mode.unknown()) in.raise_value_error("training mode is expected to be boolean");
  const Nesting nesting(in);
  if (!mode.is(Kind::kBool) || !mode.boolean || find_in(self->attributes, in.sym.training) != nullptr) {
    if (self->attributes == nullptr) self->attributes = in.dict();
    dict_set(in.arena, self->attributes, in.sym.training, mode);
  }
  Dict* table = self->modules;
  for (std::uint32_t i = 0; table != nullptr && i < table->entries.count; ++i) {
    const Value child = table->entries[i].value;
    if (table->entries[i].key.missing() || !is_module(child)) continue;
    in.step();
    Value* own = in.class_lookup(child.as<ModuleInstance>()->type, in.torch->names.train);
    if (own != nullptr && own->is(Kind::kFunction)) {
      in.call(*own, {child, mode});
    } else {
      Value pair[2] = {child, mode};
      train(in, {pair, 2}, {});
    }
  }
  return given_self;
}

Value eval(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "Module.eval", arguments);
  return in.call_method(self, in.torch->names.train, {Value::of(false)});
}

Value requires_grad(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_requires_grad] = bind<"self, requires_grad=">(in, "Module.requires_grad_", arguments);
  const bool wanted = flag(in, given_requires_grad, true);
  each_member(in, module_receiver(in, self), kParameters, "", true, true,
              [&](const std::string&, Str*, const Value& value) { value.as<Tensor>()->requires_grad = wanted; });
  return self;
}

Value itself(Interpreter&, const Arguments& arguments, const Value&) { return self_of(arguments); }
Value nothing(Interpreter&, const Arguments&, const Value&) { return Value::none(); }

// ---- state_dict

constexpr const char* kStateDictHooks = "_state_dict_hooks";
constexpr const char* kLoadHooks = "_load_state_dict_pre_hooks";

// The hooks in a table of the module, which has none of them as a rule.
std::vector<Value> hooks_of(Interpreter& in, const ModuleInstance* self, const char* table) {
  const Value* found = self->attributes == nullptr ? nullptr : dict_find(self->attributes, in.intern(table));
  std::vector<Value> hooks;
  if (found == nullptr || !found->is(Kind::kDict)) return hooks;
  for (const Dict::Entry& entry : found->as<Dict>()->entries) {
    if (!entry.key.missing()) hooks.push_back(entry.value);
  }
  return hooks;
}

// What the module itself owns of the state dict.
void save_own_state(Interpreter& in, ModuleInstance* self, const std::string& prefix, Dict* out) {
  for (Dict* table : {self->parameters, self->buffers}) {
    if (table == nullptr) continue;
    for (const Dict::Entry& entry : table->entries) {
      if (entry.key.missing() || !entry.value.is(Kind::kTensor)) continue;
      const bool skipped = table == self->buffers && self->non_persistent != nullptr &&
                           find_in(self->non_persistent->items, entry.key.as<Str>()) != nullptr;
      if (!skipped) dict_set(in.arena, out, in.intern(prefix + std::string(entry.key.as<Str>()->view())), entry.value);
    }
  }
}

void collect_state(Interpreter& in, ModuleInstance* self, const std::string& prefix, Dict* out) {
  const Nesting nesting(in);
  const Value* save = in.class_lookup(self->type, in.torch->names._save_to_state_dict);
  if (save == nullptr || save->is(Kind::kNative))
    save_own_state(in, self, prefix, out);
  else
    in.call_method(Value::of(self), in.torch->names._save_to_state_dict,
                   {Value::of(out), in.string(prefix), Value::of(false)});
  const Value* extra = in.class_lookup(self->type, in.intern("get_extra_state"));
  if (extra != nullptr && extra->is(Kind::kFunction))
    dict_set(in.arena, out, in.intern(prefix + "_extra_state"), in.call(*extra, {Value::of(self)}));
  Dict* table = self->modules;
  for (std::uint32_t i = 0; table != nullptr && i < table->entries.count; ++i) {
    const Dict::Entry entry = table->entries[i];
    if (entry.key.missing() || !is_module(entry.value)) continue;
    in.step();
    collect_state(in, entry.value.as<ModuleInstance>(), fmt::format("{}{}.", prefix, entry.key.as<Str>()->view()), out);
  }
  for (const Value& hook : hooks_of(in, self, kStateDictHooks))
    in.call(hook, {Value::of(self), Value::of(out), in.string(prefix), Value::of(in.dict())});
}

Value save_to_state_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, destination, prefix, keep_vars] =
      bind<"self, destination, prefix, keep_vars">(in, "Module._save_to_state_dict", arguments);
  if (destination.is(Kind::kDict))
    save_own_state(in, module_receiver(in, self), text_or(prefix, ""), destination.as<Dict>());
  return Value::none();
}

Value state_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, destination, prefix, keep_vars] =
      bind<"self, destination=, prefix=, keep_vars=">(in, "Module.state_dict", arguments);
  Dict* out = destination.is(Kind::kDict) ? destination.as<Dict>() : in.dict();
  if (!destination.is(Kind::kDict)) out->ordered = out->versions = true;
  collect_state(in, module_receiver(in, self), text_or(prefix, ""), out);
  return Value::of(out);
}

// Whether only torch's own code says what becomes of the tensors of a state dict.
bool loads_plainly(Interpreter& in, const ModuleInstance* self) {
  const Nesting nesting(in);
  in.step();
  const Value* own = in.class_lookup(self->type, in.intern("_load_from_state_dict"));
  if ((own != nullptr && !own->is(Kind::kNative)) || !hooks_of(in, self, kLoadHooks).empty()) return false;
  if (self->modules == nullptr) return true;
  return std::all_of(self->modules->entries.begin(), self->modules->entries.end(), [&](const Dict::Entry& entry) {
    return entry.key.missing() || !is_module(entry.value) || loads_plainly(in, entry.value.as<ModuleInstance>());
  });
}

std::string size_text(const Tensor* tensor) {
  return fmt::format("torch.Size([{}])", fmt::join(tensor->shape, tensor->shape + tensor->rank, ", "));
}

// The counters of batch norms, which are not missed in a state dict that does not say of which version it is: the first
// versions had none.
std::set<std::string, std::less<>> counters_of_norms(Interpreter& in, const ModuleInstance* self,
                                                     const std::string& prefix) {
  const Nesting nesting(in);
  in.step();
  std::set<std::string, std::less<>> names;
  const bool is_norm = std::any_of(self->type->mro.begin(), self->type->mro.end(),
                                   [](const Class* type) { return type->name->view() == "_NormBase"; });
  if (is_norm) names.insert(prefix + "num_batches_tracked");
  if (self->modules == nullptr) return names;
  for (const Dict::Entry& entry : self->modules->entries) {
    if (entry.key.missing() || !is_module(entry.value)) continue;
    names.merge(counters_of_norms(in, entry.value.as<ModuleInstance>(),
                                  fmt::format("{}{}.", prefix, entry.key.as<Str>()->view())));
  }
  return names;
}

// What load_state_dict tells of a state dict that is known: the keys that do not meet, or the exception that it raises.
Value told_of_loading(Interpreter& in, const ModuleInstance* self, Dict* own, Dict* given, bool strict) {
  List* missing = in.list();
  List* unexpected = in.list();
  std::vector<std::string> quoted_missing, quoted_unexpected, errors;
  const auto not_missed = given->versions ? std::set<std::string, std::less<>>{} : counters_of_norms(in, self, "");
  for (const Dict::Entry& entry : own->entries) {
    if (entry.key.missing()) continue;
    const Value* source = dict_find(given, entry.key);
    if (source == nullptr) {
      if (not_missed.contains(entry.key.as<Str>()->view())) continue;
      missing->items.push(in.arena, entry.key);
      quoted_missing.push_back(fmt::format("\"{}\"", entry.key.as<Str>()->view()));
      continue;
    }
    if (!source->is(Kind::kTensor) || !entry.value.is(Kind::kTensor)) continue;
    const Tensor *from = source->as<Tensor>(), *into = entry.value.as<Tensor>();
    if (!from->shape_known || !into->shape_known) return in.unknown("the result of load_state_dict");
    if (sizes_of(from) != sizes_of(into)) {
      errors.push_back(
          fmt::format("size mismatch for {}: copying a param with shape {} from checkpoint, the shape in current model "
                      "is {}.",
                      entry.key.as<Str>()->view(), size_text(from), size_text(into)));
    }
  }
  for (const Dict::Entry& entry : given->entries) {
    if (!entry.key.is(Kind::kStr) || dict_find(own, entry.key) != nullptr) continue;
    unexpected->items.push(in.arena, entry.key);
    quoted_unexpected.push_back(fmt::format("\"{}\"", entry.key.as<Str>()->view()));
  }
  if (strict && !quoted_unexpected.empty()) {
    errors.insert(errors.begin(),
                  fmt::format("Unexpected key(s) in state_dict: {}. ", fmt::join(quoted_unexpected, ", ")));
  }
  if (strict && !quoted_missing.empty())
    errors.insert(errors.begin(), fmt::format("Missing key(s) in state_dict: {}. ", fmt::join(quoted_missing, ", ")));
  if (!errors.empty()) {
    in.raise(in.exception("RuntimeError"),
             fmt::format("Error(s) in loading state_dict for {}:\n\t{}", class_name(self), fmt::join(errors, "\n\t")));
  }
  return in.call(in.import_name("torch.nn.modules.module", "_IncompatibleKeys"),
                 {Value::of(missing), Value::of(unexpected)});
}

// The given tensors are copied in; without contents that are known, what is loaded is not known either.
Value load_state_dict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, state_dict, strict, assign] =
      bind<"self, state_dict, strict=, assign=">(in, "Module.load_state_dict", arguments);
  // It would put other tensors into the places of the model's own, which are copied into instead.
  if (flag(in, assign, false)) in.note_partial("`load_state_dict(assign=True)`");
  Dict* own = in.dict();
  collect_state(in, module_receiver(in, self), "", own);
  Dict* given = state_dict.is(Kind::kDict) ? state_dict.as<Dict>() : nullptr;
  for (const Dict::Entry& entry : own->entries) {
    Tensor* target = entry.value.as<Tensor>();
    const Value* source = given == nullptr ? nullptr : dict_find(given, entry.key);
    const bool fits = source != nullptr && source->is(Kind::kTensor) && target->shape_known &&
                      source->as<Tensor>()->shape_known && sizes_of(source->as<Tensor>()) == sizes_of(target);
    if (fits) {
      write_elements(in, target, known(source->as<Tensor>()));
    } else if (given == nullptr) {
      write_unknown(in, target);
    }
  }
  const ModuleInstance* module = module_receiver(in, self);
  if (given == nullptr || !loads_plainly(in, module)) return in.unknown("the result of load_state_dict");
  return told_of_loading(in, module, own, given, flag(in, strict, true));
}

// Copies what the module itself owns of the state dict, as a loop over modules asks for it.
Value load_own_state(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, state_dict, given_prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs] =
      bind<"self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs">(
          in, "Module._load_from_state_dict", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  for (const Value& hook : hooks_of(in, self, kLoadHooks)) {
    in.call(hook, {state_dict, given_prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs});
  }
  if (!state_dict.is(Kind::kDict)) return Value::none();
  const std::string prefix = text_or(given_prefix, "");
  for (Dict* table : {self->parameters, self->buffers}) {
    if (table == nullptr) continue;
    for (const Dict::Entry& entry : table->entries) {
      if (entry.key.missing() || !entry.value.is(Kind::kTensor)) continue;
      const Str* name = entry.key.as<Str>();
      const bool saved = table == self->parameters || self->non_persistent == nullptr ||
                         find_in(self->non_persistent->items, entry.key.as<Str>()) == nullptr;
      if (saved && dict_find(state_dict.as<Dict>(), in.intern(prefix + std::string(name->view()))) != nullptr)
        write_unknown(in, entry.value.as<Tensor>());
    }
  }
  return Value::none();
}

Value dir(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* self = module_receiver(in, arguments);
  Dict* names = in.dict();
  for (Class* each : self->type->mro) {
    for (const Dict::Entry& entry : each->attributes->entries) {
      if (!entry.key.missing()) dict_set(in.arena, names, entry.key, Value::none());
    }
  }
  for (Dict* table : {self->attributes, self->parameters, self->modules, self->buffers}) {
    if (table == nullptr) continue;
    for (const Dict::Entry& entry : table->entries) {
      const bool digit = entry.key.is(Kind::kStr) && entry.key.as<Str>()->length != 0 &&
                         std::isdigit(static_cast<unsigned char>(entry.key.as<Str>()->data[0])) != 0;
      if (!entry.key.missing() && !digit) dict_set(in.arena, names, entry.key, Value::none());
    }
  }
  List* list = in.list(names->live);
  for (const Dict::Entry& entry : names->entries) list->items.push(in.arena, entry.key);
  return Value::of(list);
}

// ---- hooks: kept, and called only where a state dict is made

// data: the name of the module's own dict of them
Value register_hook(Interpreter& in, const Arguments& arguments, const Value& table) {
  const auto [self, hook, rest] = bind<"self, hook, *args, **options">(in, "register_hook", arguments);
  const Value hooks = in.attribute(Value::of(module_receiver(in, self)), in.intern(table.as<Str>()->view()));
  const Value handle = in.call(in.import_name("torch.utils.hooks", "RemovableHandle"), {hooks});
  in.set_item(hooks, in.attribute(handle, in.intern("id")), hook);
  return handle;
}

// A hook before loading that is told of the module; the private registration gives it the rest alone.
Value register_load_hook(Interpreter& in, const Arguments& arguments, const Value& table) {
  const auto [self, hook] = bind<"self, hook">(in, "Module.register_load_state_dict_pre_hook", arguments);
  const Value told = in.call(in.import_name("functools", "partial"), {hook, self});
  Value positional[] = {self, told};
  return register_hook(in, Arguments{positional, 2}, table);
}

struct HookRegistration {
  const char* name;
  const char* table;
};
constexpr HookRegistration kHookRegistrations[] = {
    {"register_forward_hook", "_forward_hooks"},
    {"register_forward_pre_hook", "_forward_pre_hooks"},
    {"register_backward_hook", "_backward_hooks"},
    {"register_full_backward_hook", "_backward_hooks"},
    {"register_full_backward_pre_hook", "_backward_pre_hooks"},
    {"register_state_dict_pre_hook", "_state_dict_pre_hooks"},
    {"register_state_dict_post_hook", kStateDictHooks},
    {"_register_state_dict_hook", kStateDictHooks},
    {"_register_load_state_dict_pre_hook", kLoadHooks},
    {"register_load_state_dict_post_hook", "_load_state_dict_post_hooks"},
};

}  // namespace

void install_module_traversal(Interpreter& in, Class* type) {
  in.method(type, "modules", modules);
  in.method(type, "named_modules", named_modules_method);
  in.method(type, "children", children, Value::of(false));
  in.method(type, "named_children", children, Value::of(true));
  in.method(type, "parameters", members, Value::of(std::int64_t{kParameters}));
  in.method(type, "buffers", members, Value::of(std::int64_t{kBuffers}));
  in.method(type, "named_parameters", named_members, Value::of(std::int64_t{kParameters}));
  in.method(type, "named_buffers", named_members, Value::of(std::int64_t{kBuffers}));
  in.method(type, "get_submodule", get_submodule);
  in.method(type, "get_parameter", get_member, Value::of(std::int64_t{kParameter}));
  in.method(type, "get_buffer", get_member, Value::of(std::int64_t{kBuffer}));
  in.method(type, "set_submodule", set_submodule);
  in.method(type, "apply", apply);
  in.method(type, "train", train);
  in.method(type, "eval", eval);
  in.method(type, "requires_grad_", requires_grad);
  in.method(type, "zero_grad", nothing);
  in.method(type, "share_memory", itself);
  in.method(type, "compile", nothing);
  in.method(type, "get_extra_state", nothing);
  in.method(type, "set_extra_state", nothing);
  in.method(type, "_load_from_state_dict", load_own_state);
  in.method(type, "_save_to_state_dict", save_to_state_dict);
  in.method(type, "state_dict", state_dict);
  in.method(type, "load_state_dict", load_state_dict);
  in.method(type, "__dir__", dir);
  for (const HookRegistration& each : kHookRegistrations)
    in.method(type, each.name, register_hook, Value::of(in.intern(each.table)));
  in.method(type, "register_load_state_dict_pre_hook", register_load_hook, Value::of(in.intern(kLoadHooks)));
}

}  // namespace ckptlint::python::torch
