// Evaluates MtpModel of modeling_layers.py over the model: its pattern for stored keys, its modules and its renamings.
#include "loading/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/escape.h"
#include "graph/extract.h"
#include "graph/stand_ins.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kLayers = "num_mtp_layers";
constexpr const char* kModule = "transformers.modeling_layers";
constexpr std::int64_t kMostLayers = 64;
constexpr int kDeepest = 3;  // of configs in configs

bool announces(const Json& config, const std::string& name) {
  const auto found = config.find(name);
  return found != config.end() && found->is_number_integer() && *found > 0;
}

// The field of config.json, or of a config in it, that has the number under one of its names; empty where none has.
std::string announcing_field(const Json& config, const std::vector<std::string>& names, int depth = 0) {
  if (!config.is_object() || depth > kDeepest) return "";
  for (const std::string& name : names) {
    if (announces(config, name)) return name;
  }
  for (const auto& [key, inner] : config.items()) {
    if (!key.ends_with("_config") || key == "quantization_config") continue;
    if (const std::string found = announcing_field(inner, names, depth + 1); !found.empty())
      return fmt::format("{}.{}", key, found);
  }
  return "";
}

class PredictionLoading {
 public:
  PredictionLoading(const Checkpoint& checkpoint, const Json& config, EvaluatedModel& evaluated)
      : checkpoint_(checkpoint), config_(config), evaluated_(evaluated), code_(evaluated), in_(code_.in) {}

  Predictions run() {
    Predictions found;
    found.layers = layers();
    if (found.layers <= 0) return {};
    if (found.layers > kMostLayers) throw NotFollowed{"the config has too many of them"};
    const Answer<Value> type = attempt([&] { return in_.import_name(kModule, "MtpModel"); });
    if (!type || !type->is(Kind::kClass)) return {};
    found.field = announcing_field(config_, names_);
    found.stored = matching(*type);
    load(*type, found);
    return found;
  }

 private:
  // And the names that config.json may have it under.
  std::int64_t layers() {
    names_ = {kLayers, "num_nextn_predict_layers"};
    Value config, count, others;
    if (!in_.find_attribute(evaluated_.model, in_.intern("config"), config)) return 0;
    config = code_.run([&] { return in_.call_method(config, in_.intern("get_text_config")); });
    const Value number =
        code_.run([&] { return in_.find_attribute(config, in_.intern(kLayers), count) ? count : Value::none(); });
    if (in_.find_attribute(config, in_.intern("attribute_map"), others) && others.is(Kind::kDict)) {
      const Value* other = python::dict_find(others.as<python::Dict>(), in_.intern(kLayers));
      if (other != nullptr && other->is(Kind::kStr)) names_.push_back(code_.text(*other));
    }
    return number.is(Kind::kInt) ? in_.to_int(number) : 0;
  }

  // The stored tensors that get_mtp_weights_regex means.
  std::vector<std::uint32_t> matching(const Value& type) {
    const Value regex = code_.run(
        [&] { return in_.call(in_.attribute(type, in_.intern("get_mtp_weights_regex")), {evaluated_.model}); });
    const std::string text = code_.text(code_.attribute(regex, "pattern"));
    const auto pattern = PythonPattern::compile(text);
    if (!pattern) throw NotFollowed{fmt::format("the pattern {} is not modelled", quoted_name(text))};
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < checkpoint_.tensors.size(); ++i) {
      if (pattern->found_in(checkpoint_.tensors[i].name)) rows.push_back(i);
    }
    return rows;
  }

  void load(const Value& type, Predictions& found) {
    const Value model = code_.run([&] { return in_.call(type, {evaluated_.model, Value::of(found.layers)}); });
    const std::size_t noted = in_.notes.size();
    const ModuleGraph graph = extract_graph(in_, model);
    if (in_.notes.size() > noted) throw NotFollowed{in_.notes[noted].what};
    const Value conversions =
        code_.run([&] { return in_.call_method(model, in_.intern("get_weight_conversions"), {evaluated_.model}); });
    const Meanwhile<Value> instead(evaluated_.model, model);  // what the operations of conversions are given
    const std::vector<Transform> transforms = transforms_from(evaluated_, conversions, checkpoint_);
    const StateDict expected(graph);
    Compared compared = load_with_transforms(graph, checkpoint_, expected, transforms, &evaluated_, &found.stored);
    if (!compared.loading.raises.empty()) throw LibraryRaises{compared.loading.raises};
    const Loading loading = forgive_by_pattern(graph, true, std::move(compared));
    for (const TensorId id : loading.missing) found.missing.push_back(graph.tensor(id).name);
    std::sort(found.missing.begin(), found.missing.end());
  }

  const Checkpoint& checkpoint_;
  const Json& config_;
  EvaluatedModel& evaluated_;
  Evaluation code_;
  Interpreter& in_;
  std::vector<std::string> names_;
};

}  // namespace

Known<Predictions> find_predictions(const Checkpoint& checkpoint, const Json& config, EvaluatedModel& evaluated) {
  auto ended = run_phase([&]() -> Known<Predictions> {
    try {
      return PredictionLoading(checkpoint, config, evaluated).run();
    } catch (const LibraryRaises& raised) {
      return Unknown{fmt::format("`generate(use_mtp=True)` raises {}", printable(raised.what))};
    }
  });
  if (auto* found = std::get_if<Known<Predictions>>(&ended)) return std::move(*found);
  return Unknown{fmt::format("how the library loads layers for further tokens could not be followed: {}",
                             std::get<Stopped>(ended).what)};
}

}  // namespace ckptlint
