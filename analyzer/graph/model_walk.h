// The one walk over the objects of a built model, in the order of the rows of its graph.
#pragma once

#include "ckptlint/module_graph.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Whether it is an instance of torch.nn.Module.
inline bool is_module(const python::Value& value) {
  return value.is(python::Kind::kInstance) && value.as<python::Instance>()->type->layout == python::Layout::kModule;
}

// What walk_model calls; a visitor derives from it and has those of its own that it needs.
struct ModelVisitor {
  // `entry`: of the table of the module above; null for the root.
  void enter(python::ModuleInstance*, const python::Dict::Entry*) {}
  void tensor(python::ModuleInstance*, const python::Dict::Entry&, TensorKind) {}
  // An entry among the modules that is none.
  void no_module(python::ModuleInstance*, const python::Dict::Entry&) {}
  void leave(python::ModuleInstance*) {}
};

// As torch's named_modules(remove_duplicate=False): each module, its parameters, its buffers, then those below it.
// Entries that are None are passed over.
template <typename Visitor>
void walk_model(python::ModuleInstance* module, Visitor& visitor, const python::Dict::Entry* in_parent = nullptr) {
  visitor.enter(module, in_parent);
  const auto each_entry = [](const python::Dict* table, const auto& visit) {
    if (table == nullptr) return;
    for (std::size_t i = 0; i < table->entries.size(); ++i) {
      const python::Dict::Entry& entry = table->entries[i];
      if (!entry.key.missing() && !entry.value.is_none()) visit(entry);
    }
  };
  each_entry(module->parameters, [&](const auto& entry) { visitor.tensor(module, entry, TensorKind::kParameter); });
  each_entry(module->buffers, [&](const auto& entry) { visitor.tensor(module, entry, TensorKind::kBuffer); });
  each_entry(module->modules, [&](const auto& entry) {
    if (is_module(entry.value))
      walk_model(entry.value.template as<python::ModuleInstance>(), visitor, &entry);
    else
      visitor.no_module(module, entry);
  });
  visitor.leave(module);
}

}  // namespace ckptlint
