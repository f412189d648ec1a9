// Puts modules together of which the same is to be said, and says what becomes of them.
#include "wording/packings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "ckptlint/names.h"
#include "ckptlint/quantization_methods.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

template <typename T>
void append(const std::vector<T>& more, std::vector<T>& all) {
  all.insert(all.end(), more.begin(), more.end());
}

void add(const Model& model, const OtherPacking& packing, PackingGroup& group) {
  const ModuleGraph& graph = *model.graph;
  group.modules.push_back(graph.module(packing.module).name);
  for (const TensorId id : packing.missing) group.tensors.push_back(graph.tensor(id).name);
  for (const UnexpectedKey& key : packing.unexpected) group.tensors.push_back(key.key);
  for (const MismatchedKey& key : packing.mismatched) group.tensors.push_back(graph.tensor(key.tensor).name);
  append(packing.stored, group.stored);
  append(packing.missing, group.missing);
  append(packing.unexpected, group.unexpected);
  append(packing.mismatched, group.mismatched);
  for (const std::string& entry : packing.entries) {
    if (std::find(group.entries.begin(), group.entries.end(), entry) == group.entries.end())
      group.entries.push_back(entry);
  }
}

void finish(const Model& model, PackingGroup& group) {
  group.raises = model.loading->raises;
  // Values that fit where they do not belong are all that is wrong with the module.
  if (group.tensors.empty()) group.tensors = group.modules;
  std::sort(group.stored.begin(), group.stored.end());
}

// How stored tensors are packed, by the first that is a part of a quantized weight.
class PackingNames {
 public:
  explicit PackingNames(const Model& model) {
    for (const QuantizedWeight& weight : *model.quantized) {
      for (const std::uint32_t part : weight.parts) weights_.emplace(part, &weight);
    }
  }

  // Empty where none of them is such a part.
  std::string of(const std::vector<std::uint32_t>& stored) const {
    for (const std::uint32_t row : stored) {
      if (const auto found = weights_.find(row); found != weights_.end()) return found->second->packing;
    }
    return "";
  }

 private:
  std::unordered_map<std::uint32_t, const QuantizedWeight*> weights_;
};

template <typename Wanted>
PackingGroup all_of(const Model& model, const Wanted& wanted) {
  PackingGroup group;
  for (const OtherPacking& packing : model.leftovers->packings) {
    if (wanted(packing)) add(model, packing, group);
  }
  if (group.empty()) return group;
  finish(model, group);
  group.packing = PackingNames(model).of(group.stored);
  return group;
}

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace

std::vector<PackingGroup> packing_groups(const Model& model, OtherPacking::Cause cause, OtherPacking::Stored stored_as,
                                         std::string (*key)(const Model&, const OtherPacking&)) {
  const PackingNames names(model);
  std::vector<PackingGroup> groups;
  std::unordered_map<std::string, std::size_t> known;
  for (const OtherPacking& packing : model.leftovers->packings) {
    if (packing.cause != cause || packing.stored_as != stored_as) continue;
    const std::string name = names.of(packing.stored);
    const auto [at, is_new] = known.emplace(fmt::format("{}; {}", name, key(model, packing)), groups.size());
    if (is_new) groups.emplace_back().packing = name;
    add(model, packing, groups[at->second]);
  }
  for (PackingGroup& group : groups) finish(model, group);
  return groups;
}

PackingGroup packing_group(const Model& model, OtherPacking::Cause cause, OtherPacking::Stored stored_as) {
  return all_of(model,
                [&](const OtherPacking& packing) { return packing.cause == cause && packing.stored_as == stored_as; });
}

PackingGroup packing_group(const Model& model, OtherPacking::Cause cause) {
  return all_of(model, [&](const OtherPacking& packing) { return packing.cause == cause; });
}

bool is_surplus_alone(const PackingGroup& group) {
  return group.missing.empty() && group.mismatched.empty() && !group.unexpected.empty() &&
         std::all_of(group.unexpected.begin(), group.unexpected.end(), [](const UnexpectedKey& key) {
           return leaf_of(key.key) != "weight" && part_kind(leaf_of(key.key)) != PartKind::kWeight;
         });
}

std::string outcome_of(const PackingGroup& group) {
  if (!group.raises.empty()) return fmt::format("`from_pretrained` ends in {}", group.raises);
  if (!group.mismatched.empty()) {
    return fmt::format(
        "`from_pretrained` raises RuntimeError, since {} {} another shape than the model has; with "
        "`ignore_mismatched_sizes=True` {} random values",
        counted(group.mismatched.size(), "tensor"), group.mismatched.size() == 1 ? "has" : "have",
        group.mismatched.size() == 1 ? "it gets" : "they get");
  }
  std::string text;
  if (!group.missing.empty()) {
    text = fmt::format("`from_pretrained` reports {} as missing, which {} random or uninitialised values",
                       counted(group.missing.size(), "tensor"), group.missing.size() == 1 ? "gets" : "get");
  }
  if (!group.unexpected.empty()) {
    text += fmt::format("{} {} as unexpected, which it leaves out",
                        text.empty() ? "`from_pretrained` reports" : ", and", counted(group.unexpected.size(), "key"));
  }
  if (text.empty()) return "`from_pretrained` says nothing, and takes the packed values for plain ones";
  if (is_surplus_alone(group)) return text;
  return text + ": the model computes with wrong values";
}

void place(const Model& model, const PackingGroup& group, Finding& finding) {
  const Checkpoint& checkpoint = *model.checkpoint;
  std::optional<std::uint32_t> shown;
  if (!group.mismatched.empty()) {
    shown = group.mismatched.front().stored;
  } else if (!group.unexpected.empty()) {
    shown = group.unexpected.front().stored;
  } else {
    // Its values rather than a scale.
    for (const std::uint32_t row : group.stored) {
      const bool is_values = leaf_of(checkpoint.tensors[row].name).starts_with("weight");
      if (!shown || is_values) shown = row;
      if (is_values) break;
    }
  }
  if (shown) finding.labels.push_back(stored_place(checkpoint, checkpoint.tensors[*shown], "stored here"));
}

std::string file_note(const Config& config) {
  if (!config.quantization_file) return "";
  const QuantizationFile& file = *config.quantization_file;
  return fmt::format("`{}`{}{} is a file of the quantizing tool, which `from_pretrained` does not read", file.path,
                     file.algorithm.empty() ? "" : ", which says ",
                     file.algorithm.empty() ? "" : fmt::format("`{}`,", file.algorithm));
}

std::string skip_list_path(const Quantization& quantization) {
  const QuantizationMethod* method = quantization_method(quantization.method);
  const std::string_view usual = (method == nullptr ? QuantizationMethod() : *method).skip_list;
  return fmt::format("{}.{}", quantization.path, quantization.skip_key.empty() ? usual : quantization.skip_key);
}

std::string entries_text(const Quantization& quantization, const std::vector<std::string>& entries) {
  const std::string path = skip_list_path(quantization);
  return fmt::format("{} of `{}`", listed_names(entries, 4), leaf_of(path));
}

std::vector<Remedy> skip_list_edit(const Quantization& quantization, const std::vector<std::string>& list,
                                   const std::string& title) {
  std::string value;
  for (const std::string& name : list) {
    const auto needs_escape = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
    if (std::any_of(name.begin(), name.end(), needs_escape)) return {};
    value += fmt::format("{}\"{}\"", value.empty() ? "" : ", ", name);
  }
  EditConfig edit{skip_list_path(quantization), "[" + value + "]",
                  "right where the weights are stored as they are meant to be used", true};
  edit.title = title;
  return {edit};
}

}  // namespace ckptlint
