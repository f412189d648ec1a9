// Finds the modules that are quantized in one way in the model, and stored in another or not at all.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ckptlint/names.h"
#include "ckptlint/quantization_methods.h"
#include "loading/leftovers.h"

namespace ckptlint {
namespace {

using Stored = OtherPacking::Stored;

// Floats that are computed with as they are.
bool is_plain(Dtype dtype) {
  return dtype == Dtype::kFloat32 || dtype == Dtype::kFloat16 || dtype == Dtype::kBfloat16 || dtype == Dtype::kFloat64;
}

// Types in which tools keep quantized values, and nobody else keeps weights.
bool is_packed(Dtype dtype) { return !is_plain(dtype) && dtype != Dtype::kBool && dtype != Dtype::kInt64; }

// What is stored for one module, and what the model has in it.
struct Evidence {
  OtherPacking found;
  bool stores_parts = false;   // of weights
  bool stores_packed = false;  // values in types of quantized ones
  bool stores_plain = false;
  bool stores_matrix = false;  // of quantized values, whatever it is called
  bool raw = false;            // quantized values go into a tensor of plain ones
  bool whole = false;          // and they are whole numbers, which nobody takes for weights
};

class PackingSearch {
 public:
  PackingSearch(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading, Leftovers& left)
      : graph_(graph), checkpoint_(checkpoint), loading_(loading), left_(left) {}

  void run() {
    for (std::uint32_t i = 0; i < graph_.modules.size(); ++i) modules_.emplace(graph_.modules[i].name, ModuleId{i});
    for (const TensorId id : left_.missing) {
      if (leaf_of(graph_.tensor(id).name) != "bias") of(owner(id)).found.missing.push_back(id);
    }
    for (const MismatchedKey& key : left_.mismatched) {
      Evidence& evidence = of(owner(key.tensor));
      evidence.found.mismatched.push_back(key);
      look_at(evidence, key.stored, leaf_of(graph_.tensor(key.tensor).name));
    }
    for (const UnexpectedKey& key : left_.unexpected) {
      const ModuleId module = module_of(key.key);
      if (module == ModuleId::kNone) continue;
      Evidence& evidence = of(module);
      evidence.found.unexpected.push_back(key);
      look_at(evidence, key.stored, leaf_of(key.key));
    }
    for (const MatchedKey& key : loading_.matched) look_at_matched(key);
    for (auto& [module, evidence] : by_module_) take(module, evidence);
  }

 private:
  ModuleId owner(TensorId id) const {
    const Tensor& tensor = graph_.tensor(id);
    return tensor.alias == TensorId::kNone ? tensor.owner : graph_.tensor(tensor.alias).owner;
  }

  Evidence& of(ModuleId module) { return by_module_[module]; }

  // The module that a key without a place would belong to; none where the model has nothing like it.
  ModuleId module_of(std::string_view key) const {
    std::string_view at = parent_of(key);
    if (const auto found = modules_.find(at); found != modules_.end()) return found->second;
    // "q_proj.weight.quant_state.bitsandbytes__nf4", and "experts.3.up_proj.weight_scale" of experts that the model has
    // in one tensor.
    for (int up = 0; up < 3 && !at.empty(); ++up) {
      const std::string_view below = leaf_of(at);
      at = parent_of(at);
      const auto found = modules_.find(at);
      if (found == modules_.end()) continue;
      const bool is_tensor = below == "weight";
      const bool is_expert = is_index(key.substr(at.size() + 1, key.find('.', at.size() + 1) - at.size() - 1)) &&
                             graph_.module(found->second).tensor_count > 0;
      return is_tensor || is_expert ? found->second : ModuleId::kNone;
    }
    return ModuleId::kNone;
  }

  void look_at(Evidence& evidence, std::uint32_t stored, std::string_view leaf) {
    evidence.found.stored.push_back(stored);
    const Dtype dtype = checkpoint_.tensors[stored].dtype;
    evidence.stores_matrix |= is_packed(dtype) && checkpoint_.tensors[stored].rank >= 2;
    switch (part_kind(leaf)) {
      case PartKind::kWeight:
        evidence.stores_parts = true;
        break;
      case PartKind::kNone:
        if (leaf == "bias") break;
        evidence.stores_packed |= is_packed(dtype);
        evidence.stores_plain |= is_plain(dtype) && checkpoint_.tensors[stored].rank >= 2;
        break;
      case PartKind::kActivation:
        break;
    }
  }

  void look_at_matched(const MatchedKey& key) {
    const ModuleId module = owner(key.tensor);
    const Tensor& tensor = graph_.tensor(key.tensor);
    const std::string_view leaf = leaf_of(tensor.name);
    const bool raw = !key.converted && graph_.quantizer != nullptr && part_kind(leaf) == PartKind::kNone &&
                     is_plain(tensor.dtype) && is_packed(checkpoint_.tensors[key.stored].dtype);
    const auto found = by_module_.find(module);
    if (found == by_module_.end() && !raw) return;
    Evidence& evidence = of(module);
    evidence.raw |= raw;
    evidence.whole |= raw && is_torch_layer(module) && !is_floating_point(checkpoint_.tensors[key.stored].dtype);
    look_at(evidence, key.stored, leaf);
  }

  // bitsandbytes' own layers have plain weights until they are loaded.
  bool is_torch_layer(ModuleId id) const {
    const std::string& name = graph_.module(id).class_name;
    return name == "Linear" || name == "Embedding" || name == "Conv1D";
  }

  // Whether the model has the weight of the module quantized.
  bool is_quantized(ModuleId id) const {
    if (graph_.quantizer == nullptr) return false;
    const Module& module = graph_.module(id);
    for (std::uint32_t i = module.first_tensor; i < module.first_tensor + module.tensor_count; ++i) {
      const Tensor& tensor = graph_.tensors[i];
      if (tensor.persistent && (part_kind(leaf_of(tensor.name)) == PartKind::kWeight || is_packed(tensor.dtype)))
        return true;
    }
    return false;
  }

  void take(ModuleId id, Evidence& evidence) {
    OtherPacking& found = evidence.found;
    const bool left_over = !found.missing.empty() || !found.unexpected.empty() || !found.mismatched.empty();
    const bool stores_quantized = evidence.stores_parts || evidence.stores_packed;
    if (is_quantized(id)) {
      if (!stores_quantized && !evidence.stores_plain) return;
      if (!left_over && !evidence.raw) return;
      found.stored_as = stores_quantized ? Stored::kParts : Stored::kPlain;
    } else {
      // Without anything left over, whoever stored the values meant them to be taken as they are.
      if (!evidence.stores_matrix || !stores_quantized || (!left_over && !evidence.whole)) return;
      // A buffer of whole numbers beside weights of another size is no packing.
      const bool packed_misfits =
          std::any_of(found.mismatched.begin(), found.mismatched.end(), [&](const MismatchedKey& key) {
            const StoredTensor& stored = checkpoint_.tensors[key.stored];
            return is_packed(stored.dtype) && is_plain(graph_.tensor(key.tensor).dtype) && stored.rank >= 2;
          });
      if (!evidence.stores_parts && !packed_misfits && !evidence.whole) return;
      found.stored_as = Stored::kQuantized;
    }
    found.module = id;
    found.plain_values = evidence.stores_plain;
    std::sort(found.stored.begin(), found.stored.end());
    found.stored.erase(std::unique(found.stored.begin(), found.stored.end()), found.stored.end());
    left_.packings.push_back(std::move(found));
  }

  const ModuleGraph& graph_;
  const Checkpoint& checkpoint_;
  const Loading& loading_;
  Leftovers& left_;
  std::unordered_map<std::string_view, ModuleId> modules_;
  std::map<ModuleId, Evidence> by_module_;
};

}  // namespace

void find_packings(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading, Leftovers& left) {
  const bool stores_any = std::any_of(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                                      [](const StoredTensor& tensor) { return is_packed(tensor.dtype); });
  if (graph.quantizer == nullptr && !stores_any) return;
  PackingSearch(graph, checkpoint, loading, left).run();
  std::set<TensorId> missing, mismatched;
  std::set<std::pair<std::uint32_t, std::string_view>> unexpected;
  for (const OtherPacking& packing : left.packings) {
    missing.insert(packing.missing.begin(), packing.missing.end());
    for (const UnexpectedKey& key : packing.unexpected) unexpected.emplace(key.stored, key.key);
    for (const MismatchedKey& key : packing.mismatched) mismatched.insert(key.tensor);
  }
  std::erase_if(left.missing, [&](TensorId id) { return missing.contains(id); });
  std::erase_if(left.unexpected, [&](const UnexpectedKey& key) { return unexpected.contains({key.stored, key.key}); });
  std::erase_if(left.mismatched, [&](const MismatchedKey& key) { return mismatched.contains(key.tensor); });
}

}  // namespace ckptlint
