// Asks the model's own code what becomes of tensors after loading: which are left unset, and which that were loaded
// are overwritten.
#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "checkpoint/checkpoint.h"
#include "graph/asking.h"
#include "graph/initialization.h"
#include "loading/evaluated_conversion.h"
#include "loading/key_matching.h"

namespace ckptlint {
namespace {

// What is not loaded, whether it is reported or not.
std::vector<TensorId> absent(const Loading& loading) {
  std::vector<TensorId> all = loading.missing;
  all.insert(all.end(), loading.forgiven.begin(), loading.forgiven.end());
  for (const MismatchedKey& key : loading.mismatched) all.push_back(key.tensor);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Those tensors that are stored as they are loaded, with their values, ascending, where they can be read.
std::vector<std::pair<TensorId, std::vector<double>>> values_of(const std::vector<TensorId>& tensors,
                                                                const Loading& loading, const StoredTensors& stored) {
  std::map<TensorId, std::vector<double>> values;
  for (const MatchedKey& key : loading.matched) {
    if (key.converted || !std::binary_search(tensors.begin(), tensors.end(), key.tensor)) continue;
    Result<std::vector<double>> read =
        stored_values(stored.repo, stored.checkpoint, stored.checkpoint.tensors[key.stored]);
    if (read.ok()) values.insert_or_assign(key.tensor, std::move(*read));
  }
  return {values.begin(), values.end()};
}

// What _init_weights overwrites with other values than were loaded.
std::vector<TensorId> spoiled(const ModuleGraph& graph, EvaluatedModel& evaluated, const std::vector<TensorId>& missing,
                              std::vector<TensorId> overwritten, const Loading& loading, const StoredTensors& stored) {
  const auto values = values_of(overwritten, loading, stored);
  if (values.empty()) return overwritten;
  std::vector<TensorId> same;
  same.reserve(values.size());
  for (const auto& each : values) same.push_back(each.first);
  const std::vector<TensorId> changed =
      changed_by_initialization(*evaluated.interpreter, evaluated.model, graph, missing, values);
  std::erase_if(same, [&](TensorId id) { return std::binary_search(changed.begin(), changed.end(), id); });
  std::erase_if(overwritten, [&](TensorId id) { return std::binary_search(same.begin(), same.end(), id); });
  return overwritten;
}

}  // namespace

void find_after_loading(const ModuleGraph& graph, EvaluatedModel* evaluated, const StoredTensors* stored,
                        Loading& loading) {
  loading.initialized.assign(loading.missing.size(), Rebuild::kUnknown);
  if (evaluated == nullptr || !loading.raises.empty()) return;
  if (!has_transforms(*evaluated)) {
    // Buffers keep what the constructor gave them.
    for (std::size_t i = 0; i < loading.missing.size(); ++i) {
      if (graph.tensor(loading.missing[i]).is_buffer()) loading.initialized[i] = Rebuild::kWritten;
    }
    return;
  }
  const std::vector<TensorId> missing = absent(loading);
  AfterLoading after;
  const std::optional<Stopped> stopped = run_phase([&] {
    after = trace_after_loading(*evaluated->interpreter, evaluated->model, graph, missing);
    if (stored != nullptr && !after.overwritten.empty())
      after.overwritten = spoiled(graph, *evaluated, missing, std::move(after.overwritten), loading, *stored);
  });
  if (stopped && stopped->by != Stopped::By::kLimit) return;  // no memory: what becomes of them stays unknown
  if (stopped) after.missing.assign(missing.size(), Rebuild::kUnknown);
  for (std::size_t i = 0; i < loading.missing.size(); ++i) {
    const auto at = std::lower_bound(missing.begin(), missing.end(), loading.missing[i]);
    loading.initialized[i] = after.missing[static_cast<std::size_t>(at - missing.begin())];
  }
  loading.overwritten = std::move(after.overwritten);
}

Result<std::vector<TensorId>> unset_elsewhere_of(const ModuleGraph& graph, EvaluatedModel* evaluated) {
  if (evaluated == nullptr) return Error{"the source of the library is not at hand"};
  std::optional<std::vector<TensorId>> unset;
  const std::optional<Stopped> stopped =
      run_phase([&] { unset = trace_other_ranks(*evaluated->interpreter, evaluated->model, graph); });
  if (stopped && stopped->by != Stopped::By::kLimit) return Error{stopped->what};
  if (stopped) return Error{"what the library does on other ranks could not be followed"};
  return std::move(*unset);
}

}  // namespace ckptlint
