#include "loading/leftovers.h"

#include <algorithm>
#include <set>

namespace ckptlint {
namespace {

bool has_elements(const std::vector<std::int64_t>& shape) {
  return std::find(shape.begin(), shape.end(), 0) == shape.end();
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

Leftovers leftovers_of(const ModuleGraph& graph, const Checkpoint& checkpoint, const Loading& loading) {
  Leftovers left;
  left.missing = loading.missing;
  left.unexpected = loading.unexpected;
  left.mismatched = loading.mismatched;
  find_placeholders(graph, left);
  find_shifts(graph, checkpoint, left);
  find_layouts(graph, checkpoint, left);
  find_surplus_layers(graph, left);
  find_renamings(graph, checkpoint, left);
  return left;
}

}  // namespace ckptlint
