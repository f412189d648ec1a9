// Finds for each key of an adapter the module of the base model that PEFT would put it on, whether their sizes agree,
// and the one change of prefix that would make keys fit which find none.
#include "adapter/adapter.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/json_document.h"

namespace ckptlint {
namespace {

constexpr std::string_view kLead = "base_model.model.";
constexpr std::uint64_t kLongestConfig = 1u << 20;

// What PEFT puts after the name of a module, and which extent of the module's weight [out, in] the tensor shares, by
// which axis of its own.
struct Part {
  std::string_view suffix;
  int axis;         // of the stored tensor; -1: not compared
  int weight_axis;  // of the module's weight
};

constexpr std::array kParts = {
    Part{".lora_A.weight", 1, 1},
    Part{".lora_B.weight", 0, 0},
    Part{".lora_embedding_A", 1, 0},
    Part{".lora_embedding_B", 0, 1},
    Part{".lora_magnitude_vector", 0, 0},
    Part{".lora_magnitude_vector.weight", 0, 0},
    Part{".lora_B.bias", -1, 0},
    Part{".lora_A.bias", -1, 0},
    Part{".ia3_l", -1, 0},
    Part{".hada_w1_a", -1, 0},
    Part{".hada_w1_b", -1, 0},
    Part{".hada_w2_a", -1, 0},
    Part{".hada_w2_b", -1, 0},
    Part{".lokr_w1", -1, 0},
    Part{".lokr_w2", -1, 0},
    Part{".oft_R.weight", -1, 0},
    Part{".lora_E", -1, 0},
    Part{".lora_A", -1, 0},
    Part{".lora_B", -1, 0},
    Part{".ranknum", -1, 0},
};

// One key, taken apart.
struct Key {
  std::uint32_t stored = 0;
  std::string name;            // of the module; of the tensor itself where `part` is null
  const Part* part = nullptr;  // null: a tensor saved whole
};

Key key_of(std::string_view stored, std::uint32_t place) {
  if (stored.starts_with(kLead)) stored.remove_prefix(kLead.size());
  for (const Part& part : kParts) {
    if (stored.ends_with(part.suffix))
      return {place, std::string(stored.substr(0, stored.size() - part.suffix.size())), &part};
  }
  std::string name(stored);
  for (const std::string_view inner : {".modules_to_save.default.", ".modules_to_save.", ".base_layer."}) {
    if (const std::size_t at = name.find(inner); at != std::string::npos) name.replace(at, inner.size(), ".");
  }
  return {place, std::move(name), nullptr};
}

class Base {
 public:
  explicit Base(const ModuleGraph& graph) : graph_(graph) {
    for (std::uint32_t i = 0; i < graph.modules.size(); ++i) modules_.emplace(graph.modules[i].name, ModuleId{i});
    for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) tensors_.emplace(graph.tensors[i].name, TensorId{i});
  }

  bool has(const Key& key, const std::string& name) const {
    return key.part == nullptr ? tensors_.contains(name) : modules_.contains(name);
  }
  // The tensor that the key's extents come from; kNone where there is none.
  TensorId tensor(const Key& key) const {
    const auto found = tensors_.find(key.part == nullptr ? key.name : key.name + ".weight");
    return found == tensors_.end() ? TensorId::kNone : found->second;
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
  if (first.part == nullptr) {
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

void compare(const Checkpoint& adapter, const Key& key, const Base& base, Adapter& out) {
  const TensorId id = base.tensor(key);
  if (id == TensorId::kNone) return;
  const auto& expected = base.graph().tensor(id).shape;
  const auto shape = adapter.shape(adapter.tensors[key.stored]);
  if (key.part == nullptr) {
    if (shape.size() != expected.size()) return;
    for (std::uint32_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == expected[axis]) continue;
      out.mismatched.push_back({key.stored, id, axis, expected[axis], true});
      return;
    }
    return;
  }
  const auto axis = static_cast<std::size_t>(key.part->axis);
  const auto weight_axis = static_cast<std::size_t>(key.part->weight_axis);
  // A layer that keeps its weight the other way round (Conv1D of GPT-2) fits by either extent.
  const bool plain = key.part->axis >= 0 && axis < shape.size() && expected.size() == 2;
  if (plain && shape[axis] != expected[0] && shape[axis] != expected[1])
    out.mismatched.push_back({key.stored, id, static_cast<std::uint32_t>(axis), expected[weight_axis], false});
}

}  // namespace

bool is_adapter(const FileTree& repo) {
  if (!repo.is_file("adapter_config.json")) return false;
  const Result<std::string> text = repo.read("adapter_config.json", kLongestConfig);
  const auto document = text.ok() ? json_document(*text) : std::nullopt;
  return document && document->is_object();
}

std::string adapter_base(const FileTree& repo) {
  const Result<std::string> text = repo.read("adapter_config.json", kLongestConfig);
  const auto document = text.ok() ? json_document(*text) : std::nullopt;
  if (!document || !document->is_object()) return "";
  const auto name = document->find("base_model_name_or_path");
  return name != document->end() && name->is_string() ? name->get<std::string>() : "";
}

Adapter match_adapter(const Checkpoint& adapter, const ModuleGraph& graph) {
  Adapter out;
  const Base base(graph);
  std::vector<Key> keys;
  for (std::uint32_t i = 0; i < adapter.tensors.size(); ++i) {
    if (adapter.tensors[i].name.find('.') == std::string_view::npos) continue;  // prompt_embeddings
    keys.push_back(key_of(adapter.tensors[i].name, i));
  }
  for (const Key& key : keys) {
    if (!base.has(key, key.name)) {
      out.unmatched.push_back(key.stored);
      continue;
    }
    ++out.matched;
    compare(adapter, key, base, out);
  }
  std::vector<Key> lost;
  std::set<std::string> taken;
  for (Key& key : keys) {
    if (std::binary_search(out.unmatched.begin(), out.unmatched.end(), key.stored))
      lost.push_back(std::move(key));
    else
      taken.insert(key.name);
  }
  if (!lost.empty()) out.edit = edit_for(lost, taken, base);
  return out;
}

}  // namespace ckptlint
