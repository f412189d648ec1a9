// Finds ties of which both sides are stored and compares their bytes, and ties of which only the repeating side is
// stored.
#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/byte_source.h"
#include "loading/key_matching.h"
#include "loading/state_dict.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kPiece = 1u << 20;

// Whether the bytes differ; nothing where they cannot be read.
std::optional<bool> differ(const Checkpoint& checkpoint, const FileTree& repo, const StoredTensor& a,
                           const StoredTensor& b) {
  if (!a.direct || !b.direct) return std::nullopt;
  if (a.shard == b.shard && a.begin == b.begin) return std::nullopt;  // one storage under two names
  if (a.dtype != b.dtype || !std::ranges::equal(checkpoint.shape(a), checkpoint.shape(b)) || a.bytes() != b.bytes())
    return true;
  const Result<ByteSource> in_a = repo.open(checkpoint.shard(a.shard).path);
  const Result<ByteSource> in_b = repo.open(checkpoint.shard(b.shard).path);
  if (!in_a || !in_b) return std::nullopt;
  const std::uint64_t size = a.bytes(), piece = std::min(size, kPiece);
  for (const std::uint64_t at : {std::uint64_t{0}, (size - piece) / 2, size - piece}) {
    const Result<std::string> from_a = in_a->read(a.begin + at, piece);
    const Result<std::string> from_b = in_b->read(b.begin + at, piece);
    if (!from_a || !from_b) return std::nullopt;
    if (*from_a != *from_b) return true;
  }
  return false;
}

}  // namespace

namespace {

// Transformers 5 says what is tied; before it, those are that share once the model is built as loading builds it.
std::vector<std::pair<TensorId, TensorId>> ties_of(const ModuleGraph& graph) {
  std::vector<std::pair<TensorId, TensorId>> ties;
  if (graph.tied_weights) {
    const StateDict names(graph);
    for (const auto& [target, source] : *graph.tied_weights) ties.emplace_back(names.find(target), names.find(source));
    return ties;
  }
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    const bool in_shared_module = graph.module(tensor.owner).alias != ModuleId::kNone;
    if (tensor.alias != TensorId::kNone && !tensor.is_buffer() && !in_shared_module)
      ties.emplace_back(TensorId{i}, tensor.alias);
  }
  return ties;
}

}  // namespace

void find_split_ties(const ModuleGraph& graph, const Checkpoint& checkpoint, const FileTree& repo, Loading& loading) {
  const std::vector<std::pair<TensorId, TensorId>> ties = ties_of(graph);
  if (ties.empty()) return;
  std::unordered_map<TensorId, const MatchedKey*> stored;
  for (const MatchedKey& key : loading.matched) stored.emplace(key.tensor, &key);
  std::set<TensorId> alone;  // sources that were said to be absent
  for (const auto& [target_id, source_id] : ties) {
    const auto one = stored.find(target_id), other = stored.find(source_id);
    if (one == stored.end() || source_id == TensorId::kNone || one->second->converted) continue;
    if (other == stored.end()) {
      if (!graph.tied_weights && !loading.left_empty) continue;
      const bool lost = loading.left_empty && std::ranges::binary_search(*loading.left_empty, target_id);
      if (alone.insert(source_id).second) loading.aliases_alone.push_back({source_id, *one->second, lost});
      continue;
    }
    if (other->second->converted) continue;
    const auto found =
        differ(checkpoint, repo, checkpoint.tensors[one->second->stored], checkpoint.tensors[other->second->stored]);
    if (found) loading.split_ties.push_back({*one->second, *other->second, *found});
  }
}

}  // namespace ckptlint
