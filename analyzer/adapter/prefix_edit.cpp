// Tries the edits that lead from the first key that finds nothing to names of the base with the longest common end.
#include "adapter/prefix_edit.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ckptlint {
namespace {

constexpr std::string_view kBaseModelLead = "base_model.model.";

// What PEFT puts after the name of a module.
constexpr std::string_view kParts[] = {
    ".lora_A.weight",
    ".lora_B.weight",
    ".lora_embedding_A",
    ".lora_embedding_B",
    ".lora_magnitude_vector",
    ".lora_magnitude_vector.weight",
    ".lora_B.bias",
    ".lora_A.bias",
    ".ia3_l",
    ".hada_w1_a",
    ".hada_w1_b",
    ".hada_w2_a",
    ".hada_w2_b",
    ".lokr_w1",
    ".lokr_w2",
    ".oft_R.weight",
    ".lora_E",
    ".lora_A",
    ".lora_B",
    ".ranknum",
    ".vera_lambda_b",
    ".vera_lambda_d",
    ".ln_tuning_layers.weight",
    ".token_adapter.trainable_tokens_delta",
    ".trainable_tokens_delta",
};

// One key, taken apart.
struct Key {
  std::uint32_t stored = 0;
  std::string name;   // of the module; of the tensor itself where it is saved `whole`
  bool whole = true;  // a tensor saved whole
};

Key key_of(std::string_view stored, std::uint32_t place) {
  if (stored.starts_with(kBaseModelLead)) stored.remove_prefix(kBaseModelLead.size());
  for (const std::string_view part : kParts) {
    if (stored.ends_with(part)) return {place, std::string(stored.substr(0, stored.size() - part.size())), false};
  }
  std::string name(stored);
  for (const std::string_view inner :
       {".modules_to_save.default.", ".modules_to_save.", ".token_adapter.base_layer.", ".base_layer."}) {
    if (const std::size_t at = name.find(inner); at != std::string::npos) name.replace(at, inner.size(), ".");
  }
  return {place, std::move(name), true};
}

class Base {
 public:
  explicit Base(const ModuleGraph& graph) : graph_(graph) {
    for (std::uint32_t i = 0; i < graph.modules.size(); ++i) modules_.emplace(graph.modules[i].name, ModuleId{i});
    for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) tensors_.emplace(graph.tensors[i].name, TensorId{i});
  }

  bool has(const Key& key, const std::string& name) const {
    return key.whole ? tensors_.contains(name) : modules_.contains(name);
  }
  const ModuleGraph& graph() const { return graph_; }

 private:
  const ModuleGraph& graph_;
  std::unordered_map<std::string_view, ModuleId> modules_;
  std::unordered_map<std::string_view, TensorId> tensors_;
};

std::string edited(const std::string& name, const PrefixEdit& edit) {
  std::string rest = name;
  if (!edit.from.empty()) {
    if (!name.starts_with(edit.from) || (name.size() > edit.from.size() && name[edit.from.size()] != '.')) return "";
    rest = name.size() > edit.from.size() ? name.substr(edit.from.size() + 1) : "";
  }
  return edit.to.empty() || rest.empty() ? edit.to + rest : edit.to + "." + rest;
}

// The edit that leads from `name` to `there`: what is left of each once their longest common end is taken away.
PrefixEdit edit_between(std::string_view name, std::string_view there) {
  std::size_t common = 0;
  std::size_t shared = 0;
  while (shared < std::min(name.size(), there.size()) &&
         name[name.size() - shared - 1] == there[there.size() - shared - 1]) {
    ++shared;
    const bool name_ends = shared == name.size() || name[name.size() - shared - 1] == '.';
    const bool there_ends = shared == there.size() || there[there.size() - shared - 1] == '.';
    if (name_ends && there_ends) common = shared;
  }
  const auto front = [&](std::string_view text) {
    return common >= text.size() ? std::string()
                                 : std::string(text.substr(0, text.size() - common - (common > 0 ? 1 : 0)));
  };
  return {front(name), front(there)};
}

// The one edit with which every key finds its module, none of which is `taken`.  Tried are the edits that lead from the
// first keys to names of the base with the longest common end.
std::optional<PrefixEdit> edit_for(const std::vector<Key>& keys, const std::set<std::string>& taken, const Base& base) {
  std::set<std::pair<std::string, std::string>> edits;
  const Key& first = keys.front();
  const auto consider = [&](const std::string& name) {
    const PrefixEdit edit = edit_between(first.name, name);
    const bool shares = edit.from.size() < first.name.size();
    if (shares && edited(first.name, edit) == name) edits.emplace(edit.from, edit.to);
  };
  if (first.whole) {
    for (const Tensor& tensor : base.graph().tensors) consider(tensor.name);
  } else {
    for (const Module& module : base.graph().modules) consider(module.name);
  }
  for (const auto& [from, to] : edits) {
    const PrefixEdit tried{from, to};
    const auto fits = [&](const Key& key) {
      const std::string name = edited(key.name, tried);
      return base.has(key, name) && !taken.contains(name);
    };
    if (std::all_of(keys.begin(), keys.end(), fits)) return tried;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PrefixEdit> prefix_edit(const Checkpoint& adapter, const ModuleGraph& graph) {
  const Base base(graph);
  std::vector<Key> lost;
  std::set<std::string> taken;
  for (std::uint32_t i = 0; i < adapter.tensors.size(); ++i) {
    if (adapter.tensors[i].name.find('.') == std::string_view::npos) continue;  // prompt_embeddings
    Key key = key_of(adapter.tensors[i].name, i);
    if (base.has(key, key.name))
      taken.insert(key.name);
    else
      lost.push_back(std::move(key));
  }
  return lost.empty() ? std::nullopt : edit_for(lost, taken, base);
}

}  // namespace ckptlint
