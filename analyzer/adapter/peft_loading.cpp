// Hands config and stored tensors to packages/peft_loading.py, which calls PEFT, and reads what it noted.
#include "adapter/peft_loading.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapter/adapter.h"
#include "adapter/prefix_edit.h"
#include "base/escape.h"
#include "base/paths.h"
#include "checkpoint/checkpoint.h"
#include "graph/asking.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "library/torch/tensors.h"
#include "library/torch/torch.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kModule = "_peft_loading";

std::vector<Value> items_of(Interpreter& in, const Value& list, std::size_t count = 0) {
  python::List* items = in.collect(list);
  std::vector<Value> values(items->items.begin(), items->items.end());
  if (count != 0 && values.size() != count) throw NotFollowed{"its answer has another form"};
  return values;
}

std::vector<std::int64_t> extents_of(Interpreter& in, const Value& list) {
  std::vector<std::int64_t> extents;
  for (const Value& each : items_of(in, list)) extents.push_back(in.to_int(each));
  return extents;
}

// PEFT holds each name of a list against each other, and each pattern against each module.
constexpr std::size_t kMostNames = 2000;

std::optional<Unknown> too_many_names(const nlohmann::ordered_json& config) {
  for (const auto& [field, value] : config.items()) {
    const bool are_names = value.is_object() || (value.is_array() && !value.empty() && value.front().is_string());
    if (are_names && value.size() > kMostNames)
      return Unknown{fmt::format("adapter_config.json has {} names in {}, more than the {} that are followed",
                                 value.size(), quoted_name(field), kMostNames)};
  }
  return std::nullopt;
}

class PeftLoading {
 public:
  PeftLoading(const Checkpoint& stored, const nlohmann::ordered_json& config, const MixedAdapters& mixed,
              EvaluatedModel& base)
      : stored_(stored), config_(config), mixed_(mixed), base_(base), in_(*base.interpreter) {
    for (std::uint32_t i = 0; i < stored.tensors.size(); ++i) rows_.emplace(stored.tensors[i].name, i);
  }

  Adapter run() {
    python::set_default_device(in_, "cpu");  // where PEFT loads what is stored
    in_.embedded_module(kModule, python::embedded_text("packages/peft_loading.py"), false);
    const Value config = value_of(config_);
    const Value stored = tensors_of(stored_);
    mixed_value_ = mixed_adapters();
    // The base is changed by what is loaded on it.
    const Value base_class = in_.call(in_.import_name("builtins", "type"), {base_.model});
    const Value base_config = asked([&] {
      in_.call(in_.import_name(kModule, "settle_machine"), {});
      return in_.call(in_.import_name("copy", "deepcopy"), {in_.attribute(base_.model, in_.intern("config"))});
    });
    Adapter made{.peft = known_text(in_.import_name("peft", "__version__")),
                 .load = loaded(base_.model, "", config, stored)};
    const Value others = asked([&] {
      return in_.call(in_.import_name(kModule, "other_bases"), {base_class, base_config, config, stored});
    });
    for (const Value& each : items_of(in_, others)) {
      const std::vector<Value> parts = items_of(in_, each, 2);
      made.others.push_back(loaded(parts[1], known_text(parts[0]), config, stored));
    }
    for (AdapterLoad& other : made.others) {
      if (is_better(other, made.load)) std::swap(other, made.load);
    }
    return made;
  }

 private:
  // What `question()` gives; NotFollowed where it raises or is not known.
  template <typename Question>
  Value asked(const Question& question) {
    const Answer<Value> answer = ask(in_, question);
    if (const python::PyRaise* raised = answer.raised())
      throw NotFollowed{fmt::format("{}{}", printable(in_.describe(*raised)), place_of(in_, raised->where))};
    if (const Unknown* unknown = answer.unknown()) throw NotFollowed{unknown->why};
    return *answer;
  }

  AdapterLoad loaded(const Value& model, std::string by, const Value& config, const Value& stored) {
    const Value answer = asked([&] {
      return in_.call(in_.import_name(kModule, "load"), {model, config, stored, mixed_value_});
    });
    AdapterLoad made = read(items_of(in_, answer, 6));
    made.by = std::move(by);
    return made;
  }

  static bool is_better(const AdapterLoad& one, const AdapterLoad& other) {
    return one.raises.empty() && (!other.raises.empty() || one.faults() < other.faults());
  }

  Value value_of(const nlohmann::ordered_json& json) {
    return asked([&] { return in_.call(in_.import_name("json", "loads"), {in_.string(json.dump())}); });
  }

  // By the path in `adapters`, config and tensors.
  Value mixed_adapters() {
    python::Dict* dict = in_.dict();
    for (const auto& [path, adapter] : mixed_) {
      const Value both = in_.tuple({value_of(adapter.config), tensors_of(adapter.stored)});
      python::dict_set(in_.arena, dict, in_.string(path), both);
    }
    return Value::of(dict);
  }

  Value tensors_of(const Checkpoint& stored) {
    python::Dict* dict = in_.dict();
    for (const StoredTensor& each : stored.tensors) {
      python::torch::Sizes sizes;
      if (each.rank > python::torch::kMaxRank) throw NotFollowed{"a stored tensor has too many dimensions"};
      for (const std::int64_t extent : stored.shape(each)) sizes.push(extent);
      python::dict_set(in_.arena, dict, in_.string(each.name),
                       Value::of(python::torch::make_tensor(in_, each.dtype, sizes, nullptr)));
    }
    return Value::of(dict);
  }

  std::optional<std::uint32_t> row_of(const std::string& name) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }

  AdapterLoad read(const std::vector<Value>& answer) {
    AdapterLoad made;
    made.base_class = known_text(answer[0]);
    for (const Value& each : items_of(in_, answer[1])) made.missing.push_back(known_text(each));
    for (const Value& each : items_of(in_, answer[2])) {
      std::string name = known_text(each);
      if (const auto row = row_of(name))
        made.unmatched.push_back(*row);
      else
        made.unmatched_made.push_back(std::move(name));
    }
    for (const Value& each : items_of(in_, answer[3])) {
      const std::vector<Value> parts = items_of(in_, each, 3);
      std::string name = known_text(parts[0]);
      const auto row = row_of(name);
      made.mismatched.push_back({std::move(name), row, extents_of(in_, parts[1]), extents_of(in_, parts[2])});
    }
    made.raises = told(known_text(answer[4]));
    for (const Value& each : items_of(in_, answer[5])) {
      if (const auto row = row_of(known_text(each))) made.recomputed.push_back(*row);
    }
    for (std::vector<std::uint32_t>* rows : {&made.unmatched, &made.recomputed}) {
      std::sort(rows->begin(), rows->end());
      rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
    }
    made.matched = stored_.tensors.size() - made.unmatched.size() - made.recomputed.size();
    return made;
  }

  const Checkpoint& stored_;
  const nlohmann::ordered_json& config_;
  const MixedAdapters& mixed_;
  Value mixed_value_ = Value::none();
  EvaluatedModel& base_;
  Interpreter& in_;
  std::unordered_map<std::string_view, std::uint32_t> rows_;
};

constexpr std::size_t kMostMixed = 64;

}  // namespace

MixedAdapters mixed_adapters(const FileTree& repo, const nlohmann::ordered_json& config) {
  MixedAdapters mixed;
  const auto adapters = config.find("adapters");
  if (adapters == config.end() || !adapters->is_object()) return mixed;
  for (const auto& [name, path] : adapters->items()) {
    if (!path.is_string() || mixed.size() == kMostMixed) continue;
    std::string folder = path.get<std::string>();
    while (folder.starts_with("./")) folder.erase(0, 2);
    while (folder.ends_with('/')) folder.pop_back();
    if (!is_plain_path(folder)) continue;
    auto own = adapter_config(repo, folder);
    for (const char* weights : {"adapter_model.safetensors", "adapter_model.bin"}) {
      const std::string file = joined_path(folder, weights);
      if (!own || !repo.is_file(file)) continue;
      Result<Checkpoint> stored = read_checkpoint(repo, file);
      if (stored.ok()) mixed.insert_or_assign(path.get<std::string>(), SavedAdapter{*own, std::move(*stored)});
      break;
    }
  }
  return mixed;
}

Known<Adapter> load_with_peft(const Checkpoint& adapter, const nlohmann::ordered_json& config,
                              const MixedAdapters& mixed, EvaluatedModel& base, const ModuleGraph& graph) {
  if (std::optional<Unknown> why = too_many_names(config)) return std::move(*why);
  Known<Adapter> made =
      follow("how PEFT loads the adapter", [&] { return PeftLoading(adapter, config, mixed, base).run(); });
  if (made && made->load.by.empty() && !made->load.is_sound()) made->load.edit = prefix_edit(adapter, graph);
  return made;
}

}  // namespace ckptlint
