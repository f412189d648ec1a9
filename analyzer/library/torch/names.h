// Names that the layers set over and over, interned once for an evaluation.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python::torch {

// clang-format off
#define CKPTLINT_TORCH_NAMES(X) \
  X(in_features) X(out_features) X(num_embeddings) X(embedding_dim) X(padding_idx) X(max_norm) X(norm_type) \
  X(scale_grad_by_freq) X(sparse) X(normalized_shape) X(eps) X(elementwise_affine) X(in_channels) X(out_channels) \
  X(kernel_size) X(stride) X(padding) X(dilation) X(transposed) X(output_padding) X(groups) X(padding_mode) \
  X(_reversed_padding_repeated_twice) X(p) X(inplace) X(approximate) X(negative_slope) X(alpha) X(beta) X(threshold) \
  X(reset_parameters) X(register_parameter) X(register_buffer) X(apply) X(train) X(num_groups) X(num_channels) X(affine) \
  X(dim) X(bias) X(weight) X(_save_to_state_dict)
// clang-format on

struct Names {
#define X(name) Str* name = nullptr;
  CKPTLINT_TORCH_NAMES(X)
#undef X
  void intern_all(Interpreter& in) {
#define X(name) name = in.intern(#name);
    CKPTLINT_TORCH_NAMES(X)
#undef X
  }
};

}  // namespace ckptlint::python::torch
