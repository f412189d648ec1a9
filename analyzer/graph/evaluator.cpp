// The packages that evaluated code finds, the versions that it sees, and what it may spend.
#include "graph/evaluator.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/json_document.h"
#include "graph/prepared_evaluators.h"
#include "library/host/environment.h"
#include "library/quantizers/install.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // the largest model known, of 75,000 modules, takes 100 MB

std::vector<python::SourceRoot> roots_of(const GraphRequest& request) {
  std::vector<python::SourceRoot> roots;
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

// What quantizes the model, by config.json or the argument.
struct Quantization {
  std::string method;  // `quant_method`; "" where neither names one
  bool of_diffusers = false;
};

Quantization quantization_of(const GraphRequest& request) {
  std::string texts[] = {"", request.quantization};
  if (request.repo) {
    if (Result<std::string> text = request.repo->read("config.json"); text.ok()) texts[0] = std::move(*text);
  }
  Quantization found;
  for (const std::string& text : texts) {
    const std::optional<nlohmann::ordered_json> document = json_document(text);
    if (!document) continue;
    found.of_diffusers |= document->contains("_class_name");
    for (const char* place :
         {"/quantization_config/quant_method", "/text_config/quantization_config/quant_method", "/quant_method"}) {
      const nlohmann::ordered_json::json_pointer pointer(place);
      if (found.method.empty() && document->contains(pointer) && document->at(pointer).is_string())
        found.method = document->at(pointer).get<std::string>();
    }
  }
  return found;
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
  for (const SourceTree& source : request.sources) {
    for (const std::string& needed : source.needs) {
      if (python::package_version(environment, needed).empty()) environment.assumed.push_back(needed);
    }
  }
  if (!request.torch.empty() && !is_version(request.torch))
    return Error{fmt::format("{} is not a version of torch", quoted_name(request.torch))};
  set_version(environment, "torch", request.torch);
  if (request.quantize) {
    const Quantization quantization = quantization_of(request);
    quantization.of_diffusers ? python::add_packages_of_diffusers(environment, quantization.method)
                              : python::add_quantizer_packages(environment, quantization.method);
  }
  return environment;
}

}  // namespace

Result<std::shared_ptr<python::Interpreter>> make_evaluator(const GraphRequest& request, Installer install) {
  python::Budget budget;
  budget.bytes = kMostBytes;
  if (request.steps != 0) budget.steps = request.steps;
  Result<python::Environment> environment = environment_of(request);
  if (!environment) return environment.error();
  std::vector<python::SourceRoot> roots = roots_of(request);
  if (request.steps == 0) {
    if (auto prepared = take_prepared_evaluator(roots, *environment, install)) return prepared;
  }
  return std::make_shared<python::Interpreter>(std::move(roots), std::move(*environment), budget, install);
}

}  // namespace ckptlint
