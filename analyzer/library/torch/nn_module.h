// nn.Module's tables, and what the layers of this folder share.  Semantics are torch 2.13's torch/nn/modules/module.py.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "library/torch/tensors.h"
#include "python/evaluate/interpreter.h"
#include "python/values/dict.h"

namespace ckptlint::python::torch {

// ---- asking
bool is_module(const Value& value);
bool is_parameter(Interpreter& in, const Value& value);
bool is_buffer(Interpreter& in, const Value& value);  // an nn.Buffer, not a registered tensor
// The receiver of a method of nn.Module; raises TypeError for anything else.
ModuleInstance* module_receiver(Interpreter& in, const Arguments& arguments);
ModuleInstance* module_receiver(Interpreter& in, const Value& self);
std::string class_name(const ModuleInstance* module);
// "torch.FloatTensor", "list", ...: torch.typename, for messages.
std::string torch_typename(Interpreter& in, const Value& value);

// ---- tables, made on first use
Dict* parameters_of(Interpreter& in, ModuleInstance* module);
Dict* buffers_of(Interpreter& in, ModuleInstance* module);
Dict* modules_of(Interpreter& in, ModuleInstance* module);
Set* non_persistent_of(Interpreter& in, ModuleInstance* module);
// Room for exactly `capacity` entries: most modules never get more.
Dict* dict_of_capacity(Interpreter& in, std::uint32_t capacity);
// The value under a name, or null.
Value* find_in(Dict* table, const Str* name);

// ---- registering
// Module.register_parameter, register_buffer, add_module: raise torch's errors.  An Unknown is registered all the same,
// with a note.
void register_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& parameter_or_none);
void register_buffer(Interpreter& in, ModuleInstance* module, Str* name, const Value& tensor_or_none, bool persistent);
void register_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& module_or_none);
// The same without checks: what the host's own layers are made of.
void initialize_module(ModuleInstance* module);  // Module.__init__
void put_parameter(Interpreter& in, ModuleInstance* module, Str* name, const Value& parameter_or_none);
void put_buffer(Interpreter& in, ModuleInstance* module, Str* name, const Value& tensor_or_none, bool persistent);
void put_module(Interpreter& in, ModuleInstance* module, Str* name, const Value& module_or_none);

// ---- parameters
Value make_parameter(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device);  // of unknown content
Value make_filled_parameter(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device, double value);
// A parameter whose shape is not known.
Value make_shapeless_parameter(Interpreter& in);

// ---- copying
// What copy.deepcopy makes, attributes aside: a tensor of the same class over elements of its own.
Value deep_copy_of(Interpreter& in, const Tensor* tensor);
// What copy.copy makes: a tensor of the same class over the same elements.
Value shallow_copy_of(Interpreter& in, Tensor* tensor);

// ---- walking
struct NamedModule {
  std::string name;
  ModuleInstance* module;
};
// named_modules(): itself first, depth first.  Raises RecursionError for modules nested without end.
std::vector<NamedModule> named_modules(Interpreter& in, ModuleInstance* root, std::string_view prefix,
                                       bool remove_duplicate);
// modules(), without the cost of names.
std::vector<ModuleInstance*> all_modules(Interpreter& in, ModuleInstance* root);

Value iterator_over(Interpreter& in, List* list);

// Objects seen so far, by identity.
class IdentitySet {
 public:
  // False where it was there.
  bool add(const void* object);
  bool has(const void* object) const;

 private:
  std::size_t slot_of(const void* object) const;  // where it is or would be; there are slots

  std::vector<const void*> slots_;
  std::size_t count_ = 0;
};

// ---- installing
void install_module_class(Interpreter& in, Module* nn);
void install_module_dict(Interpreter& in);
void install_module_traversal(Interpreter& in, Class* type);
void install_module_conversion(Interpreter& in, Class* type);

}  // namespace ckptlint::python::torch
