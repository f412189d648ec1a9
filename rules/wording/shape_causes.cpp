// Which value of config.json would make tensors fit that are stored in other shapes.  Guesses: the fix phase tries each
// and keeps what holds.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "ckptlint/names.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostValues = 6;    // of one cause
constexpr std::size_t kMostCauses = 200;  // the rest is one more

// A value that a number of the config would have to have.
struct Candidate {
  std::string path;
  std::int64_t value = 0;
  // The 0 that clang-tidy 14 would have as nullptr is one that the compiler writes.
  friend auto operator<=>(const Candidate&, const Candidate&) = default;  // NOLINT(modernize-use-nullptr)
};

// Tensors whose names differ in numbers alone, with the same two shapes.
struct CauseGroup {
  std::vector<MismatchedKey> keys;
  std::vector<Candidate> candidates;  // that explain every extent that differs, the likeliest first
  std::vector<Candidate> in_part;     // that explain one
};

// "text_config." of "text_config.num_attention_heads"
std::string section_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot + 1);
}

// Models that do not say how wide a head is divide the hidden size by the number of heads.
void add_head_widths(const Config& config, std::int64_t expected, std::int64_t stored, std::vector<Candidate>& out) {
  for (const ConfigNumber& heads : config.numbers) {
    const std::string_view leaf = leaf_of(heads.path);
    if (leaf != "num_attention_heads" && leaf != "num_key_value_heads") continue;
    const std::string section = section_of(heads.path);
    const ConfigNumber* hidden = config.number(section + "hidden_size");
    const ConfigNumber* all_heads = config.number(section + "num_attention_heads");
    const bool known = hidden != nullptr && all_heads != nullptr;
    if (known && expected != heads.value * (hidden->value / all_heads->value)) continue;
    if (config.number(section + "head_dim") == nullptr && stored % heads.value == 0)
      out.push_back({section + "head_dim", stored / heads.value});
  }
}

// What may give an extent that is stored in place of the expected one, the likeliest first.
std::vector<Candidate> candidates_of(const Config& config, std::int64_t expected, std::int64_t stored) {
  std::vector<Candidate> found;
  if (expected <= 0 || stored <= 0 || stored > INT32_MAX) return found;
  for (const ConfigNumber& number : config.numbers) {
    if (number.value == expected) found.push_back({number.path, stored});
  }
  add_head_widths(config, expected, stored, found);
  // A factor of the extent, the larger the likelier.
  std::vector<const ConfigNumber*> factors;
  for (const ConfigNumber& number : config.numbers) {
    if (number.value > 1 && number.value < expected && expected % number.value == 0 &&
        stored % (expected / number.value) == 0)
      factors.push_back(&number);
  }
  std::stable_sort(factors.begin(), factors.end(), [](const auto* a, const auto* b) { return a->value > b->value; });
  for (const ConfigNumber* number : factors) found.push_back({number->path, stored / (expected / number->value)});
  std::erase_if(found, [](const Candidate& each) { return each.value <= 0; });
  return found;
}

void add_candidates(const Model& model, CauseGroup& group) {
  const std::vector<std::int64_t>& expected = model.graph->tensor(group.keys.front().tensor).shape;
  const std::vector<std::int64_t>& stored = group.keys.front().shape;
  if (!model.config || expected.size() != stored.size()) return;
  bool first = true;
  for (std::size_t axis = 0; axis < expected.size(); ++axis) {
    if (expected[axis] == stored[axis]) continue;
    const std::vector<Candidate> found = candidates_of(*model.config, expected[axis], stored[axis]);
    group.in_part.insert(group.in_part.end(), found.begin(), found.end());
    if (first) group.candidates = found;
    first = false;
    std::erase_if(group.candidates,
                  [&](const Candidate& each) { return std::find(found.begin(), found.end(), each) == found.end(); });
  }
}

std::vector<CauseGroup> groups_of(const Model& model, const std::vector<MismatchedKey>& keys,
                                  std::vector<MismatchedKey>& rest) {
  std::map<std::string, CauseGroup> groups;
  const auto text = [](const auto& shape) { return fmt::format("{}", fmt::join(shape, ",")); };
  for (const MismatchedKey& key : keys) {
    const Tensor& tensor = model.graph->tensor(key.tensor);
    const std::string name = fmt::format("{} {} {}", name_shape(tensor.name), text(tensor.shape), text(key.shape));
    if (groups.size() < kMostCauses || groups.contains(name))
      groups[name].keys.push_back(key);
    else
      rest.push_back(key);
  }
  std::vector<CauseGroup> found;
  for (auto& [name, group] : groups) {
    add_candidates(model, group);
    found.push_back(std::move(group));
  }
  return found;
}

// How many tensors that fit have an extent of a size: another value for it would spoil them.
std::unordered_map<std::int64_t, std::int64_t> extents_that_fit(const Model& model) {
  std::set<TensorId> known;
  for (const MismatchedKey& key : model.loading->mismatched) known.insert(key.tensor);
  std::unordered_map<std::int64_t, std::int64_t> counts;
  for (const MatchedKey& key : model.loading->matched) {
    if (!known.insert(key.tensor).second) continue;
    const std::vector<std::int64_t>& shape = model.graph->tensor(key.tensor).shape;
    for (const std::int64_t extent : std::set<std::int64_t>(shape.begin(), shape.end())) ++counts[extent];
  }
  return counts;
}

class Causes {
 public:
  Causes(const Model& model, std::vector<CauseGroup> groups)
      : model_(model), groups_(std::move(groups)), fitting_(extents_that_fit(model)) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      for (const Candidate& each : groups_[i].candidates) explained_[each].insert(i);
    }
  }

  std::vector<ShapeCause> take() {
    std::vector<ShapeCause> causes;
    while (!explained_.empty()) causes.push_back(best());
    for (CauseGroup& group : groups_) {
      if (group.keys.empty()) continue;
      causes.push_back({{std::move(group.keys)}, values_of(group.in_part), false});
    }
    return causes;
  }

 private:
  // Tensors that a value explains, without those that it would spoil.
  std::int64_t weight(const Candidate& candidate, const std::set<std::size_t>& explained) const {
    std::int64_t weight = 0;
    for (const std::size_t i : explained) weight += std::ssize(groups_[i].keys);
    const ConfigNumber* number = model_.config->number(candidate.path);
    const auto spoiled = number == nullptr ? fitting_.end() : fitting_.find(number->value);
    return spoiled == fitting_.end() ? weight : weight - spoiled->second;
  }

  // The cause of the greatest weight, of whose groups nothing is left.
  ShapeCause best() {
    std::map<Candidate, std::int64_t> weights;
    for (const auto& [candidate, explained] : explained_) weights.emplace(candidate, weight(candidate, explained));
    const auto most = std::max_element(weights.begin(), weights.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    const std::set<std::size_t> members = explained_.at(most->first);
    // Whatever explains the same groups may be meant as well, in the order in which it was thought of.
    std::vector<Candidate> alike;
    for (const Candidate& each : groups_[*members.begin()].candidates) {
      if (explained_.at(each) == members) alike.push_back(each);
    }
    std::stable_sort(alike.begin(), alike.end(),
                     [&](const Candidate& a, const Candidate& b) { return weights.at(a) > weights.at(b); });
    alike.erase(std::unique(alike.begin(), alike.end()), alike.end());
    ShapeCause cause{{}, values_of(alike), false};
    cause.clear = weights.at(alike.front()) > 0 && (alike.size() == 1 || weights.at(alike[1]) <= 0);
    for (const std::size_t i : members) {
      for (const Candidate& each : groups_[i].candidates) {
        const auto entry = explained_.find(each);
        if (entry == explained_.end()) continue;
        entry->second.erase(i);
        if (entry->second.empty()) explained_.erase(entry);
      }
      cause.groups.push_back(std::move(groups_[i].keys));
      groups_[i].keys.clear();
    }
    return cause;
  }

  static std::vector<EditConfig> values_of(const std::vector<Candidate>& candidates) {
    std::vector<EditConfig> values;
    std::set<Candidate> known;
    for (const Candidate& each : candidates) {
      if (values.size() == kMostValues || !known.insert(each).second) continue;
      EditConfig edit{each.path, fmt::format("{}", each.value),
                      "right only if the stored tensors are the ones that are meant"};
      edit.is_guess = true;
      values.push_back(std::move(edit));
    }
    return values;
  }

  const Model& model_;
  std::vector<CauseGroup> groups_;
  std::unordered_map<std::int64_t, std::int64_t> fitting_;
  std::map<Candidate, std::set<std::size_t>> explained_;  // groups that are left, by what explains them
};

}  // namespace

std::vector<ShapeCause> shape_causes(const Model& model, const std::vector<MismatchedKey>& keys) {
  std::vector<MismatchedKey> rest;
  std::vector<ShapeCause> causes = Causes(model, groups_of(model, keys, rest)).take();
  if (!rest.empty()) causes.push_back({{std::move(rest)}, {}, false});
  for (ShapeCause& cause : causes) {
    std::sort(cause.groups.begin(), cause.groups.end(),
              [](const auto& a, const auto& b) { return a.front().tensor < b.front().tensor; });
  }
  return causes;
}

}  // namespace ckptlint
