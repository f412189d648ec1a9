// One for a file of this folder that adds names to torch, called by install.cpp in this order.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python::torch {

void install_tensor_class(Interpreter& in, Module* torch);
void install_creation(Interpreter& in, Module* torch);
void install_tensor_data(Interpreter& in, Module* torch);
void install_pointwise(Interpreter& in, Module* torch);
void install_arithmetic(Interpreter& in, Module* torch);
void install_activations(Interpreter& in, Module* functional);
void install_comparisons(Interpreter& in, Module* torch);
void install_choices(Interpreter& in, Module* torch);
void install_reductions(Interpreter& in, Module* torch);
void install_scans(Interpreter& in, Module* torch);
void install_functional_scans(Interpreter& in, Module* functional);
void install_views(Interpreter& in, Module* torch);
void install_parts(Interpreter& in, Module* torch);
void install_rearrangements(Interpreter& in, Module* torch);
void install_joins(Interpreter& in, Module* torch);
void install_gathers(Interpreter& in, Module* torch);
void install_functional_gathers(Interpreter& in, Module* functional);
void install_products(Interpreter& in, Module* torch);
void install_decompositions(Interpreter& in, Module* torch);
void install_functional_products(Interpreter& in, Module* functional);
void install_conversions(Interpreter& in, Module* torch);
void install_type_functions(Interpreter& in, Module* torch);
void install_modes(Interpreter& in, Module* torch);
void install_operator_methods(Interpreter& in);  // after all that they name

// torch.nn
void install_parameter(Interpreter& in, Module* nn);
void install_containers(Interpreter& in, Module* nn);
void install_layers(Interpreter& in, Module* nn);
void install_convolutions(Interpreter& in, Module* nn);
void install_activation_layers(Interpreter& in, Module* nn);
void install_init(Interpreter& in);

}  // namespace ckptlint::python::torch
