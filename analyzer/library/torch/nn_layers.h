// What the layers written in C++ share.
#pragma once

#include <optional>

#include "library/torch/nn_module.h"
#include "library/torch/ops.h"

namespace ckptlint::python::torch {

// A layer class of torch.nn, at home in torch.nn.modules.<file>.
Class* make_layer(Interpreter& in, Module* nn, const char* file, const char* name, Class* base, NativeFunction init);

// device= and dtype= of a layer: None and absent mean the current defaults.
struct Factory {
  Device* device;
  Dtype dtype;
};
Factory factory_of(Interpreter& in, const Value& device, const Value& dtype);

// A size that a layer is given.  Empty, with a note, where it is not known; raises TypeError for what is no integer.
// `at` is its place in the shape that the layer hands to torch.empty.
std::optional<std::int64_t> size_argument(Interpreter& in, const Value& value, const char* layer, const char* argument,
                                          int at = 0);

// Calls self.reset_parameters() where evaluated code overrides it.
void reset_parameters(Interpreter& in, ModuleInstance* self);

void set_plain(Interpreter& in, ModuleInstance* self, Str* name, const Value& value);
// Room for the plain attributes that a layer sets.
void reserve_attributes(Interpreter& in, ModuleInstance* self, std::uint32_t count);

// A new tensor of unknown content with the input's dtype and device: what a layer's forward gives.
Value like_input(Interpreter& in, const Value& input, const Sizes& sizes);

}  // namespace ckptlint::python::torch
