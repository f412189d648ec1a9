// Making, reading and writing tensors.
//
// A tensor is a dtype, a shape, a device and, while they are few or all alike, its elements as doubles that the dtype
// holds exactly.  Views share their base's elements: writing through either side keeps both right, or makes both
// unknown.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "library/torch/scalar_types.h"
#include "library/torch/state.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Which elements of its base a view shows: element (i, j, ...) is base element offset + i * strides[0] + ..., in
// row-major order of the base.
struct TensorView {
  std::int64_t offset = 0;
  std::int64_t* strides = nullptr;
  Tensor* next = nullptr;  // of the same base
  bool of_leaf = false;    // of a tensor that gradients are for
};

namespace torch {

constexpr int kMaxRank = 32;                  // torch allows 64
constexpr std::int64_t kMaxContents = 65536;  // elements

struct Sizes {
  int rank = 0;
  std::array<std::int64_t, kMaxRank> at;  // the first `rank` are set

  Sizes() {}
  Sizes(std::initializer_list<std::int64_t> sizes) {
    for (std::int64_t size : sizes) at[rank++] = size;
  }
  Sizes(const Sizes& other) { *this = other; }
  Sizes& operator=(const Sizes& other) {
    rank = other.rank;
    for (int i = 0; i < rank; ++i) at[i] = other.at[i];
    return *this;
  }
  std::int64_t& operator[](int i) { return at[i]; }
  std::int64_t operator[](int i) const { return at[i]; }
  std::int64_t* begin() { return at.data(); }
  std::int64_t* end() { return at.data() + rank; }
  const std::int64_t* begin() const { return at.data(); }
  const std::int64_t* end() const { return at.data() + rank; }
  void push(std::int64_t size);  // throws TooManyDimensions
  friend bool operator==(const Sizes& a, const Sizes& b);
};

// What cannot be represented; the dispatcher of ops makes it Unknown.
struct Unknowable {
  Value value;  // the Unknown it came from, or kMissing
  const char* why = "";
};

Sizes sizes_of(const Tensor* tensor);
std::string text_of(const Sizes& sizes);  // "[2, 3]"
// Elements; raises torch's RuntimeError where the product overflows or a size is negative.
std::int64_t numel(Interpreter& in, const Sizes& sizes);
std::int64_t numel(const Tensor* tensor);
Sizes contiguous_strides(const Sizes& sizes);
Sizes strides_of(const Tensor* tensor);  // in elements
bool is_contiguous(const Tensor* tensor);

// The elements of a tensor, row-major.
struct Known {
  const double* data = nullptr;
  double fill = 0;
  bool known = false;
  double operator[](std::int64_t i) const { return data != nullptr ? data[i] : fill; }
  bool uniform() const { return data == nullptr; }
};
Known known(const Tensor* tensor);
// No operation on a tensor that requires grad gave it.
inline bool is_leaf(const Tensor* tensor) { return !tensor->requires_grad || !tensor->computed; }
// Raises where torch refuses to write to it, as gradients are for it or for what it, or the part of it, is a view of.
void refuse_write(Interpreter& in, const Tensor* target, bool part = false);
// Raises where what it comes from decides whether it requires grad.
void refuse_other_grad(Interpreter& in, const Tensor* tensor);

// A new tensor without contents.  `device` null: cpu.
Tensor* make_tensor(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device);
// Every element `value`, rounded to the dtype.
Tensor* make_filled(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device, double value);
// Room for the contents of `tensor`, which it then has; null where there would be too many.
double* make_contents(Interpreter& in, Tensor* tensor);
// Rounds contents to the dtype; drops them where the dtype holds what a double cannot.
void settle(Tensor* tensor);
// 1-D int64, and a scalar, on `device`.
Tensor* make_scalar(Interpreter& in, Dtype dtype, Device* device, double value);

// A view of `source` with the given shape; `offset` and `strides` are in elements of source's base.
Tensor* make_view(Interpreter& in, Tensor* source, const Sizes& sizes, const Sizes& strides, std::int64_t offset);
std::int64_t offset_of(const Tensor* tensor);
// All of `source` under another identity and type: .data, .detach(), Parameter(source).
Tensor* make_alias(Interpreter& in, Tensor* source, Class* type);
// Frees a tensor of its elements: views of it keep them under another base, and it is no view any more.
void release(Interpreter& in, Tensor* tensor);
// Gives a released tensor the shape and elements of `view`, in whose place it is a view from now on.
void adopt(Tensor* tensor, const Tensor* view);
// A copy of its own.
Tensor* make_clone(Interpreter& in, const Tensor* source);

// In-place writes so far, of the tensor and of what it is a view of.
std::uint32_t writes_of(const Tensor* tensor);

// In-place writes.  Each counts as one write of the tensor and of its base.
void write_unknown(Interpreter& in, Tensor* tensor);
void write_filled(Interpreter& in, Tensor* tensor, double value);
// `values` (numel of them, row-major) are rounded to the tensor's dtype.
void write_elements(Interpreter& in, Tensor* tensor, const Known& values);

// Writes the elements of `tensor`'s base at `offsets`, from a value for each.
void write_offsets(Interpreter& in, Tensor* tensor, std::span<const std::int64_t> offsets, const Known& values);

// Runs over the positions of `sizes` in row-major order, keeping an offset for each of up to four operands.
class Odometer {
 public:
  explicit Odometer(const Sizes& sizes) : sizes_(sizes) {
    for (int i = 0; i < sizes.rank; ++i) position_[i] = 0;
  }
  void add(const Sizes& strides, std::int64_t offset = 0) {
    strides_[operands_] = strides;
    offsets_[operands_++] = offset;
  }
  std::int64_t offset(int operand) const { return offsets_[operand]; }
  const std::int64_t* position() const { return position_.data(); }
  void next() {
    for (int d = sizes_.rank - 1; d >= 0; --d) {
      if (++position_[d] < sizes_[d]) {
        for (int i = 0; i < operands_; ++i) offsets_[i] += strides_[i][d];
        return;
      }
      position_[d] = 0;
      for (int i = 0; i < operands_; ++i) offsets_[i] -= strides_[i][d] * (sizes_[d] - 1);
    }
  }

 private:
  Sizes sizes_;
  std::array<std::int64_t, kMaxRank> position_;
  std::array<Sizes, 4> strides_;
  std::array<std::int64_t, 4> offsets_{};
  int operands_ = 0;
};

// The strides with which an operand of `sizes` is read at positions of `out`; the shapes must be broadcastable.
Sizes broadcast_strides(const Sizes& sizes, const Sizes& out);
// Raises torch's RuntimeError where they do not broadcast.
Sizes broadcast(Interpreter& in, const Sizes& a, const Sizes& b);
bool broadcastable_to(const Sizes& sizes, const Sizes& out);

}  // namespace torch
}  // namespace ckptlint::python
