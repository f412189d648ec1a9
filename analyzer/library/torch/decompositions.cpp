// Decompositions of matrices, and what solves equations with them: shapes alone, as no values are worked out.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "library/torch/install.h"
#include "library/torch/ops.h"
#include "library/torch/scalar_types.h"
#include "library/torch/tensors.h"

namespace ckptlint::python::torch {
namespace {

// A matrix, or a batch of them.
struct Matrices {
  Tensor* input;
  Sizes batch;
  std::int64_t rows, columns;

  std::int64_t shorter() const { return std::min(rows, columns); }
};

Matrices matrices(Call& call, Tensor* input) {
  if (input->rank < 2) {
    call.runtime_error(fmt::format("linalg.{}: The input tensor A must have at least 2 dimensions.", call.op.name));
  }
  if (!is_floating(input->dtype) && !is_complex(input->dtype)) give_up("a decomposition of integers");
  Matrices made{input, {}, input->shape[input->rank - 2], input->shape[input->rank - 1]};
  for (int i = 0; i + 2 < input->rank; ++i) made.batch.push(input->shape[i]);
  return made;
}

Matrices square(Call& call, Tensor* input) {
  const Matrices made = matrices(call, input);
  if (made.rows != made.columns) {
    call.runtime_error(fmt::format("linalg.{}: A must be batches of square matrices, but they are {} by {} matrices",
                                   call.op.name, made.rows, made.columns));
  }
  return made;
}

Value of(Call& call, const Matrices& from, std::initializer_list<std::int64_t> last, bool real = false) {
  Sizes sizes = from.batch;
  for (const std::int64_t extent : last) sizes.push(extent);
  Dtype dtype = from.input->dtype;
  if (real && dtype == Dtype::kComplex64) dtype = Dtype::kFloat32;
  if (real && dtype == Dtype::kComplex128) dtype = Dtype::kFloat64;
  return Value::of(make_tensor(call.in, dtype, sizes, device_of(call.in, from.input)));
}

// With the names that U, S and V have in the function.
Value singular(Call& call, const Matrices& from, std::int64_t left, std::int64_t right, bool turned) {
  return named_tuple(call.in, {{"U", of(call, from, {from.rows, left})},
                               {"S", of(call, from, {std::min(from.shorter(), std::min(left, right))}, true)},
                               turned ? std::pair{"Vh", of(call, from, {right, from.columns})}
                                      : std::pair{"V", of(call, from, {from.columns, right})}});
}

Value svd(Call& call, Tensor* input, Arg full_matrices, Rest) {
  const Matrices from = matrices(call, input);
  const bool full = full_matrices.flag(true);
  return singular(call, from, full ? from.rows : from.shorter(), full ? from.columns : from.shorter(), true);
}

Value old_svd(Call& call, Tensor* input, Arg some, Arg, Rest) {
  const Matrices from = matrices(call, input);
  const bool full = !some.flag(true);
  return singular(call, from, full ? from.rows : from.shorter(), full ? from.columns : from.shorter(), false);
}

Value low_rank_svd(Call& call, Tensor* input, Arg given, Rest) {
  const Matrices from = matrices(call, input);
  const std::int64_t rank = given.integer(6);
  if (rank < 0 || rank > from.shorter()) give_up("a rank that the matrix does not have");
  return singular(call, from, rank, rank, false);
}

Value qr(Call& call, Tensor* input, Arg given) {
  const Matrices from = matrices(call, input);
  const std::string_view mode = given.text("reduced");
  if (mode != "reduced" && mode != "complete" && mode != "r") {
    call.runtime_error(
        fmt::format("qr received unrecognized mode '{}' but expected one of 'reduced' (default), 'r', or "
                    "'complete'",
                    mode));
  }
  const std::int64_t inner = mode == "complete" ? from.rows : from.shorter();
  Sizes none;
  none.push(0);
  const Value q = mode == "r" ? Value::of(make_tensor(call.in, input->dtype, none, device_of(call.in, input)))
                              : of(call, from, {from.rows, inner});
  return named_tuple(call.in, {{"Q", q}, {"R", of(call, from, {inner, from.columns})}});
}

Value singular_values(Call& call, Tensor* input, Rest) {
  const Matrices from = matrices(call, input);
  return of(call, from, {from.shorter()}, true);
}

Value eigh(Call& call, Tensor* input, Rest) {
  const Matrices from = square(call, input);
  return named_tuple(call.in, {{"eigenvalues", of(call, from, {from.rows}, true)},
                               {"eigenvectors", of(call, from, {from.rows, from.rows})}});
}

Value eigenvalues(Call& call, Tensor* input, Rest) {
  const Matrices from = square(call, input);
  return of(call, from, {from.rows}, true);
}

Value pseudo_inverse(Call& call, Tensor* input, Rest) {
  const Matrices from = matrices(call, input);
  return of(call, from, {from.columns, from.rows});
}

// For matrices without batches, as those with them broadcast.
Value solve(Call& call, Tensor* input, Tensor* other, Rest) {
  const Matrices from = square(call, input);
  if (from.batch.rank != 0 || other->rank < 1 || other->rank > 2 || other->shape[0] != from.rows)
    give_up("torch.linalg.solve of batches");
  return Value::of(make_tensor(call.in, other->dtype, sizes_of(other), device_of(call.in, input)));
}

constexpr Op kOfLinalg[] = {
    op<"A, full_matrices=, *, driver=, out=", svd>("svd", kFunction),
    op<"A, mode=, *, out=", qr>("qr", kFunction),
    op<"A, *, driver=, out=", singular_values>("svdvals", kFunction),
    op<"A, UPLO=, *, out=", eigh>("eigh", kFunction),
    op<"A, UPLO=, *, out=", eigenvalues>("eigvalsh", kFunction),
    op<"A, *, atol=, rtol=, hermitian=, out=", pseudo_inverse>("pinv", kFunction),
    op<"A, B, *, left=, out=", solve>("solve", kFunction),
};

constexpr Op kOfTorch[] = {
    op<"input, some=, compute_uv=, *, out=", old_svd>("svd", kBoth),
    op<"A, q=, niter=, M=", low_rank_svd>("svd_lowrank", kFunction),
    op<"input, rcond=, hermitian=", pseudo_inverse>("pinverse", kBoth),
};

}  // namespace

void install_decompositions(Interpreter& in, Module* torch) {
  install_ops(in, torch, kOfTorch);
  install_functions(in, in.native_module("torch.linalg"), kOfLinalg);
}

}  // namespace ckptlint::python::torch
