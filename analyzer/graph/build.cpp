#include "graph/build.h"

#include <algorithm>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

#include "base/escape.h"
#include "graph/extract.h"
#include "graph/large_stack.h"
#include "graph/model_class.h"
#include "library/environment.h"
#include "library/library.h"
#include "python/interpreter.h"

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
  for (const SourceTree& source : request.sources) roots.push_back({source.tree, source.label, source.mount, false, source.library});
  return roots;
}

python::Environment environment_of(const GraphRequest& request) {
  python::Environment environment = python::default_environment();
  environment.assumed = request.assume;
  std::string version = transformers_version(request.sources);
  if (!version.empty()) {
    auto known = std::find_if(environment.packages.begin(), environment.packages.end(), [](const auto& package) { return package.first == "transformers"; });
    if (known != environment.packages.end()) {
      known->second = version;
    } else {
      environment.packages.emplace_back("transformers", version);
    }
  }
  return environment;
}

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

// Out-of-tree packages register their classes when they are imported.
void import_packages(Interpreter& in, const GraphRequest& request) {
  for (const SourceTree& source : request.sources) {
    if (source.library) continue;
    if (!source.mount.empty()) {
      in.import_module(source.mount);
      continue;
    }
    for (const std::string& name : source.tree->list("")) {
      if (source.tree->is_file(name + "/__init__.py") && name != "tests" && name != "test") in.import_module(name);
    }
  }
}

void finish(Interpreter& in, BuiltGraph& built) {
  for (const Interpreter::Note& note : in.notes) built.graph.partial.push_back({note.what, note.where});
  built.graph.sources = std::move(in.sources);
  built.absent_packages = in.absent_packages;
}

Result<BuiltGraph> build(const GraphRequest& request) {
  Interpreter in(roots_of(request), environment_of(request), python::Budget{}, python::install_library);
  BuiltGraph built;
  bool constructing = false;
  try {
    import_packages(in, request);
    Result<ModelClass> model_class = find_model_class(in, request, kRepoPackage);
    if (!model_class) return model_class.error();
    std::string dtype = dtype_of(in, model_class->config, request.dtype);
    if (!dtype_of_torch_name(dtype)) return Error{fmt::format("{} is not a dtype of torch", quoted_name(dtype))};
    python::set_default_device(in, "meta");
    python::set_default_dtype(in, *dtype_of_torch_name(dtype));
    constructing = true;
    in.notes.clear();
    Value model = in.call(model_class->type, {model_class->config});
    python::set_default_dtype(in, Dtype::kFloat32);
    if (!model.is(Kind::kInstance) || model.as<python::Instance>()->type->layout != python::Layout::kModule) {
      return Error{fmt::format("{} is not a torch.nn.Module", quoted_name(in.str(model_class->type)))};
    }
    built.graph = extract_graph(in, model);
    built.graph.config_class = in.type_name(model_class->config);
    if (request.initialization) trace_initialization(in, model, built.graph);
  } catch (const python::PyRaise& raised) {
    if (!constructing) return Error{fmt::format("{}{}", printable(in.describe(raised)), place_of(in, raised.where))};
    built.raised = Raised{in.describe(raised), raised.where};
  } catch (const python::BudgetExceeded& exceeded) {
    return Error{fmt::format("the model takes more {} to build than the limit allows{}", exceeded.what, place_of(in, in.here()))};
  }
  finish(in, built);
  return built;
}

}  // namespace

Result<BuiltGraph> build_graph(const GraphRequest& request) {
  std::optional<Result<BuiltGraph>> result;
  try {
    run_on_large_stack([&] {
      try {
        result.emplace(build(request));
      } catch (const python::BudgetExceeded& exceeded) {
        result.emplace(Error{fmt::format("the model takes more {} to build than the limit allows", exceeded.what)});
      }
    });
  } catch (const std::bad_alloc&) {
    return Error{"the model takes more memory to build than there is"};
  } catch (const std::runtime_error& failure) {
    return Error{failure.what()};
  }
  return std::move(*result);
}

}  // namespace ckptlint
