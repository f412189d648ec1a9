#include "loading/key_matching.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ckptlint/names.h"
#include "loading/python_pattern.h"

namespace ckptlint {
namespace {

using StateDict = std::unordered_map<std::string_view, TensorId>;

StateDict state_dict_of(const ModuleGraph& graph) {
  StateDict dict;
  dict.reserve(graph.tensors.size());
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].persistent) dict.emplace(graph.tensors[i].name, TensorId{i});
  }
  return dict;
}

struct Renaming {
  std::string_view word;  // a key without it is not touched, which saves the search
  PythonPattern pattern;
  std::string_view replacement;
};

// The mapping "legacy" of conversion_mapping.py; the class that holds each adds the boundary at the end.
const std::vector<Renaming>& legacy_renamings() {
  static const std::vector<Renaming> renamings = [] {
    constexpr std::array<std::array<std::string_view, 3>, 6> rows{{
        {"gamma", R"(LayerNorm.gamma(?!\w))", "LayerNorm.weight"},
        {"beta", R"(LayerNorm.beta(?!\w))", "LayerNorm.bias"},
        {"weight_g", R"(.weight_g(?!\w))", ".parametrizations.weight.original0"},
        {"weight_v", R"(.weight_v(?!\w))", ".parametrizations.weight.original1"},
        {"model.language_model.model", R"(^model\.language_model\.model(?!\w))", "model.language_model"},
        {"language_model.model.model", R"(^language_model\.model\.model(?!\w))", "model.language_model"},
    }};
    std::vector<Renaming> made;
    for (const auto& row : rows) {
      if (auto pattern = PythonPattern::compile(row[1])) made.push_back({row[0], *pattern, row[2]});
    }
    return made;
  }();
  return renamings;
}

std::string renamed(std::string_view key) {
  std::string name(key);
  for (const Renaming& renaming : legacy_renamings()) {
    if (name.find(renaming.word) == std::string::npos) continue;
    const auto match = renaming.pattern.search(name);
    if (!match) continue;
    // As the library does: the first place where the matched text stands, which need not be where it matched.
    const std::string matched = name.substr(match->begin, match->end - match->begin);
    name.replace(name.find(matched), matched.size(), renaming.replacement);
  }
  return name;
}

// The key with base_model_prefix taken off or put before it, where that gives a key of the state dict.
std::string with_prefix_adjusted(std::string key, std::string_view prefix, const StateDict& expected) {
  if (key.starts_with(prefix)) {
    // `re.sub("^prefix.", ...)`: one more character goes, whatever it is.
    std::string_view rest = key;
    rest.remove_prefix(std::min(prefix.size() + 1, rest.size()));
    if (rest.size() + prefix.size() + 1 == key.size() && expected.contains(rest)) return std::string(rest);
  }
  std::string prefixed = std::string(prefix) + "." + key;
  return expected.contains(prefixed) ? prefixed : key;
}

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

std::vector<PythonPattern> patterns_for_unexpected(const ModuleGraph& graph) {
  std::vector<PythonPattern> patterns = compiled(graph.keys_to_ignore_on_load_unexpected);
  // Buffers that were persistent in old releases, which the library forgives by itself.
  constexpr std::array<std::array<std::string_view, 2>, 2> forgiven{
      {{"rotary_emb.inv_freq", R"(rotary_emb\.inv_freq)"}, {"position_ids", R"((^|\.)position_ids$)"}}};
  for (const auto& [suffix, pattern] : forgiven) {
    const bool has_one = std::any_of(
        graph.tensors.begin(), graph.tensors.end(),
        [suffix = suffix](const Tensor& tensor) { return tensor.is_buffer() && tensor.name.ends_with(suffix); });
    auto one = PythonPattern::compile(pattern);
    if (has_one && one) patterns.push_back(*one);
  }
  return patterns;
}

// Custom code may use one module under two names; loading one then loads the other, and the library sees that.
void forgive_shared_modules(const ModuleGraph& graph, std::set<TensorId>& missing, const std::set<TensorId>& tied) {
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

// tie_weights: a tied tensor is not missing if any member of its group is there.
void forgive_ties(const ModuleGraph& graph, const StateDict& expected, std::set<TensorId>& missing) {
  if (!graph.tied_weights) return;
  const auto& ties = *graph.tied_weights;
  const auto is_there = [&](const std::string& name) {
    const auto found = expected.find(name);
    return found == expected.end() || !missing.contains(found->second);
  };
  const auto forget = [&](const std::string& name) {
    if (const auto found = expected.find(name); found != expected.end()) missing.erase(found->second);
  };
  for (std::size_t i = 0; i < ties.size(); ++i) {
    const auto& [target, source] = ties[i];
    const bool source_is_there = is_there(source);
    const bool target_is_there = is_there(target);
    if (source_is_there) {
      forget(target);
    } else if (target_is_there) {
      forget(source);
    } else {
      const bool other_is_there =
          std::any_of(ties.begin() + static_cast<std::ptrdiff_t>(i) + 1, ties.end(),
                      [&, source = source](const auto& tie) { return tie.second == source && is_there(tie.first); });
      if (other_is_there) forget(target);
    }
  }
}

std::set<TensorId> tied_targets(const ModuleGraph& graph, const StateDict& expected) {
  std::set<TensorId> targets;
  if (graph.tied_weights) {
    for (const auto& [target, source] : *graph.tied_weights) {
      if (const auto found = expected.find(target); found != expected.end()) targets.insert(found->second);
    }
  }
  return targets;
}

}  // namespace

Loading match_keys(const ModuleGraph& graph, const Checkpoint& checkpoint) {
  const StateDict expected = state_dict_of(graph);
  std::unordered_map<std::string_view, TensorId> unsaved;
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    if (!graph.tensors[i].persistent) unsaved.emplace(graph.tensors[i].name, TensorId{i});
  }
  std::set<TensorId> missing;
  for (const auto& [name, id] : expected) missing.insert(id);

  Loading loading;
  const std::vector<PythonPattern> forgiven = patterns_for_unexpected(graph);
  for (std::uint32_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const StoredTensor& stored = checkpoint.tensors[i];
    std::string key = with_prefix_adjusted(renamed(stored.name), graph.base_model_prefix, expected);
    if (!expected.contains(key) && expected.contains(stored.name)) {
      key = with_prefix_adjusted(std::string(stored.name), graph.base_model_prefix, expected);
    }
    const auto found = expected.find(key);
    if (found != expected.end()) {
      missing.erase(found->second);
      const std::vector<std::int64_t>& shape = graph.tensor(found->second).shape;
      const auto stored_shape = checkpoint.shape(stored);
      const bool same = std::equal(shape.begin(), shape.end(), stored_shape.begin(), stored_shape.end());
      if (same)
        loading.matched.push_back({i, found->second});
      else
        loading.mismatched.push_back({i, found->second});
      continue;
    }
    const auto buffer = unsaved.find(key);
    UnexpectedKey row{i, key, buffer == unsaved.end() ? TensorId::kNone : buffer->second};
    (matches_any(forgiven, key) ? loading.ignored : loading.unexpected).push_back(std::move(row));
  }

  if (!graph.module_name.starts_with("transformers."))
    forgive_shared_modules(graph, missing, tied_targets(graph, expected));
  forgive_ties(graph, expected, missing);
  std::vector<PythonPattern> forgiven_missing = compiled(graph.keys_to_ignore_on_load_missing);
  if (!graph.tied_weights) {
    // transformers 4 says only which tensors are tied, not to what.
    for (PythonPattern& pattern : compiled(graph.tied_patterns)) forgiven_missing.push_back(std::move(pattern));
  }
  std::erase_if(missing, [&](TensorId id) { return matches_any(forgiven_missing, graph.tensor(id).name); });
  loading.missing.assign(missing.begin(), missing.end());

  const auto by_key = [](const UnexpectedKey& a, const UnexpectedKey& b) { return a.key < b.key; };
  std::stable_sort(loading.unexpected.begin(), loading.unexpected.end(), by_key);
  std::stable_sort(loading.ignored.begin(), loading.ignored.end(), by_key);
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    if (!tensor.persistent && tensor.rebuild == Rebuild::kUnset && tensor.alias == TensorId::kNone) {
      loading.unset_buffers.push_back(TensorId{i});
    }
  }
  return loading;
}

}  // namespace ckptlint
