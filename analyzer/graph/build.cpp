// Sets the evaluator up with sources, versions and a budget, builds the model of a config as from_pretrained does on
// the meta device, and turns it into the module graph.
#include "graph/build.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "base/escape.h"
#include "base/paths.h"
#include "graph/asking.h"
#include "graph/evaluated_model.h"
#include "graph/extract.h"
#include "graph/initialization.h"
#include "graph/model_class.h"
#include "graph/quantizer.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "library/quantizers/install.h"
#include "library/torch/torch.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

// Where the files of the model repo stand among Python's modules, as transformers' own loader mounts them.
constexpr const char* kRepoPackage = "transformers_modules.repo";

std::vector<python::SourceRoot> roots_of(const GraphRequest& request) {
  std::vector<python::SourceRoot> roots;
  if (request.repo) roots.push_back({request.repo, request.repo_label, kRepoPackage, true, false});
  for (const SourceTree& source : request.sources)
    roots.push_back({source.tree, source.label, source.mount, false, source.library});
  return roots;
}

void set_version(python::Environment& environment, std::string_view package, const std::string& version) {
  if (version.empty()) return;
  for (auto& [name, known] : environment.packages) {
    if (name == package) known = version;
  }
}

// 2.13.0, 2.14.0a1+cpu: what `packaging` reads, as far as it matters here.
bool is_version(std::string_view text) {
  static const RE2 pattern(R"([0-9]{1,9}(\.[0-9]{1,9}){1,3}((a|b|rc|\.dev|\.post)[0-9]{1,9})?(\+[a-z0-9.]{1,40})?)");
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

Result<python::Environment> environment_of(const GraphRequest& request) {
  python::Environment environment = python::default_environment();
  for (const std::string& package : request.assume) {
    const std::size_t equals = package.find('=');
    if (equals == std::string::npos) {
      environment.assumed.push_back(package);
    } else {
      environment.packages.emplace_back(package.substr(0, equals), package.substr(equals + 1));
    }
  }
  set_version(environment, "transformers", transformers_version(request.sources));
  if (!request.torch.empty() && !is_version(request.torch))
    return Error{fmt::format("{} is not a version of torch", quoted_name(request.torch))};
  set_version(environment, "torch", request.torch);
  if (request.quantize) python::add_quantizer_packages(environment);
  return environment;
}

// What transformers 5 enters around a constructor for the sake of code that reads values while everything else is on
// the meta device: torch.linspace makes its tensors on the CPU.
class SafeCreation {
 public:
  explicit SafeCreation(Interpreter& in) : in_(in) {
    Value make;
    const Value initialization = initialization_module();
    if (initialization.missing()) return;
    if (!in.find_attribute(initialization, in.intern("meta_device_safe_creation_ops"), make) || make.unknown()) return;
    entered_ = in.call(make, {});
    in.call_method(entered_, in.intern("__enter__"));
  }
  ~SafeCreation() {
    if (entered_.missing()) return;
    try {
      in_.call_method(entered_, in_.intern("__exit__"), {Value::none(), Value::none(), Value::none()});
    } catch (const python::PyRaise&) {
      // Nothing is created any more.
    } catch (const python::BudgetExceeded&) {
    }
  }
  SafeCreation(const SafeCreation&) = delete;
  SafeCreation& operator=(const SafeCreation&) = delete;

 private:
  // As a module and not as what the package exports: an older release has none, and all of its files would be searched
  // for the name.
  Value initialization_module() {
    try {
      return Value::of(in_.import_module("transformers.initialization"));
    } catch (const python::PyRaise&) {
      return {};
    }
  }

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

constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // the largest model known, of 75,000 modules, takes 100 MB
constexpr int kMaxPackageDepth = 8;
constexpr std::size_t kMaxPackageFiles = 5000;

// The modules of a package below `folder` that register a class with AutoConfig or AutoModel, as dotted names.
void find_registrations(const FileTree& tree, const std::string& folder, const std::string& dotted, int depth,
                        std::size_t& left, std::vector<std::string>& out) {
  for (const std::string& name : tree.list(folder)) {
    if (left == 0 || depth > kMaxPackageDepth) return;
    const std::string path = joined_path(folder, name);
    bool is_module = name.size() > 3 && name.substr(name.size() - 3) == ".py";
    if (!is_module) {
      if (tree.is_file(path + "/__init__.py"))
        find_registrations(tree, path, fmt::format("{}.{}", dotted, name), depth + 1, left, out);
      continue;
    }
    --left;
    Result<std::string> text = tree.read(path);
    bool registers = text && text->find(".register(") != std::string::npos &&
                     (text->find("AutoConfig") != std::string::npos || text->find("AutoModel") != std::string::npos);
    if (!registers) continue;
    const std::string_view module = std::string_view(name).substr(0, name.size() - 3);
    out.push_back(module == "__init__" ? dotted : fmt::format("{}.{}", dotted, module));
  }
}

// Packages out of tree register their classes when the right one of their modules is imported: that is done for them.
void import_packages(Interpreter& in, const GraphRequest& request) {
  std::size_t left = kMaxPackageFiles;
  for (const SourceTree& source : request.sources) {
    if (source.library) continue;
    std::vector<std::string> modules;
    if (!source.mount.empty()) find_registrations(*source.tree, "", source.mount, 0, left, modules);
    for (const std::string& name : source.mount.empty() ? source.tree->list("") : std::vector<std::string>()) {
      if (source.tree->is_file(name + "/__init__.py")) find_registrations(*source.tree, name, name, 0, left, modules);
    }
    for (const std::string& module : modules) {
      try {
        in.import_module(module);
      } catch (const python::PyRaise&) {
        // A backend that is not installed: what it would have registered is missing, and named if it is asked for.
      }
    }
  }
}

// from_pretrained builds a model without initialising its weights: transformers 5 finds that it is on the meta device,
// and before 5 a variable of modeling_utils is switched off.  There, initialising takes most of the time that a large
// model takes, and leaves its graph as it is; so while this lives, it does nothing.
class WithoutInitialization {
 public:
  explicit WithoutInitialization(Interpreter& in) : in_(in) {
    try {
      const Value module = Value::of(in.import_module("transformers.modeling_utils"));
      Value variable, type;
      if (!in.find_attribute(module, in.intern("_init_weights"), variable) || !variable.is(Kind::kBool)) return;
      if (!in.find_attribute(module, in.intern("PreTrainedModel"), type) || !type.is(Kind::kClass)) return;
      Value* method = python::dict_find(type.as<python::Class>()->attributes, in.intern(kMethod));
      if (method == nullptr) return;
      type_ = type.as<python::Class>();
      method_ = *method;
      in.method(type_, kMethod, [](Interpreter&, const python::Arguments&, const Value&) { return Value::none(); });
    } catch (const python::PyRaise&) {
      // No such module: there is nothing to switch off.
    }
  }
  ~WithoutInitialization() {
    if (type_ != nullptr) in_.set_class(type_, kMethod, method_);
  }
  WithoutInitialization(const WithoutInitialization&) = delete;
  WithoutInitialization& operator=(const WithoutInitialization&) = delete;

 private:
  static constexpr const char* kMethod = "initialize_weights";
  Interpreter& in_;
  python::Class* type_ = nullptr;
  Value method_;
};

void finish(Interpreter& in, BuiltGraph& built) {
  for (const Interpreter::Note& note : in.notes) built.graph.partial.push_back({note.what, note.where});
  built.graph.sources = in.sources;
  built.absent_packages = in.absent_packages;
}

// What `ask()` gives.  What the quantizer raises is not the model's fault, and most often the machine's; what it looks
// for and does not find decides nothing about the model's code.
template <typename Ask>
auto quietly(Interpreter& in, const Ask& ask) {
  const std::size_t absent = in.absent_packages.size();
  try {
    auto answer = ask();
    in.absent_packages.resize(absent);
    return answer;
  } catch (const python::PyRaise& raised) {
    throw QuantizerUnknown(
        fmt::format("from_pretrained raises {}{}", printable(in.describe(raised)), place_of(in, raised.where)));
  }
}

// None where the release does not know the method: then the model is built as if it were not quantized.
std::optional<QuantizerAnswer> quantizer_of(Interpreter& in, ModelClass& model_class, std::string& dtype,
                                            const GraphRequest& request) {
  const DtypeAsked asked = request.dtype.empty() ? DtypeAsked::kAuto : DtypeAsked::kByName;
  QuantizerAnswer answer =
      quietly(in, [&] { return find_quantizer(in, model_class.config, dtype, asked, request.quantization); });
  if (answer.quantizer.is_none()) return std::nullopt;
  model_class.config = answer.config;
  dtype = answer.dtype;
  python::set_default_dtype(in, *dtype_of_torch_name(dtype));
  return answer;
}

void preprocess(Interpreter& in, const QuantizerAnswer& answer, const Value& model) {
  python::set_default_dtype(in, *dtype_of_torch_name(answer.dtype));
  quietly(in, [&] {
    preprocess_model(in, answer, model);
    return true;
  });
  python::set_default_dtype(in, Dtype::kFloat32);
}

std::shared_ptr<const Quantizer> facts_of(Interpreter& in, const QuantizerAnswer& answer, const Value& model,
                                          const ModuleGraph& graph) {
  return std::make_shared<const Quantizer>(quietly(in, [&] { return ask_quantizer(in, answer, model, graph); }));
}

Result<BuiltGraph> build(const GraphRequest& request) {
  python::Budget budget;
  budget.bytes = kMostBytes;
  if (request.steps != 0) budget.steps = request.steps;
  Result<python::Environment> environment = environment_of(request);
  if (!environment) return environment.error();
  auto interpreter = std::make_unique<Interpreter>(
      roots_of(request), std::move(*environment), budget,
      request.quantize ? python::install_library_for_quantizers : python::install_library);
  Interpreter& in = *interpreter;
  BuiltGraph built;
  Value model;
  std::optional<QuantizerAnswer> quantizer;
  const char* stage = "importing the model's code";
  try {
    import_packages(in, request);
    in.notes.clear();  // of packages that are not asked for
    Result<ModelClass> model_class = find_model_class(in, request, kRepoPackage);
    if (!model_class) return model_class.error();
    std::string dtype = dtype_of(in, model_class->config, request.dtype);
    if (!dtype_of_torch_name(dtype)) return Error{fmt::format("{} is not a dtype of torch", quoted_name(dtype))};
    const bool on_meta = builds_on_meta(in, model_class->type).value_or(true);
    python::set_default_device(in, on_meta ? "meta" : "cpu");
    python::set_default_dtype(in, *dtype_of_torch_name(dtype));
    if (request.quantize) quantizer = quantizer_of(in, *model_class, dtype, request);
    stage = "the constructor";
    {
      const WithoutInitialization without(in);
      const auto noted = static_cast<std::ptrdiff_t>(in.notes.size());
      const SafeCreation safe(in);
      in.notes.erase(in.notes.begin() + noted, in.notes.end());  // it is no part of the model
      model = in.call(model_class->type, {model_class->config});
    }
    python::set_default_dtype(in, Dtype::kFloat32);
    if (!model.is(Kind::kInstance) || model.as<python::Instance>()->type->layout != python::Layout::kModule) {
      return Error{fmt::format("{} is not a torch.nn.Module", quoted_name(in.str(model_class->type)))};
    }
    if (quantizer) preprocess(in, *quantizer, model);
    built.graph = extract_graph(in, model);
    if (quantizer) built.graph.quantizer = facts_of(in, *quantizer, model, built.graph);
    built.graph.built_in = dtype_of_torch_name(dtype);
    built.graph.config_class = in.type_name(model_class->config);
    if (request.initialization) trace_initialization(in, model, built.graph);
  } catch (const python::PyRaise& raised) {
    built.failure = BuildFailure{stage, in.describe(raised), raised.where, in.absent_packages};
  } catch (const python::BudgetExceeded& exceeded) {
    return Error{fmt::format("the model takes more {} to build than the limit allows{}", exceeded.what,
                             place_of(in, in.here()))};
  }
  finish(in, built);
  if (!built.failure) {
    const Value asked = quantizer ? quantizer->quantizer : Value::none();
    built.evaluated = std::make_shared<EvaluatedModel>(EvaluatedModel{std::move(interpreter), model, asked});
  }
  return built;
}

// The model as its quantizer leaves it; as it was before, where nothing is known of that.
Result<BuiltGraph> build_quantized(const GraphRequest& request) {
  try {
    return build(request);
  } catch (const QuantizerUnknown& unknown) {
    GraphRequest plain = request;
    plain.quantize = false;
    Result<BuiltGraph> built = build(plain);
    if (built.ok()) built->not_quantized = unknown.what();
    return built;
  }
}

}  // namespace

Result<BuiltGraph> build_graph(const GraphRequest& request) {
  std::optional<Result<BuiltGraph>> result;
  const std::optional<Stopped> stopped = run_phase([&] { result.emplace(build_quantized(request)); });
  if (!stopped) return std::move(*result);
  switch (stopped->by) {
    case Stopped::By::kLimit:
      return Error{fmt::format("the model takes more {} to build than the limit allows", stopped->what)};
    case Stopped::By::kMemory:
      return Error{"the model takes more memory to build than there is"};
    case Stopped::By::kFailure:
      break;
  }
  return Error{stopped->what};
}

}  // namespace ckptlint
