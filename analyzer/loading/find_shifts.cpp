// Finds the prefix or wrapper's name with which, put on or taken off, stored keys would be what the model lacks.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>

#include "ckptlint/names.h"
#include "loading/leftovers.h"

namespace ckptlint {
namespace {

// Names that wrappers of modules put between those of the model.
constexpr std::array<std::string_view, 6> kWrappers = {
    "_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "base_layer", "original_module"};
constexpr std::size_t kMostSamples = 64;  // unexpected keys that are asked for a shift
constexpr std::size_t kMostPlaces = 8;    // tensors that one of them may belong to
constexpr std::size_t kMostShifts = 8;

struct Edit {
  std::string from, to;
  bool anywhere = false;
  // The 0 that clang-tidy 14 would have as nullptr is one that the compiler writes.
  friend auto operator<=>(const Edit&, const Edit&) = default;  // NOLINT(modernize-use-nullptr)
};

bool has_number(std::string_view name) { return name_shape(name).find('*') != std::string::npos; }

// The key after the edit; nothing where it does not apply.
std::optional<std::string> edited(const Edit& edit, std::string_view key) {
  if (edit.anywhere) {
    std::string out;
    bool changed = false;
    for (std::string_view rest = key;;) {
      const std::string_view part = rest.substr(0, rest.find('.'));
      if (part == edit.from)
        changed = true;
      else
        out += (out.empty() ? "" : ".") + std::string(part);
      if (part.size() == rest.size()) break;
      rest.remove_prefix(part.size() + 1);
    }
    return changed ? std::optional(out) : std::nullopt;
  }
  if (!edit.from.empty()) {
    if (!key.starts_with(edit.from) || key.size() <= edit.from.size() || key[edit.from.size()] != '.')
      return std::nullopt;
    key.remove_prefix(edit.from.size() + 1);
  }
  return edit.to.empty() ? std::string(key) : edit.to + "." + std::string(key);
}

class ShiftSearch {
 public:
  ShiftSearch(const ModuleGraph& graph, const Checkpoint& checkpoint, const Leftovers& left)
      : graph_(graph), checkpoint_(checkpoint), left_(left) {
    for (const TensorId id : left.missing) {
      const std::string_view name = graph.tensor(id).name;
      by_name_.emplace(name, id);
      for (std::size_t at = 0; at != std::string_view::npos; at = next_part(name, at))
        by_end_[name.substr(at)].push_back(id);
    }
  }

  // The edit that explains most; nothing where none explains enough.
  std::optional<ShiftedKeys> best() const {
    std::optional<ShiftedKeys> best;
    for (const Edit& edit : proposals()) {
      ShiftedKeys shift = tried(edit);
      if (is_enough(shift) && (!best || shift.pairs.size() > best->pairs.size())) best = std::move(shift);
    }
    return best;
  }

 private:
  static std::size_t next_part(std::string_view name, std::size_t at) {
    const std::size_t dot = name.find('.', at);
    return dot == std::string_view::npos ? dot : dot + 1;
  }

  bool fits(const UnexpectedKey& key, TensorId id) const {
    return std::ranges::equal(checkpoint_.shape(checkpoint_.tensors[key.stored]), graph_.tensor(id).shape);
  }

  // What a few of the keys would need, the most frequent first.
  std::vector<Edit> proposals() const {
    std::map<Edit, std::size_t> votes;
    const std::size_t step = left_.unexpected.size() / kMostSamples + 1;
    for (std::size_t i = 0; i < left_.unexpected.size(); i += step) vote(left_.unexpected[i], votes);
    std::vector<std::pair<std::size_t, Edit>> order;
    order.reserve(votes.size());
    for (const auto& [edit, count] : votes) order.emplace_back(count, edit);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    if (order.size() > kMostShifts) order.resize(kMostShifts);
    std::vector<Edit> edits;
    edits.reserve(order.size());
    for (auto& [count, edit] : order) edits.push_back(std::move(edit));
    return edits;
  }

  void vote(const UnexpectedKey& key, std::map<Edit, std::size_t>& votes) const {
    for (const std::string_view wrapper : kWrappers) {
      const Edit edit{std::string(wrapper), "", true};
      if (const auto name = edited(edit, key.key); name && by_name_.contains(*name)) {
        ++votes[edit];
        return;
      }
    }
    // The longest end that the key has in common with a missing tensor of its shape.
    for (std::size_t at = 0; at != std::string_view::npos; at = next_part(key.key, at)) {
      const auto found = by_end_.find(std::string_view(key.key).substr(at));
      if (found == by_end_.end()) continue;
      std::size_t places = 0;
      for (const TensorId id : found->second) {
        if (!fits(key, id)) continue;
        const std::string& name = graph_.tensor(id).name;
        const std::size_t end = key.key.size() - at;
        Edit edit{key.key.substr(0, at == 0 ? 0 : at - 1),
                  name.size() == end ? "" : name.substr(0, name.size() - end - 1)};
        // What is below a number differs in each layer: that is no prefix.
        if (!has_number(edit.from) && !has_number(edit.to)) ++votes[std::move(edit)];
        if (++places == kMostPlaces) break;
      }
      if (places > 0) return;
    }
  }

  ShiftedKeys tried(const Edit& edit) const {
    ShiftedKeys shift{edit.from, edit.to, edit.anywhere, 0, {}};
    for (const UnexpectedKey& key : left_.unexpected) {
      const auto name = edited(edit, key.key);
      if (!name) continue;
      ++shift.candidates;
      const auto found = by_name_.find(*name);
      if (found != by_name_.end() && fits(key, found->second)) shift.pairs.push_back({key.stored, found->second});
    }
    std::sort(shift.pairs.begin(), shift.pairs.end(),
              [](const KeyPair& a, const KeyPair& b) { return a.stored < b.stored; });
    return shift;
  }

  // Half of what is left on one side at least, and more keys than a renamed module or two would have.
  bool is_enough(const ShiftedKeys& shift) const {
    const std::size_t pairs = shift.pairs.size();
    const bool is_most = 2 * pairs >= left_.missing.size() || 2 * pairs >= left_.unexpected.size();
    return is_most && (pairs > 2 || (pairs > 0 && (shift.from.empty() || shift.to.empty())));
  }

  const ModuleGraph& graph_;
  const Checkpoint& checkpoint_;
  const Leftovers& left_;
  std::unordered_map<std::string_view, TensorId> by_name_;
  std::unordered_map<std::string_view, std::vector<TensorId>> by_end_;
};

}  // namespace

void find_shifts(const ModuleGraph& graph, const Checkpoint& checkpoint, Leftovers& left) {
  while (!left.missing.empty() && !left.unexpected.empty() && left.shifted.size() < kMostShifts) {
    std::optional<ShiftedKeys> shift = ShiftSearch(graph, checkpoint, left).best();
    if (!shift) return;
    explain(shift->pairs, left);
    left.shifted.push_back(std::move(*shift));
  }
}

}  // namespace ckptlint
