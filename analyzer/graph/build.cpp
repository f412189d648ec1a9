// Sets the evaluator up with sources, versions and a budget, builds the model of a config as from_pretrained does on
// the meta device, and turns it into the module graph.
#include "graph/build.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "base/escape.h"
#include "base/json_document.h"
#include "graph/asking.h"
#include "graph/diffusers_class.h"
#include "graph/diffusers_quantizer.h"
#include "graph/evaluated_model.h"
#include "graph/evaluator.h"
#include "graph/extract.h"
#include "graph/initialization.h"
#include "graph/meta_device.h"
#include "graph/model_class.h"
#include "graph/model_walk.h"
#include "graph/own_loader.h"
#include "graph/quantizer.h"
#include "graph/registrations.h"
#include "graph/stand_ins.h"
#include "graph/table_entries.h"
#include "library/library.h"
#include "library/torch/state.h"
#include "library/torch/torch.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

// A module of the library, and not what a package exports: a release that has none would have all of its files searched
// for the name.  kMissing where it is not there.
Value library_module(Interpreter& in, const char* name) {
  const Answer<Value> module = attempt([&] { return Value::of(in.import_module(name)); });
  return module ? *module : Value{};
}

// What transformers 5 enters around a constructor for the sake of code that reads values while everything else is on
// the meta device: torch.linspace makes its tensors on the CPU.
class SafeCreation {
 public:
  explicit SafeCreation(Interpreter& in) : in_(in) {
    const NotesTakenBack no_part_of_the_model(in);
    Value make;
    const Value initialization = library_module(in, "transformers.initialization");
    if (initialization.missing()) return;
    if (!in.find_attribute(initialization, in.intern("meta_device_safe_creation_ops"), make) || make.unknown()) return;
    entered_ = in.call(make, {});
    in.call_method(entered_, in.intern("__enter__"));
  }
  ~SafeCreation() {
    if (entered_.missing()) return;
    // However it ends: nothing is created any more.
    (void)within_limits(in_, [&] {
      return attempt([&] {
        in_.call_method(entered_, in_.intern("__exit__"), {Value::none(), Value::none(), Value::none()});
      });
    });
  }
  SafeCreation(const SafeCreation&) = delete;
  SafeCreation& operator=(const SafeCreation&) = delete;

 private:
  Interpreter& in_;
  Value entered_;
};

// The dtype that from_pretrained(dtype="auto") builds in.
std::string dtype_of(Interpreter& in, const Value& config, const std::string& asked) {
  if (!asked.empty()) return asked;
  for (const char* name : {"dtype", "torch_dtype"}) {
    Value value;
    if (!in.find_attribute(config, in.intern(name), value) || value.is_none()) continue;
    if (value.is(Kind::kDtype)) return std::string(torch_name(value.as<python::DtypeObject>()->dtype));
    if (value.is(Kind::kStr)) {
      std::string_view text = value.as<python::Str>()->view();
      if (text.substr(0, 6) == "torch.") text.remove_prefix(6);
      if (!text.empty()) return std::string(text);
    }
  }
  return "float32";
}

// from_pretrained builds a model without initialising its weights: transformers 5 finds that it is on the meta device,
// and before 5 a variable of modeling_utils is switched off.  There, initialising takes most of the time that a large
// model takes, and leaves its graph as it is; so while `stand_ins` live, it does nothing.
void switch_off_initialization(Interpreter& in, StandIns& stand_ins) {
  (void)attempt([&] {
    const Value module = Value::of(in.import_module("transformers.modeling_utils"));
    Value variable, type;
    if (!in.find_attribute(module, in.intern("_init_weights"), variable) || !variable.is(Kind::kBool)) return;
    if (!in.find_attribute(module, in.intern("PreTrainedModel"), type) || !type.is(Kind::kClass)) return;
    // Of the whole model, or where there is no such method, of a module: what else the constructor calls remains.
    for (const char* method : {"initialize_weights", "_initialize_weights"}) {
      if (python::dict_find(type.as<python::Class>()->attributes, in.intern(method)) == nullptr) continue;
      stand_ins.answer(type, method, Value::none());
      break;
    }
  });
}

// Before transformers 5, from_pretrained also puts functions that give nothing in place of those of torch.nn.init, and
// the variable, as constructors see it, has post_init leave ties to be made afterwards.
void switch_off_functions(Interpreter& in, StandIns& stand_ins) {
  (void)attempt([&] {
    Value table, variable;
    const Value utilities = Value::of(in.import_module("transformers.modeling_utils"));
    if (in.find_attribute(utilities, in.intern("_init_weights"), variable) && variable.is(Kind::kBool))
      stand_ins.value(utilities, "_init_weights", Value::of(false));
    if (!in.find_attribute(utilities, in.intern("TORCH_INIT_FUNCTIONS"), table)) return;
    const Value init = Value::of(in.import_module("torch.nn.init"));
    const Value nothing = in.native_static(
        "_skip_init", [](Interpreter&, const python::Arguments&, const Value&) { return Value::none(); });
    for (const Value& name : in.collect(table)->items) {
      Value own;
      const std::string text = in.str(name);
      if (in.find_attribute(init, in.intern(text), own)) stand_ins.value(init, text.c_str(), nothing);
    }
  });
}

// `asked`: how many packages are assumed because the request says so.
void finish(Interpreter& in, std::size_t asked, BuiltGraph& built) {
  for (const Interpreter::Note& note : in.notes) built.graph.partial.push_back({note.what, note.where});
  built.graph.sources = in.sources;
  built.absent_packages = in.absent_packages;
  const std::vector<std::string>& assumed = in.environment.assumed;
  built.demanded_packages.assign(assumed.begin() + static_cast<std::ptrdiff_t>(asked), assumed.end());
}

// What `question()` gives.  What the quantizer raises is not the model's fault, and most often the machine's; what it
// looks for and does not find decides nothing about the model's code.
template <typename Question>
auto quietly(Interpreter& in, const Question& question) {
  const std::size_t absent = in.absent_packages.size();
  auto answer = attempt(question);
  if (const python::PyRaise* raised = answer.raised())
    throw NotFollowed{
        fmt::format("from_pretrained raises {}{}", printable(in.describe(*raised)), place_of(in, raised->where)),
        in.describe(*raised) + place_of(in, raised->where)};
  in.absent_packages.resize(absent);
  return std::move(*answer);
}

// None where the release does not know the method: then the model is built as if it were not quantized.
std::optional<QuantizerAnswer> quantizer_of(Interpreter& in, ModelClass& model_class, std::string& dtype,
                                            const GraphRequest& request) {
  const DtypeAsked asked = request.dtype.empty() ? DtypeAsked::kAuto : DtypeAsked::kByName;
  QuantizerAnswer answer =
      quietly(in, [&] { return find_quantizer(in, model_class, dtype, asked, request.quantization); });
  if (answer.quantizer.is_none()) return std::nullopt;
  model_class.config = answer.config;
  dtype = answer.dtype;
  python::set_default_dtype(in, *dtype_of_torch_name(dtype));
  return answer;
}

PreprocessedModel preprocessed_by(Interpreter& in, const QuantizerAnswer& answer, const Value& model) {
  const Meanwhile<Dtype> in_its_dtype(in.torch->default_dtype, *dtype_of_torch_name(answer.dtype));
  return quietly(in, [&] { return preprocess_model(in, answer, model); });
}

constexpr const char* kCopyingCode = "copying the model's code into the cache of modules";
constexpr const char* kMakingConfig = "making the config";
constexpr const char* kPrintingConfig = "printing the config, which the library does for its log,";

// One evaluation, from the repo's class to its graph.
class Building {
 public:
  Building(const GraphRequest& request, Interpreter& in)
      : request_(request), in_(in), code_(in, request), entries_(in, request) {}

  // An error where there is no model to be built; raises what its code raises.
  std::optional<Error> run() {
    import_packages(in_, request_.sources);
    in_.notes.clear();  // of packages that are not asked for
    Result<ModelClass> model_class = find_model_class(in_, request_, code_, making_);
    if (!model_class) return model_class.error();
    std::string dtype = dtype_of(in_, model_class->config, request_.dtype);
    if (!dtype_of_torch_name(dtype)) return Error{fmt::format("{} is not a dtype of torch", quoted_name(dtype))};
    on_meta_ = builds_on_meta(in_, model_class->type).value_or(true);
    python::set_default_device(in_, on_meta_ ? "meta" : "cpu");
    python::set_default_dtype(in_, *dtype_of_torch_name(dtype));
    const bool by_diffusers = request_.quantize && wants_diffusers_quantizer(in_, *model_class, request_);
    if (by_diffusers) python::set_default_dtype(in_, Dtype::kFloat32);  // its from_pretrained sets it itself
    if (request_.quantize && model_class->built_by.empty())
      quantizer_ = quantizer_of(in_, *model_class, dtype, request_);
    stage_ = "the constructor";
    construct(*model_class, by_diffusers);
    if (preprocessed_) dtype = preprocessed_->answer().dtype;
    python::set_default_dtype(in_, Dtype::kFloat32);
    if (!is_module(model))
      return Error{fmt::format("{} is not a torch.nn.Module", quoted_name(in_.str(model_class->type)))};
    describe(*model_class, dtype);
    return std::nullopt;
  }

  // What its code raised, in words that say where.
  BuildFailure failure(const python::PyRaise& raised) {
    using Step = ConfigMaking::Step;
    const char* stage = making_.step == Step::kMade      ? kMakingConfig
                        : making_.step == Step::kPrinted ? kPrintingConfig
                        : code_.copying()                ? kCopyingCode
                                                         : stage_;
    BuildFailure failed{stage, in_.describe(raised), raised.where, in_.absent_packages};
    failed.hides = hidden_error(in_, raised);
    if (code_.copying() || failed.what.starts_with("FileNotFoundError")) {
      const Span asked = code_.asked_for_at(failed.what);
      if (code_.copying() || asked.known()) failed.where = asked;
    }
    if (making_.step == Step::kMade) failed.fields = fields_that_raise(in_, request_, making_.type);
    return failed;
  }
  std::vector<IgnoredEntry> ignored_entries() { return entries_.ignored(model); }
  Value quantizer() const {
    return preprocessed_ ? preprocessed_->answer().quantizer : quantizer_ ? quantizer_->quantizer : Value::none();
  }

  BuiltGraph built;
  Value model;
  std::optional<TracedModel> traced;

 private:
  // `by_diffusers`: its from_pretrained builds the model, and quantizes it.
  void construct(const ModelClass& model_class, bool by_diffusers) {
    StandIns stand_ins(in_);
    switch_off_initialization(in_, stand_ins);
    if (request_.as_loaded && !on_meta_) switch_off_functions(in_, stand_ins);
    const SafeCreation safe(in_);
    const bool as_loaded = (request_.as_loaded || by_diffusers) && !on_meta_;
    const bool anew = as_loaded && registers_anew(in_, model_class.type, quantizer_.has_value());
    const Meanwhile<bool> on_meta(in_.torch->parameters_on_meta, anew);
    python::torch::RegisteredAnew registered;
    Meanwhile<python::torch::RegisteredAnew*> registering(in_.torch->registered_anew, anew ? &registered : nullptr);
    if (by_diffusers)
      preprocessed_.emplace(quietly(in_, [&] { return quantized_by_diffusers(in_, model_class, request_); }));
    model = by_diffusers ? preprocessed_->model()
            : model_class.built_by.empty()
                ? in_.call(model_class.type, {model_class.config})
                : in_.call_method(model_class.type, in_.intern(model_class.built_by), {model_class.config});
    in_.torch->registered_anew = nullptr;
    if (anew)
      built.parted = tie_what_was_registered_anew(in_, model, registered);
    else if (as_loaded && is_module(model))
      (void)attempt([&] { return in_.call_method(model, in_.intern("tie_weights")); });
  }

  void describe(const ModelClass& model_class, const std::string& dtype) {
    if (quantizer_ && !on_meta_) put_parameters_on_meta(in_, model);
    if (quantizer_) preprocessed_.emplace(preprocessed_by(in_, *quantizer_, model));
    built.graph = extract_graph(in_, model);
    built.graph.module_name = RemoteCode::plain_name(built.graph.module_name);
    if (preprocessed_)
      built.graph.quantizer = std::make_shared<const Quantizer>(
          quietly(in_, [&] { return ask_quantizer(in_, *preprocessed_, built.graph); }));
    built.graph.built_in = dtype_of_torch_name(dtype);
    if (model_class.built_by.empty())
      built.graph.config_class = in_.type_name(model_class.config);
    else
      built.graph.library = fmt::format("{} {}", kDiffusers, version_of(request_.sources, kDiffusers));
    built.own_loader = own_loader(in_, model);
    if (request_.initialization) traced.emplace(trace_initialization(in_, model, quantizer(), built.graph));
  }

  const GraphRequest& request_;
  Interpreter& in_;
  RemoteCode code_;
  TableEntries entries_;
  std::optional<QuantizerAnswer> quantizer_;  // of transformers
  std::optional<PreprocessedModel> preprocessed_;
  ConfigMaking making_;
  bool on_meta_ = true;
  const char* stage_ = "importing the model's code";
};

// Throws NotFollowed where nothing is known of the quantizer.
Result<BuiltGraph> build(const GraphRequest& request) {
  Result<std::shared_ptr<Interpreter>> made =
      make_evaluator(request, request.quantize ? python::install_library_for_quantizers : python::install_library);
  if (!made) return made.error();
  std::shared_ptr<Interpreter> in = std::move(*made);
  const std::size_t asked = in->environment.assumed.size();
  Building building(request, *in);
  const Answer<std::optional<Error>> ended = attempt([&] { return building.run(); });
  if (ended && *ended) return **ended;
  BuiltGraph& built = building.built;
  if (const python::PyRaise* raised = ended.raised()) built.failure = building.failure(*raised);
  built.ignored_entries = building.ignored_entries();
  finish(*in, asked, built);
  if (!built.failure)
    built.evaluated = std::make_shared<EvaluatedModel>(
        EvaluatedModel{std::move(in), building.model, building.quantizer(), building.traced});
  return std::move(built);
}

// The model as its quantizer leaves it; as it was before, where nothing is known of that.
Result<BuiltGraph> build_quantized(const GraphRequest& request) {
  try {
    return build(request);
  } catch (const NotFollowed& obstacle) {
    GraphRequest plain = request;
    plain.quantize = false;
    Result<BuiltGraph> built = build(plain);
    if (!built.ok()) return built;
    built->not_quantized = Unknown{obstacle.why};
    // Of diffusers the constructor is called with the quantizer at hand, and raises what it raises without it.
    const bool of_constructor = built->failure && obstacle.raises.starts_with(built->failure->what);
    if (!of_constructor) built->quantizer_raises = obstacle.raises;
    return built;
  }
}

// The file of the same path.
FileId same_file(const SourceFiles& from, FileId file, const SourceFiles& to) {
  const SourceFile* source = from.find(file);
  for (std::size_t i = 0; source != nullptr && i < to.files.size(); ++i) {
    if (to.files[i].path == source->path) return static_cast<FileId>(i);
  }
  return FileId::kNone;
}

// The library imports the code of a folder in another way than that of a repo of the Hub.  Where the one fails and the
// other does not, it is the model of the Hub, and the failure is told.
Result<BuiltGraph> build_of_folder_or_hub(const GraphRequest& request) {
  Result<BuiltGraph> built = build_quantized(request);
  if (!built.ok() || !built->failure || !built->graph.partial.empty() || !request.commit.empty()) return built;
  const std::vector<SourceFile>& files = built->graph.sources.files;
  if (std::none_of(files.begin(), files.end(), [](const SourceFile& file) { return file.in_model_repo; })) return built;
  GraphRequest of_hub = request;
  of_hub.repo_name = "org/" + (request.repo_name.empty() ? "repo" : request.repo_name);
  of_hub.commit = std::string(40, '0');
  Result<BuiltGraph> other = build_quantized(of_hub);
  if (!other.ok() || other->failure || !other->graph.partial.empty()) return built;
  other->folder_failure = std::move(built->failure);
  other->folder_failure->where.file =
      same_file(built->graph.sources, other->folder_failure->where.file, other->graph.sources);
  return other;
}

std::size_t libraries_in(const GraphRequest& request) {
  return static_cast<std::size_t>(std::count_if(request.sources.begin(), request.sources.end(), holds_transformers));
}

// Of several releases of the library one counts.
GraphRequest with_one_library(const GraphRequest& request, std::size_t number) {
  GraphRequest one = request;
  std::size_t seen = 0;
  std::erase_if(one.sources, [&](const SourceTree& source) { return holds_transformers(source) && seen++ != number; });
  return one;
}

// The other releases that make the config, where the first does not.
std::vector<std::string> releases_that_accept(const GraphRequest& request) {
  std::vector<std::string> accepting;
  for (std::size_t number = 1; number < libraries_in(request); ++number) {
    GraphRequest other = with_one_library(request, number);
    other.quantize = other.initialization = false;
    const Result<BuiltGraph> built = build(other);
    if (!built || (built->failure && is_of_config(*built->failure))) continue;
    accepting.push_back("transformers " + transformers_version(other.sources));
  }
  return accepting;
}

Result<BuiltGraph> build_with_first_library(const GraphRequest& request) {
  Result<BuiltGraph> built = build_of_folder_or_hub(libraries_in(request) > 1 ? with_one_library(request, 0) : request);
  if (built.ok() && built->failure && is_of_config(*built->failure))
    built->failure->accepted_by = releases_that_accept(request);
  return built;
}

}  // namespace

Result<BuiltGraph> build_graph(const GraphRequest& request) {
  std::variant<Result<BuiltGraph>, Stopped> ended = run_phase([&] { return build_with_first_library(request); });
  const Stopped* stopped = std::get_if<Stopped>(&ended);
  if (stopped == nullptr) return std::get<0>(std::move(ended));
  switch (stopped->by) {
    case Stopped::By::kLimit:
      return Error{fmt::format("the model takes more {} to build than the limit allows", stopped->what)};
    case Stopped::By::kMemory:
      return Error{"the model takes more memory to build than there is"};
    case Stopped::By::kNotFollowed:
    case Stopped::By::kRaise:
    case Stopped::By::kFailure:
      break;
  }
  return Error{stopped->what};
}

bool is_of_config(const BuildFailure& failure) {
  return failure.stage == kMakingConfig || failure.stage == kPrintingConfig;
}

bool is_unknown_model_type(const Error& error) { return error.message.ends_with(kUnknownModelType); }

}  // namespace ckptlint
