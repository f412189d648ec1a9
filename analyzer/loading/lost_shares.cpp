// Finds parameters that stay without a value while one that the constructor shares with them is stored: loading makes
// each name a parameter of its own.
#include <map>

#include "loading/key_matching.h"
#include "loading/state_dict.h"

namespace ckptlint {

void find_lost_shares(const ModuleGraph& graph, const std::vector<std::pair<std::string, std::string>>& parted,
                      Loading& loading) {
  if (loading.blind.empty()) return;
  const StateDict names(graph);
  std::map<TensorId, TensorId> made_from;  // of what loading has parted
  for (const auto& [name, first] : parted) {
    const TensorId own = names.find(name), shared = names.find(first);
    if (own != TensorId::kNone && shared != TensorId::kNone) made_from[own] = shared;
  }
  const auto object_of = [&](TensorId id) {
    const auto parted_from = made_from.find(id);
    if (parted_from != made_from.end()) id = parted_from->second;
    const TensorId alias = graph.tensor(id).alias;
    return alias == TensorId::kNone ? id : alias;
  };
  std::map<TensorId, const MatchedKey*> stored;
  for (const MatchedKey& key : loading.matched) stored.emplace(object_of(key.tensor), &key);
  for (BlindPattern& blind : loading.blind) {
    for (const TensorId id : blind.hidden) {
      if (const auto found = stored.find(object_of(id)); found != stored.end())
        blind.shared.push_back({id, *found->second});
    }
  }
}

}  // namespace ckptlint
