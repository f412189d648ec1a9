// Runs the steps that sort missing, unexpected and mismatched keys by cause, each on what the one before left.
#include "loading/leftovers.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace ckptlint {
namespace {

bool has_elements(const std::vector<std::int64_t>& shape) {
  return std::find(shape.begin(), shape.end(), 0) == shape.end();
}

// The tensor, where the name is that of one.
TensorId named(const ModuleGraph& graph, std::string_view name) {
  const auto found = std::find_if(graph.tensors.begin(), graph.tensors.end(),
                                  [&](const Tensor& tensor) { return tensor.persistent && tensor.name == name; });
  return found == graph.tensors.end() ? TensorId::kNone
                                      : TensorId{static_cast<std::uint32_t>(found - graph.tensors.begin())};
}

void find_untied(const ModuleGraph& graph, const Loading& loading, Leftovers& left) {
  for (const auto& tieable : graph.tieable) {
    const bool is_tied = graph.tied_weights && std::any_of(graph.tied_weights->begin(), graph.tied_weights->end(),
                                                           [&](const auto& tie) { return tie.first == tieable.first; });
    const TensorId from = named(graph, tieable.second);
    const auto missing = std::find(left.missing.begin(), left.missing.end(), named(graph, tieable.first));
    if (is_tied || from == TensorId::kNone || missing == left.missing.end()) continue;
    const bool is_stored = std::any_of(loading.matched.begin(), loading.matched.end(),
                                       [&](const MatchedKey& key) { return key.tensor == from; });
    if (!is_stored || graph.tensor(from).shape != graph.tensor(*missing).shape) continue;
    left.untied.push_back({*missing, from});
    left.missing.erase(missing);
  }
}

// What is tied to a tensor whose key has a cause is missing for that cause, and comes with it.
void follow_ties(const ModuleGraph& graph, Leftovers& left) {
  if (!graph.tied_weights || left.missing.empty()) return;
  std::set<std::string_view> explained;
  const auto add = [&](const auto& causes) {
    for (const auto& cause : causes) {
      for (const KeyPair& pair : cause.pairs) explained.insert(graph.tensor(pair.tensor).name);
    }
  };
  add(left.shifted);
  add(left.adapter.shifted);
  add(left.hidden);
  for (const auto& [target, source] : *graph.tied_weights) {
    const std::string& tied = explained.contains(source) ? target : source;
    if (explained.contains(source) != explained.contains(target))
      std::erase_if(left.missing, [&](TensorId id) { return graph.tensor(id).name == tied; });
  }
}

// Keys that a pattern of the model hides are as good an explanation of what is missing as those that are reported,
// where every one of a family fits.
void find_hidden(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading, Leftovers& left) {
  Leftovers behind;
  behind.missing = left.missing;
  behind.unexpected = loading.ignored;
  find_shifts(graph, checkpoint, behind);
  std::set<std::uint32_t> fitting;
  for (ShiftedKeys& shift : behind.shifted) {
    if (shift.candidates != shift.pairs.size()) continue;
    explain(shift.pairs, left);
    for (const KeyPair& pair : shift.pairs) fitting.insert(pair.stored);
    left.hidden.push_back(std::move(shift));
  }
  std::copy_if(loading.ignored.begin(), loading.ignored.end(), std::back_inserter(left.ignored),
               [&](const UnexpectedKey& key) { return !fitting.contains(key.stored); });
}

bool is_lora(std::string_view key) {
  constexpr std::array<std::string_view, 5> kParts = {"lora_A", "lora_B", "lora_embedding_A", "lora_embedding_B",
                                                      "lora_magnitude_vector"};
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    const std::size_t at = key.find(part);
    const std::size_t end = at + part.size();
    return at != key.npos && (at == 0 || key[at - 1] == '.') && (end == key.size() || key[end] == '.');
  });
}

// What PEFT 0.21 calls what it wraps: a layer that is adapted, a module that is trained as a whole.
constexpr std::array<std::string_view, 2> kWrapped = {".base_layer.", ".original_module."};

bool is_of_peft(const ShiftedKeys& shift) {
  return shift.to.empty() &&
         (shift.from == "base_layer" || shift.from == "original_module" || shift.from == "base_model.model");
}

// The modules of which the model's own tensors lie within a wrapper, with final dots.
std::set<std::string, std::less<>> wrapped_modules(const Checkpoint& checkpoint, const Leftovers& left) {
  std::set<std::string, std::less<>> modules;
  for (const ShiftedKeys& shift : left.shifted) {
    for (const KeyPair& pair : shift.pairs) {
      const std::string_view key = checkpoint.tensors[pair.stored].name;
      for (const std::string_view wrapper : kWrapped) {
        const std::size_t at = key.rfind(wrapper);
        if (is_of_peft(shift) && at != key.npos) modules.emplace(key.substr(0, at + 1));
      }
    }
  }
  return modules;
}

bool is_below(const std::set<std::string, std::less<>>& modules, std::string_view key) {
  for (std::size_t dot = key.rfind('.'); dot != key.npos && dot != 0; dot = key.rfind('.', dot - 1)) {
    if (modules.contains(key.substr(0, dot + 1))) return true;
  }
  return false;
}

// One cause for both: the adapter's tensors are surplus, and those of the layers around which they lie have other
// names.  Of whichever kind of adapter, what lies beside a wrapped layer is its own.
void find_unmerged_adapter(const Checkpoint& checkpoint, Leftovers& left) {
  const auto wrapped = wrapped_modules(checkpoint, left);
  const auto of_adapter =
      std::stable_partition(left.unexpected.begin(), left.unexpected.end(),
                            [&](const UnexpectedKey& key) { return !is_lora(key.key) && !is_below(wrapped, key.key); });
  if (of_adapter == left.unexpected.end()) return;
  left.adapter.keys.assign(std::make_move_iterator(of_adapter), std::make_move_iterator(left.unexpected.end()));
  left.unexpected.erase(of_adapter, left.unexpected.end());
  const auto peft = std::stable_partition(left.shifted.begin(), left.shifted.end(),
                                          [](const ShiftedKeys& shift) { return !is_of_peft(shift); });
  left.adapter.shifted.assign(std::make_move_iterator(peft), std::make_move_iterator(left.shifted.end()));
  left.shifted.erase(peft, left.shifted.end());
}

}  // namespace

void explain(const std::vector<KeyPair>& pairs, Leftovers& left) {
  std::set<std::uint32_t> stored;
  std::set<TensorId> tensors;
  for (const KeyPair& pair : pairs) {
    stored.insert(pair.stored);
    tensors.insert(pair.tensor);
  }
  std::erase_if(left.unexpected, [&](const UnexpectedKey& key) { return stored.contains(key.stored); });
  std::erase_if(left.missing, [&](TensorId id) { return tensors.contains(id); });
}

void find_placeholders(const ModuleGraph& graph, Leftovers& left) {
  const auto rest = std::stable_partition(left.mismatched.begin(), left.mismatched.end(), [&](const auto& key) {
    return has_elements(key.shape) || !has_elements(graph.tensor(key.tensor).shape);
  });
  left.placeholders.assign(std::make_move_iterator(rest), std::make_move_iterator(left.mismatched.end()));
  left.mismatched.erase(rest, left.mismatched.end());
}

Leftovers leftovers_of(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading,
                       bool by_packing) {
  Leftovers left;
  left.missing = loading.missing;
  left.unexpected = loading.unexpected;
  left.mismatched = loading.mismatched;
  find_placeholders(graph, left);
  if (by_packing) find_packings(graph, checkpoint, loading, left);
  find_shifts(graph, checkpoint, left);
  find_unmerged_adapter(checkpoint, left);
  find_hidden(graph, checkpoint, loading, left);
  follow_ties(graph, left);
  find_untied(graph, loading, left);
  find_layouts(graph, checkpoint, left);
  find_surplus_layers(graph, left);
  find_renamings(graph, checkpoint, left);
  return left;
}

}  // namespace ckptlint
