// Evaluates MtpModel of modeling_layers.py over the model: its pattern for stored keys, its modules and its renamings.
#include "loading/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "graph/extract.h"
#include "graph/stand_ins.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"
#include "loading/prediction_names.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using python::Interpreter;
using python::Kind;
using python::Truth;
using python::Value;

constexpr const char* kLayers = "num_mtp_layers";
constexpr const char* kModule = "transformers.modeling_layers";
constexpr std::int64_t kMostLayers = 64;

// A file of the model's own classes that has the word; what is built from the field, they say.
bool speak_of(const ModuleGraph& graph, const SourceFiles& sources, const std::string& word) {
  std::set<FileId> seen;
  for (const Module& module : graph.modules) {
    if (!seen.insert(module.class_span.file).second) continue;
    const SourceFile* file = sources.find(module.class_span.file);
    if (file != nullptr && std::string_view(file->text).find(word) != std::string_view::npos) return true;
  }
  return false;
}

class PredictionLoading {
 public:
  PredictionLoading(const Checkpoint& checkpoint, const Loading& loading, const ModuleGraph& graph, const Json& config,
                    EvaluatedModel& evaluated)
      : checkpoint_(checkpoint),
        loading_(loading),
        graph_(graph),
        config_(config),
        evaluated_(evaluated),
        code_(evaluated),
        in_(code_.in) {}

  Predictions run() {
    Predictions found;
    found.layers = layers();
    const AnnouncedPredictions announced = announced_predictions(config_, names_, found.layers <= 0);
    if ((found.layers <= 0 && announced.field.empty()) || !generates()) return {};
    const Answer<Value> type = attempt([&] { return in_.import_name(kModule, "MtpModel"); });
    if (!type || !type->is(Kind::kClass)) return unbuilt(announced, "it has no code for such layers");
    if (found.layers <= 0) return unbuilt(announced, "it looks for `num_mtp_layers` in the config, and finds none");
    if (!evaluated_.quantizer.is_none()) return {};
    if (found.layers > kMostLayers) throw NotFollowed{"the config has too many of them"};
    found.field = announced.field;
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

  bool generates() {
    const Value answer = code_.run([&] { return in_.call_method(evaluated_.model, in_.intern("can_generate")); });
    return in_.truth(answer) == Truth::kTrue;
  }

  Predictions unbuilt(const AnnouncedPredictions& announced, const char* why) {
    const std::string name = announced.field.substr(announced.field.rfind('.') + 1);
    if (name.empty() || announced.layers > kMostLayers || speak_of(graph_, in_.sources, name)) return {};
    Predictions found{.layers = announced.layers, .field = announced.field, .missing{}, .stored{}, .unbuilt = why};
    const PredictionKeys theirs(graph_, found.layers);
    for (const std::vector<UnexpectedKey>* keys : {&loading_.unexpected, &loading_.ignored}) {
      for (const UnexpectedKey& key : *keys) {
        if (theirs.has(key.key)) found.stored.push_back(key.stored);
      }
    }
    std::sort(found.stored.begin(), found.stored.end());
    return found;
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
    const Loading loading = forgive_by_pattern(graph, FormerBuffers::kPositions, std::move(compared));
    for (const TensorId id : loading.missing) found.missing.push_back(graph.tensor(id).name);
    std::sort(found.missing.begin(), found.missing.end());
  }

  const Checkpoint& checkpoint_;
  const Loading& loading_;
  const ModuleGraph& graph_;
  const Json& config_;
  EvaluatedModel& evaluated_;
  Evaluation code_;
  Interpreter& in_;
  std::vector<std::string> names_;
};

}  // namespace

Known<Predictions> find_predictions(const Checkpoint& checkpoint, const Loading& loading, const ModuleGraph& graph,
                                    const Json& config, EvaluatedModel& evaluated) {
  auto ended = run_phase([&]() -> Known<Predictions> {
    try {
      return PredictionLoading(checkpoint, loading, graph, config, evaluated).run();
    } catch (const LibraryRaises& raised) {
      return Unknown{fmt::format("`generate(use_mtp=True)` raises {}", printable(raised.what))};
    }
  });
  if (auto* found = std::get_if<Known<Predictions>>(&ended)) return std::move(*found);
  return Unknown{fmt::format("how the library loads layers for further tokens could not be followed: {}",
                             std::get<Stopped>(ended).what)};
}

}  // namespace ckptlint
