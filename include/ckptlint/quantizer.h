// What the quantizer of a model, of transformers or of diffusers, says about placing it: how large tensors count, how
// budgets shrink, and which maps it refuses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/dtype.h"

namespace ckptlint {

// What accelerate sizes a model in (4.x): a dtype of torch, or one of accelerate's own that torch does not have.
enum class SizeDtype : std::uint8_t { kTorch, kFp8, kInt4, kInt2 };

// Bytes of one element, in eighths, and whether the library has them as a float.
struct ElementSize {
  std::int64_t eighths = 0;
  bool is_float = false;
};

// What is on the devices of a map, as far as validate_environment looks: of its keys but the exempt ones.
struct MapShape {
  std::uint8_t accelerators = 0;  // 0, 1, or 2 for more than one
  bool cpu = false;
  bool disk = false;
  bool one_key = false;
  bool exempt_on_accelerator = false;  // and some exempt key is on one
  friend bool operator==(const MapShape&, const MapShape&) = default;
};

// What a method of the quantizer raises.
struct QuantizerException {
  std::string type;
  std::string message;
};

struct RefusedShape {
  MapShape shape;
  QuantizerException raised;
};

// The dtype that get_balanced_memory of accelerate is given; none: it counts tensors as they are.
struct SizedIn {
  std::optional<Dtype> dtype;
};

struct Quantizer {
  std::string method;       // QuantizationMethod: "bitsandbytes", "fp8", ...
  std::string class_name;   // of the library
  bool on_the_fly = false;  // asked for by the caller; else the checkpoint is quantized already
  std::string remark;       // what else is to be known of its packages: a clause, mostly empty

  // transformers 5: param_element_size of each tensor of the graph, by row.  Empty before.
  std::vector<ElementSize> element_sizes;
  // transformers 4 and diffusers: the arguments that accelerate's functions get.
  SizeDtype size_dtype = SizeDtype::kTorch;
  std::optional<Dtype> dtype;                                 // with kTorch
  std::vector<std::pair<std::string, Dtype>> special_dtypes;  // by the tensor's full name, distinct
  std::vector<std::string> no_split_classes;                  // _get_no_split_modules; of transformers 4 alone
  // diffusers: it balances budgets in another dtype than it places in.
  std::optional<SizedIn> balances_in;
  // diffusers: what making a map by any mode ends in, whatever the budgets.
  std::optional<QuantizerException> raises_in_modes;

  // adjust_max_memory: every budget is multiplied by this Python float; none: budgets stay as they are.
  std::optional<double> budget_factor;

  // Maps that validate_environment raises on, and keys that it does not look at.
  std::vector<RefusedShape> refused;
  std::vector<std::string> exempt_keys;

  // update_device_map(None): the device that all of the model goes to where no map is asked for; empty: none.
  std::string default_device;
};

}  // namespace ckptlint
