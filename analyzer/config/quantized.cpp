#include "config/quantized.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace ckptlint {
namespace {

bool is_fp8(Dtype dtype) {
  return dtype == Dtype::kFloat8E4m3fn || dtype == Dtype::kFloat8E5m2 || dtype == Dtype::kFloat8E4m3fnuz ||
         dtype == Dtype::kFloat8E5m2fnuz;
}

bool holds_numbers(const StoredTensor& tensor) {
  return is_fp8(tensor.dtype) || tensor.dtype == Dtype::kInt8 || tensor.dtype == Dtype::kUint8;
}

// A name that gives a scheme away, and what must stand beside it.
struct Scheme {
  std::string_view marker;  // after the module's name
  std::string_view name;
  std::array<std::string_view, 3> parts;  // the values first; empty ones are none
  bool (*applies)(const StoredTensor& values);
};

bool always(const StoredTensor&) { return true; }
bool is_uint32(const StoredTensor& values) { return values.dtype == Dtype::kUint32; }

constexpr std::array kSchemes = {
    Scheme{".qweight", "GPTQ or AWQ", {".qweight", ".scales", ".qzeros"}, always},
    Scheme{".qzeros", "GPTQ or AWQ", {".qweight", ".scales", ".qzeros"}, always},
    Scheme{".weight.quant_state.bitsandbytes__nf4",
           "bitsandbytes, 4 bit",
           {".weight", ".weight.absmax", ".weight.quant_map"},
           always},
    Scheme{".weight.quant_state.bitsandbytes__fp4",
           "bitsandbytes, 4 bit",
           {".weight", ".weight.absmax", ".weight.quant_map"},
           always},
    Scheme{".SCB", "bitsandbytes, 8 bit", {".weight", ".SCB", ""}, always},
    Scheme{".weight_packed", "compressed-tensors", {".weight_packed", ".weight_scale", ""}, always},
    Scheme{".weight_scale_2", "NVFP4", {".weight", ".weight_scale", ".weight_scale_2"}, always},
    Scheme{".weight_scale_inv", "fp8 in blocks", {".weight", ".weight_scale_inv", ""}, always},
    Scheme{".weight_scale", "fp8 or int8 with scales", {".weight", ".weight_scale", ""}, holds_numbers},
    Scheme{"_blocks", "MXFP4", {"_blocks", "_scales", ""}, holds_numbers},
    Scheme{".scales", "MLX", {".weight", ".scales", ""}, is_uint32},
};

class Search {
 public:
  explicit Search(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  std::vector<QuantizedWeight> run() {
    for (const StoredTensor& tensor : checkpoint_.tensors) {
      for (const Scheme& scheme : kSchemes) {
        if (!tensor.name.ends_with(scheme.marker)) continue;
        if (add(scheme, tensor.name.substr(0, tensor.name.size() - scheme.marker.size()))) break;
      }
    }
    add_without_scales();
    std::vector<QuantizedWeight> found;
    for (auto& [module, weight] : found_) found.push_back(std::move(weight));
    return found;
  }

 private:
  bool add(const Scheme& scheme, std::string_view module) {
    QuantizedWeight weight{std::string(module), scheme.name, {}, {}};
    for (const std::string_view part : scheme.parts) {
      if (part.empty()) continue;
      const std::string name = weight.module + std::string(part);
      if (const StoredTensor* tensor = checkpoint_.find(name))
        weight.parts.push_back(static_cast<std::uint32_t>(tensor - checkpoint_.tensors.data()));
      else
        weight.absent.push_back(name);
    }
    const std::string values = weight.module + std::string(scheme.parts[0]);
    const StoredTensor* tensor = checkpoint_.find(values);
    // Scales without values are a part of some scheme only where it always applies.
    if (tensor == nullptr ? scheme.applies != always : !scheme.applies(*tensor)) return false;
    found_.try_emplace(weight.module, std::move(weight));
    return true;
  }

  // fp8 values that nothing scales, where other such values of the checkpoint have scales.
  void add_without_scales() {
    const auto scaled = [](const auto& each) { return each.second.scheme.starts_with("fp8"); };
    const auto one = std::find_if(found_.begin(), found_.end(), scaled);
    if (one == found_.end() || one->second.parts.size() < 2) return;
    const std::string_view scheme = one->second.scheme;
    const std::string_view scale = checkpoint_.tensors[one->second.parts[1]].name;
    const std::string leaf(scale.substr(scale.rfind('.')));
    constexpr std::string_view kWeight = ".weight";
    for (std::uint32_t i = 0; i < checkpoint_.tensors.size(); ++i) {
      const StoredTensor& tensor = checkpoint_.tensors[i];
      if (!is_fp8(tensor.dtype) || !tensor.name.ends_with(kWeight)) continue;
      const std::string module(tensor.name.substr(0, tensor.name.size() - kWeight.size()));
      if (!found_.contains(module) && !has_scale_of_another_kind(module))
        found_.try_emplace(module, QuantizedWeight{module, scheme, {i}, {module + leaf}});
    }
  }

  bool has_scale_of_another_kind(const std::string& module) const {
    const auto begin =
        std::lower_bound(checkpoint_.tensors.begin(), checkpoint_.tensors.end(), module + ".",
                         [](const StoredTensor& tensor, const std::string& name) { return tensor.name < name; });
    for (auto it = begin; it != checkpoint_.tensors.end() && it->name.starts_with(module + "."); ++it) {
      if (it->name.substr(module.size()).find("scale") != std::string_view::npos) return true;
    }
    return false;
  }

  const Checkpoint& checkpoint_;
  std::map<std::string, QuantizedWeight> found_;  // by module
};

}  // namespace

std::vector<QuantizedWeight> quantized_weights(const Checkpoint& checkpoint) { return Search(checkpoint).run(); }

}  // namespace ckptlint
