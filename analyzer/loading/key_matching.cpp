// Chooses how keys are loaded by the release that the source has, runs that, and sorts what it reports.
#include "loading/key_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "graph/asking.h"
#include "loading/evaluated_conversion.h"
#include "loading/forgiveness.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

// Each stored tensor has a place under its own name, and fits.
bool all_fit(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected) {
  return std::all_of(checkpoint.tensors.begin(), checkpoint.tensors.end(), [&](const StoredTensor& stored) {
    const TensorId id = expected.find(stored.name);
    if (id == TensorId::kNone) return false;
    const auto shape = checkpoint.shape(stored);
    return std::ranges::equal(shape, graph.tensor(id).shape);
  });
}

std::vector<Transform> transforms_for(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                                      EvaluatedModel* evaluated, const KeyMapping& key_mapping) {
  if (evaluated == nullptr) {
    if (!key_mapping.empty()) throw NotFollowed{"the source of the library, which reads `key_mapping`, is not at hand"};
    return legacy_renamings();
  }
  const bool nothing_to_do = key_mapping.empty() && all_fit(graph, checkpoint, expected);
  if (nothing_to_do && !may_have_own_transforms(*evaluated)) return {};
  return transforms_of(*evaluated, checkpoint, key_mapping);
}

Loading load(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated,
             const KeyMapping& key_mapping) {
  const StateDict expected(graph);
  if (evaluated == nullptr || has_transforms(*evaluated)) {
    const std::vector<Transform> transforms = transforms_for(graph, checkpoint, expected, evaluated, key_mapping);
    Compared compared = load_with_transforms(graph, checkpoint, expected, transforms, evaluated);
    return forgive_by_pattern(graph, true, forgive_ties(graph, expected, std::move(compared)));
  }
  if (!has_key_renaming(*evaluated))
    throw NotFollowed{"this release of transformers loads in a way that is not simulated"};
  return forgive_by_pattern(graph, false, load_with_key_renaming(graph, checkpoint, expected, *evaluated, key_mapping));
}

template <typename Row, typename Field>
void sort_by(std::vector<Row>& rows, Field field) {
  std::stable_sort(rows.begin(), rows.end(), [field](const Row& a, const Row& b) { return a.*field < b.*field; });
}

}  // namespace

Known<Loading> match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated,
                          const KeyMapping& key_mapping) {
  auto ended = run_phase([&] { return load(graph, checkpoint, evaluated, key_mapping); });
  Loading loading;
  if (Loading* followed = std::get_if<Loading>(&ended)) {
    loading = std::move(*followed);
  } else {
    Stopped& stopped = std::get<Stopped>(ended);
    switch (stopped.by) {
      case Stopped::By::kNotFollowed:
        return Unknown{fmt::format("how the library loads this model could not be followed: {}", stopped.what)};
      case Stopped::By::kLimit:
        return Unknown{fmt::format("loading takes more {} to follow than the limit allows", stopped.what)};
      case Stopped::By::kMemory:
      case Stopped::By::kFailure:
        return Unknown{std::move(stopped.what)};
      case Stopped::By::kRaise:
        loading.raises = std::move(stopped.what);
    }
  }
  // What a quantizer's conversions raise may be for want of a package that is only described.
  if (!loading.raises.empty() && evaluated != nullptr && !evaluated->quantizer.is_none())
    return Unknown{fmt::format("how the library loads this model could not be followed: it would end in {}",
                               printable(loading.raises))};
  if (!loading.raises.empty()) {
    Loading nothing;
    nothing.raises = std::move(loading.raises);
    return nothing;
  }
  sort_by(loading.matched, &MatchedKey::stored);
  sort_by(loading.mismatched, &MismatchedKey::stored);
  sort_by(loading.unexpected, &UnexpectedKey::key);
  sort_by(loading.ignored, &UnexpectedKey::key);
  return loading;
}

std::vector<TensorId> unset_buffers_of(const ModuleGraph& graph, EvaluatedModel* evaluated) {
  std::vector<TensorId> unset;
  // Before the library had transforms, it built buffers with their values, and only parameters without.
  if (evaluated != nullptr && !has_transforms(*evaluated)) return unset;
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    if (!tensor.persistent && tensor.rebuild == Rebuild::kUnset && tensor.alias == TensorId::kNone)
      unset.push_back(TensorId{i});
  }
  return unset;
}

}  // namespace ckptlint
