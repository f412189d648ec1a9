// Finds the tensors in a pickled state dict by the functions that torch rebuilds them with.
#include "checkpoint/torch_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"

namespace ckptlint {
namespace {

constexpr int kDeepest = 8;  // wrappers around a tensor: a parameter, a typed tensor, ...
constexpr int kDeepestWrapped = 4;
constexpr std::uint32_t kMostLooks = 2'000'000;

struct ElementType {
  std::string_view storage;  // torch.<this>Storage
  std::string_view name;     // torch.<this>
  Dtype dtype;               // what its elements take in memory
};
constexpr std::array<ElementType, 17> kElementTypes = {{
    {"Double", "float64", Dtype::kFloat64},
    {"Float", "float32", Dtype::kFloat32},
    {"Half", "float16", Dtype::kFloat16},
    {"BFloat16", "bfloat16", Dtype::kBfloat16},
    {"Long", "int64", Dtype::kInt64},
    {"Int", "int32", Dtype::kInt32},
    {"Short", "int16", Dtype::kInt16},
    {"Char", "int8", Dtype::kInt8},
    {"Byte", "uint8", Dtype::kUint8},
    {"Bool", "bool", Dtype::kBool},
    {"ComplexDouble", "complex128", Dtype::kComplex128},
    {"ComplexFloat", "complex64", Dtype::kComplex64},
    {"QInt8", "qint8", Dtype::kInt8},
    {"QInt32", "qint32", Dtype::kInt32},
    {"QUInt8", "quint8", Dtype::kUint8},
    {"QUInt4x2", "quint4x2", Dtype::kUint8},
    {"QUInt2x4", "quint2x4", Dtype::kUint8},
}};

// "torch.FloatStorage", "torch.cuda.HalfStorage", "torch.storage.UntypedStorage"
const ElementType* element_type_of_storage(std::string_view global) {
  std::string_view name = global.substr(global.rfind('.') + 1);
  if (!name.ends_with("Storage")) return nullptr;
  name.remove_suffix(7);
  if (name == "Untyped") name = "Byte";
  for (const ElementType& type : kElementTypes) {
    if (type.storage == name) return &type;
  }
  return nullptr;
}

class StateReader {
 public:
  StateReader(const Pickle& pickle, std::uint32_t most_tensors) : pickle_(pickle), most_tensors_(most_tensors) {}

  TorchState run() {
    if (!pickle_.root()) return {};
    find_storages();
    state_.instead_of_dict = instead_of_dict(*pickle_.root());
    const Entries top = entries(*pickle_.root());
    look_at_keys(top);
    add_tensors(top);
    if (!state_.tensors.empty()) return std::move(state_);
    for (const auto& [key, value] : top) {
      add_tensors(entries(value));
      if (state_.tensors.empty()) continue;
      state_.nested_under = pickle_.text(key);
      break;
    }
    return std::move(state_);
  }

 private:
  using Items = std::span<const PickleId>;
  using Entries = std::vector<std::pair<PickleId, PickleId>>;

  void find_storages() {
    for (std::uint32_t i = 0; i < pickle_.value_count(); ++i) {
      std::uint64_t ignored = 0;
      storage_of(PickleId{i}, ignored);
    }
  }

  // What a value is that is no dict; empty for one.
  std::string instead_of_dict(PickleId id) {
    const PickleKind kind = pickle_.value(id).kind;
    if (kind == PickleKind::kDict) return "";
    if (kind != PickleKind::kCall) return words_for(id);
    if (tensor_of(id)) return "a tensor";
    const Items call = pickle_.items(id);
    const std::string_view callee = call.empty() ? "" : pickle_.text(call[0]);
    const bool is_dict = callee == "collections.OrderedDict" || callee == "collections.Counter";
    return is_dict ? "" : fmt::format("what {} makes", quoted_name(callee));
  }

  std::string words_for(PickleId id) const {
    const PickleValue& value = pickle_.value(id);
    switch (value.kind) {
      case PickleKind::kNone:
        return "None";
      case PickleKind::kBool:
        return value.number != 0 ? "True" : "False";
      case PickleKind::kInt:
        return fmt::format("the number {}", value.number);
      case PickleKind::kText:
        return "a text";
      case PickleKind::kTuple:
        return fmt::format("a tuple of {}", counted(pickle_.items(id).size(), "item"));
      case PickleKind::kList:
        return fmt::format("a list of {}", counted(pickle_.items(id).size(), "item"));
      default:
        return "a value of another type";
    }
  }

  void look_at_keys(const Entries& top) {
    for (const auto& entry : top) {
      if (pickle_.value(entry.first).kind == PickleKind::kText) continue;
      if (state_.other_keys++ == 0) state_.first_other_key = words_for(entry.first);
    }
  }

  static void append_pairs(Items items, Entries& out) {
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) out.emplace_back(items[i], items[i + 1]);
  }

  // The items of a dict, or of an OrderedDict, which a call makes: empty, or from a list of pairs (Python 2).
  Entries entries(PickleId id) const {
    Entries out;
    const Items items = pickle_.items(id);
    if (pickle_.value(id).kind == PickleKind::kDict) append_pairs(items, out);
    if (pickle_.value(id).kind != PickleKind::kCall || items.empty()) return out;
    if (!pickle_.is_global(items[0], "collections.OrderedDict")) return out;
    for (const PickleId argument : arguments(items)) {
      for (const PickleId pair : pickle_.items(argument)) {
        if (const Items two = pickle_.items(pair); two.size() == 2) out.emplace_back(two[0], two[1]);
      }
    }
    for (const PickleId added : items.subspan(std::min<std::size_t>(items.size(), 2))) {
      if (pickle_.value(added).kind == PickleKind::kDict) append_pairs(pickle_.items(added), out);
    }
    return out;
  }

  Items arguments(Items call) const { return call.size() < 2 ? Items() : pickle_.items(call[1]); }

  void add_tensors(const Entries& all) {
    std::unordered_map<std::string_view, std::size_t> places;
    for (const auto& [key, value] : all) {
      if (pickle_.value(key).kind != PickleKind::kText) continue;
      if (state_.tensors.size() >= most_tensors_) {
        state_.too_many = true;
        return;
      }
      malformed_ = false;
      unlisted_ = {};
      std::optional<TorchTensor> tensor = tensor_of(value);
      if (malformed_) state_.damaged.emplace_back(pickle_.text(key));
      if (!unlisted_.empty()) state_.unlisted.emplace_back(pickle_.text(key), unlisted_);
      if (!tensor) continue;
      tensor->name = pickle_.text(key);
      if (tensor->sparse_bytes) state_.sparse.emplace_back(tensor->name);
      const auto [it, is_new] = places.try_emplace(tensor->name, state_.tensors.size());
      if (is_new) {
        state_.tensors.push_back(std::move(*tensor));
      } else {
        state_.tensors[it->second] = std::move(*tensor);
      }
    }
  }

  // Follows the wrappers down to the function that rebuilds the tensor.  Empty for other values.
  std::optional<TorchTensor> tensor_of(PickleId id) {
    for (int depth = 0; depth < kDeepest; ++depth) {
      if (pickle_.value(id).kind != PickleKind::kCall) return std::nullopt;
      const Items call = pickle_.items(id);
      if (call.empty() || pickle_.value(call[0]).kind != PickleKind::kGlobal) return std::nullopt;
      std::string_view callee = pickle_.text(call[0]);
      Items given = arguments(call);
      std::optional<PickleId> state;
      if (callee == "torch._tensor._rebuild_from_type_v2" && given.size() >= 3) {
        if (given.size() > 3) state = given[3];
        callee = pickle_.text(given[0]);
        given = pickle_.items(given[2]);
      }
      const bool wrapper =
          callee == "torch._utils._rebuild_parameter" || callee == "torch._utils._rebuild_parameter_with_state" ||
          callee == "torch._utils._rebuild_device_tensor_from_cpu_tensor" || callee == "torch.nn.parameter.Parameter";
      if (!wrapper) {
        std::optional<TorchTensor> tensor = rebuilt(callee, given, call);
        if (tensor && state && tensor->storage == TorchTensor::kNoStorage && !tensor->sparse_bytes)
          tensor->wrapped_bytes = wrapped_bytes(*state);
        return tensor;
      }
      if (given.empty()) return std::nullopt;
      id = given[0];
    }
    return std::nullopt;
  }

  // What the tensors in the state of one take; nothing where there are none, or it takes too long to find them.
  std::optional<std::uint64_t> wrapped_bytes(PickleId state) {
    if (wrapped_ == kDeepestWrapped) return std::nullopt;
    const bool malformed = malformed_;
    const std::string unlisted = unlisted_;
    std::uint64_t bytes = 0;
    ++wrapped_;
    const bool is_whole = add_bytes_below(state, 0, bytes);
    --wrapped_;
    malformed_ = malformed;
    unlisted_ = unlisted;
    return is_whole && bytes > 0 ? std::optional(bytes) : std::nullopt;
  }

  bool add_bytes_below(PickleId id, int depth, std::uint64_t& bytes) {
    if (depth == kDeepest || looks_ == kMostLooks) return false;
    ++looks_;
    if (pickle_.value(id).kind == PickleKind::kCall) {
      if (const std::optional<TorchTensor> tensor = tensor_of(id)) {
        const auto elements = element_count(tensor->shape);
        const auto size = elements ? bit_count(*elements, bits(tensor->dtype)) : std::nullopt;
        if (!size) return false;
        bytes = checked_add(bytes, tensor->wrapped_bytes.value_or(*size / 8)).value_or(~0ull);
        return true;
      }
    }
    for (const PickleId item : pickle_.items(id)) {
      if (!add_bytes_below(item, depth + 1, bytes)) return false;
    }
    return true;
  }

  std::optional<TorchTensor> rebuilt(std::string_view function, Items given, Items call) {
    const auto checked = [&](std::optional<TorchTensor> tensor) {
      malformed_ = !tensor;
      return tensor;
    };
    constexpr std::string_view kPrefix = "torch._utils._rebuild_";
    if (function.starts_with(kPrefix)) {
      function.remove_prefix(kPrefix.size());
      if (function == "tensor" || function == "tensor_v2" || function == "qtensor") {
        return checked(stored(given, std::nullopt));
      }
      if (function == "tensor_v3") {
        return checked(given.size() > 6 ? stored(given, given[6]) : std::nullopt);
      }
      if (function == "meta_tensor_no_storage" && given.size() >= 2)
        return checked(without_storage(given[0], given[1]));
      if (function == "wrapper_subclass" && given.size() >= 3) return checked(without_storage(given[1], given[2]));
      if (function == "sparse_tensor")
        return checked(given.size() > 1 ? sparse(pickle_.items(given[1])) : std::nullopt);
      unlisted_ = fmt::format("torch._utils._rebuild_{}", function);
      return std::nullopt;
    }
    // Before 0.4 a tensor was an object of its class whose state is the same four values.
    const bool old_class = function.starts_with("torch.") && function.ends_with("Tensor");
    if (!old_class || call.size() != 3) return std::nullopt;
    const Items state = pickle_.items(call[2]);
    return state.size() == 1 ? stored(pickle_.items(state[0]), std::nullopt) : std::nullopt;
  }

  // (storage, offset, size, stride, ...), with another dtype than the storage's perhaps.
  std::optional<TorchTensor> stored(Items given, std::optional<PickleId> dtype) {
    if (given.size() < 4) return std::nullopt;
    TorchTensor tensor;
    std::uint64_t view_begin = 0;
    const auto storage = storage_of(given[0], view_begin);
    const auto offset = whole_number(given[1]);
    const auto shape = numbers(given[2]);
    const auto stride = numbers(given[3]);
    if (!storage || !offset || *offset < 0 || !shape || !stride || stride->size() != shape->size()) return std::nullopt;
    const TorchStorage& stored = state_.storages[*storage];
    tensor.storage = *storage;
    tensor.dtype = stored.dtype;
    tensor.type_name = stored.type_name;
    if (dtype && !set_dtype(*dtype, tensor)) return std::nullopt;
    tensor.offset = checked_add(static_cast<std::uint64_t>(*offset), view_begin).value_or(~0ull);
    tensor.shape = *shape;
    tensor.contiguous = is_contiguous(*shape, *stride);
    const auto reach = elements_reached(*shape, *stride);
    const auto last = reach ? checked_add(tensor.offset, *reach) : std::nullopt;
    const auto bytes = last ? checked_multiply<std::uint64_t>(*last, static_cast<std::uint64_t>(bits(tensor.dtype) / 8))
                            : std::nullopt;
    tensor.inside_storage = bytes && (*reach == 0 || *bytes <= stored.bytes());
    return tensor;
  }

  // (indices, values, size, ...), or of the compressed layouts (indices, indices, values, size).
  std::optional<TorchTensor> sparse(Items given) {
    std::optional<TorchTensor> tensor;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (const auto shape = numbers(given[i]); shape && tensor && i >= 2) {
        tensor->shape = *shape;
        tensor->storage = TorchTensor::kNoStorage;
        tensor->inside_storage = true;
        tensor->sparse_bytes = bytes;
        return tensor;
      }
      tensor = tensor_of(given[i]);  // the last one has the values
      const auto elements = tensor ? element_count(tensor->shape) : std::nullopt;
      const auto part = elements ? bit_count(*elements, bits(tensor->dtype)) : std::nullopt;
      if (!part) return std::nullopt;
      bytes = checked_add(bytes, *part / 8).value_or(~0ull);
    }
    return std::nullopt;
  }

  std::optional<TorchTensor> without_storage(PickleId dtype, PickleId size) const {
    TorchTensor tensor;
    const auto shape = numbers(size);
    if (!shape || !set_dtype(dtype, tensor)) return std::nullopt;
    tensor.shape = *shape;
    return tensor;
  }

  bool set_dtype(PickleId id, TorchTensor& tensor) const {
    const std::string_view name = pickle_.text(id);
    if (!name.starts_with("torch.")) return false;
    const auto dtype = dtype_of_torch_name(name.substr(6));
    if (!dtype) return false;
    tensor.dtype = *dtype;
    tensor.type_name = torch_name(*dtype);
    return true;
  }

  // The persistent id ("storage", class, key, location, elements), which legacy files end with the view of another
  // storage that it is, or None.
  std::optional<std::uint32_t> storage_of(PickleId id, std::uint64_t& view_begin) {
    if (pickle_.value(id).kind != PickleKind::kPersistent) return std::nullopt;
    const Items one = pickle_.items(id);
    const Items parts = one.empty() ? Items() : pickle_.items(one[0]);
    if (parts.size() < 5 || pickle_.text(parts[0]) != "storage") return std::nullopt;
    const ElementType* type = element_type_of_storage(pickle_.text(parts[1]));
    const auto elements = whole_number(parts[4]);
    if (type == nullptr || !elements || *elements < 0) return std::nullopt;
    if (parts.size() > 5) {
      if (const Items view = pickle_.items(parts[5]); view.size() == 3) {
        view_begin = static_cast<std::uint64_t>(std::max<std::int64_t>(whole_number(view[1]).value_or(0), 0));
      }
    }
    const std::string key = key_text(parts[2]);
    const auto [it, is_new] = storages_.try_emplace(key, static_cast<std::uint32_t>(state_.storages.size()));
    if (is_new)
      state_.storages.push_back({key, type->dtype, type->name, static_cast<std::uint64_t>(*elements),
                                 pickle_.text(parts[1]).ends_with("UntypedStorage")});
    return it->second;
  }

  std::string key_text(PickleId id) const {
    if (const auto number = whole_number(id)) return std::to_string(*number);
    return std::string(pickle_.text(id));
  }

  std::optional<std::int64_t> whole_number(PickleId id) const {
    const PickleValue& value = pickle_.value(id);
    return value.kind == PickleKind::kInt ? std::optional(value.number) : std::nullopt;
  }

  // A tuple or list of whole numbers, none negative, or torch.Size of one.
  std::optional<std::vector<std::int64_t>> numbers(PickleId id) const {
    constexpr std::size_t kMostDimensions = 64;  // torch's own limit
    if (pickle_.value(id).kind == PickleKind::kCall) {
      const Items call = pickle_.items(id);
      if (call.empty() || !pickle_.is_global(call[0], "torch.Size") || arguments(call).size() != 1) return std::nullopt;
      id = arguments(call)[0];
    }
    const PickleKind kind = pickle_.value(id).kind;
    const Items items = pickle_.items(id);
    if ((kind != PickleKind::kTuple && kind != PickleKind::kList) || items.size() > kMostDimensions)
      return std::nullopt;
    std::vector<std::int64_t> all;
    for (const PickleId item : items) {
      const auto number = whole_number(item);
      if (!number || *number < 0) return std::nullopt;
      all.push_back(*number);
    }
    return all;
  }

  static bool is_contiguous(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& stride) {
    std::int64_t expected = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (shape[i] == 0) return true;
      if (shape[i] != 1 && stride[i] != expected) return false;
      const auto next = checked_multiply(expected, shape[i]);
      if (!next) return false;
      expected = *next;
    }
    return true;
  }

  // One more than the last element's place; 0 without elements.  Empty where that overflows.
  static std::optional<std::uint64_t> elements_reached(const std::vector<std::int64_t>& shape,
                                                       const std::vector<std::int64_t>& stride) {
    std::uint64_t reach = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0) return 0;
      const auto step =
          checked_multiply(static_cast<std::uint64_t>(shape[i] - 1), static_cast<std::uint64_t>(stride[i]));
      const auto sum = step ? checked_add(reach, *step) : std::nullopt;
      if (!sum) return std::nullopt;
      reach = *sum;
    }
    return reach;
  }

  const Pickle& pickle_;
  std::uint32_t most_tensors_;
  TorchState state_;
  std::map<std::string, std::uint32_t> storages_;
  std::string unlisted_;     // what makes the tensor that was last looked at, where it gets no row
  std::uint32_t looks_ = 0;  // at values in states of tensors
  int wrapped_ = 0;          // states that are being looked at, each in a tensor of the one before
  bool malformed_ = false;   // the value last looked at is a tensor by its call, but not by its parts
};

}  // namespace

std::uint64_t TorchStorage::bytes() const {
  return checked_multiply(elements, static_cast<std::uint64_t>(bits(dtype) / 8)).value_or(~0ull);
}

TorchState torch_state(const Pickle& pickle, std::uint32_t most_tensors) {
  return StateReader(pickle, most_tensors).run();
}

}  // namespace ckptlint
