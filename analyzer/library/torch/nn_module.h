// torch.nn.Module 2.13: the tables of parameters, buffers and children, and how they are walked.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "python/interpreter.h"

namespace ckptlint::python::torch {

// Puts torch.nn.Module (Classes::nn_module) into `nn` and fills the interpreter's module hooks.
void install_module_class(Interpreter& in, Module* nn);
void install_module_traversal(Interpreter& in, Class* type);
void install_module_conversion(Interpreter& in, Class* type);

// What Module.__init__ does; a module is usable by the functions below without it.
inline void initialize_module(ModuleInstance* module) { module->initialized = true; }

// The receiver of a method of Module.  Raises TypeError for anything else.
ModuleInstance* module_receiver(Interpreter& in, const Arguments& arguments);
inline bool is_module(const Value& value) {
  return value.is(Kind::kInstance) && value.as<Instance>()->type->layout == Layout::kModule;
}

// Module.register_parameter / register_buffer / add_module: raise torch's own errors.  `value` may be None or Unknown; the
// place of the registration is the place being evaluated.
void register_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& value);
void register_buffer(Interpreter& in, ModuleInstance* module, Str* name, const Value& value, bool persistent);
void register_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& value);
// A parameter or child that is known to be new: what the host's own layers are made of.
void put_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& value);
void put_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& value);

struct NamedModule {
  std::string name;
  ModuleInstance* module;
};
// named_modules(), depth first, the module itself included under `prefix`.
std::vector<NamedModule> named_modules(Interpreter& in, ModuleInstance* root, const std::string& prefix, bool remove_duplicate);

// An iterator over values that are known.
Value iterator_over(Interpreter& in, List* values);

}  // namespace ckptlint::python::torch
