// Mounts the repo and asks diffusers_pipeline.py.
#include "parts/diffusion_pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "base/json_document.h"
#include "base/paths.h"
#include "checkpoint/weight_sets.h"
#include "graph/asking.h"
#include "graph/diffusers_class.h"
#include "graph/diffusers_code.h"
#include "graph/evaluator.h"
#include "graph/modules_cache.h"
#include "graph/questions.h"
#include "graph/stand_ins.h"
#include "library/host/embedded.h"
#include "library/torch/torch.h"
#include "parts/disk_loading.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Value;

constexpr const char* kAsked = "_diffusers_pipeline";
constexpr const char* kCalled = "_diffusers_call";
constexpr const char* kClassName = "_class_name";  // of a pipeline; a pair where the repo has its code
constexpr std::size_t kMostComponents = 64;
constexpr std::size_t kMostWays = 4;  // to call a pipeline
constexpr std::uint64_t kLongestList = 1u << 20;

class PipelineLoading {
 public:
  PipelineLoading(const GraphRequest& request, const std::string& arguments) : arguments_(arguments) {
    Result<std::shared_ptr<Interpreter>> made = make_evaluator(request, install_disk_loading);
    if (!made.ok()) throw NotFollowed{made.error().message};
    in_ = std::move(*made);
    in_->disk->mount(kRepoFolder, request.repo);
    mount_diffusers_cache(*in_);
    cache_.emplace(*in_, request.repo_label);
    in_->embedded_module("PIL", "", true);
    in_->embedded_module("PIL.Image", python::embedded_text("packages/pillow.py"), true);
  }

  DiffusionPipeline run(PipelineModels models) {
    python::set_default_device(*in_, "cpu");
    let_load_from_disk(*in_);
    in_->embedded_module("_diffusers_loading", python::embedded_text("packages/diffusers_loading.py"), false);
    in_->embedded_module(kAsked, python::embedded_text("packages/diffusers_pipeline.py"), false);
    StandIns importing(*in_);
    let_diffusers_import(*in_, *cache_, importing);
    DiffusionPipeline found;
    found.library = known_text(in_->call(in_->import_name(kAsked, "settle"), {}));
    found.load.call = "DiffusionPipeline.from_pretrained";
    if (models == PipelineModels::kOfConfigs) (void)in_->call(in_->import_name(kAsked, "build_of_configs"), {});
    if (!read_list(found)) return found;
    found.trusted =
        in_->test(in_->call(in_->import_name(kAsked, "trusts"), {in_->string(kRepoFolder), in_->string(arguments_)}));
    const Value trusted = Value::of(found.trusted);
    const Value pipeline = asked("load", {in_->string(kRepoFolder), in_->string(arguments_), trusted}, found.load);
    if (pipeline.missing()) {
      for (PipelineComponent& each : found.components)
        (void)asked("load_component",
                    {in_->string(kRepoFolder), in_->string(each.name), in_->string(each.library),
                     in_->string(each.class_name), trusted, in_->string(arguments_)},
                    each.end);
      return found;
    }
    read_made(pipeline, found);
    try {
      read_hollow(pipeline, found);
    } catch (const NotFollowed&) {  // tokenizers of other kinds, which nobody has to have
    }
    if (found.devices.empty()) find_run(pipeline, found);
    return found;
  }

  std::string described(const python::PyRaise& raised) const { return in_->describe(raised); }

 private:
  Value asked(const char* question, std::initializer_list<Value> given, CallEnd& end) {
    return answer_to(*in_, kAsked, question, given, end);
  }

  std::vector<std::string> texts(const Value& list) {
    std::vector<std::string> found;
    for (const Value& each : in_->collect(list)->items) found.push_back(known_text(each));
    return found;
  }

  // Whether the components fit one another: they do where one way to call the pipeline ends.  Where none does, the last
  // one says what does not fit, as it gives all that people give.
  void find_run(const Value& pipeline, DiffusionPipeline& found) {
    found.run.call = found.class_name;
    const bool former = python::set_follows_forward(*in_, true);
    in_->embedded_module(kCalled, python::embedded_text("packages/diffusers_call.py"), false);
    std::vector<CallAnswer> answers;
    try {
      do {
        answers.push_back(called(pipeline, answers.size()));
      } while (answers.back().end != CallAnswer::End::kFits && answers.back().end != CallAnswer::End::kNoSuchWay);
    } catch (const python::BudgetExceeded& exceeded) {
      answers = {{CallAnswer::End::kNotFollowed, "", beyond_limits(*in_, exceeded).why}};
    }
    python::set_follows_forward(*in_, former);
    if (answers.back().end == CallAnswer::End::kNoSuchWay) answers.pop_back();
    const auto ended = [&](CallAnswer::End end) {
      const auto at =
          std::find_if(answers.begin(), answers.end(), [&](const CallAnswer& each) { return each.end == end; });
      return at == answers.end() ? nullptr : &*at;
    };
    if (ended(CallAnswer::End::kFits)) return find_mixed(pipeline, answers.size() - 1, found);
    const CallAnswer& last = answers.back();
    if (const CallAnswer* open = ended(CallAnswer::End::kNotFollowed)) {
      found.not_run.why = open->what;
    } else if (last.end == CallAnswer::End::kFails) {
      found.stopped = last.component;
      found.run.raises = last.what;
    } else {
      const Value way = Value::of(static_cast<std::int64_t>(answers.size() - 1));
      const std::string with = known_text(in_->call(in_->import_name(kCalled, "way_of"), {pipeline, way}));
      found.not_run.why = fmt::format("calling it with {} ends in {}", with, last.what);
    }
  }

  // Whether the models take what the others give where each is loaded in the dtype that it has by itself: those of
  // diffusers in float32, those of transformers as they are stored.  `way` is one in which they fit.
  void find_mixed(const Value& pipeline, std::size_t way, DiffusionPipeline& found) {
    CallEnd ignored;
    const Value dtypes = asked("loaded_dtypes", {pipeline}, ignored);
    if (dtypes.missing()) {
      found.mixed_not_run.why = fmt::format("the dtypes of its models are not known: {}", ignored.raises);
      return;
    }
    std::string first;
    bool differ = false;
    for (const Value& each : in_->collect(dtypes)->items) {
      const std::vector<std::string> pair = texts(each);
      for (PipelineComponent& component : found.components)
        if (component.name == pair.at(0)) component.dtype = pair.at(1);
      if (pair.at(1).empty()) continue;
      if (first.empty()) first = pair.at(1);
      differ |= first != pair.at(1);
    }
    if (!differ) return;
    const bool former = python::set_follows_forward(*in_, true);
    try {
      const Value answer = answer_to(*in_, kCalled, "call_as_loaded",
                                     {pipeline, Value::of(static_cast<std::int64_t>(way))}, found.mixed);
      const std::vector<std::string> told = answer.missing() ? std::vector<std::string>() : texts(answer);
      found.mixed = {};  // what it raises besides is about what was not asked for
      if (told.size() == 2) found.mixed = {told[0], told[1], ""};
    } catch (const NotFollowed& obstacle) {
      found.mixed_not_run.why = obstacle.why;
    } catch (const python::BudgetExceeded& exceeded) {
      found.mixed_not_run.why = beyond_limits(*in_, exceeded).why;
    }
    python::set_follows_forward(*in_, former);
  }

  // One way to call it.
  struct CallAnswer {
    enum class End : std::uint8_t { kFits, kFails, kWantsOther, kNotFollowed, kNoSuchWay };
    End end;
    std::string component, what;
  };

  CallAnswer called(const Value& pipeline, std::size_t way) {
    if (way == kMostWays) return {CallAnswer::End::kNoSuchWay, "", ""};
    try {
      CallEnd end;
      const Value answer = answer_to(*in_, kCalled, "call", {pipeline, Value::of(static_cast<std::int64_t>(way))}, end);
      if (answer.missing()) return {CallAnswer::End::kWantsOther, "", end.raises + end.place};
      if (answer.is(python::Kind::kNone)) return {CallAnswer::End::kNoSuchWay, "", ""};
      const std::vector<std::string> told = texts(answer);
      if (told.size() != 2) return {CallAnswer::End::kFits, "", ""};
      return {CallAnswer::End::kFails, told[0], told[1]};
    } catch (const NotFollowed& obstacle) {
      return {CallAnswer::End::kNotFollowed, "", obstacle.why};
    }
  }

  // Whether there is a list.
  bool read_list(DiffusionPipeline& found) {
    const Value answer = asked("listed", {in_->string(kRepoFolder)}, found.load);
    if (answer.missing()) return false;
    const python::List* both = in_->collect(answer);
    found.class_name = known_text(both->items[0]);
    for (const Value& each : in_->collect(both->items[1])->items) {
      const std::vector<std::string> row = texts(each);
      if (found.components.size() == kMostComponents)
        throw NotFollowed{fmt::format("it has more than {} components", kMostComponents)};
      found.components.push_back({row.at(0), row.at(1), row.at(2), "", 0, {}});
    }
    return true;
  }

  void read_made(const Value& pipeline, DiffusionPipeline& found) {
    CallEnd ignored;
    const Value answer = asked("made", {pipeline}, ignored);
    const Value said = asked("said", {}, ignored);
    if (answer.missing() || said.missing()) throw NotFollowed{ignored.raises};
    const python::List* all = in_->collect(answer);
    for (const Value& each : in_->collect(all->items[1])->items) {
      const python::List* row = in_->collect(each);
      const std::string name = known_text(row->items[0]);
      for (PipelineComponent& component : found.components) {
        if (component.name != name) continue;
        component.made = known_text(row->items[1]);
        if (row->items[2].is(python::Kind::kInt))
          component.bytes = static_cast<std::uint64_t>(in_->to_int(row->items[2]));
      }
    }
    for (const Value& each : in_->collect(all->items[2])->items) {
      const std::vector<std::string> pair = texts(each);
      found.devices.emplace_back(pair.at(0), pair.at(1));
    }
    for (std::string& each : texts(said)) found.warnings.push_back(told(std::move(each)));
  }

  void read_hollow(const Value& pipeline, DiffusionPipeline& found) {
    const auto component = [&](const std::string& name) {
      return std::find_if(found.components.begin(), found.components.end(),
                          [&](const PipelineComponent& each) { return each.name == name; });
    };
    CallEnd ignored;
    const Value hollow = asked("hollow", {pipeline, in_->string(kRepoFolder)}, ignored);
    for (const Value& each : hollow.missing() ? python::ArenaVector<Value>() : in_->collect(hollow)->items) {
      const std::vector<std::string> pair = texts(each);
      if (const auto at = component(pair.at(0)); at != found.components.end()) at->hollow = pair.at(1);
    }
    const Value beyond = asked("tokens_beyond", {pipeline}, ignored);
    for (const Value& each : beyond.missing() ? python::ArenaVector<Value>() : in_->collect(beyond)->items) {
      const python::List* row = in_->collect(each);
      const auto at = component(known_text(row->items[0]));
      if (at == found.components.end() || !row->items[1].is(python::Kind::kInt) ||
          !row->items[3].is(python::Kind::kInt))
        continue;
      at->tokens = static_cast<std::uint64_t>(in_->to_int(row->items[1]));
      at->reader = known_text(row->items[2]);
      at->rows = static_cast<std::uint64_t>(in_->to_int(row->items[3]));
    }
  }

  std::string arguments_;
  std::shared_ptr<Interpreter> in_;
  std::optional<ModulesCache> cache_;
};

struct ListedComponent {
  std::string name, library, class_name;
};

// Those of the list whose names can be folders.
std::vector<ListedComponent> listed_components(const FileTree& repo) {
  std::vector<ListedComponent> found;
  const Result<std::string> text = repo.is_file(kPipelineList) ? repo.read(kPipelineList, kLongestList) : Error{};
  const auto list = text.ok() ? json_document(*text) : std::nullopt;
  if (!list || !list->is_object()) return found;
  for (const auto& [name, value] : list->items()) {
    const bool is_component = value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_string();
    if (is_component && name != kClassName && is_plain_path(name)) found.push_back({name, value[0], value[1]});
  }
  return found;
}

// Schedulers, tokenizers and processors have configs of other names, and may have this one besides, or in their place.
bool is_of_another_kind(const FileTree& repo, const std::string& folder, std::string_view class_name) {
  constexpr std::array kConfigs = {"scheduler_config.json", "tokenizer_config.json", "preprocessor_config.json"};
  constexpr std::array kKinds = {"Scheduler",     "Tokenizer",    "TokenizerFast",   "Processor",
                                 "ProcessorFast", "ProcessorPil", "FeatureExtractor"};
  if (has_weights(repo, folder)) return false;
  return std::any_of(kConfigs.begin(), kConfigs.end(),
                     [&](const char* name) { return repo.is_file(joined_path(folder, name)); }) ||
         std::any_of(kKinds.begin(), kKinds.end(), [&](const char* kind) { return class_name.ends_with(kind); });
}

// As --class takes it.
std::string class_of_component(const FileTree& repo, const std::string& folder, const std::string& library,
                               const std::string& class_name) {
  if (repo.is_file(joined_path(folder, library + ".py"))) return fmt::format("{}:{}", library, class_name);
  const std::string package = library.substr(0, library.find('.'));
  if (package == "transformers") return class_name;
  if (library != kDiffusers && package != kDiffusers)
    return fmt::format("diffusers.pipelines.{}:{}", library, class_name);
  const Result<std::string> text = repo.read(joined_path(folder, "config.json"), kLongestList);
  const auto config = text.ok() ? json_document(*text) : std::nullopt;
  const bool is_object = config && config->is_object();
  if (is_object && config->contains(kClassName) && (*config)[kClassName] == class_name) return "";
  const bool is_of_transformers = is_object && !config->contains(kClassName) && config->contains("model_type");
  return is_of_transformers && library != kDiffusers ? fmt::format("{}:{}", library, class_name) : class_name;
}

}  // namespace

std::vector<ComponentModel> component_models(const FileTree& repo) {
  std::vector<ComponentModel> models;
  for (const ListedComponent& each : listed_components(repo)) {
    if (!repo.is_file(joined_path(each.name, "config.json"))) continue;
    for (std::string& folder : folders_of_component(repo, each.name)) {
      if (models.size() == kMostComponents) break;
      if (is_of_another_kind(repo, folder, each.class_name)) continue;
      std::string known_as = class_of_component(repo, folder, each.library, each.class_name);
      const bool is_module = known_as.find(':') != std::string::npos;
      models.push_back({std::move(folder), is_module ? each.library : each.library.substr(0, each.library.find('.')),
                        std::move(known_as)});
    }
  }
  return models;
}

std::string unreadable_in_components(const FileTree& repo) {
  const std::vector<std::string> entries = repo.list("");
  for (const ListedComponent& each : listed_components(repo)) {
    if (!std::binary_search(entries.begin(), entries.end(), each.name)) continue;
    if (!repo.is_folder(each.name) && !repo.is_file(each.name)) return each.name;
    for (const std::string& name : repo.list(each.name)) {
      std::string path = joined_path(each.name, name);
      if (!repo.is_file(path) && !repo.is_folder(path)) return path;
    }
  }
  return "";
}

std::vector<std::string> folders_of_component(const FileTree& repo, const std::string& name) {
  std::vector<std::string> folders{name};
  for (std::string next = name + "_1";
       folders.size() < kMostComponents && repo.is_file(joined_path(next, "config.json"));
       next = fmt::format("{}_{}", name, folders.size()))
    folders.push_back(next);
  return folders;
}

Known<DiffusionPipeline> diffusion_pipeline_of(const GraphRequest& request, const std::string& arguments,
                                               PipelineModels models) {
  return follow("how diffusers loads it", [&] {
    PipelineLoading loading(request, arguments);
    Answer<DiffusionPipeline> answer = attempt([&] { return loading.run(models); });
    // A library that is not as it was when it was compared.
    if (const python::PyRaise* raised = answer.raised()) throw NotFollowed{loading.described(*raised)};
    return std::move(*answer);
  });
}

}  // namespace ckptlint
