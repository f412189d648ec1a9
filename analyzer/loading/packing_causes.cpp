// Finds what in `quantization_config` makes the model expect modules in another packing than they are stored in.
#include "loading/packing_causes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/quantization_methods.h"
#include "ckptlint/quantizer.h"
#include "loading/python_pattern.h"

namespace ckptlint {
namespace {

using Cause = OtherPacking::Cause;
using Stored = OtherPacking::Stored;

constexpr std::size_t kMostLookedAt = 1000;        // modules, for each entry: those of one cause are alike
constexpr std::size_t kMostCompared = 20'000'000;  // names with entries; those beyond are blamed on none

// How many components two names have in common at their ends.
std::size_t common_end(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  const auto differ = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<std::size_t>(differ.first - a.rbegin());
}

// "vision_tower" is a part of "model.vision_tower.encoder".
bool is_part_of(std::string_view part, std::string_view name) {
  for (std::size_t at = name.find(part); at != name.npos && !part.empty(); at = name.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if ((at == 0 || name[at - 1] == '.') && (end == name.size() || name[end] == '.')) return true;
  }
  return false;
}

// One word of what a layer's name is made of, that says which projection it is: "qkv" of "in_proj_qkv".
bool shares_word(std::string_view entry, std::string_view leaf) {
  constexpr std::string_view kAnyLayer[] = {"proj", "layer", "linear", "fc", "in", "out", "weight"};
  for (std::size_t begin = 0; begin < entry.size();) {
    const std::size_t end = std::min(entry.find('_', begin), entry.size());
    const std::string_view word = entry.substr(begin, end - begin);
    if (!word.empty() && std::find(std::begin(kAnyLayer), std::end(kAnyLayer), word) == std::end(kAnyLayer) &&
        leaf.find(word) != leaf.npos)
      return true;
    begin = end + 1;
  }
  return false;
}

// An entry of the list of modules that stay plain.  How releases and methods read it differs; whatever one of them
// may take for a match counts as one here.
class Entry {
 public:
  explicit Entry(const std::string& text) : text_(text), components_(components_of(text)) {
    constexpr std::string_view kLead = "re:";
    const bool is_pattern = text.starts_with(kLead) || text.find_first_of("*\\+[(^$|?") != text.npos;
    if (!is_pattern) return;
    pattern_ = PythonPattern::compile(text.starts_with(kLead) ? std::string_view(text).substr(kLead.size()) : text);
    is_pattern_ = true;
  }

  const std::string& text() const { return text_; }

  // As a whole name, or as whole parts of one.
  bool means(std::string_view name) const {
    if (!is_pattern_) return is_part_of(text_, name);
    if (!pattern_) return false;
    const auto match = pattern_->search(name);
    return match && match->begin == 0;
  }

  // Perhaps also by where a longer word begins or ends.
  bool catches(std::string_view name) const { return means(name) || name.find(text_) != name.npos; }

  // Whether the entry, which matches nothing, was written for this module under another name.
  bool was_for(std::string_view module, const std::vector<std::string_view>& stored) const {
    if (std::any_of(stored.begin(), stored.end(), [&](std::string_view name) { return means(name); })) return true;
    if (is_pattern_) return false;
    if (module.find(text_) != module.npos) return true;
    if (text_.find('.') == text_.npos) return shares_word(text_, leaf_of(module));
    return parent_of(text_) == parent_of(module) || common_end(components_, components_of(module)) >= 2;
  }

 private:
  const std::string& text_;
  std::vector<std::string_view> components_;
  std::optional<PythonPattern> pattern_;
  bool is_pattern_ = false;
};

class CauseSearch {
 public:
  CauseSearch(const PackedModel& model, Leftovers& left) : model_(model), left_(left) {
    if (model.config == nullptr) return;
    for (const std::string& text : model.config->skipped) {
      if (!text.empty()) entries_.emplace_back(text);
    }
  }

  void run() {
    for (OtherPacking& packing : left_.packings) packing.cause = cause_of(packing);
    spare_status();
    blame_greedy();
    blame_idle();
  }

 private:
  Cause cause_of(const OtherPacking& packing) const {
    if (model_.config == nullptr) return Cause::kNoConfig;
    if (model_.graph.quantizer == nullptr) return Cause::kUnknownMethod;
    if (contradicts_status(packing)) return Cause::kStatus;
    return packing.stored_as == Stored::kParts ? Cause::kParts : Cause::kNotListed;
  }

  // "compressed" is what packs values; under every other status they are stored as plain ones, with scales beside them.
  bool contradicts_status(const OtherPacking& packing) const {
    const QuantizationMethod* method = quantization_method(model_.config->method);
    if (method == nullptr || !method->packs_by_status || packing.stored_as == Stored::kQuantized) return false;
    const bool says_packed = model_.config->status == "compressed";
    const bool has_scales = std::any_of(packing.stored.begin(), packing.stored.end(), [&](std::uint32_t row) {
      return part_kind(leaf_of(model_.checkpoint.tensors[row].name)) == PartKind::kWeight;
    });
    return has_scales && packing.plain_values == says_packed && stores_values(packing);
  }

  // Not scales alone.
  bool stores_values(const OtherPacking& packing) const {
    return std::any_of(packing.stored.begin(), packing.stored.end(), [&](std::uint32_t row) {
      const std::string_view leaf = leaf_of(model_.checkpoint.tensors[row].name);
      return leaf == "weight" || leaf == "weight_packed";
    });
  }

  // A status is about all of the model: where it is right for most of it, something else is wrong with the others.
  void spare_status() {
    const auto is_of_status = [](const OtherPacking& packing) { return packing.cause == Cause::kStatus; };
    const auto count = std::count_if(left_.packings.begin(), left_.packings.end(), is_of_status);
    if (count == 0 || 2 * count > quantized_modules()) return;
    for (OtherPacking& packing : left_.packings) {
      if (packing.cause == Cause::kStatus) packing.cause = Cause::kParts;
    }
  }

  std::ptrdiff_t quantized_modules() const {
    ModuleId last = ModuleId::kNone;
    std::ptrdiff_t count = 0;
    for (const Tensor& tensor : model_.graph.tensors) {
      if (tensor.owner == last || !tensor.persistent || part_kind(leaf_of(tensor.name)) != PartKind::kWeight) continue;
      last = tensor.owner;
      ++count;
    }
    return count;
  }

  const std::string& name_of(const OtherPacking& packing) const { return model_.graph.module(packing.module).name; }

  // Stored quantized, and plain in the model: the entries that may be why.
  void blame_greedy() {
    for (OtherPacking& packing : left_.packings) {
      if (packing.cause != Cause::kNotListed || packing.stored_as != Stored::kQuantized) continue;
      if (!may_compare(entries_.size())) return;
      for (const Entry& entry : entries_) {
        if (entry.catches(name_of(packing))) packing.entries.push_back(entry.text());
      }
      if (!packing.entries.empty()) packing.cause = Cause::kSkipEntry;
    }
  }

  bool may_compare(std::size_t count) {
    compared_ += count;
    return compared_ <= kMostCompared;
  }

  bool matches_nothing(const Entry& entry) {
    if (!may_compare(model_.graph.modules.size())) return false;
    return std::none_of(model_.graph.modules.begin(), model_.graph.modules.end(), [&](const Module& module) {
      return entry.means(module.name) || entry.text() == module.class_name;
    });
  }

  // The names of the modules that tensors belong to, as they are stored.
  std::vector<std::string_view> stored_modules(const OtherPacking& packing) const {
    std::vector<std::string_view> names;
    for (const std::uint32_t row : packing.stored) names.push_back(parent_of(model_.checkpoint.tensors[row].name));
    return names;
  }

  // Stored plain, and quantized in the model: the entries that were to say so, and match nothing.
  void blame_idle() {
    std::vector<OtherPacking*> plain;
    std::vector<std::vector<std::string_view>> stored;
    for (OtherPacking& packing : left_.packings) {
      if (packing.cause != Cause::kNotListed || packing.stored_as != Stored::kPlain) continue;
      plain.push_back(&packing);
      stored.push_back(stored_modules(packing));
      if (plain.size() == kMostLookedAt) break;
    }
    if (plain.empty()) return;
    for (const Entry& entry : entries_) {
      bool idle = false;
      for (std::size_t i = 0; i < plain.size(); ++i) {
        if (!entry.was_for(name_of(*plain[i]), stored[i])) continue;
        if (!idle && !matches_nothing(entry)) break;
        idle = true;
        plain[i]->entries.push_back(entry.text());
        plain[i]->cause = Cause::kSkipEntry;
      }
    }
  }

  const PackedModel& model_;
  Leftovers& left_;
  std::vector<Entry> entries_;
  std::size_t compared_ = 0;
};

// Nothing that is stored is quantized, and layers of the method have no place for that.
bool is_all_plain(const PackedModel& model, const Leftovers& left) {
  const QuantizationMethod* method = model.config == nullptr ? nullptr : quantization_method(model.config->method);
  if (method == nullptr || !method->has_own_parameters || model.graph.quantizer == nullptr) return false;
  const auto& tensors = model.checkpoint.tensors;
  return std::all_of(left.packings.begin(), left.packings.end(),
                     [](const OtherPacking& packing) { return packing.stored_as == Stored::kPlain; }) &&
         std::all_of(tensors.begin(), tensors.end(), [](const StoredTensor& tensor) {
           return tensor.dtype == Dtype::kFloat32 || tensor.dtype == Dtype::kFloat16 ||
                  tensor.dtype == Dtype::kBfloat16;
         });
}

}  // namespace

void find_packing_causes(const PackedModel& model, Leftovers& left) {
  if (left.packings.empty()) return;
  if (is_all_plain(model, left)) {
    for (OtherPacking& packing : left.packings) packing.cause = Cause::kAllPlain;
    return;
  }
  CauseSearch(model, left).run();
}

}  // namespace ckptlint
