// What the libraries strike from their report: mark_tied_weights_as_initialized and tie_weights of transformers
// 5.23.0, and _adjust_missing_and_unexpected_keys of 4.57.6 and 5.23.0.
#include "loading/forgiveness.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "ckptlint/names.h"
#include "loading/python_pattern.h"

namespace ckptlint {
namespace {

std::vector<PythonPattern> compiled(const NameList& patterns) {
  std::vector<PythonPattern> out;
  if (!patterns) return out;
  for (const std::string& pattern : *patterns) {
    if (auto one = PythonPattern::compile(pattern)) out.push_back(*one);
  }
  return out;
}

bool matches_any(const std::vector<PythonPattern>& patterns, std::string_view key) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const PythonPattern& pattern) { return pattern.found_in(key); });
}

// The patterns among those of an attribute of the model that keep too much out of the report, or nothing.  `missing`:
// what they are to take something out of; null where they are about unexpected keys.
std::vector<BlindPattern> blind_among(const ModuleGraph& graph, const NameList& patterns, const char* attribute,
                                      const std::vector<TensorId>* missing) {
  std::vector<BlindPattern> all;
  if (!patterns || graph.tensors.size() < 2) return all;
  for (const std::string& pattern : *patterns) {
    const auto one = PythonPattern::compile(pattern);
    if (!one) continue;
    const auto matches = [&](const Tensor& tensor) { return one->found_in(tensor.name); };
    BlindPattern blind{attribute, pattern};
    if (missing != nullptr) {
      std::copy_if(missing->begin(), missing->end(), std::back_inserter(blind.hidden),
                   [&](TensorId id) { return !graph.tensor(id).is_buffer() && matches(graph.tensor(id)); });
    }
    if (std::all_of(graph.tensors.begin(), graph.tensors.end(), matches))
      blind.kind = BlindPattern::Kind::kMatchesAll;
    else if (!blind.hidden.empty())
      blind.kind = BlindPattern::Kind::kHidesMissing;
    else if (missing != nullptr && std::none_of(graph.tensors.begin(), graph.tensors.end(), matches))
      blind.kind = BlindPattern::Kind::kMatchesNothing;
    else
      continue;
    all.push_back(std::move(blind));
  }
  return all;
}

// The pattern, if a buffer's name ends so: it was persistent in old releases.
void add_former(const ModuleGraph& graph, std::string_view suffix, const char* pattern,
                std::vector<PythonPattern>& patterns) {
  const bool has_one = std::any_of(graph.tensors.begin(), graph.tensors.end(), [&](const Tensor& tensor) {
    return tensor.is_buffer() && tensor.name.ends_with(suffix);
  });
  auto one = PythonPattern::compile(pattern);
  if (has_one && one) patterns.push_back(*one);
}

// Custom code may use one module under two names; loading one then loads the other, and the library sees that.
void forgive_shared_modules(const ModuleGraph& graph, const std::set<TensorId>& tied, std::set<TensorId>& missing) {
  const auto place_of = [&](TensorId id) {
    const Tensor& tensor = graph.tensor(id);
    const Module& owner = graph.module(tensor.owner);
    return std::pair(owner.alias == ModuleId::kNone ? tensor.owner : owner.alias, leaf_of(tensor.name));
  };
  std::set<std::pair<ModuleId, std::string_view>> loaded;
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].persistent && !missing.contains(TensorId{i})) loaded.insert(place_of(TensorId{i}));
  }
  std::erase_if(missing, [&](TensorId id) { return !tied.contains(id) && loaded.contains(place_of(id)); });
}

// What is tied counts as initialised, and with it what the model's own tie_weights has made the same tensor, while the
// library's ties are still to come.
void forgive_tied_along(const ModuleGraph& graph, const StateDict& expected, std::set<TensorId>& missing) {
  const auto first_of = [&](TensorId id) {
    const TensorId alias = graph.tensor(id).alias;
    return alias == TensorId::kNone ? id : alias;
  };
  std::set<TensorId> in_ties, initialised;
  for (const auto& [target, source] : *graph.tied_weights) {
    in_ties.insert({expected.find(target), expected.find(source)});
    if (missing.contains(expected.find(target))) initialised.insert(first_of(expected.find(target)));
  }
  std::erase_if(missing, [&](TensorId id) { return !in_ties.contains(id) && initialised.contains(first_of(id)); });
}

std::set<TensorId> tied_targets(const ModuleGraph& graph, const StateDict& expected) {
  std::set<TensorId> targets;
  if (!graph.tied_weights) return targets;
  for (const auto& [target, source] : *graph.tied_weights) {
    if (const TensorId id = expected.find(target); id != TensorId::kNone) targets.insert(id);
  }
  return targets;
}

void forgive_tied_tensors(const ModuleGraph& graph, const StateDict& expected, std::set<TensorId>& missing) {
  const auto& ties = *graph.tied_weights;
  const auto is_there = [&](const std::string& name) { return !missing.contains(expected.find(name)); };
  for (std::size_t i = 0; i < ties.size(); ++i) {
    const auto& [target, source] = ties[i];
    const bool source_is_there = is_there(source);
    const bool target_is_there = is_there(target);
    if (source_is_there) {
      missing.erase(expected.find(target));
    } else if (target_is_there) {
      missing.erase(expected.find(source));
    } else {
      const bool other_is_there =
          std::any_of(ties.begin() + static_cast<std::ptrdiff_t>(i) + 1, ties.end(),
                      [&, source = source](const auto& tie) { return tie.second == source && is_there(tie.first); });
      if (other_is_there) missing.erase(expected.find(target));
    }
  }
}

}  // namespace

Compared forgive_ties(const ModuleGraph& graph, const StateDict& expected, const OwnTies& own_ties, Compared compared) {
  Loading& loading = compared.loading;
  std::set<TensorId> missing(loading.missing.begin(), loading.missing.end());
  if (!graph.module_name.starts_with("transformers."))
    forgive_shared_modules(graph, tied_targets(graph, expected), missing);
  std::vector<std::string> names;
  for (const TensorId id : missing) names.push_back(graph.tensor(id).name);
  if (const auto left = own_ties(names)) {
    const std::set<std::string, std::less<>> kept(left->begin(), left->end());
    if (graph.tied_weights) forgive_tied_along(graph, expected, missing);
    std::erase_if(missing, [&](TensorId id) { return !kept.contains(graph.tensor(id).name); });
  } else if (graph.tied_weights) {
    forgive_tied_tensors(graph, expected, missing);
  }
  loading.missing.assign(missing.begin(), missing.end());
  return compared;
}

Loading forgive_by_pattern(const ModuleGraph& graph, FormerBuffers former, Compared compared) {
  Loading loading = std::move(compared.loading);
  loading.blind =
      blind_among(graph, graph.keys_to_ignore_on_load_missing, "_keys_to_ignore_on_load_missing", &loading.missing);
  for (BlindPattern& blind :
       blind_among(graph, graph.keys_to_ignore_on_load_unexpected, "_keys_to_ignore_on_load_unexpected", nullptr))
    loading.blind.push_back(std::move(blind));
  const std::vector<PythonPattern> missing = compiled(graph.keys_to_ignore_on_load_missing);
  const auto still = std::stable_partition(loading.missing.begin(), loading.missing.end(),
                                           [&](TensorId id) { return !matches_any(missing, graph.tensor(id).name); });
  loading.forgiven.assign(still, loading.missing.end());
  loading.missing.erase(still, loading.missing.end());

  std::vector<PythonPattern> unexpected = compiled(graph.keys_to_ignore_on_load_unexpected);
  if (former != FormerBuffers::kNone) add_former(graph, "rotary_emb.inv_freq", R"(rotary_emb\.inv_freq)", unexpected);
  if (former == FormerBuffers::kPositions) add_former(graph, "position_ids", R"((^|\.)position_ids$)", unexpected);
  const auto kept = std::stable_partition(loading.unexpected.begin(), loading.unexpected.end(),
                                          [&](const UnexpectedKey& key) { return !matches_any(unexpected, key.key); });
  loading.ignored.assign(std::make_move_iterator(kept), std::make_move_iterator(loading.unexpected.end()));
  loading.unexpected.erase(kept, loading.unexpected.end());
  return loading;
}

}  // namespace ckptlint
