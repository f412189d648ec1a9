// x[key] and x[key] = value: integers, slices, None, `...`, masks and index tensors, as torch reads them.
#include <algorithm>
#include <vector>

#include "library/torch/install.h"
#include "library/torch/operands.h"
#include "library/torch/operators.h"
#include "library/torch/tensor_data.h"
#include "library/torch/views.h"

namespace ckptlint::python::torch {
namespace {

// An index tensor (or one dimension of a mask) for one dimension of the view.
struct Advanced {
  int dim = 0;
  Sizes sizes;
  std::vector<std::int64_t> places;  // empty where not known
  bool known = true;
};

// What a key selects: a view first, then index tensors into some of its dimensions.
struct Selection {
  Sizes sizes, strides;
  std::int64_t offset = 0;
  std::vector<Advanced> advanced;
  bool counted = true;  // false: a mask whose true elements cannot be counted

  void keep(std::int64_t size, std::int64_t stride) {
    sizes.push(size);
    strides.push(stride);
  }
};

class KeyReader {
 public:
  KeyReader(Interpreter& in, Tensor* tensor)
      : in_(in), tensor_(tensor), from_(sizes_of(tensor)), strides_(strides_of(tensor)) {
    selection_.offset = offset_of(tensor);
  }

  Selection read(const Value& key) {
    std::vector<Value> items;
    if (key.is(Kind::kList) && is_tuple_in_disguise(key.as<List>())) {
      items.assign(key.as<List>()->items.begin(), key.as<List>()->items.end());
    } else if (key.is(Kind::kTuple)) {
      items.assign(key.as<Tuple>()->begin(), key.as<Tuple>()->end());
    } else {
      items.push_back(key);
    }
    int used = 0;
    for (Value& item : items) {
      if (item.unknown()) throw Unknowable{item, ""};
      item = as_index(item);
      used += width(item);
    }
    if (used > from_.rank) index_error("too many indices for tensor of dimension " + std::to_string(from_.rank));
    bool expanded = false;
    for (const Value& item : items) {
      if (item.is(Kind::kEllipsis)) {
        if (!expanded) skip(from_.rank - used);
        expanded = true;
      } else {
        apply(item);
      }
    }
    skip(from_.rank - at_);
    return selection_;
  }

 private:
  // A list that holds slices and the like is taken as the tuple that was meant.
  static bool is_tuple_in_disguise(const List* key) {
    for (const Value& item : key->items) {
      const bool index = item.is(Kind::kSlice) || item.is(Kind::kEllipsis) || item.is_none();
      if (index || item.is(Kind::kTensor) || item.is(Kind::kList) || item.is(Kind::kTuple)) return true;
    }
    return false;
  }

  // Lists and arrays are index tensors; what is an integer in disguise becomes one.
  Value as_index(const Value& item) {
    if (item.is(Kind::kList) || item.is(Kind::kRange))
      return Value::of(tensor_of(in_, item, std::nullopt, in_.torch->cpu));
    if (item.is(Kind::kTuple)) return Value::of(tensor_of(in_, item, std::nullopt, in_.torch->cpu));
    if (item.is(Kind::kInstance)) {
      const Value& payload = item.as<Instance>()->payload;
      if (payload.is_integral()) return Value::of(payload.as_int());
      return Value::of(tensor_of(in_, item, std::nullopt, in_.torch->cpu));
    }
    if (item.is(Kind::kTensor)) {
      const Tensor* index = item.as<Tensor>();
      if (!index->shape_known) give_up("an index that is not known");
      if (index->rank == 0 && is_integral(index->dtype) && !is_meta(in_, index)) {
        return Value::of(static_cast<std::int64_t>(read_item(in_, item.as<Tensor>())));
      }
    }
    return item;
  }

  static bool is_mask(const Tensor* index) { return index->dtype == Dtype::kBool || index->dtype == Dtype::kUint8; }

  // Dimensions that an item uses up.
  int width(const Value& item) {
    if (item.is_none() || item.is(Kind::kEllipsis) || item.is(Kind::kBool)) return 0;
    if (item.is(Kind::kTensor) && is_mask(item.as<Tensor>())) return item.as<Tensor>()->rank;
    return 1;
  }

  void skip(int count) {
    for (; count > 0; --count, ++at_) selection_.keep(from_[at_], strides_[at_]);
  }

  void apply(const Value& item) {
    switch (item.kind) {
      case Kind::kInt:
        return integer(item.integer);
      case Kind::kNone:
        return selection_.keep(1, 0);
      case Kind::kBool:
        return truth(item.boolean);
      case Kind::kSlice:
        return slice(item.as<Slice>());
      case Kind::kTensor:
        return index(item.as<Tensor>());
      case Kind::kStr:
        in_.raise_type_error("new(): invalid data type 'str'");
      default:
        index_error(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got " +
            in_.type_name(item) + ")");
    }
  }

  void integer(std::int64_t index) {
    const std::int64_t size = from_[at_];
    if (index < -size || index >= size) {
      index_error("index " + std::to_string(index) + " is out of bounds for dimension " + std::to_string(at_) +
                  " with size " + std::to_string(size));
    }
    selection_.offset += (index < 0 ? index + size : index) * strides_[at_];
    ++at_;
  }

  void truth(bool value) {
    Advanced made;
    made.dim = selection_.sizes.rank;
    made.sizes = {value ? 1 : 0};
    if (value) made.places.push_back(0);
    selection_.keep(1, 0);
    selection_.advanced.push_back(std::move(made));
  }

  std::int64_t bound(const Value& value, std::int64_t otherwise, std::int64_t size) {
    if (value.missing() || value.is_none()) return otherwise;
    const std::int64_t index = read_integer(in_, value);
    return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size);
  }

  void slice(const Slice* slice) {
    const std::int64_t size = from_[at_];
    const std::int64_t step = slice->step.missing() || slice->step.is_none() ? 1 : read_integer(in_, slice->step);
    if (step <= 0) in_.raise_value_error(step == 0 ? "slice step cannot be zero" : "step must be greater than zero");
    const std::int64_t start = bound(slice->start, 0, size), stop = bound(slice->stop, size, size);
    const std::int64_t length = stop > start ? (stop - start - 1) / step + 1 : 0;
    selection_.offset += start * strides_[at_];
    selection_.keep(length, length > 1 ? strides_[at_] * step : strides_[at_]);
    ++at_;
  }

  void index(Tensor* index) {
    if (is_mask(index)) return mask(index);
    if (!is_integral(index->dtype)) {
      index_error("tensors used as indices must be long, int, byte or bool tensors");
    }
    Advanced made;
    made.dim = selection_.sizes.rank;
    made.sizes = sizes_of(index);
    const std::int64_t size = from_[at_], count = numel(index);
    const Known elements = torch::known(index);
    made.known = elements.known && count <= kMaxContents;
    for (std::int64_t i = 0; made.known && i < count; ++i) {
      std::int64_t place = static_cast<std::int64_t>(elements[i]);
      if (place < -size || place >= size) {
        if (!is_meta(in_, index) && !is_meta(in_, tensor_)) {
          index_error("index " + std::to_string(place) + " is out of bounds for dimension " + std::to_string(at_) +
                      " with size " + std::to_string(size));
        }
        made.known = false;
      }
      made.places.push_back(place < 0 ? place + size : place);
    }
    selection_.keep(size, strides_[at_]);
    selection_.advanced.push_back(std::move(made));
    ++at_;
  }

  void mask(Tensor* mask) {
    const Sizes sizes = sizes_of(mask);
    for (int i = 0; i < sizes.rank; ++i) {
      if (sizes[i] != from_[at_ + i]) {
        index_error("The shape of the mask " + text_of(sizes) + " at index " + std::to_string(i) +
                    " does not match the shape of the indexed tensor " + text_of(from_) + " at index " +
                    std::to_string(at_ + i));
      }
    }
    const Known elements = torch::known(mask);
    const std::int64_t count = numel(mask);
    const bool readable = elements.known && count <= kMaxContents;
    on_meta_ = on_meta_ || is_meta(in_, mask);
    selection_.counted = selection_.counted && readable;
    if (sizes.rank == 0) return truth(readable && elements[0] != 0);
    std::vector<Advanced> made(static_cast<std::size_t>(sizes.rank));
    std::int64_t found = 0;
    Odometer at(sizes);
    for (std::int64_t i = 0; readable && i < count; ++i, at.next()) {
      if (elements[i] == 0) continue;
      ++found;
      for (int d = 0; d < sizes.rank; ++d) made[static_cast<std::size_t>(d)].places.push_back(at.position()[d]);
    }
    for (int d = 0; d < sizes.rank; ++d) {
      Advanced& one = made[static_cast<std::size_t>(d)];
      one.dim = selection_.sizes.rank;
      one.sizes = {found};
      one.known = readable;
      selection_.keep(from_[at_], strides_[at_]);
      selection_.advanced.push_back(std::move(one));
      ++at_;
    }
  }

  [[noreturn]] void index_error(const std::string& message) { in_.raise(in_.exception("IndexError"), message); }

 public:
  bool on_meta_ = false;  // a mask is on the meta device

 private:
  Interpreter& in_;
  Tensor* tensor_;
  Sizes from_, strides_;
  Selection selection_;
  int at_ = 0;
};

// The result of index tensors: its shape, and the base offset of each element where all indices are known.
struct Gathered {
  Sizes sizes;
  std::vector<std::int64_t> offsets;
  bool known = true;
};

Gathered gather(Interpreter& in, const Selection& selection) {
  Gathered out;
  Sizes joint;
  for (const Advanced& each : selection.advanced) {
    joint = broadcast(in, joint, each.sizes);
    out.known = out.known && each.known;
  }
  // Neighbouring indices put their joint shape in their own place, others at the front.
  bool adjacent = true;
  for (std::size_t i = 1; i < selection.advanced.size(); ++i) {
    adjacent = adjacent && selection.advanced[i].dim == selection.advanced[i - 1].dim + 1;
  }
  std::vector<bool> indexed(static_cast<std::size_t>(selection.sizes.rank), false);
  for (const Advanced& each : selection.advanced) indexed[static_cast<std::size_t>(each.dim)] = true;
  Sizes plain_strides;  // over the result
  bool placed = false;
  int joint_at = 0;
  const auto place_joint = [&] {
    joint_at = out.sizes.rank;
    for (std::int64_t size : joint) {
      out.sizes.push(size);
      plain_strides.push(0);
    }
    placed = true;
  };
  if (!adjacent) place_joint();
  for (int d = 0; d < selection.sizes.rank; ++d) {
    if (indexed[static_cast<std::size_t>(d)]) {
      if (!placed) place_joint();
      continue;
    }
    out.sizes.push(selection.sizes[d]);
    plain_strides.push(selection.strides[d]);
  }
  const std::int64_t count = numel(in, out.sizes);
  out.known = out.known && count <= kMaxContents;
  if (!out.known) return out;
  in.step(static_cast<std::uint64_t>(count) / 8 + 1);
  std::vector<Sizes> index_strides;
  for (const Advanced& each : selection.advanced) index_strides.push_back(broadcast_strides(each.sizes, joint));
  Odometer at(out.sizes);
  at.add(plain_strides, selection.offset);
  for (std::int64_t i = 0; i < count; ++i, at.next()) {
    std::int64_t offset = at.offset(0);
    for (std::size_t k = 0; k < selection.advanced.size(); ++k) {
      std::int64_t place = 0;
      for (int d = 0; d < joint.rank; ++d) place += at.position()[joint_at + d] * index_strides[k][d];
      offset +=
          selection.advanced[k].places[static_cast<std::size_t>(place)] * selection.strides[selection.advanced[k].dim];
    }
    out.offsets.push_back(offset);
  }
  return out;
}

Value read(Interpreter& in, Tensor* tensor, const Value& key) {
  if (!tensor->shape_known) give_up("a tensor of unknown shape");
  KeyReader reader(in, tensor);
  const Selection selection = reader.read(key);
  if (selection.advanced.empty()) {
    return Value::of(make_view(in, tensor, selection.sizes, selection.strides, selection.offset));
  }
  if (!selection.counted || reader.on_meta_) {
    if (reader.on_meta_) {
      in.raise(in.exception("NotImplementedError"),
               "The register_meta function for torch.nonzero() raises unimplemented by default, as a correct "
               "data-independent implementation does not exist.");
    }
    give_up("the elements under a mask");
  }
  const Gathered gathered = gather(in, selection);
  Tensor* out = make_tensor(in, tensor->dtype, gathered.sizes, device_of(in, tensor));
  const Tensor* base = tensor->base != nullptr ? tensor->base : tensor;
  const Known elements = known(base);
  if (!elements.known) return Value::of(out);
  if (elements.uniform()) {
    out->filled = true;
    out->fill = elements.fill;
  } else if (gathered.known) {
    double* contents = make_contents(in, out);
    for (std::size_t i = 0; contents != nullptr && i < gathered.offsets.size(); ++i)
      contents[i] = elements[gathered.offsets[i]];
  }
  return Value::of(out);
}

// `value` for every position of `sizes`.
Known spread(Interpreter& in, const Value& value, const Sizes& sizes, bool plain) {
  const Value& number = value.is(Kind::kInstance) ? value.as<Instance>()->payload : value;
  if (number.is_number()) return {nullptr, number.as_double(), true};
  if (!value.is(Kind::kTensor)) {
    if (value.unknown()) return {};
    in.raise_type_error("can't assign a " + in.type_name(value) + " to a torch.FloatTensor");
  }
  Tensor* tensor = value.as<Tensor>();
  if (!tensor->shape_known) return {};
  Sizes from = sizes_of(tensor);
  while (from.rank > sizes.rank && from[0] == 1) {  // leading ones are dropped
    Sizes rest;
    for (int i = 1; i < from.rank; ++i) rest.push(from[i]);
    from = rest;
  }
  if (!broadcastable_to(from, sizes)) {
    for (int back = 1; plain && back <= from.rank && back <= sizes.rank; ++back) {
      const std::int64_t size = from[from.rank - back], wanted = sizes[sizes.rank - back];
      if (size == 1 || size == wanted) continue;
      in.raise(in.exception("RuntimeError"),
               "The expanded size of the tensor (" + std::to_string(wanted) + ") must match the existing size (" +
                   std::to_string(size) + ") at non-singleton dimension " + std::to_string(sizes.rank - back) +
                   ".  Target sizes: " + text_of(sizes) + ".  Tensor sizes: " + text_of(from));
    }
    in.raise(in.exception("RuntimeError"), "shape mismatch: value tensor of shape " + text_of(sizes_of(tensor)) +
                                               " cannot be broadcast to indexing result of shape " + text_of(sizes));
  }
  const Known elements = known(tensor);
  const std::int64_t count = numel(in, sizes);
  if (!elements.known || elements.uniform() || count > kMaxContents) return elements.uniform() ? elements : Known{};
  double* values = in.arena.array<double>(static_cast<std::size_t>(count) + 1);
  in.step(static_cast<std::uint64_t>(count) / 8 + 1);
  Odometer at(sizes);
  at.add(broadcast_strides(from, sizes));
  for (std::int64_t i = 0; i < count; ++i, at.next()) values[i] = elements[at.offset(0)];
  return {values, 0, true};
}

// What is written brings its gradient along.
void take_grad(Interpreter& in, Tensor* tensor, const Value& value) {
  if (!in.torch->grad_enabled || !value.is(Kind::kTensor) || !value.as<Tensor>()->requires_grad) return;
  tensor->requires_grad = tensor->computed = true;
}

void write(Interpreter& in, Tensor* tensor, const Value& key, const Value& value) {
  if (!tensor->shape_known) return write_unknown(in, tensor);
  KeyReader reader(in, tensor);
  const Selection selection = reader.read(key);
  if (selection.advanced.empty()) {
    const bool whole = selection.sizes == sizes_of(tensor) && selection.strides == strides_of(tensor);
    refuse_write(in, tensor, !whole);
    Tensor* view = make_view(in, tensor, selection.sizes, selection.strides, selection.offset);
    (view->base->views) = view->view->next;  // no one else will see it
    write_elements(in, view, spread(in, value, selection.sizes, true));
    return take_grad(in, tensor, value);
  }
  refuse_write(in, tensor);
  take_grad(in, tensor, value);
  if (!selection.counted) return write_unknown(in, tensor);
  const Gathered gathered = gather(in, selection);
  const Known values = spread(in, value, gathered.sizes, false);
  if (!gathered.known) return write_unknown(in, tensor);
  write_offsets(in, tensor, gathered.offsets, values);
}

}  // namespace

Value tensor_item(Interpreter& in, Tensor* tensor, const Value& key) {
  try {
    return read(in, tensor, key);
  } catch (const Unknowable& reason) {
    return reason.value.missing() ? in.unknown(reason.why) : reason.value;
  }
}

void tensor_set_item(Interpreter& in, Tensor* tensor, const Value& key, const Value& value) {
  try {
    write(in, tensor, key, value);
  } catch (const Unknowable&) {
    write_unknown(in, tensor);
  }
}

}  // namespace ckptlint::python::torch
