// Chooses how keys are loaded by the release that the source has, runs that, and sorts what it reports.
#include "loading/key_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/initialization.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"
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

// What a quantizer raises may be for want of a package that is only described.
bool rests_on_description(std::string_view raises) {
  constexpr std::array<std::string_view, 4> kSigns{
      "ImportError: ", "ModuleNotFoundError: ", "NameError: ", "AttributeError: module "};
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return raises.find(sign) != raises.npos; });
}

// transformers 5 looks up every tied parameter, which a quantized layer need not have.
std::string raised_by_ties(EvaluatedModel& evaluated) {
  python::Interpreter& in = *evaluated.interpreter;
  python::Value method;
  if (!in.find_attribute(evaluated.model, in.intern("mark_tied_weights_as_initialized"), method)) return "";
  Evaluation code(evaluated);
  try {
    code.run([&] {
      const python::Value none = in.call(in.import_name("types", "SimpleNamespace"), {},
                                         {{in.intern("missing_keys"), python::Value::of(in.set())}});
      // The first releases of transformers 5 do not hand it what is missing.
      const python::Value signature = in.call(in.import_name("inspect", "signature"), {method});
      const bool takes_it = in.collect(in.attribute(signature, in.intern("parameters")))->items.size() != 0;
      return takes_it ? in.call(method, {none}) : in.call(method, {});
    });
  } catch (const LibraryRaises& raised) {
    return raised.what;
  } catch (const NotFollowed&) {
  }
  return "";
}

// What is missing is initialised, which not every dtype and not every quantized layer takes.
std::string raised_after(const ModuleGraph& graph, const Loading& loading, EvaluatedModel& evaluated) {
  std::vector<TensorId> absent = loading.missing;
  for (const MismatchedKey& key : loading.mismatched) absent.push_back(key.tensor);
  std::sort(absent.begin(), absent.end());
  absent.erase(std::unique(absent.begin(), absent.end()), absent.end());
  return raised_by_initialization(*evaluated.interpreter, evaluated.model, graph, absent).value_or("");
}

template <typename Row, typename Field>
void sort_by(std::vector<Row>& rows, Field field) {
  std::stable_sort(rows.begin(), rows.end(), [field](const Row& a, const Row& b) { return a.*field < b.*field; });
}

}  // namespace

Known<Loading> match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated,
                          const KeyMapping& key_mapping) {
  auto ended = run_phase([&] {
    Loading loaded = load(graph, checkpoint, evaluated, key_mapping);
    // transformers 4 has initialised before it loads; 5 reports failed conversions whatever the initialisation raises.
    const bool ended = !loaded.raises.empty() || evaluated == nullptr || !has_transforms(*evaluated);
    if (ended || evaluated->quantizer.is_none()) return loaded;
    std::string raised = raised_by_ties(*evaluated);
    if (raised.empty()) raised = raised_after(graph, loaded, *evaluated);
    if (!raised.empty()) loaded.raises = std::move(raised);
    return loaded;
  });
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
        loading.raised_at = stopped.where;
    }
  }
  if (evaluated != nullptr && !evaluated->quantizer.is_none() && rests_on_description(loading.raises))
    return Unknown{fmt::format("how the library loads this model could not be followed: it would end in {}",
                               printable(loading.raises))};
  if (!loading.raises.empty()) {
    Loading nothing;
    nothing.raises = std::move(loading.raises);
    nothing.raised_at = loading.raised_at;
    nothing.compared = std::move(loading.compared);
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
