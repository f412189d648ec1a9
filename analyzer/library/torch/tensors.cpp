// Makes, reads and writes tensors and views, and keeps the known elements of a base and its views in step.
#include "library/torch/tensors.h"

#include <cmath>

#include "base/checked.h"

namespace ckptlint::python::torch {

void Sizes::push(std::int64_t size) {
  if (rank == kMaxRank) throw Unknowable{{}, "a tensor of more than 32 dimensions"};
  at[rank++] = size;
}

bool operator==(const Sizes& a, const Sizes& b) {
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

Sizes sizes_of(const Tensor* tensor) {
  Sizes sizes;
  for (int i = 0; i < tensor->rank; ++i) sizes.push(tensor->shape[i]);
  return sizes;
}

std::string text_of(const Sizes& sizes) {
  std::string text = "[";
  for (int i = 0; i < sizes.rank; ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(sizes[i]);
  }
  return text + "]";
}

std::int64_t numel(Interpreter& in, const Sizes& sizes) {
  std::int64_t count = 1;
  bool overflow = false, empty = false;
  for (std::int64_t size : sizes) {
    if (size < 0) {
      in.raise(in.exception("RuntimeError"),
               "Trying to create tensor with negative dimension " + std::to_string(size) + ": " + text_of(sizes));
    }
    empty = empty || size == 0;
    // Empty tensors have strides too, so their other sizes count.
    const auto product = checked_multiply(count, size > 1 ? size : std::int64_t{1});
    overflow = overflow || !product;
    count = product.value_or(1);
  }
  // Bytes are counted in 64 bits too, at up to 16 an element.
  if (overflow || count > (std::int64_t{1} << 59)) {
    in.raise(in.exception("RuntimeError"), "Storage size calculation overflowed with sizes=" + text_of(sizes));
  }
  return empty ? 0 : count;
}

std::int64_t numel(const Tensor* tensor) {
  std::int64_t count = 1;
  for (int i = 0; i < tensor->rank; ++i) count *= tensor->shape[i];
  return count;
}

Sizes contiguous_strides(const Sizes& sizes) {
  Sizes strides;
  strides.rank = sizes.rank;
  std::int64_t step = 1;
  for (int i = sizes.rank - 1; i >= 0; --i) {
    strides[i] = step;
    step *= sizes[i] > 1 ? sizes[i] : 1;
  }
  return strides;
}

Sizes strides_of(const Tensor* tensor) {
  if (tensor->view == nullptr) return contiguous_strides(sizes_of(tensor));
  Sizes strides;
  for (int i = 0; i < tensor->rank; ++i) strides.push(tensor->view->strides[i]);
  return strides;
}

std::int64_t offset_of(const Tensor* tensor) { return tensor->view == nullptr ? 0 : tensor->view->offset; }

bool is_contiguous(const Tensor* tensor) {
  if (tensor->view == nullptr || numel(tensor) == 0) return true;
  std::int64_t step = 1;
  for (int i = tensor->rank - 1; i >= 0; --i) {
    if (tensor->shape[i] != 1) {
      if (tensor->view->strides[i] != step) return false;
      step *= tensor->shape[i];
    }
  }
  return true;
}

Known known(const Tensor* tensor) {
  if (tensor->contents != nullptr) return {tensor->contents, 0, true};
  if (tensor->filled) return {nullptr, tensor->fill, true};
  return {};
}

Tensor* make_tensor(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device) {
  numel(in, sizes);
  Tensor* tensor = in.arena.make<Tensor>();
  tensor->kind = Kind::kTensor;
  tensor->type = in.classes.tensor;
  tensor->dtype = dtype;
  tensor->rank = static_cast<std::uint8_t>(sizes.rank);
  if (sizes.rank != 0) {
    tensor->shape = in.arena.array<std::int64_t>(static_cast<std::size_t>(sizes.rank));
    for (int i = 0; i < sizes.rank; ++i) tensor->shape[i] = sizes[i];
  }
  tensor->device = Value::of(device != nullptr ? device : in.torch->cpu);
  return tensor;
}

Tensor* make_filled(Interpreter& in, Dtype dtype, const Sizes& sizes, Device* device, double value) {
  Tensor* tensor = make_tensor(in, dtype, sizes, device);
  value = round_to(dtype, value);
  tensor->filled = exact(dtype, value);
  tensor->fill = value;
  return tensor;
}

Tensor* make_scalar(Interpreter& in, Dtype dtype, Device* device, double value) {
  return make_filled(in, dtype, {}, device, value);
}

double* make_contents(Interpreter& in, Tensor* tensor) {
  const std::int64_t count = numel(tensor);
  if (count > kMaxContents) return nullptr;
  in.step(static_cast<std::uint64_t>(count) / 8 + 1);
  tensor->contents = in.arena.array<double>(static_cast<std::size_t>(count) + 1);  // not null when empty
  return tensor->contents;
}

void settle(Tensor* tensor) {
  const std::int64_t count = numel(tensor);
  if (tensor->contents != nullptr && tensor->dtype == Dtype::kFloat32) {  // as large tables are: each value is held
    for (std::int64_t i = 0; i < count; ++i) tensor->contents[i] = static_cast<float>(tensor->contents[i]);
    return;
  }
  for (std::int64_t i = 0; tensor->contents != nullptr && i < count; ++i) {
    tensor->contents[i] = round_to(tensor->dtype, tensor->contents[i]);
    if (!exact(tensor->dtype, tensor->contents[i])) tensor->contents = nullptr;
  }
}

namespace {

// What `view` knows, from what its base knows.
void refresh(Interpreter& in, Tensor* view) {
  const Tensor* base = view->base;
  view->contents = nullptr;
  view->filled = base->contents == nullptr && base->filled;
  view->fill = base->fill;
  if (base->contents == nullptr) return;
  if (is_contiguous(view)) {  // the same memory
    view->contents = base->contents + (numel(view) == 0 ? 0 : view->view->offset);
    return;
  }
  double* contents = make_contents(in, view);
  if (contents == nullptr) return;
  Odometer at(sizes_of(view));
  at.add(strides_of(view), view->view->offset);
  const std::int64_t count = numel(view);
  for (std::int64_t i = 0; i < count; ++i, at.next()) contents[i] = base->contents[at.offset(0)];
}

// `tensor`'s base was written: its views follow.
void wrote(Interpreter& in, Tensor* tensor) {
  Tensor* base = tensor->base != nullptr ? tensor->base : tensor;
  ++base->writes;
  for (Tensor* view = base->views; view != nullptr; view = view->view->next) {
    in.step();
    refresh(in, view);
  }
}

void forget(Tensor* base) {
  base->contents = nullptr;
  base->filled = false;
}

// Contents of its own for a base that is filled or that is about to be overwritten; null where there would be too many.
double* writable(Interpreter& in, Tensor* base) {
  if (base->contents != nullptr) return base->contents;
  const bool filled = base->filled;
  double* contents = make_contents(in, base);
  if (contents == nullptr) return nullptr;
  const std::int64_t count = numel(base);
  for (std::int64_t i = 0; filled && i < count; ++i) contents[i] = base->fill;
  base->filled = false;
  return contents;
}

bool covers_base(const Tensor* tensor) {
  if (tensor->base == nullptr) return true;
  if (numel(tensor) != numel(tensor->base)) return false;
  for (int i = 0; i < tensor->rank; ++i) {
    if (tensor->view->strides[i] == 0 && tensor->shape[i] > 1) return false;
  }
  return true;
}

}  // namespace

namespace {

bool is_of_leaf(const Tensor* tensor) { return tensor->view != nullptr && tensor->view->of_leaf; }

}  // namespace

Tensor* make_view(Interpreter& in, Tensor* source, const Sizes& sizes, const Sizes& strides, std::int64_t offset) {
  Tensor* base = source->base != nullptr ? source->base : source;
  Tensor* view = make_tensor(in, source->dtype, sizes, nullptr);
  view->device = source->device;
  view->requires_grad = view->computed = source->requires_grad;
  view->base = base;
  view->view = in.arena.make<TensorView>();
  view->view->offset = offset;
  view->view->of_leaf = source->requires_grad && (is_leaf(source) || is_of_leaf(source));
  view->view->strides = in.arena.array<std::int64_t>(static_cast<std::size_t>(strides.rank));
  for (int i = 0; i < strides.rank; ++i) view->view->strides[i] = strides[i];
  view->view->next = base->views;
  base->views = view;
  refresh(in, view);
  return view;
}

Tensor* make_alias(Interpreter& in, Tensor* source, Class* type) {
  Tensor* alias = make_view(in, source, sizes_of(source), strides_of(source), offset_of(source));
  alias->type = type;
  return alias;
}

void refuse_write(Interpreter& in, const Tensor* target, bool part) {
  if (!in.torch->grad_enabled || !target->requires_grad) return;
  if (!is_leaf(target) && !is_of_leaf(target)) return;
  in.raise(in.exception("RuntimeError"),
           std::string(part || !is_leaf(target) ? "a view of a" : "a") +
               " leaf Variable that requires grad is being used in an in-place operation.");
}

void refuse_other_grad(Interpreter& in, const Tensor* tensor) {
  if (is_leaf(tensor)) return;
  in.raise(in.exception("RuntimeError"),
           "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
           "subgraph that doesn't require differentiation use var_no_grad = var.detach().");
}

void release(Interpreter& in, Tensor* tensor) {
  if (tensor->base != nullptr) {
    tensor->writes += tensor->base->writes;
    Tensor** link = &tensor->base->views;
    while (*link != tensor && *link != nullptr) {
      in.step();
      link = &(*link)->view->next;
    }
    if (*link != nullptr) *link = tensor->view->next;
  } else if (tensor->views != nullptr) {
    Tensor* keeper = in.arena.make<Tensor>(*tensor);
    for (Tensor* view = tensor->views; view != nullptr; view = view->view->next) {
      in.step();
      view->base = keeper;
    }
  }
  tensor->base = nullptr;
  tensor->view = nullptr;
  tensor->views = nullptr;
  forget(tensor);
}

void adopt(Tensor* tensor, const Tensor* view) {
  tensor->rank = view->rank;
  tensor->shape = view->shape;
  tensor->base = view->base;
  tensor->view = view->view;
  tensor->contents = view->contents;
  tensor->filled = view->filled;
  tensor->fill = view->fill;
  Tensor** link = &tensor->base->views;
  while (*link != view && *link != nullptr) link = &(*link)->view->next;
  if (*link != nullptr) *link = tensor;
}

Tensor* make_clone(Interpreter& in, const Tensor* source) {
  Tensor* clone = make_tensor(in, source->dtype, sizes_of(source), nullptr);
  clone->device = source->device;
  clone->filled = source->contents == nullptr && source->filled;
  clone->fill = source->fill;
  if (source->contents == nullptr) return clone;
  if (double* contents = make_contents(in, clone)) {
    const std::int64_t count = numel(source);
    for (std::int64_t i = 0; i < count; ++i) contents[i] = source->contents[i];
  }
  return clone;
}

std::uint32_t writes_of(const Tensor* tensor) {
  return tensor->writes + (tensor->base != nullptr ? tensor->base->writes : 0);
}

void write_unknown(Interpreter& in, Tensor* tensor) {
  Tensor* base = tensor->base != nullptr ? tensor->base : tensor;
  if (!known(base).known) {  // nor do its views know anything, however many there are
    ++base->writes;
    return;
  }
  if (numel(tensor) != 0) forget(base);
  wrote(in, tensor);
}

void write_filled(Interpreter& in, Tensor* tensor, double value) { write_elements(in, tensor, {nullptr, value, true}); }

void write_elements(Interpreter& in, Tensor* tensor, const Known& values) {
  Tensor* base = tensor->base != nullptr ? tensor->base : tensor;
  const std::int64_t count = numel(tensor);
  if (!values.known) return write_unknown(in, tensor);
  if (values.uniform() && covers_base(tensor)) {
    const double value = round_to(tensor->dtype, values.fill);
    base->contents = nullptr;
    base->filled = exact(tensor->dtype, value);
    base->fill = value;
    return wrote(in, tensor);
  }
  if (!known(base).known && !covers_base(tensor)) return write_unknown(in, tensor);
  if (count > kMaxContents) return write_unknown(in, tensor);
  double* contents = writable(in, base);
  if (contents == nullptr) return write_unknown(in, tensor);
  in.step(static_cast<std::uint64_t>(count) / 8 + 1);
  const double* source = values.data;
  if (source != nullptr && source >= contents && source < contents + numel(base)) {  // x[1:] = x[:-1]
    double* copy = in.arena.array<double>(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) copy[i] = source[i];
    source = copy;
  }
  bool kept = true;
  Odometer at(sizes_of(tensor));
  at.add(strides_of(tensor), offset_of(tensor));
  for (std::int64_t i = 0; i < count; ++i, at.next()) {
    const double given = source != nullptr ? source[i] : values.fill;
    const bool is_float = tensor->dtype == Dtype::kFloat32;
    const double value = is_float ? static_cast<float>(given) : round_to(tensor->dtype, given);
    kept = kept && (is_float || exact(tensor->dtype, value));
    contents[at.offset(0)] = value;
  }
  if (!kept) forget(base);
  wrote(in, tensor);
}

void write_offsets(Interpreter& in, Tensor* tensor, std::span<const std::int64_t> offsets, const Known& values) {
  Tensor* base = tensor->base != nullptr ? tensor->base : tensor;
  double* contents = values.known && known(base).known ? writable(in, base) : nullptr;
  if (contents == nullptr) return write_unknown(in, tensor);
  in.step(offsets.size() / 8 + 1);
  bool kept = true;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const double value = round_to(tensor->dtype, values[static_cast<std::int64_t>(i)]);
    kept = kept && exact(tensor->dtype, value);
    contents[offsets[i]] = value;
  }
  if (!kept) forget(base);
  wrote(in, tensor);
}

Sizes broadcast_strides(const Sizes& sizes, const Sizes& out) {
  const Sizes own = contiguous_strides(sizes);
  Sizes strides;
  strides.rank = out.rank;
  const int lead = out.rank - sizes.rank;
  for (int i = 0; i < out.rank; ++i) strides[i] = i < lead || sizes[i - lead] == 1 ? 0 : own[i - lead];
  return strides;
}

Sizes broadcast(Interpreter& in, const Sizes& a, const Sizes& b) {
  Sizes out;
  out.rank = a.rank > b.rank ? a.rank : b.rank;
  for (int i = 0; i < out.rank; ++i) {
    const int from_end = out.rank - i;
    const std::int64_t x = from_end <= a.rank ? a[a.rank - from_end] : 1;
    const std::int64_t y = from_end <= b.rank ? b[b.rank - from_end] : 1;
    if (x != y && x != 1 && y != 1) {
      in.raise(in.exception("RuntimeError"), "The size of tensor a (" + std::to_string(x) +
                                                 ") must match the size of tensor b (" + std::to_string(y) +
                                                 ") at non-singleton dimension " + std::to_string(i));
    }
    out[i] = x == 1 ? y : x;
  }
  return out;
}

bool broadcastable_to(const Sizes& sizes, const Sizes& out) {
  if (sizes.rank > out.rank) return false;
  for (int i = 0; i < sizes.rank; ++i) {
    const std::int64_t size = sizes[sizes.rank - 1 - i];
    if (size != 1 && size != out[out.rank - 1 - i]) return false;
  }
  return true;
}

}  // namespace ckptlint::python::torch
