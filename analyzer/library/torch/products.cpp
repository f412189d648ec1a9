// Matrix products and einsum.
#include <algorithm>
#include <string>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/operators.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

constexpr std::int64_t kMaxProducts = 1 << 22;  // multiplications that are worth doing

Device* common_device(Call& call, Tensor* a, Tensor* b) {
  if (device_of(call.in, a) != device_of(call.in, b)) {
    call.runtime_error("Tensor on device " + text_of(device_of(call.in, b)) + " is not on the expected device " +
                       text_of(device_of(call.in, a)) + "!");
  }
  return device_of(call.in, a);
}

Dtype common_dtype(Call& call, Tensor* a, Tensor* b) {
  if (a->dtype != b->dtype) {
    call.runtime_error("expected m1 and m2 to have the same dtype, but got: " + std::string(scalar_name(a->dtype)) +
                       " != " + std::string(scalar_name(b->dtype)));
  }
  return a->dtype;
}

// Contracts the last dimension of `a` with the first of the two of `b` (batch dimensions broadcast).
Tensor* multiply(Call& call, Tensor* a, Tensor* b, const Sizes& batch, const Sizes& out_sizes, std::int64_t n,
                 std::int64_t k, std::int64_t m) {
  Tensor* out = make_tensor(call.in, common_dtype(call, a, b), out_sizes, common_device(call, a, b));
  const Known x = known(a), y = known(b);
  std::int64_t batches = 1;
  for (std::int64_t size : batch) batches *= size;
  if (!x.known || !y.known || numel(out) > kMaxContents || is_complex(out->dtype)) return out;
  if (k > kMaxProducts || (numel(out) != 0 && k > kMaxProducts / numel(out))) return out;
  double* contents = make_contents(call.in, out);
  call.in.step(static_cast<std::uint64_t>(numel(out) * k) / 16 + 1);
  Sizes a_batch, b_batch;
  for (int i = 0; i + 2 < a->rank; ++i) a_batch.push(a->shape[i]);
  for (int i = 0; i + 2 < b->rank; ++i) b_batch.push(b->shape[i]);
  Odometer at(batch);
  at.add(broadcast_strides(a_batch, batch));
  at.add(broadcast_strides(b_batch, batch));
  for (std::int64_t t = 0; t < batches; ++t, at.next()) {
    const std::int64_t ax = at.offset(0) * n * k, by = at.offset(1) * k * m;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < m; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < k; ++l) sum += x[ax + i * k + l] * y[by + l * m + j];
        contents[(t * n + i) * m + j] = sum;
      }
    }
  }
  settle(out);
  return out;
}

Value matrix_product(Call& call, Tensor* a, Tensor* b) {
  if (a->rank == 0 || b->rank == 0) {
    call.runtime_error("both arguments to matmul need to be at least 1D, but they are " + std::to_string(a->rank) +
                       "D and " + std::to_string(b->rank) + "D");
  }
  const bool row = a->rank == 1, column = b->rank == 1;
  Tensor* left = row ? unsqueezed(call, a, 0) : a;
  Tensor* right = column ? unsqueezed(call, b, 1) : b;
  const std::int64_t n = left->shape[left->rank - 2], k = left->shape[left->rank - 1];
  const std::int64_t k2 = right->shape[right->rank - 2], m = right->shape[right->rank - 1];
  if (k != k2) {
    if (row && column) {
      call.runtime_error("inconsistent tensor size, expected tensor [" + std::to_string(k) + "] and src [" +
                         std::to_string(k2) + "] to have the same number of elements, but got " + std::to_string(k) +
                         " and " + std::to_string(k2) + " elements respectively");
    }
    call.runtime_error("mat1 and mat2 shapes cannot be multiplied (" + std::to_string(n) + "x" + std::to_string(k) +
                       " and " + std::to_string(k2) + "x" + std::to_string(m) + ")");
  }
  Sizes a_batch, b_batch;
  for (int i = 0; i + 2 < left->rank; ++i) a_batch.push(left->shape[i]);
  for (int i = 0; i + 2 < right->rank; ++i) b_batch.push(right->shape[i]);
  const Sizes batch = broadcast(call.in, a_batch, b_batch);
  Sizes sizes = batch;
  if (!row) sizes.push(n);
  if (!column) sizes.push(m);
  return Value::of(multiply(call, left, right, batch, sizes, n, k, m));
}

Value matmul(Call& call, Tensor* input, Tensor* other) { return matrix_product(call, input, other); }

// mm, bmm, mv, dot: matmul of exactly code / 10 by code % 10 dimensions.
Value matmul_of_ranks(Call& call, Tensor* a, Tensor* b) {
  if (a->rank != call.op.code / 10 || b->rank != call.op.code % 10) {
    call.runtime_error(std::string(call.op.name) + ": expected tensors of " + std::to_string(call.op.code / 10) +
                       " and " + std::to_string(call.op.code % 10) + " dimensions, got " + std::to_string(a->rank) +
                       " and " + std::to_string(b->rank));
  }
  if (a->rank == 3 && a->shape[0] != b->shape[0]) {
    call.runtime_error("Expected size for first two dimensions of batch2 tensor to be: [" +
                       std::to_string(a->shape[0]) + ", " + std::to_string(a->shape[2]) + "] but got: [" +
                       std::to_string(b->shape[0]) + ", " + std::to_string(b->shape[1]) + "].");
  }
  return matrix_product(call, a, b);
}

// Shape of the sum.
Value add_product(Call& call, Arg, Tensor* mat1, Tensor* mat2, Rest) {
  Tensor* product = matrix_product(call, mat1, mat2).as<Tensor>();
  return Value::of(make_tensor(call.in, product->dtype, sizes_of(product), device_of(call.in, product)));
}

Value outer(Call& call, Tensor* a, Tensor* b) {
  if (a->rank != 1) call.runtime_error("outer: Expected 1-D argument self, but got " + std::to_string(a->rank) + "-D");
  if (b->rank != 1) call.runtime_error("outer: Expected 1-D argument vec2, but got " + std::to_string(b->rank) + "-D");
  const Operand both[] = {operand(unsqueezed(call, a, 1)), operand(b)};
  const Dtype dtype = result_type(call.in, both);
  return map_binary(call, both[0], both[1], dtype, dtype, [](double x, double y) { return x * y; });
}

// ---- einsum

struct Term {
  std::string letters;  // '.' stands for each dimension under the ellipsis
  int dots = 0;
};

Term parse_term(Call& call, std::string_view text, int rank) {
  Term term;
  bool ellipsis = false;
  int letters = 0;
  for (char c : text) {
    if (c != '.' && c != ' ') ++letters;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (ellipsis || text.substr(i, 3) != "...")
        call.runtime_error("einsum(): found '.' that is not part of any ellipsis");
      ellipsis = true;
      i += 2;
      term.dots = std::max(0, rank - letters);
      term.letters.append(static_cast<std::size_t>(term.dots), '.');
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      term.letters += c;
    } else {
      call.runtime_error(std::string("einsum(): invalid subscript given: ") + c + ", subscripts must be in [a-zA-Z]");
    }
  }
  if (rank >= 0 && static_cast<int>(term.letters.size()) != rank) {
    call.runtime_error("einsum(): the number of subscripts in the equation (" + std::to_string(letters) +
                       ") does not match the number of dimensions (" + std::to_string(rank) + ") for an operand");
  }
  return term;
}

Value einsum(Call& call, Arg given_equation, Arg operands) {
  if (!given_equation.is(Kind::kStr)) give_up("torch.einsum with sublists");
  const std::string_view equation = given_equation.text("");
  const auto tensors = operands.tensors();
  const std::size_t arrow = equation.find("->");
  std::string_view inputs = equation.substr(0, arrow);
  std::vector<Term> terms;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t comma = inputs.find(',');
    terms.push_back(parse_term(call, inputs.substr(0, comma), tensors[i]->rank));
    if ((comma == std::string_view::npos) != (i + 1 == tensors.size())) {
      call.runtime_error("einsum(): fewer operands were provided than specified in the equation");
    }
    inputs = comma == std::string_view::npos ? std::string_view{} : inputs.substr(comma + 1);
  }
  Sizes ellipsis;
  std::int64_t extent[128];
  std::fill(std::begin(extent), std::end(extent), -1);
  int uses[128] = {};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    Sizes dots;
    for (std::size_t d = 0; d < terms[i].letters.size(); ++d) {
      const char c = terms[i].letters[d];
      const std::int64_t size = tensors[i]->shape[d];
      if (c == '.') {
        dots.push(size);
        continue;
      }
      std::int64_t& held = extent[static_cast<unsigned char>(c)];
      ++uses[static_cast<unsigned char>(c)];
      if (held < 0 || held == 1)
        held = size;
      else if (size != 1 && size != held) {
        call.runtime_error(std::string("einsum(): subscript ") + c + " has size " + std::to_string(size) +
                           " for operand " + std::to_string(i) +
                           " which does not broadcast with previously seen size " + std::to_string(held));
      }
    }
    ellipsis = broadcast(call.in, ellipsis, dots);
  }
  std::string result;
  if (arrow == std::string_view::npos) {
    result.append(static_cast<std::size_t>(ellipsis.rank), '.');
    for (char c = 'A'; c <= 'z'; ++c) {
      if (uses[static_cast<unsigned char>(c)] == 1) result += c;
    }
  } else {
    const std::string_view text = equation.substr(arrow + 2);
    int letters = 0;
    for (char c : text) letters += c != '.' && c != ' ' ? 1 : 0;
    result =
        parse_term(call, text, text.find('.') == std::string_view::npos ? letters : letters + ellipsis.rank).letters;
  }
  Sizes sizes;
  int dot = 0;
  for (char c : result) {
    if (c == '.') {
      sizes.push(ellipsis[dot++]);
      continue;
    }
    if (extent[static_cast<unsigned char>(c)] < 0)
      call.runtime_error(std::string("einsum(): output subscript ") + c +
                         " does not appear in the equation for any input operand");
    sizes.push(extent[static_cast<unsigned char>(c)]);
  }
  Device* device = tensors.empty() ? call.torch.cpu : device_of(call.in, tensors[0]);
  Dtype dtype = tensors.empty() ? call.torch.default_dtype : tensors[0]->dtype;
  for (Tensor* tensor : tensors) common_device(call, tensors[0], tensor);
  Tensor* out = make_tensor(call.in, dtype, sizes, device);
  // Contents for the plain case: two operands, no ellipsis, no letter twice in one of them.
  if (tensors.size() > 2 || ellipsis.rank != 0 || numel(out) > kMaxContents) return Value::of(out);
  std::string letters = result;
  for (const Term& term : terms) {
    for (std::size_t i = 0; i < term.letters.size(); ++i) {
      if (term.letters.find(term.letters[i], i + 1) != std::string::npos) return Value::of(out);
      if (letters.find(term.letters[i]) == std::string::npos) letters += term.letters[i];
    }
  }
  for (Tensor* tensor : tensors) {
    if (!known(tensor).known || tensor->dtype != dtype) return Value::of(out);
  }
  if (letters.size() > static_cast<std::size_t>(kMaxRank)) return Value::of(out);
  Sizes all;
  for (char c : letters) all.push(extent[static_cast<unsigned char>(c)]);
  std::int64_t products = 1;
  for (std::int64_t size : all) {
    if (size != 0 && products > kMaxProducts / std::max<std::int64_t>(size, 1)) return Value::of(out);
    products *= size;
  }
  double* contents = make_contents(call.in, out);
  if (contents == nullptr) return Value::of(out);
  call.in.step(static_cast<std::uint64_t>(products) / 8 + 1);
  Odometer at(all);
  const auto strides_for = [&](const std::string& own, const Sizes& own_sizes) {
    const Sizes own_strides = contiguous_strides(own_sizes);
    Sizes strides;
    for (char c : letters) {
      const std::size_t found = own.find(c);
      strides.push(found == std::string::npos || own_sizes[static_cast<int>(found)] == 1
                       ? 0
                       : own_strides[static_cast<int>(found)]);
    }
    return strides;
  };
  at.add(strides_for(result, sizes));
  for (std::size_t i = 0; i < terms.size(); ++i) at.add(strides_for(terms[i].letters, sizes_of(tensors[i])));
  for (std::int64_t i = 0; i < products; ++i, at.next()) {
    double product = 1;
    for (std::size_t k = 0; k < tensors.size(); ++k) product *= known(tensors[k])[at.offset(static_cast<int>(k) + 1)];
    contents[at.offset(0)] += product;
  }
  settle(out);
  return Value::of(out);
}

// Shapes only.
Value tensordot(Call& call, Tensor* a, Tensor* b, Arg dims) {
  Sizes sizes;
  const Sizes from = sizes_of(a), with = sizes_of(b);
  if (!dims.absent() && !dims.value().is_integral()) give_up("torch.tensordot with lists of dimensions");
  const std::int64_t count = dims.integer(2);
  if (count < 0 || count > from.rank || count > with.rank)
    call.runtime_error("tensordot expects dims >= 0 and no more than the dimensions of either operand");
  for (int i = 0; i < from.rank - count; ++i) sizes.push(from[i]);
  for (int i = static_cast<int>(count); i < with.rank; ++i) sizes.push(with[i]);
  return Value::of(make_tensor(call.in, common_dtype(call, a, b), sizes, common_device(call, a, b)));
}

// The Kronecker product.
Value kron(Call& call, Tensor* a, Tensor* b) {
  const Sizes from = sizes_of(a), with = sizes_of(b);
  Sizes sizes;
  const int rank = std::max(from.rank, with.rank);
  for (int i = 0; i < rank; ++i) {
    const int x = i - (rank - from.rank), y = i - (rank - with.rank);
    sizes.push((x < 0 ? 1 : from[x]) * (y < 0 ? 1 : with[y]));
  }
  return Value::of(
      make_tensor(call.in, promote(a->dtype, b->dtype).value_or(a->dtype), sizes, common_device(call, a, b)));
}

Value pairwise_distance(Call& call, Tensor* a, Tensor* b, Arg, Arg) {
  if (a->rank < 2 || b->rank < 2) call.runtime_error("cdist only supports at least 2D tensors");
  Sizes a_batch, b_batch;
  for (int i = 0; i + 2 < a->rank; ++i) a_batch.push(a->shape[i]);
  for (int i = 0; i + 2 < b->rank; ++i) b_batch.push(b->shape[i]);
  Sizes sizes = broadcast(call.in, a_batch, b_batch);
  sizes.push(a->shape[a->rank - 2]);
  sizes.push(b->shape[b->rank - 2]);
  return Value::of(make_tensor(call.in, a->dtype, sizes, common_device(call, a, b)));
}

Value linear(Call& call, Tensor* input, Tensor* weight, Arg) {
  if (input->rank == 0 || weight->rank == 0 || input->shape[input->rank - 1] != weight->shape[weight->rank - 1]) {
    Sizes leading = sizes_of(input);
    if (leading.rank > 0) --leading.rank;
    const std::int64_t rows = numel(call.in, leading);
    const auto extent = [](const Tensor* of, int from_end) {
      return of->rank < from_end ? std::string("1") : std::to_string(of->shape[of->rank - from_end]);
    };
    call.runtime_error("mat1 and mat2 shapes cannot be multiplied (" + std::to_string(rows) + "x" + extent(input, 1) +
                       " and " + extent(weight, 1) + "x" + extent(weight, 2) + ")");
  }
  Sizes sizes = sizes_of(input);
  if (weight->rank == 2) {
    sizes[sizes.rank - 1] = weight->shape[0];
  } else {
    --sizes.rank;
  }
  return Value::of(make_tensor(call.in, input->dtype, sizes, device_of(call.in, input)));
}

// Square matrices keep their shape.
Value same_shape(Call& call, Tensor* input, Rest) {
  return Value::of(make_tensor(call.in, input->dtype, sizes_of(input), device_of(call.in, input)));
}

constexpr SignatureText kProduct = "input, other, *, out=";

constexpr Op kProductsOps[] = {
    op<kProduct, matmul>("matmul"),
    op<kProduct, matmul>("__matmul__", kMethod),
    op<"input, mat2, *, out=", matmul_of_ranks>("mm", kBoth, false, 22),
    op<"input, mat2, *, out=", matmul_of_ranks>("bmm", kBoth, false, 33),
    op<"input, vec, *, out=", matmul_of_ranks>("mv", kBoth, false, 21),
    op<"input, tensor, *, out=", matmul_of_ranks>("dot", kBoth, false, 11),
    op<"input, other, *, out=", matmul_of_ranks>("vdot", kBoth, false, 11),
    op<"input, mat1, mat2, *, beta=, alpha=, out=", add_product>("addmm", kBoth, true),
    op<"input, batch1, batch2, *, beta=, alpha=, out=", add_product>("baddbmm", kBoth, true),
    op<"input, mat, vec, *, beta=, alpha=, out=", add_product>("addmv", kBoth, true),
    op<"input, vec2, *, out=", outer>("outer"),
    op<"input, vec2, *, out=", outer>("ger"),
    op<"equation, *operands", einsum>("einsum", kFunction),
    op<"a, b, dims=, out=", tensordot>("tensordot", kFunction),
    op<kProduct, kron>("kron"),
    op<"x1, x2, p=, compute_mode=", pairwise_distance>("cdist", kFunction),
    op<"input, *, out=", same_shape>("inverse"),
    op<"input", same_shape>("matrix_exp"),
};

constexpr Op kLinalgProducts[] = {
    op<kProduct, matmul>("matmul", kFunction),
    op<"input, *, out=", same_shape>("inv", kFunction),
    op<"input", same_shape>("matrix_exp", kFunction),
    op<"input, *, upper=, out=", same_shape>("cholesky", kFunction),
};

constexpr Op kFunctionalProducts[] = {op<"input, weight, bias=", linear>("linear", kFunction)};

}  // namespace

Value operator_matmul(Interpreter& in, const Value& left, const Value& right) {
  return run_op(in, kProductsOps[0], {left, right});
}

void install_products(Interpreter& in, Module* torch) {
  install_ops(in, torch, kProductsOps);
  install_functions(in, in.native_module("torch.linalg"), kLinalgProducts);
}

void install_functional_products(Interpreter& in, Module* functional) {
  install_functions(in, functional, kFunctionalProducts);
}

}  // namespace ckptlint::python::torch
