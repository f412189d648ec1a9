// Loading as in transformers before 4.50: _load_pretrained_model, which is evaluated as a whole.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/escape.h"
#include "loading/evaluation.h"
#include "loading/load_shards.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

// The tensor that a key of the library's report means: it has the base model's prefix as the stored keys have it.
TensorId tensor_of_key(const StateDict& expected, const std::string& prefix, const std::string& key) {
  if (const TensorId id = expected.find(key); id != TensorId::kNone) return id;
  if (prefix.empty()) return TensorId::kNone;
  if (const TensorId id = expected.find(prefix + "." + key); id != TensorId::kNone) return id;
  return key.starts_with(prefix + ".") ? expected.find(std::string_view(key).substr(prefix.size() + 1))
                                       : TensorId::kNone;
}

// A stored key as these releases rename it before they compare.
std::string renamed_of_old(std::string_view stored) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"beta", "bias"},
      {"gamma", "weight"},
      {"weight_g", "parametrizations.weight.original0"},
      {"weight_v", "parametrizations.weight.original1"}};
  for (const auto& [old, now] : kNames) {
    if (stored.find(old) != stored.npos) return replaced_all(stored, old, now);
  }
  return std::string(stored);
}

// As the library loads by default.  Where that ends for shapes, which are told one by one elsewhere, or cannot be
// followed through what is initialised, as far as keys are compared.
WholeLoad load_of(EvaluatedModel& evaluated, const Checkpoint& checkpoint, Dtype dtype, std::string& end_not_known) {
  const bool quantized = !evaluated.quantizer.is_none();
  try {
    return load_whole(evaluated, checkpoint, dtype, true);
  } catch (const LibraryRaises& raised) {
    if (quantized || raised.what.find("size mismatch") == std::string::npos) throw;
  } catch (const NotFollowed& obstacle) {
    if (quantized) throw;
    end_not_known = obstacle.why;
  }
  return load_whole(evaluated, checkpoint, dtype, false);
}

}  // namespace

bool loads_in_one_function(EvaluatedModel& evaluated) {
  python::Interpreter& in = *evaluated.interpreter;
  python::Value method;
  if (has_key_renaming(evaluated) || !in.find_attribute(evaluated.model, in.intern("_load_pretrained_model"), method))
    return false;
  Evaluation code(evaluated);
  const python::Value signature = code.run([&] { return in.call(in.import_name("inspect", "signature"), {method}); });
  const std::vector<std::string> names = code.texts(code.attribute(signature, "parameters"));
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return has("loaded_keys") && has("_fast_init");
}

Compared load_in_one_function(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                              EvaluatedModel& evaluated) {
  std::string end_not_known;
  const WholeLoad load = load_of(evaluated, checkpoint, graph.built_in.value_or(Dtype::kFloat32), end_not_known);
  const auto tensor_of = [&](const std::string& key) {
    const TensorId id = tensor_of_key(expected, graph.base_model_prefix, key);
    if (id == TensorId::kNone) throw NotFollowed{fmt::format("which tensor {} is", quoted_name(key))};
    return id;
  };
  Loading loading;
  loading.end_not_known = end_not_known;
  std::unordered_map<std::string, std::uint32_t> rows;  // of keys as the report has them
  for (std::uint32_t row = 0; row < checkpoint.tensors.size(); ++row) {
    rows.emplace(checkpoint.tensors[row].name, row);
    rows.emplace(renamed_of_old(checkpoint.tensors[row].name), row);
  }
  std::set<TensorId> missing;
  for (const std::string& name : load.missing) missing.insert(tensor_of(name));
  for (const auto& [row, name] : load.taken) {
    const TensorId id = expected.find(name);
    if (id != TensorId::kNone) loading.matched.push_back({row, id});
  }
  for (const auto& [row, key] : load.mismatched) {
    const TensorId id = tensor_of(key);
    const auto stored = checkpoint.shape(checkpoint.tensors[row]);
    const Shape shape(stored.begin(), stored.end());
    // torch takes a vector of one for a scalar where nobody compares them before.
    const bool is_unpacked = shape == Shape{1} && graph.tensor(id).shape.empty();
    (is_unpacked ? loading.unpacked : loading.mismatched).push_back({row, id, shape});
    if (is_unpacked) loading.matched.push_back({row, id});
  }
  for (const std::string& key : load.unexpected) {
    const auto found = rows.find(key);
    if (found == rows.end()) throw NotFollowed{fmt::format("under which name {} is stored", quoted_name(key))};
    loading.unexpected.push_back({found->second, key, TensorId::kNone});
  }
  loading.missing.assign(missing.begin(), missing.end());
  return {std::move(loading)};
}

}  // namespace ckptlint
