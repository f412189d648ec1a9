// Loading as in transformers 4.50 to 4.57: _get_key_renaming_mapping and _load_pretrained_model of 4.57.6, up to
// _find_mismatched_keys.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <unordered_set>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "graph/initialization.h"
#include "loading/evaluation.h"
#include "loading/load_shards.h"
#include "loading/own_loaders.h"
#include "loading/quantizer_keys.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

using python::Kind;
using python::Value;

struct KeyPattern {
  PythonPattern pattern;
  Value text, replacement;
};

using Mapping = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kCorrupted =
    "ValueError: The state dictionary of the model you are trying to load is corrupted. Are you sure it was properly "
    "saved?";

KeyPattern key_pattern(Evaluation& code, const Value& text, const Value& replacement) {
  auto pattern = PythonPattern::compile(code.text(text));
  if (!pattern) throw NotFollowed{fmt::format("the pattern {} is not modelled", quoted_name(code.text(text)))};
  return {std::move(*pattern), text, replacement};
}

// What from_pretrained takes for `key_mapping` where it is not given one: the class's own, for the classes that it
// lists by name.
std::vector<KeyPattern> key_mapping_of(Evaluation& code, const Value& model, const Mapping& given) {
  if (!given.empty()) {
    std::vector<KeyPattern> mapping;
    for (const auto& [pattern, replacement] : given)
      mapping.push_back(key_pattern(code, code.in.string(pattern), code.in.string(replacement)));
    return mapping;
  }
  const Value type = Value::of(code.in.type_of(model));
  std::vector<std::string> listed;
  try {
    listed = code.texts(code.run([&] { return code.in.import_name("transformers.modeling_utils", "VLMS"); }));
  } catch (const LibraryRaises&) {
    return {};
  }
  bool applies = false;
  const std::vector<Value> classes = code.items(code.attribute(type, "__mro__"));
  for (std::size_t i = 0; i + 1 < classes.size(); ++i) {
    std::string name = code.text(code.attribute(classes[i], "__name__"));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    applies = applies || std::any_of(listed.begin(), listed.end(),
                                     [&](const std::string& word) { return name.find(word) != std::string::npos; });
  }
  std::vector<KeyPattern> mapping;
  if (!applies) return mapping;
  const Value found = code.attribute(type, "_checkpoint_conversion_mapping");
  if (!found.is(Kind::kDict)) return mapping;
  for (const python::Dict::Entry& entry : found.as<python::Dict>()->entries) {
    if (!entry.key.missing()) mapping.push_back(key_pattern(code, entry.key, entry.value));
  }
  return mapping;
}

class RenamingLoader {
 public:
  using Names = std::set<std::string, std::less<>>;

  RenamingLoader(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                 EvaluatedModel& evaluated, const Mapping& key_mapping, const Names& named_alone)
      : graph_(graph),
        checkpoint_(checkpoint),
        expected_(expected),
        evaluated_(evaluated),
        code_(evaluated),
        quantizer_(code_, evaluated),
        model_(evaluated.model),
        prefix_(graph.base_model_prefix),
        dotted_(prefix_ + "."),
        given_(key_mapping),
        named_alone_(named_alone),
        adjusts_report_(adjusts_report(evaluated)) {}

  Loading run() {
    find_prefixes();
    fix_key_ = code_.attribute(model_, "_fix_state_dict_key_on_load");
    mapping_ = key_mapping_of(code_, model_, given_);
    subn_ = code_.run([&] { return code_.in.import_name("re", "subn"); });
    std::vector<std::optional<std::string>> keys;
    for (const StoredTensor& tensor : checkpoint_.tensors) keys.push_back(renamed(tensor.name));
    find_expected(keys);
    for (std::uint32_t row = 0; row < checkpoint_.tensors.size(); ++row) place(row, keys[row]);
    forgive_shared_tensors();
    ask_quantizer();
    if (is_corrupted_) refuse_corrupted();
    fill(keys);
    for (UnexpectedKey& each : loading_.unexpected) {
      if (adds_prefix_ && adjusts_report_ && each.key.starts_with(dotted_)) each.key.erase(0, dotted_.size());
    }
    return std::move(loading_);
  }

 private:
  // A checkpoint of the base model for a model with a head on it, or the reverse.
  void find_prefixes() {
    if (!prefix_.empty()) {
      const bool stored = std::any_of(checkpoint_.tensors.begin(), checkpoint_.tensors.end(),
                                      [&](const StoredTensor& tensor) { return tensor.name.starts_with(prefix_); });
      Value attribute;
      const bool expects = code_.in.find_attribute(model_, code_.in.intern(prefix_), attribute);
      adds_prefix_ = !stored && expects;
      takes_prefix_ = stored && !expects;
    }
    for (const auto& [name, id] : expected_.names()) {
      if (name.starts_with(dotted_))
        base_model_keys_.insert(name.substr(dotted_.size()));
      else
        task_keys_.insert(name);
    }
  }

  // _get_key_renaming_mapping, for one key; nothing where the key is left out.
  std::optional<std::string> renamed(std::string_view original) {
    const std::vector<Value> fixed =
        code_.items(code_.run([&] { return code_.in.call(fix_key_, {code_.in.string(original)}); }));
    std::string key = code_.text(fixed.at(0));
    for (const KeyPattern& each : mapping_) {
      if (!each.pattern.found_in(key)) continue;
      const std::vector<Value> pair = code_.items(code_.run([&] {
        return code_.in.call(subn_, {each.text, each.replacement, code_.in.string(key)});
      }));
      key = code_.text(pair.at(0));
      break;
    }
    if (adds_prefix_) {
      if (task_keys_.contains(key) && !base_model_keys_.contains(key)) {
        if (adjusts_report_) throw LibraryRaises{kCorrupted};
        is_corrupted_ = true;
      }
      return dotted_ + key;
    }
    if (!takes_prefix_) return key;
    if (!key.starts_with(dotted_)) return std::nullopt;
    return key.substr(dotted_.size());
  }

  // Before 4.57 this comes behind the initialisation of what is missing.
  [[noreturn]] void refuse_corrupted() {
    std::set<TensorId> loaded;
    for (const MatchedKey& key : loading_.matched) loaded.insert(key.tensor);
    std::vector<TensorId> absent;  // and be it tied to what is loaded
    for (const auto& [name, id] : expected_.names()) {
      if (id != TensorId::kNone && !loaded.contains(id)) absent.push_back(id);
    }
    std::sort(absent.begin(), absent.end());
    const auto raised = raised_by_initialization(code_.in, model_, graph_, absent);
    throw LibraryRaises{raised ? code_.in.describe(*raised) : kCorrupted};
  }

  // What the quantizer expects beside, or in place of, the tensors of the model.
  void find_expected(const std::vector<std::optional<std::string>>& keys) {
    QuantizerKeys::Names names, stored;
    for (const Tensor& tensor : graph_.tensors) {
      if (expected_.contains(tensor.name)) names.push_back(tensor.name);
    }
    if (quantizer_.any()) {
      for (const auto& key : keys) {
        if (key) stored.push_back(*key);
      }
    }
    const std::set<std::string> known(stored.begin(), stored.end());
    for (const std::string& name : quantizer_.expected(names, stored)) {
      const TensorId id = expected_.find(name);
      if (id != TensorId::kNone)
        missing_.insert(id);
      else
        (known.contains(name) ? beside_ : absent_beside_).insert(name);
    }
    wanted_ = missing_;
  }

  // _find_missing_and_unexpected_keys and _find_mismatched_keys
  void place(std::uint32_t row, const std::optional<std::string>& key) {
    const std::string_view original = checkpoint_.tensors[row].name;
    // What is no part of the base model, whether or not it has something of that name.
    if (takes_prefix_ && !original.starts_with(dotted_)) add_unexpected(row, std::string(original));
    if (!key || beside_.contains(*key)) return;
    const TensorId id = expected_.find(*key);
    if (id == TensorId::kNone && named_alone_.contains(*key)) return;
    if (!wanted_.contains(id)) {
      add_unexpected(row, *key);
      return;
    }
    missing_.erase(id);
    const auto stored_shape = checkpoint_.shape(checkpoint_.tensors[row]);
    const Shape shape(stored_shape.begin(), stored_shape.end());
    const bool is_other =
        differs(graph_, id, shape) &&
        !(quantizer_.any() && packs_halves(shape, checkpoint_.tensors[row].dtype, graph_.tensor(id).shape));
    const bool is_unpacked = is_other && shape == Shape{1} && graph_.tensor(id).shape.empty();
    if (is_unpacked) loading_.unpacked.push_back({row, id, shape});
    if (is_other && !is_unpacked)
      loading_.mismatched.push_back({row, id, shape});
    else
      loading_.matched.push_back({row, id});
  }

  // Values of four bits, two in a byte, are stored as one column: of bytes, which the library tells from a tensor of
  // another shape, or of a larger type, where it does not compare shapes unless it is to ignore them.
  static bool packs_halves(const Shape& stored, Dtype dtype, const std::vector<std::int64_t>& expected) {
    if (stored.empty()) throw LibraryRaises{"IndexError: tuple index out of range"};
    const auto count = [](const auto& shape) {
      return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    };
    return stored.back() == 1 && count(stored) * (bits(dtype) / 4) == count(expected);
  }

  // Buffers of the model are never unexpected.
  void add_unexpected(std::uint32_t row, const std::string& key) {
    const TensorId saved = expected_.find(key);
    const bool is_buffer = saved != TensorId::kNone && graph_.tensor(saved).is_buffer();
    if (is_buffer || expected_.unsaved(key) != TensorId::kNone) return;
    loading_.unexpected.push_back({row, key, TensorId::kNone});
  }

  // What it takes care of by itself is neither missing nor unexpected.
  void ask_quantizer() {
    absent_.assign(absent_beside_.begin(), absent_beside_.end());
    for (const TensorId id : loading_.missing) absent_.push_back(graph_.tensor(id).name);
    std::sort(absent_.begin(), absent_.end());
    if (!quantizer_.any()) return;
    QuantizerKeys::Names unexpected;
    for (const UnexpectedKey& each : loading_.unexpected) unexpected.push_back(each.key);
    std::sort(unexpected.begin(), unexpected.end());
    absent_ = quantizer_.missing(absent_, prefix_);
    unexpected = quantizer_.unexpected(unexpected, prefix_);
    const std::set<std::string> still_missing(absent_.begin(), absent_.end());
    const std::set<std::string> still_unexpected(unexpected.begin(), unexpected.end());
    std::erase_if(loading_.missing, [&](TensorId id) { return !still_missing.contains(graph_.tensor(id).name); });
    std::erase_if(loading_.unexpected, [&](const auto& each) { return !still_unexpected.contains(each.key); });
  }

  // Nothing that is loaded can fail: each tensor has its place and fits, and none is of integers where there may be
  // gradients, which torch refuses.  What modules of one class do with a tensor of theirs, the others do.
  bool fills_without_fail(const std::vector<std::optional<std::string>>& keys) {
    const bool fits = std::all_of(loading_.matched.begin(), loading_.matched.end(), [&](const MatchedKey& key) {
      const StoredTensor& stored = checkpoint_.tensors[key.stored];
      const Tensor& tensor = graph_.tensor(key.tensor);
      const bool is_taken = tensor.is_buffer() || is_floating_point(stored.dtype) || stored.dtype == tensor.dtype;
      return is_taken && std::ranges::equal(checkpoint_.shape(stored), tensor.shape);  // and is no packed pair
    });
    if (!fits || !quantizer_.any()) return fits;
    // The library passes over what is unexpected.
    std::set<std::string_view> unexpected;
    for (const UnexpectedKey& key : loading_.unexpected) unexpected.insert(key.key);
    const auto loaded =
        std::count_if(keys.begin(), keys.end(), [&](const auto& key) { return key && !unexpected.contains(*key); });
    // Whether or not the quantizer says so of what is missing.
    const bool all_placed = missing_.empty() && absent_beside_.empty() && loading_.mismatched.empty() &&
                            loaded == std::ssize(loading_.matched);
    if (!all_placed) return false;
    std::set<std::pair<std::string_view, std::string_view>> asked;  // class of the module, tensor
    return std::none_of(loading_.matched.begin(), loading_.matched.end(), [&](const MatchedKey& key) {
      const Tensor& tensor = graph_.tensor(key.tensor);
      const bool is_new = asked.emplace(graph_.module(tensor.owner).class_name, leaf_of(tensor.name)).second;
      return is_new && quantizer_.handles(tensor.name);
    });
  }

  // Of tied parameters the first is not stored, and another is: loading makes that one a parameter of its own, and ties
  // it to the first again afterwards.
  void find_empty(const std::vector<std::optional<std::string>>& keys) {
    ShardLoad load{{}, absent_, graph_.built_in.value_or(Dtype::kFloat32), false};
    std::set<TensorId> placed;
    for (const MatchedKey& key : loading_.matched) placed.insert(key.tensor);
    for (std::uint32_t row = 0; row < keys.size(); ++row) {
      if (keys[row] && placed.contains(expected_.find(*keys[row]))) load.loaded.emplace_back(row, *keys[row]);
    }
    try {
      std::vector<TensorId>& found = loading_.left_empty.emplace();
      for (const std::string& name : left_empty(evaluated_, checkpoint_, load)) {
        if (const TensorId id = expected_.find(name); id != TensorId::kNone) found.push_back(id);
      }
      std::sort(found.begin(), found.end());
    } catch (const LibraryRaises&) {
      loading_.left_empty.reset();  // it is not loading as usual that raises: that has been tried with what fits
    } catch (const NotFollowed& obstacle) {
      loading_.left_empty.reset();
      loading_.end_not_known = obstacle.why;
    }
  }

  // Then the model is filled.
  void fill(const std::vector<std::optional<std::string>>& keys) {
    const bool fits = fills_without_fail(keys);
    std::set<std::string> own_loaders;  // of which alone something can be said where all fits
    if (fits && !quantizer_.any()) own_loaders = modules_with_own_loading(code_.in, model_);
    if (fits && first_is_missing_) find_empty(keys);
    if (fits && own_loaders.empty()) return;
    const bool at_once = fills_at_once(evaluated_);
    ShardLoad load{{}, absent_, graph_.built_in.value_or(Dtype::kFloat32), fits, {}, "", at_once};
    if (quantizer_.takes_parts() && adds_prefix_) load.part = prefix_;
    std::set<std::string> left_out;
    for (const UnexpectedKey& key : loading_.unexpected)
      quantizer_.takes_parts() ? load.beside.push_back(key.key) : (void)left_out.insert(key.key);
    for (const MismatchedKey& key : loading_.mismatched) {
      load.absent.push_back(graph_.tensor(key.tensor).name);
      left_out.insert(graph_.tensor(key.tensor).name);
    }
    for (std::uint32_t row = 0; row < keys.size(); ++row) {
      if (!keys[row] || left_out.contains(*keys[row])) continue;
      const std::size_t dot = keys[row]->rfind('.');
      if (!fits || at_once || own_loaders.contains(keys[row]->substr(0, dot == std::string::npos ? 0 : dot)))
        load.loaded.emplace_back(row, *keys[row]);
    }
    try {
      const std::vector<std::string> left = load_shards(evaluated_, checkpoint_, load);
      std::set<std::string> taken(load.beside.begin(), load.beside.end());
      for (const std::string& name : left) taken.erase(name);
      std::erase_if(loading_.unexpected, [&](const UnexpectedKey& key) { return taken.contains(key.key); });
    } catch (const LibraryRaises& raised) {
      std::sort(loading_.unexpected.begin(), loading_.unexpected.end(),
                [](const UnexpectedKey& a, const UnexpectedKey& b) { return a.key < b.key; });
      Loading ended;
      ended.raises = raised.what;
      ended.raised_at = raised.where;
      ended.compared = std::make_shared<const Loading>(std::move(loading_));
      loading_ = std::move(ended);
      return;
    } catch (const NotFollowed& obstacle) {
      if (!load.beside.empty()) throw;  // which of these are parts is not known then
      loading_.end_not_known = obstacle.why;
    }
    const auto other = std::find_if(absent_.begin(), absent_.end(),
                                    [&](const std::string& name) { return absent_beside_.contains(name); });
    if (other != absent_.end())
      throw NotFollowed{fmt::format("its quantizer misses {}, which is no tensor of the model", quoted_name(*other))};
  }

  // find_tied_parameters: of parameters that are one object, those that are missing are not where another is there.
  void forgive_shared_tensors() {
    for (const auto& [object, group] : shared_parameters()) {
      const bool all_missing =
          std::all_of(group.begin(), group.end(), [&](TensorId id) { return missing_.contains(id); });
      if (group.size() < 2 || all_missing) continue;
      first_is_missing_ |= missing_.contains(group.front());
      for (const TensorId id : group) missing_.erase(id);
    }
    loading_.missing.assign(missing_.begin(), missing_.end());
  }

  // The parameters by object, once from_pretrained has tied what the constructor may not have: which it does before
  // a quantizer replaces layers, and not again until all is loaded.
  std::map<const void*, std::vector<TensorId>> shared_parameters() {
    if (!quantizer_.any()) code_.run([&] { return code_.in.call_method(model_, code_.in.intern("tie_weights")); });
    const Value state = code_.run([&] { return code_.in.call_method(model_, code_.in.intern("state_dict")); });
    std::map<const void*, std::vector<TensorId>> groups;
    if (!state.is(Kind::kDict)) throw NotFollowed{"state_dict gives no dict"};
    for (const python::Dict::Entry& entry : state.as<python::Dict>()->entries) {
      if (entry.key.missing()) continue;
      const TensorId id = expected_.find(entry.key.as<python::Str>()->view());
      if (id != TensorId::kNone && !graph_.tensor(id).is_buffer()) groups[entry.value.object].push_back(id);
    }
    return groups;
  }

  const ModuleGraph& graph_;
  const Checkpoint& checkpoint_;
  const StateDict& expected_;
  EvaluatedModel& evaluated_;
  Evaluation code_;
  QuantizerKeys quantizer_;
  const Value model_;
  const std::string prefix_, dotted_;
  const Mapping& given_;
  const Names& named_alone_;
  const bool adjusts_report_;
  bool adds_prefix_ = false, takes_prefix_ = false;
  bool is_corrupted_ = false;      // a key of the task alone where keys of the base model are stored
  bool first_is_missing_ = false;  // of tied parameters, while another is stored
  std::unordered_set<std::string_view> base_model_keys_, task_keys_;
  Value fix_key_, subn_;
  std::vector<KeyPattern> mapping_;
  std::set<TensorId> missing_, wanted_;
  std::set<std::string> beside_;         // keys that the quantizer expects and the model has no tensor for
  std::set<std::string> absent_beside_;  // those of them that are not stored
  std::vector<std::string> absent_;      // what is missing, with these
  Loading loading_;
};

}  // namespace

bool has_key_renaming(EvaluatedModel& evaluated) {
  Value found;
  return evaluated.interpreter->find_attribute(evaluated.model,
                                               evaluated.interpreter->intern("_get_key_renaming_mapping"), found);
}

bool adjusts_report(EvaluatedModel& evaluated) {
  Value found;
  return evaluated.interpreter->find_attribute(
      evaluated.model, evaluated.interpreter->intern("_adjust_missing_and_unexpected_keys"), found);
}

Compared load_with_key_renaming(const ModuleGraph& graph, const Checkpoint& checkpoint, const StateDict& expected,
                                EvaluatedModel& evaluated, const Mapping& key_mapping,
                                const std::set<std::string, std::less<>>& named_alone) {
  return {RenamingLoader(graph, checkpoint, expected, evaluated, key_mapping, named_alone).run()};
}

}  // namespace ckptlint
