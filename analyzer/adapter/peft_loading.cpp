// Hands config and stored tensors to packages/peft_loading.py, which calls PEFT, and reads what it noted.
#include "adapter/peft_loading.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapter/prefix_edit.h"
#include "base/escape.h"
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

// Messages name all that the config names.
std::string shortened(std::string text) {
  constexpr std::size_t kLongest = 500;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "...";
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
  PeftLoading(const Checkpoint& stored, const nlohmann::ordered_json& config, EvaluatedModel& base)
      : stored_(stored), config_(config), base_(base), in_(*base.interpreter) {
    for (std::uint32_t i = 0; i < stored.tensors.size(); ++i) rows_.emplace(stored.tensors[i].name, i);
  }

  Adapter run() {
    python::set_default_device(in_, "cpu");  // where PEFT loads what is stored
    in_.embedded_module(kModule, python::embedded_text("packages/peft_loading.py"), false);
    const Value config =
        asked([&] { return in_.call(in_.import_name("json", "loads"), {in_.string(config_.dump())}); });
    const Value stored = tensors();
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
    const Value answer = asked([&] { return in_.call(in_.import_name(kModule, "load"), {model, config, stored}); });
    AdapterLoad made = read(items_of(in_, answer, 5));
    made.by = std::move(by);
    return made;
  }

  static bool is_better(const AdapterLoad& one, const AdapterLoad& other) {
    return one.raises.empty() && (!other.raises.empty() || one.faults() < other.faults());
  }

  Value tensors() {
    python::Dict* dict = in_.dict();
    for (const StoredTensor& each : stored_.tensors) {
      python::torch::Sizes sizes;
      if (each.rank > python::torch::kMaxRank) throw NotFollowed{"a stored tensor has too many dimensions"};
      for (const std::int64_t extent : stored_.shape(each)) sizes.push(extent);
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
    made.raises = shortened(known_text(answer[4]));
    std::sort(made.unmatched.begin(), made.unmatched.end());
    made.unmatched.erase(std::unique(made.unmatched.begin(), made.unmatched.end()), made.unmatched.end());
    made.matched = stored_.tensors.size() - made.unmatched.size();
    return made;
  }

  const Checkpoint& stored_;
  const nlohmann::ordered_json& config_;
  EvaluatedModel& base_;
  Interpreter& in_;
  std::unordered_map<std::string_view, std::uint32_t> rows_;
};

}  // namespace

Known<Adapter> load_with_peft(const Checkpoint& adapter, const nlohmann::ordered_json& config, EvaluatedModel& base,
                              const ModuleGraph& graph) {
  if (std::optional<Unknown> why = too_many_names(config)) return std::move(*why);
  auto ended = run_phase([&] { return PeftLoading(adapter, config, base).run(); });
  if (Adapter* made = std::get_if<Adapter>(&ended)) {
    if (made->load.by.empty() && !made->load.is_sound()) made->load.edit = prefix_edit(adapter, graph);
    return std::move(*made);
  }
  const Stopped& stopped = std::get<Stopped>(ended);
  const bool is_limit = stopped.by == Stopped::By::kLimit;
  return Unknown{
      fmt::format("how PEFT loads the adapter could not be followed: {}",
                  is_limit ? fmt::format("it takes more {} than the limit allows", stopped.what) : stopped.what)};
}

}  // namespace ckptlint
