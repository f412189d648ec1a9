// Loading as in transformers 5: convert_and_load_state_dict_in_model of 5.23.0, for one process.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/escape.h"
#include "loading/evaluation.h"
#include "loading/key_order.h"
#include "loading/releases.h"
#include "loading/shape_report.h"

namespace ckptlint {
namespace {

// An entry of param_name_to_load: what goes into one tensor, or into those that one conversion makes.
struct Target {
  std::string name;
  std::optional<std::size_t> converter;  // index into the transforms; none: renamed at most
  std::vector<Collected> collected;

  void add(std::string_view pattern, std::uint32_t stored) {
    auto found = std::find_if(collected.begin(), collected.end(),
                              [&](const Collected& each) { return each.pattern == pattern; });
    if (found == collected.end()) found = collected.insert(collected.end(), {pattern, {}});
    found->stored.push_back(stored);
  }
};

// The key with base_model_prefix taken off or put before it, where that gives a key of the state dict.
std::string with_prefix_adjusted(const std::string& key, std::string_view prefix, const StateDict& expected) {
  if (key.starts_with(prefix)) {
    // `re.sub("^prefix.", ...)`: one more character goes, whatever it is.
    std::string_view rest = key;
    rest.remove_prefix(std::min(prefix.size() + 1, rest.size()));
    if (rest.size() + prefix.size() + 1 == key.size() && expected.contains(rest)) return std::string(rest);
  }
  std::string prefixed = std::string(prefix) + "." + key;
  return expected.contains(prefixed) ? prefixed : key;
}

class TransformingLoader {
 public:
  TransformingLoader(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                     const std::vector<Transform>& transforms, EvaluatedModel* evaluated,
                     const std::vector<std::uint32_t>* rows, std::vector<bool>* used)
      : rows_(rows),
        used_(used),
        graph_(graph),
        checkpoint_(checkpoint),
        expected_(expected),
        transforms_(transforms),
        evaluated_(evaluated),
        is_missing_(graph.tensors.size(), false) {
    for (std::size_t i = 0; i < transforms.size(); ++i) {
      if (!transforms[i].is_converter()) continue;
      for (const std::string& source : transforms[i].sources) converter_of_pattern_[source] = i;
    }
    for (const auto& [name, id] : expected.names()) is_missing_[index(id)] = true;
  }

  Loading run() {
    for (const std::uint32_t row : order()) place(row);
    for (const Target& target : targets_) {
      if (target.converter)
        convert(target);
      else
        set(target, target.name, shape_of(target.collected.front().stored.front()), false);
    }
    for (std::uint32_t i = 0; i < is_missing_.size(); ++i) {
      if (is_missing_[i]) loading_.missing.push_back(TensorId{i});
    }
    return std::move(loading_);
  }

 private:
  struct Place {
    std::string key;
    std::optional<std::string_view> pattern;  // of the converter that matched
  };

  std::vector<std::uint32_t> order() const {
    std::vector<std::uint32_t> rows;
    if (rows_ != nullptr) {
      rows = *rows_;
    } else {
      rows.resize(checkpoint_.tensors.size());
      std::iota(rows.begin(), rows.end(), 0u);
    }
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      return loads_before(checkpoint_.tensors[a].name, checkpoint_.tensors[b].name);
    });
    return rows;
  }

  Shape shape_of(std::uint32_t row) const {
    const auto shape = checkpoint_.shape(checkpoint_.tensors[row]);
    return Shape(shape.begin(), shape.end());
  }

  std::optional<Renamed> renamed_by(const Transform& transform, const std::string& key) const {
    std::optional<Renamed> next = transform.rename(key);
    if (next && used_ != nullptr) (*used_)[static_cast<std::size_t>(&transform - transforms_.data())] = true;
    return next;
  }

  // rename_source_key: all renamings in turn, then at most one converter.
  Place renamed(const std::string& original) const {
    Place place{original, std::nullopt};
    for (const Transform& transform : transforms_) {
      if (transform.is_converter()) continue;
      if (auto next = renamed_by(transform, place.key)) place.key = std::move(next->key);
    }
    for (const Transform& transform : transforms_) {
      if (!transform.is_converter()) continue;
      if (auto next = renamed_by(transform, place.key)) {
        place = {std::move(next->key), transform.sources[next->source]};
        break;
      }
    }
    place.key = with_prefix_adjusted(place.key, graph_.base_model_prefix, expected_);
    return place;
  }

  void place(std::uint32_t row) {
    const std::string_view original = checkpoint_.tensors[row].name;
    Place place = renamed(std::string(original));
    if (!expected_.contains(place.key) && expected_.contains(original)) {
      // It should not have been renamed.
      place = {with_prefix_adjusted(std::string(original), graph_.base_model_prefix, expected_), std::nullopt};
    }
    if (expected_.contains(place.key)) {
      const auto [found, is_new] = target_of_name_.emplace(place.key, targets_.size());
      if (is_new) {
        targets_.push_back({place.key, std::nullopt, {}});
        if (place.pattern) targets_.back().converter = converter_of_pattern_.at(*place.pattern);
      }
      targets_[found->second].add(place.pattern ? *place.pattern : original, row);
      return;
    }
    if (!place.pattern) return add_unexpected(row, place.key);
    const std::vector<std::string>& targets = transforms_[converter_of_pattern_.at(*place.pattern)].targets;
    for (const std::string& target : targets) add_unexpected(row, replaced_all(place.key, targets[0], target));
  }

  void add_unexpected(std::uint32_t row, const std::string& key) {
    loading_.unexpected.push_back({row, key, expected_.unsaved(key)});
  }

  // WeightConverter.convert
  void convert(const Target& target) {
    Converted made;
    try {
      made = transforms_[*target.converter].convert(target.name, target.collected, names_of_layer(target.name));
    } catch (const LibraryRaises& raised) {
      if (loading_.raises.empty()) {
        loading_.raises = fmt::format(
            "RuntimeError: We encountered some issues during automatic conversion of the weights (`{}`: {})",
            target.name, raised.what);
        loading_.raised_at = raised.where;
      }
      return;
    }
    const std::string full_name = replaced_all(target.name, "*.", "0.");
    // The first of the target patterns that is part of the name says what is before and behind all of them.
    for (const std::string& name : made.set) take(target, expected_.find(name), true);
    const auto found = std::find_if(made.tensors.begin(), made.tensors.end(),
                                    [&](const auto& each) { return full_name.find(each.first) != std::string::npos; });
    std::string before, behind;
    if (found != made.tensors.end()) {
      const std::size_t at = full_name.find(found->first);
      before = full_name.substr(0, at);
      behind = full_name.substr(at + found->first.size());
    }
    for (const auto& [pattern, shape] : made.tensors)
      set(target, fmt::format("{}{}{}", before, pattern, behind), shape, true);
  }

  // set_param_for_module
  void set(const Target& target, const std::string& name, const Shape& shape, bool converted) {
    TensorId id = expected_.find(name);
    if (id == TensorId::kNone) id = expected_.unsaved(name);
    if (id == TensorId::kNone) {
      if (is_none(name))
        add_unexpected(target.collected.front().stored.front(), name);
      else if (loading_.raises.empty())
        loading_.raises = fmt::format("AttributeError: the model has no `{}`, which its conversion makes", name);
      return;
    }
    if (differs(graph_, id, shape) && reports_shape(name, shape)) {
      is_missing_[index(id)] = false;
      loading_.mismatched.push_back({target.collected.front().stored.front(), id, shape});
      return;
    }
    take(target, id, converted);
  }

  // The names of the state dict that lie directly in the module of which `name` is a tensor.
  std::vector<std::string> names_of_layer(const std::string& name) {
    if (evaluated_ == nullptr || evaluated_->quantizer.is_none()) return {};
    if (layers_.empty()) {
      for (const auto& [each, id] : expected_.names()) layers_[module_of(each)].emplace_back(each);
    }
    const auto found = layers_.find(module_of(name));
    return found == layers_.end() ? std::vector<std::string>() : found->second;
  }

  static std::string_view module_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return name.substr(0, dot == name.npos ? 0 : dot);
  }

  void take(const Target& target, TensorId id, bool converted) {
    if (id == TensorId::kNone) return;
    is_missing_[index(id)] = false;
    for (const Collected& each : target.collected) {
      for (const std::uint32_t row : each.stored) {
        loading_.matched.push_back({row, id, converted});
        if (!converted) return;  // of several keys with one name, the first is taken
      }
    }
  }

  // Whether set_param_for_module notes a tensor of this shape as mismatched: with a quantizer, by its release.
  bool reports_shape(const std::string& name, const Shape& shape) {
    if (evaluated_ == nullptr || evaluated_->quantizer.is_none()) return true;
    if (!shape_report_) shape_report_.emplace(*evaluated_);
    return shape_report_->notes(name, shape);
  }

  // Whether the attribute is there and is None, as a layer's bias may be.
  bool is_none(const std::string& name) {
    if (evaluated_ == nullptr) throw NotFollowed{fmt::format("whether the model has {}", quoted_name(name))};
    Evaluation code(*evaluated_);
    python::Value at = evaluated_->model;
    for (std::string_view rest = name;;) {
      const std::string_view part = rest.substr(0, rest.find('.'));
      python::Value next;
      if (!code.in.find_attribute(at, code.in.intern(part), next)) return false;
      at = next;
      if (part.size() == rest.size()) return at.is_none();
      rest.remove_prefix(part.size() + 1);
    }
  }

  const std::vector<std::uint32_t>* rows_;
  std::vector<bool>* used_;
  const ModuleGraph& graph_;
  const Checkpoint& checkpoint_;
  const StateDict& expected_;
  const std::vector<Transform>& transforms_;
  EvaluatedModel* evaluated_;
  std::vector<bool> is_missing_;
  std::unordered_map<std::string_view, std::size_t> converter_of_pattern_;  // the last one, as in the library's dict
  std::unordered_map<std::string, std::size_t> target_of_name_;
  std::vector<Target> targets_;
  std::unordered_map<std::string_view, std::vector<std::string>> layers_;  // names by module; filled on first use
  std::optional<ShapeReport> shape_report_;
  Loading loading_;
};

}  // namespace

bool differs(const ModuleGraph& graph, TensorId id, const Shape& shape) { return graph.tensor(id).shape != shape; }

Compared load_with_transforms(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                              const std::vector<Transform>& transforms, EvaluatedModel* evaluated,
                              const std::vector<std::uint32_t>* rows, std::vector<bool>* used) {
  return {TransformingLoader(graph, checkpoint, expected, transforms, evaluated, rows, used).run()};
}

}  // namespace ckptlint
