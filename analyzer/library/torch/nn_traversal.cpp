// The walks of torch.nn.Module: children, modules, parameters, buffers, and lookups by dotted name.
#include <unordered_set>

#include <fmt/format.h>

#include "library/torch/nn_module.h"

namespace ckptlint::python::torch {
namespace {

constexpr int kMaxModuleDepth = 300;

std::string joined(const std::string& prefix, std::string_view name) { return prefix.empty() ? std::string(name) : fmt::format("{}.{}", prefix, name); }

void walk(Interpreter& in, ModuleInstance* module, const std::string& name, bool remove_duplicate, int depth,
          std::unordered_set<const ModuleInstance*>& seen, std::vector<NamedModule>& out) {
  in.step();
  if (depth > kMaxModuleDepth) in.raise(in.exception("RecursionError"), "maximum recursion depth exceeded");
  if (remove_duplicate && !seen.insert(module).second) return;
  out.push_back({name, module});
  if (module->modules == nullptr) return;
  for (const Dict::Entry& entry : module->modules->entries) {
    if (entry.key.missing() || !is_module(entry.value)) continue;
    walk(in, entry.value.as<ModuleInstance>(), joined(name, entry.key.as<Str>()->view()), remove_duplicate, depth + 1, seen, out);
  }
}

struct Walk {
  std::string prefix;
  bool recurse = true, remove_duplicate = true;
};

bool flag(Interpreter& in, const Value& value, bool fallback) { return value.missing() ? fallback : in.test(value); }
std::string text(const Value& value) { return value.is(Kind::kStr) ? std::string(value.as<Str>()->view()) : std::string(); }

// The members of one table in every module, as (name, tensor) pairs or tensors alone.
List* members(Interpreter& in, ModuleInstance* root, const Walk& options, bool buffers, bool with_names) {
  List* out = in.list();
  std::unordered_set<const Object*> seen;
  std::vector<NamedModule> modules;
  if (options.recurse) {
    modules = named_modules(in, root, options.prefix, options.remove_duplicate);
  } else {
    modules.push_back({options.prefix, root});
  }
  for (const NamedModule& each : modules) {
    Dict* table = buffers ? each.module->buffers : each.module->parameters;
    if (table == nullptr) continue;
    for (const Dict::Entry& entry : table->entries) {
      if (entry.key.missing() || entry.value.is_none() || !entry.value.is_object()) continue;
      if (options.remove_duplicate && !seen.insert(entry.value.object).second) continue;
      in.step();
      out->items.push(in.arena, with_names ? in.tuple({in.string(joined(each.name, entry.key.as<Str>()->view())), entry.value}) : entry.value);
    }
  }
  return out;
}

template <bool buffers>
Value named_members(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[4];
  in.bind(buffers ? "named_buffers" : "named_parameters", arguments, "self, prefix=, recurse=, remove_duplicate=", a);
  Walk options{text(a[1]), flag(in, a[2], true), flag(in, a[3], true)};
  return iterator_over(in, members(in, module_receiver(in, arguments), options, buffers, true));
}

template <bool buffers>
Value plain_members(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind(buffers ? "buffers" : "parameters", arguments, "self, recurse=", a);
  Walk options{"", flag(in, a[1], true), true};
  return iterator_over(in, members(in, module_receiver(in, arguments), options, buffers, false));
}

template <bool with_names>
Value children(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* module = module_receiver(in, arguments);
  List* out = in.list();
  std::unordered_set<const Object*> seen;
  if (module->modules != nullptr) {
    for (const Dict::Entry& entry : module->modules->entries) {
      if (entry.key.missing() || !is_module(entry.value) || !seen.insert(entry.value.object).second) continue;
      in.step();
      out->items.push(in.arena, with_names ? in.tuple({entry.key, entry.value}) : entry.value);
    }
  }
  return iterator_over(in, out);
}

Value named_modules_method(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[4];
  in.bind("named_modules", arguments, "self, memo=, prefix=, remove_duplicate=", a);
  List* out = in.list();
  for (const NamedModule& each : named_modules(in, module_receiver(in, arguments), text(a[2]), flag(in, a[3], true))) {
    out->items.push(in.arena, in.tuple({in.string(each.name), Value::of(each.module)}));
  }
  return iterator_over(in, out);
}

Value modules_method(Interpreter& in, const Arguments& arguments, const Value&) {
  List* out = in.list();
  for (const NamedModule& each : named_modules(in, module_receiver(in, arguments), "", true)) out->items.push(in.arena, Value::of(each.module));
  return iterator_over(in, out);
}

// The module at a dotted path; raises torch's AttributeErrors.
Value submodule(Interpreter& in, const Value& root, std::string_view path) {
  Value at = root;
  while (!path.empty()) {
    std::size_t dot = path.find('.');
    std::string_view part = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
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
  Value a[2];
  in.bind("get_submodule", arguments, "self, target", a);
  if (a[1].unknown()) return a[1];
  return submodule(in, a[0], text(a[1]));
}

// get_parameter and get_buffer: the member at a dotted path.
template <bool buffers>
Value get_member(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind(buffers ? "get_buffer" : "get_parameter", arguments, "self, target", a);
  if (a[1].unknown()) return a[1];
  std::string path = text(a[1]);
  std::size_t dot = path.rfind('.');
  Value owner = submodule(in, a[0], dot == std::string::npos ? std::string_view() : std::string_view(path).substr(0, dot));
  if (owner.unknown()) return owner;
  std::string_view name = std::string_view(path).substr(dot == std::string::npos ? 0 : dot + 1);
  Value found;
  if (!in.find_attribute(owner, in.intern(name), found)) {
    in.raise(in.exception("AttributeError"), fmt::format("{} has no attribute `{}`", in.type_name(owner), name));
  }
  Dict* table = buffers ? owner.as<ModuleInstance>()->buffers : owner.as<ModuleInstance>()->parameters;
  if (!found.unknown() && (table == nullptr || dict_find(table, in.intern(name)) == nullptr)) {
    in.raise(in.exception("AttributeError"), fmt::format("`{}` is not {}", name, buffers ? "a buffer" : "an nn.Parameter"));
  }
  return found;
}

Value apply(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[2];
  in.bind("apply", arguments, "self, fn", a);
  ModuleInstance* module = module_receiver(in, arguments);
  if (module->modules != nullptr) {
    for (std::size_t i = 0; i < module->modules->entries.size(); ++i) {
      Dict::Entry entry = module->modules->entries[i];
      if (!entry.key.missing() && is_module(entry.value)) in.call_method(entry.value, in.intern("apply"), {a[1]});
    }
  }
  in.call(a[1], {a[0]});
  return a[0];
}

}  // namespace

std::vector<NamedModule> named_modules(Interpreter& in, ModuleInstance* root, const std::string& prefix, bool remove_duplicate) {
  std::vector<NamedModule> out;
  std::unordered_set<const ModuleInstance*> seen;
  walk(in, root, prefix, remove_duplicate, 0, seen, out);
  return out;
}

void install_module_traversal(Interpreter& in, Class* type) {
  in.method(type, "named_parameters", named_members<false>);
  in.method(type, "named_buffers", named_members<true>);
  in.method(type, "parameters", plain_members<false>);
  in.method(type, "buffers", plain_members<true>);
  in.method(type, "named_children", children<true>);
  in.method(type, "children", children<false>);
  in.method(type, "named_modules", named_modules_method);
  in.method(type, "modules", modules_method);
  in.method(type, "get_submodule", get_submodule);
  in.method(type, "get_parameter", get_member<false>);
  in.method(type, "get_buffer", get_member<true>);
  in.method(type, "apply", apply);
}

}  // namespace ckptlint::python::torch
