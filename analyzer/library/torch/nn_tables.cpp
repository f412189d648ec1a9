// The tables of parameters, buffers and submodules that every nn.Module has: what is put there, found there and
// walked (torch/nn/modules/module.py of torch 2.13.0).
#include <fmt/format.h>

#include "library/torch/nn_module.h"
#include "library/torch/registered_at.h"
#include "python/evaluate/sets.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {

bool is_module(const Value& value) {
  return value.is(Kind::kInstance) && value.as<Instance>()->type->layout == Layout::kModule;
}

bool is_parameter(Interpreter& in, const Value& value) {
  if (!value.is(Kind::kTensor)) return false;
  const Class* type = value.as<Tensor>()->type;
  return type == in.classes.parameter || (type != in.classes.tensor && in.is_subclass(type, in.classes.parameter));
}

bool is_buffer(Interpreter& in, const Value& value) {
  if (!value.is(Kind::kTensor)) return false;
  const Class* type = value.as<Tensor>()->type;
  return type == in.classes.buffer || (type != in.classes.tensor && in.is_subclass(type, in.classes.buffer));
}

ModuleInstance* module_receiver(Interpreter& in, const Value& self) {
  if (!is_module(self)) {
    in.raise_type_error(
        fmt::format("a method of torch.nn.Module needs a module, not a '{}' object", in.type_name(self)));
  }
  return self.as<ModuleInstance>();
}

ModuleInstance* module_receiver(Interpreter& in, const Arguments& arguments) {
  return module_receiver(in, self_of(arguments));
}

std::string class_name(const ModuleInstance* module) { return std::string(module->type->name->view()); }

std::string torch_typename(Interpreter& in, const Value& value) {
  if (value.is(Kind::kTensor)) {
    if (is_parameter(in, value)) return "torch.nn.parameter.Parameter";
    const Device* device = device_of(in, value.as<Tensor>());
    const bool meta = device != nullptr && device->type->view() == "meta";
    return (meta ? "torch.meta." : "torch.") + std::string(scalar_name(value.as<Tensor>()->dtype)) + "Tensor";
  }
  Value function, home;
  if (value.is(Kind::kFunction) && in.find_attribute(value, in.sym.__qualname__, function) &&
      in.find_attribute(value, in.sym.__module__, home)) {
    return fmt::format("{}.{}", in.str(home), in.str(function));
  }
  const Class* type = value.is(Kind::kClass) ? value.as<Class>() : in.type_of(value);
  Value module;
  if (in.find_attribute(Value::of(const_cast<Class*>(type)), in.sym.__module__, module) && module.is(Kind::kStr) &&
      module.as<Str>()->view() != "builtins") {
    const Str* name = value.is(Kind::kClass) && type->qualified_name != nullptr ? type->qualified_name : type->name;
    return fmt::format("{}.{}", module.as<Str>()->view(), name->view());
  }
  return std::string(type->name->view());
}

Dict* dict_of_capacity(Interpreter& in, std::uint32_t capacity) {
  Dict* made = in.dict();
  made->entries.items = static_cast<Dict::Entry*>(in.arena.allocate(capacity * sizeof(Dict::Entry)));
  made->entries.capacity = capacity;
  return made;
}

Dict* parameters_of(Interpreter& in, ModuleInstance* module) {
  if (module->parameters == nullptr) module->parameters = in.dict();
  return module->parameters;
}
Dict* buffers_of(Interpreter& in, ModuleInstance* module) {
  if (module->buffers == nullptr) module->buffers = in.dict();
  return module->buffers;
}
Dict* modules_of(Interpreter& in, ModuleInstance* module) {
  if (module->modules == nullptr) module->modules = in.dict();
  return module->modules;
}
Set* non_persistent_of(Interpreter& in, ModuleInstance* module) {
  if (module->non_persistent == nullptr) module->non_persistent = in.set();
  return module->non_persistent;
}

Value* find_in(Dict* table, const Str* name) { return table == nullptr ? nullptr : dict_find(table, name); }

void initialize_module(ModuleInstance* module) {
  module->parameters = module->buffers = module->modules = nullptr;
  module->non_persistent = nullptr;
  module->initialized = true;
}

namespace {

// The note of an entry: 1 + the index into Interpreter::spans of the place where it was registered last; with this bit,
// the span before that one is where it was registered at first.
constexpr std::uint32_t kReplaced = std::uint32_t{1} << 31;

std::uint32_t noted(Interpreter& in, const Span& span) {
  if (in.spans.size() >= kReplaced - 2) throw BudgetExceeded{"memory"};
  in.spans.push_back(span);
  return static_cast<std::uint32_t>(in.spans.size());
}

void note_place(Interpreter& in, Dict::Entry& entry) {
  const Span here = in.here();
  if (!here.known()) return;
  const bool again = !in.spans.empty() && in.spans.back() == here;
  entry.note = again ? static_cast<std::uint32_t>(in.spans.size()) : noted(in, here);
}

// The first place stays known.
void note_replacement(Interpreter& in, Dict::Entry& entry) {
  const Span here = in.here();
  const RegisteredAt before = registered_at(in, entry);
  if (!here.known() || here == before.latest) return;
  noted(in, before.first);
  entry.note = noted(in, here) | kReplaced;
}

}  // namespace

RegisteredAt registered_at(const Interpreter& in, const Dict::Entry& entry) {
  const std::size_t count = entry.note & ~kReplaced;
  if (count == 0 || count > in.spans.size()) return {};
  const Span& latest = in.spans[count - 1];
  return {latest, (entry.note & kReplaced) != 0 ? in.spans[count - 2] : latest};
}

void put_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& parameter) {
  if (module->parameters == nullptr) module->parameters = dict_of_capacity(in, 2);
  ++in.torch->tensors_registered;
  if (in.torch->registered_anew != nullptr && parameter.is(Kind::kTensor))
    parameter.as<Tensor>()->device = Value::of(in.torch->meta);
  Dict::Entry& entry = dict_set(in.arena, module->parameters, name, parameter);
  if (entry.note == 0) {
    note_place(in, entry);
  } else {
    note_replacement(in, entry);
  }
}

void put_buffer(Interpreter& in, ModuleInstance* module, Str* name, const Value& tensor, bool persistent) {
  ++in.torch->tensors_registered;
  note_place(in, dict_set(in.arena, buffers_of(in, module), name, tensor));
  if (!persistent) {
    set_add(in, non_persistent_of(in, module), Value::of(name));
  } else if (module->non_persistent != nullptr && module->non_persistent->items->live != 0) {
    set_discard(in, module->non_persistent, Value::of(name));
  }
}

void put_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& child) {
  ++in.torch->modules_registered;
  note_place(in, dict_set(in.arena, modules_of(in, module), name, child));
}

Value make_parameter(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device) {
  Tensor* made = make_tensor(in, dtype, sizes, device);
  made->type = in.classes.parameter;
  made->requires_grad = true;
  return Value::of(made);
}

Value make_filled_parameter(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device, double value) {
  const Value made = make_parameter(in, dtype, sizes, device);
  made.as<Tensor>()->filled = true;
  made.as<Tensor>()->fill = value;
  return made;
}

Value make_shapeless_parameter(Interpreter& in) {
  const Value made = make_parameter(in, in.torch->default_dtype, {}, in.torch->device);
  made.as<Tensor>()->shape_known = false;
  return made;
}

Value iterator_over(Interpreter& in, List* list) {
  auto* made = in.arena.make<IteratorObject>();
  made->kind = Kind::kIterator;
  made->state.source = Value::of(list);
  return Value::of(made);
}

bool IdentitySet::add(const void* object) {
  if (slots_.size() < 2 * (count_ + 1)) {
    std::vector<const void*> old = std::move(slots_);
    slots_.assign(old.empty() ? 64 : old.size() * 4, nullptr);
    count_ = 0;
    for (const void* each : old) {
      if (each != nullptr) add(each);
    }
  }
  const std::size_t at = slot_of(object);
  if (slots_[at] != nullptr) return false;
  slots_[at] = object;
  ++count_;
  return true;
}

bool IdentitySet::has(const void* object) const { return !slots_.empty() && slots_[slot_of(object)] != nullptr; }

std::size_t IdentitySet::slot_of(const void* object) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (reinterpret_cast<std::uintptr_t>(object) >> 4) * 0x9E3779B97F4A7C15ULL >> 20 & mask;
  while (slots_[at] != nullptr && slots_[at] != object) at = (at + 1) & mask;
  return at;
}

namespace {

constexpr std::size_t kMaxModuleDepth = 900;

// Calls visit(module, name) for every module below and including the root, depth first, until all are done.
template <typename Enter, typename Leave>
void walk(Interpreter& in, ModuleInstance* root, bool remove_duplicate, Enter enter, Leave leave) {
  struct Level {
    ModuleInstance* module;
    std::uint32_t at;
  };
  IdentitySet seen;
  std::vector<Level> levels;
  if (remove_duplicate) seen.add(root);
  enter(root, static_cast<Str*>(nullptr));
  levels.push_back({root, 0});
  while (!levels.empty()) {
    Level& level = levels.back();
    Dict* children = level.module->modules;
    if (children == nullptr || level.at >= children->entries.count) {
      leave();
      levels.pop_back();
      continue;
    }
    const Dict::Entry& entry = children->entries[level.at++];
    if (entry.key.missing() || !is_module(entry.value)) continue;
    auto* child = entry.value.as<ModuleInstance>();
    if (remove_duplicate && !seen.add(child)) continue;
    in.step();
    if (levels.size() >= kMaxModuleDepth) in.raise(in.exception("RecursionError"), "maximum recursion depth exceeded");
    enter(child, entry.key.as<Str>());
    levels.push_back({child, 0});
  }
}

}  // namespace

std::vector<NamedModule> named_modules(Interpreter& in, ModuleInstance* root, std::string_view prefix,
                                       bool remove_duplicate) {
  std::vector<NamedModule> out;
  std::string path(prefix);
  std::vector<std::size_t> lengths;
  walk(
      in, root, remove_duplicate,
      [&](ModuleInstance* module, Str* name) {
        lengths.push_back(path.size());
        if (name != nullptr) {
          if (!path.empty()) path += '.';
          path += name->view();
        }
        out.push_back({path, module});
      },
      [&] {
        path.resize(lengths.back());
        lengths.pop_back();
      });
  return out;
}

std::vector<ModuleInstance*> all_modules(Interpreter& in, ModuleInstance* root) {
  std::vector<ModuleInstance*> out;
  walk(
      in, root, true, [&](ModuleInstance* module, Str*) { out.push_back(module); }, [] {});
  return out;
}

}  // namespace ckptlint::python::torch
