// Asks the model's own code what becomes of tensors after loading: which are left unset, and which that were loaded
// are overwritten.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "checkpoint/checkpoint.h"
#include "graph/asking.h"
#include "graph/evaluated_model.h"
#include "loading/evaluated_conversion.h"
#include "loading/finish.h"
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
TensorValues values_of(const std::vector<TensorId>& tensors, const Loading& loading, const StoredTensors& stored) {
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
std::vector<TensorId> spoiled(const LoadedModel& loaded, const Loading& loading, const StoredTensors& stored) {
  std::vector<TensorId> overwritten = loaded.overwritten();
  const TensorValues values = values_of(overwritten, loading, stored);
  if (values.empty()) return overwritten;
  std::vector<TensorId> same;
  same.reserve(values.size());
  for (const auto& each : values) same.push_back(each.first);
  const std::vector<TensorId> changed = changed_by_initialization(loaded, values);
  std::erase_if(same, [&](TensorId id) { return std::binary_search(changed.begin(), changed.end(), id); });
  std::erase_if(overwritten, [&](TensorId id) { return std::binary_search(same.begin(), same.end(), id); });
  return overwritten;
}

// The exception in which loading ends that compared keys without transforms, as transformers 4 does.
Known<std::optional<LoadFailure>> end_of_plain_load(const ModuleGraph& graph, EvaluatedModel& evaluated,
                                                    const Loading& loading) {
  if (!loading.end_not_known.empty()) return Unknown{loading.end_not_known};
  // In which dtype quantized weights that are not stored are initialised is the quantizer's to say.
  if (!evaluated.quantizer.is_none()) return std::optional<LoadFailure>();
  auto ended = run_phase([&] { return find_initialization(evaluated, graph, loading); });
  if (auto* found = std::get_if<Known<std::optional<LoadFailure>>>(&ended)) return std::move(*found);
  return Unknown{"how the library initialises what is not stored takes more to follow than the limit allows"};
}

}  // namespace

AfterLoading find_after_loading(const ModuleGraph& graph, EvaluatedModel* evaluated, const StoredTensors* stored,
                                const Loading& loading) {
  AfterLoading after;
  after.missing.assign(loading.missing.size(), Rebuild::kUnknown);
  if (evaluated == nullptr || !loading.raises.empty()) return after;
  if (!has_transforms(*evaluated)) {
    // Buffers keep what the constructor gave them.
    for (std::size_t i = 0; i < loading.missing.size(); ++i) {
      if (graph.tensor(loading.missing[i]).is_buffer()) after.missing[i] = Rebuild::kWritten;
    }
    after.finish = end_of_plain_load(graph, *evaluated, loading);
    return after;
  }
  if (!evaluated->traced) return after;
  auto ended = run_phase([&] {
    const LoadedModel loaded = trace_after_loading(*evaluated->traced, graph, absent(loading));
    AfterLoading found{after.missing, stored == nullptr ? loaded.overwritten() : spoiled(loaded, loading, *stored),
                       find_finish(loaded, evaluated->quantizer, loading)};
    for (std::size_t i = 0; i < loading.missing.size(); ++i) {
      const auto at = std::lower_bound(loaded.absent().begin(), loaded.absent().end(), loading.missing[i]);
      found.missing[i] = loaded.missing()[static_cast<std::size_t>(at - loaded.absent().begin())];
    }
    return found;
  });
  if (auto* found = std::get_if<AfterLoading>(&ended)) return std::move(*found);
  after.finish = Unknown{"what the library does once the weights are read takes more to follow than the limit allows"};
  return after;  // what becomes of them stays unknown
}

Known<std::vector<TensorId>> unset_elsewhere_of(const ModuleGraph& graph, EvaluatedModel* evaluated) {
  if (evaluated == nullptr) return Unknown{"the source of the library is not at hand"};
  if (!evaluated->traced) return Unknown{"what `_init_weights` writes was not traced"};
  auto ended = run_phase([&] { return trace_other_ranks(*evaluated->traced, graph); });
  const Stopped* stopped = std::get_if<Stopped>(&ended);
  if (stopped == nullptr) return std::get<0>(std::move(ended));
  return Unknown{stopped->by == Stopped::By::kLimit ? "what the library does on other ranks could not be followed"
                                                    : stopped->what};
}

}  // namespace ckptlint
