// What torch keeps beside its tensors: the default dtype and device, and the objects that stand for dtypes and devices.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "library/torch/names.h"
#include "library/torch/scalar_types.h"
#include "library/torch/torch.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python::torch {

class IdentitySet;

// By the parameter that a module has, the one that was registered: under init_empty_weights each is made anew.
using RegisteredAnew = std::unordered_map<const Tensor*, const Tensor*>;

// What a function made of the elements of a large tensor: models compute the same table of sines in each of their
// layers.
struct ComputedTable {
  double (*function)(double) = nullptr;
  Dtype compute = Dtype::kFloat32, result = Dtype::kFloat32;
  std::size_t count = 0;
  double* of = nullptr;  // copies, in the arena
  double* values = nullptr;
  bool kept = true;  // the dtype holds all values
};

// Lives in the arena; Interpreter::torch points to it.
struct State {
  Dtype default_dtype = Dtype::kFloat32;
  Device* device = nullptr;  // where factory functions put tensors: set by `with torch.device(...)`
  Device* cpu = nullptr;
  Device* meta = nullptr;
  bool grad_enabled = true;
  bool parameters_on_meta = false;               // modules register them there
  RegisteredAnew* registered_anew = nullptr;     // where set, modules do so as under init_empty_weights
  std::vector<Reduction>* reductions = nullptr;  // where set, those that are met are noted
  bool follows_forward = false;  // a module that is called runs its hooks, and raises what its forward raises
  Names names;
  ArenaVector<Device*> devices;        // outside the open `with torch.device(...)` blocks
  ArenaVector<Device*> known_devices;  // one object each
  Class* module_dict = nullptr;        // of the __dict__ of modules
  Class* return_type = nullptr;        // of the pairs that max, sort, ... return
  DtypeObject* dtypes[kDtypeCount] = {};
  // Registered so far, by all modules: about as many rows as a graph will have.
  std::uint32_t modules_registered = 0, tensors_registered = 0;
  const IdentitySet* shown_children = nullptr;  // where set, Module.children() gives no others
  std::array<ComputedTable, 2> tables;          // the last ones: sines and cosines
  std::size_t oldest_table = 0;
};

// The one object for a device; index -1: none.
Device* device(Interpreter& in, std::string_view type, std::int64_t index = -1);
// torch.device's argument: a device, "cuda:1" or an index.  Raises as torch does.
Device* device_of(Interpreter& in, const Value& value);
Device* device_of(Interpreter& in, const Tensor* tensor);
std::string text_of(const Device* device);  // "cuda:1"
bool is_meta(Interpreter& in, const Tensor* tensor);
// Whether it is a DTensor (distributed.py), on which operations are not followed.
bool is_distributed(Interpreter& in, const Tensor* tensor);

Value dtype_value(Interpreter& in, Dtype dtype);

void install_state(Interpreter& in, Module* torch);

}  // namespace ckptlint::python::torch
