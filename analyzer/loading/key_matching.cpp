// Chooses how keys are loaded by the release that the source has, runs that, and sorts what it reports.
#include "loading/key_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "graph/asking.h"
#include "graph/initialization.h"
#include "loading/diffusers_load.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"
#include "loading/forgiveness.h"
#include "loading/load_shards.h"
#include "loading/own_state_dict.h"
#include "loading/own_ties.h"
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

// What modeling_utils.load_state_dict of the library makes of types that it does not list: transformers 4 asks it for
// the names of what is stored, 5 for the type of the first tensor where the config does not say one.
void refuse_types(const Checkpoint& checkpoint, EvaluatedModel& evaluated) {
  constexpr std::array kUnlisted{Dtype::kComplex32, Dtype::kComplex64,  Dtype::kComplex128,
                                 Dtype::kFloat4,    Dtype::kFloat6E2m3, Dtype::kFloat6E3m2};
  std::vector<std::pair<std::string, std::string>> types;
  for (const StoredTensor& stored : checkpoint.tensors) {
    const bool unlisted = std::find(kUnlisted.begin(), kUnlisted.end(), stored.dtype) != kUnlisted.end();
    if (unlisted && stored.type_name == safetensors_name(stored.dtype))
      types.emplace_back(stored.name, stored.type_name);
  }
  if (types.empty()) return;
  if (!has_transforms(evaluated)) return read_types(evaluated, types);
  throw NotFollowed{fmt::format(
      "it ends in ValueError: Cannot load safetensors of unknown dtype {} where the config does not say the "
      "type of the model",
      types.front().second)};
}

std::vector<std::string> own_patterns(Evaluation& code, EvaluatedModel& evaluated, const char* name) {
  python::Interpreter& in = *evaluated.interpreter;
  const python::Value own = code.run([&] { return in.attribute(evaluated.model, in.intern(name)); });
  return own.is_none() ? std::vector<std::string>() : code.texts(own);
}

// What they raise before 4.57, which searches keys for one pattern after the other.
void try_patterns_apart(EvaluatedModel& evaluated, const Loading& loading, const ModuleGraph& graph) {
  python::Interpreter& in = *evaluated.interpreter;
  Evaluation code(evaluated);
  const auto try_each = [&](const char* name, const std::string& key) {
    for (const std::string& pattern : own_patterns(code, evaluated, name)) {
      if (!PythonPattern::compile(pattern))
        code.run([&] { return in.call(in.import_name("re", "search"), {in.string(pattern), in.string(key)}); });
    }
  };
  if (!loading.missing.empty()) try_each("_keys_to_ignore_on_load_missing", graph.tensor(loading.missing.front()).name);
  if (!loading.unexpected.empty()) try_each("_keys_to_ignore_on_load_unexpected", loading.unexpected.front().key);
}

// What the patterns of the class raise where 4.57 joins them: as something that is no list, or no pattern.
void try_patterns(EvaluatedModel& evaluated, const Loading& loading) {
  python::Interpreter& in = *evaluated.interpreter;
  Evaluation code(evaluated);
  const auto with_more = [&](const char* name) {
    return code.run([&] {
      python::Value own;
      const bool has_own = in.find_attribute(evaluated.model, in.intern(name), own) && in.test(own);
      return in.binary(python::Operator::kAdd, has_own ? own : python::Value::of(in.list()),
                       python::Value::of(in.list()));
    });
  };
  if (loading.unexpected.empty()) {
    with_more("_keys_to_ignore_on_load_unexpected");
    return;
  }
  for (const std::string& pattern : code.texts(with_more("_keys_to_ignore_on_load_unexpected"))) {
    if (!PythonPattern::compile(pattern))
      code.run([&] { return in.call(in.import_name("re", "compile"), {in.string("(" + pattern + ")")}); });
  }
}

Loading load(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated,
             const KeyMapping& key_mapping) {
  if (evaluated != nullptr) refuse_types(checkpoint, *evaluated);
  const auto own = evaluated == nullptr ? std::nullopt : names_of_own_state_dict(*evaluated);
  if (own && (has_transforms(*evaluated) || (has_key_renaming(*evaluated) && !fills_at_once(*evaluated))))
    look_for_names_of_no_tensor(*evaluated, graph, checkpoint, *own);
  const StateDict expected(graph, own ? &*own : nullptr);
  if (evaluated == nullptr || has_transforms(*evaluated)) {
    const std::vector<Transform> transforms = transforms_for(graph, checkpoint, expected, evaluated, key_mapping);
    Compared compared = load_with_transforms(graph, checkpoint, expected, transforms, evaluated);
    const OwnTies own_ties = [&](const std::vector<std::string>& missing) {
      return evaluated == nullptr ? std::nullopt : missing_after_own_ties(*evaluated, missing);
    };
    return forgive_by_pattern(graph, FormerBuffers::kPositions,
                              forgive_ties(graph, expected, own_ties, std::move(compared)));
  }
  if (!has_key_renaming(*evaluated)) {
    if (!loads_in_one_function(*evaluated))
      throw NotFollowed{"this release of transformers loads in a way that is not simulated"};
    if (!key_mapping.empty()) throw NotFollowed{"this release of transformers knows no `key_mapping`"};
    Compared compared = load_in_one_function(graph, checkpoint, expected, *evaluated);
    try_patterns_apart(*evaluated, compared.loading, graph);
    return forgive_by_pattern(graph, FormerBuffers::kNone, std::move(compared));
  }
  Compared compared = load_with_key_renaming(graph, checkpoint, expected, *evaluated, key_mapping,
                                             own ? *own : std::set<std::string, std::less<>>());
  if (adjusts_report(*evaluated))
    try_patterns(*evaluated, compared.loading);
  else
    try_patterns_apart(*evaluated, compared.loading, graph);
  return forgive_by_pattern(graph, FormerBuffers::kFrequencies, std::move(compared));
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
  const auto raised = raised_by_initialization(*evaluated.interpreter, evaluated.model, graph, absent);
  return raised ? evaluated.interpreter->describe(*raised) : "";
}

template <typename Row, typename Field>
void sort_by(std::vector<Row>& rows, Field field) {
  std::stable_sort(rows.begin(), rows.end(), [field](const Row& a, const Row& b) { return a.*field < b.*field; });
}

}  // namespace

namespace {

// What `load()` reports, or the exception in which it ends.
template <typename Load>
Known<Loading> followed(const Load& load) {
  auto ended = run_phase(load);
  if (Loading* followed = std::get_if<Loading>(&ended)) return std::move(*followed);
  Stopped& stopped = std::get<Stopped>(ended);
  Loading loading;
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
  return loading;
}

// The folder and its files as from_pretrained of diffusers finds them: weights of a variant, or of a name of their own,
// as if they had the name that it looks for.
std::pair<FileTreePtr, std::vector<StoredFile>> where_it_is_looked_for(const FileTreePtr& repo,
                                                                       const Checkpoint& checkpoint) {
  constexpr const char* kName = "diffusion_pytorch_model.safetensors";
  constexpr std::uint64_t kLongestIndex = 64u << 20;
  std::vector<StoredFile> files = stored_files(checkpoint);
  const auto set =
      std::find_if(checkpoint.sets.begin(), checkpoint.sets.end(), [](const WeightSet& each) { return each.chosen; });
  if (set != checkpoint.sets.end() && set->automatic) return {repo, std::move(files)};
  if (set != checkpoint.sets.end() && set->sharded && set->format == WeightFormat::kSafetensors) {
    const Result<std::string> index = repo->read(set->entry, kLongestIndex);
    if (!index.ok()) throw NotFollowed{index.error().message};
    return {overlay_tree(repo, {{fmt::format("{}.index.json", kName), *index}}), std::move(files)};
  }
  if (files.size() != 1)
    throw NotFollowed{
        "the weights are pickled shards, which diffusers reads only where `use_safetensors=False` is given"};
  files.front().path = kName;
  return {overlay_tree(repo, {{kName, ""}}), std::move(files)};
}

// What diffusers tells by names.
Loading by_rows(const ModuleGraph& graph, const Checkpoint& checkpoint, const NamedLoad& load) {
  const StateDict expected(graph);
  std::vector<bool> explained(checkpoint.tensors.size(), false);
  const auto tensor_of = [&](const std::string& name) {
    TensorId id = expected.find(name);
    // A weight that is kept in parts is one tensor of the graph.
    for (std::string_view part = name; id == TensorId::kNone && graph.quantizer != nullptr && !part.empty();) {
      part = parent_of(part);
      id = expected.find(std::string(part));
    }
    if (id == TensorId::kNone) throw NotFollowed{fmt::format("which tensor {} is", quoted_name(name))};
    return id;
  };
  const auto row_of = [&](const std::string& name) {
    const StoredTensor* stored = checkpoint.find(name);
    if (stored == nullptr) throw NotFollowed{fmt::format("under which name {} is stored", quoted_name(name))};
    const auto row = static_cast<std::uint32_t>(stored - checkpoint.tensors.data());
    explained[row] = true;
    return row;
  };
  Loading loading;
  for (const auto& [stored, name] : load.placed) {
    const TensorId tensor = tensor_of(name);
    loading.matched.push_back({row_of(stored), tensor, graph.tensor(tensor).name != name});
  }
  std::map<TensorId, std::uint32_t> parts;  // of which a tensor is put together
  for (const MatchedKey& key : loading.matched) ++parts[key.tensor];
  for (MatchedKey& key : loading.matched) key.converted |= parts.at(key.tensor) > 1;
  for (const auto& [stored, name] : load.mismatched) {
    const std::uint32_t row = row_of(stored);
    const auto extents = checkpoint.shape(checkpoint.tensors[row]);
    loading.mismatched.push_back({row, tensor_of(name), Shape(extents.begin(), extents.end())});
  }
  for (const std::string& name : load.missing) loading.missing.push_back(tensor_of(name));
  for (const std::string& name : load.unset) loading.unreported.push_back(tensor_of(name));
  loading.missing.insert(loading.missing.end(), loading.unreported.begin(), loading.unreported.end());
  for (std::vector<TensorId>* ids : {&loading.missing, &loading.unreported}) {
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());  // parts of one
  }
  for (const std::string& key : load.unexpected)
    loading.unexpected.push_back({row_of(key), key, expected.unsaved(key)});
  for (std::uint32_t row = 0; row < explained.size(); ++row) {
    const std::string key(checkpoint.tensors[row].name);
    if (!explained[row]) loading.ignored.push_back({row, key, expected.unsaved(key)});
  }
  return loading;
}

// Without keys where it raises; else in the order that Loading has.
Loading settled(Loading loading) {
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

}  // namespace

Known<Loading> match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel* evaluated,
                          const KeyMapping& key_mapping) {
  Known<Loading> loading = followed([&] {
    Loading loaded = load(graph, checkpoint, evaluated, key_mapping);
    // transformers 4 has initialised before it loads; 5 reports failed conversions whatever the initialisation raises.
    const bool ended = !loaded.raises.empty() || evaluated == nullptr || !has_transforms(*evaluated);
    if (ended || evaluated->quantizer.is_none()) return loaded;
    std::string raised = raised_by_ties(*evaluated);
    if (raised.empty()) raised = raised_after(graph, loaded, *evaluated);
    if (!raised.empty()) loaded.raises = std::move(raised);
    return loaded;
  });
  if (!loading) return loading;
  if (evaluated != nullptr && !evaluated->quantizer.is_none() && rests_on_description(loading->raises))
    return Unknown{fmt::format("how the library loads this model could not be followed: it would end in {}",
                               printable(loading->raises))};
  return settled(std::move(*loading));
}

Known<Loading> match_keys_of_diffusers(const ModuleGraph& graph, const Checkpoint& checkpoint,
                                       EvaluatedModel& evaluated, const FileTreePtr& repo,
                                       const std::string& quantization) {
  // What has another shape than the model's is told of all that is stored, and not of the first where it raises; but
  // values that are packed have other shapes.
  std::string arguments = R"({"ignore_mismatched_sizes": true})";
  if (!evaluated.quantizer.is_none())
    arguments = quantization.empty() ? "{}" : fmt::format(R"({{"quantization_config": {}}})", quantization);
  Known<Loading> loading = followed([&] {
    const auto [tree, files] = where_it_is_looked_for(repo, checkpoint);
    const NamedLoad load = load_with_diffusers(evaluated, tree, files, arguments);
    if (!load.raised) return by_rows(graph, checkpoint, load);
    Loading ended;
    ended.raises = load.raised->what;
    ended.raised_at = load.raised->where;
    if (load.compared) ended.compared = std::make_shared<const Loading>(by_rows(graph, checkpoint, load));
    return ended;
  });
  if (!loading) return loading;
  if (!evaluated.quantizer.is_none() && rests_on_description(loading->raises))
    return Unknown{fmt::format("how the library loads this model could not be followed: it would end in {}",
                               printable(loading->raises))};
  return settled(std::move(*loading));
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
