// Tells by the names and dtypes of stored tensors which of them are quantized weights, and which parts those lack.
#include "config/quantized.h"

#include <algorithm>
#include <map>

#include "config/packing.h"

namespace ckptlint {
namespace {

bool may_be(QuantizedLayout::Values wanted, const StoredTensor& values) {
  switch (wanted) {
    case QuantizedLayout::Values::kAny:
      return true;
    case QuantizedLayout::Values::kOneByte:
      return is_fp8(values.dtype) || values.dtype == Dtype::kInt8 || values.dtype == Dtype::kUint8;
    case QuantizedLayout::Values::kUint32:
      return values.dtype == Dtype::kUint32;
  }
  return false;
}

class Search {
 public:
  explicit Search(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  std::vector<QuantizedWeight> run() {
    for (const StoredTensor& tensor : checkpoint_.tensors) {
      for (const QuantizationMethod& method : quantization_methods()) {
        for (const QuantizedLayout& layout : method.layouts) {
          if (tensor.name.ends_with(layout.marker))
            add(layout, tensor.name.substr(0, tensor.name.size() - layout.marker.size()));
        }
      }
    }
    add_without_scales();
    std::vector<QuantizedWeight> found;
    for (auto& [module, weight] : found_) found.push_back(std::move(weight));
    return found;
  }

 private:
  void add(const QuantizedLayout& layout, std::string_view module) {
    QuantizedWeight weight{std::string(module), &layout, {}, {}, {}};
    for (const std::string_view part : layout.parts) {
      if (part.empty()) continue;
      const std::string name = weight.module + std::string(part);
      if (const StoredTensor* tensor = checkpoint_.find(name))
        weight.parts.push_back(static_cast<std::uint32_t>(tensor - checkpoint_.tensors.data()));
      else
        weight.absent.push_back(name);
    }
    const std::string values = weight.module + std::string(layout.parts[0]);
    const StoredTensor* tensor = checkpoint_.find(values);
    // Scales without values are a part of some layout only where any values would do.
    if (tensor == nullptr ? layout.values != QuantizedLayout::Values::kAny : !may_be(layout.values, *tensor)) return;
    const auto [at, is_new] = found_.try_emplace(weight.module, weight);
    // Of two that are whole, the one that has a use for more of what is stored: NVFP4 has scales of scales.
    if (!is_new && weight.absent.empty() && weight.parts.size() > at->second.parts.size())
      at->second = std::move(weight);
  }

  // fp8 values that nothing scales, where other such values of the checkpoint have scales.
  void add_without_scales() {
    const auto scaled = [](const auto& each) { return each.second.layout->scales_all_fp8; };
    const auto one = std::find_if(found_.begin(), found_.end(), scaled);
    if (one == found_.end() || one->second.parts.size() < 2) return;
    const QuantizedLayout* layout = one->second.layout;
    const std::string_view scale = checkpoint_.tensors[one->second.parts[1]].name;
    const std::string leaf(scale.substr(scale.rfind('.')));
    constexpr std::string_view kWeight = ".weight";
    for (std::uint32_t i = 0; i < checkpoint_.tensors.size(); ++i) {
      const StoredTensor& tensor = checkpoint_.tensors[i];
      if (!is_fp8(tensor.dtype) || !tensor.name.ends_with(kWeight)) continue;
      const std::string module(tensor.name.substr(0, tensor.name.size() - kWeight.size()));
      if (!found_.contains(module) && !has_scale_of_another_kind(module))
        found_.try_emplace(module, QuantizedWeight{module, layout, {i}, {module + leaf}, {}});
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

std::vector<QuantizedWeight> quantized_weights(const Checkpoint& checkpoint, const Quantization* config) {
  std::vector<QuantizedWeight> found = Search(checkpoint).run();
  for (QuantizedWeight& weight : found) weight.packing = packing_of(checkpoint, weight, config);
  return found;
}

}  // namespace ckptlint
