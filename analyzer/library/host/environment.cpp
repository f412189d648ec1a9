// The packages and versions that evaluated code finds installed, and how it asks for them.
#include "library/host/environment.h"

#include <algorithm>

namespace ckptlint::python {
namespace {

struct Package {
  const char* module;
  const char* distribution;
  const char* version;
};

constexpr Package kPackages[] = {
    {"torch", "torch", kTorchVersion},
    {"torchgen", "torch", kTorchVersion},
    {"functorch", "torch", kTorchVersion},
    {"transformers", "transformers", "5.23.0"},
    {"accelerate", "accelerate", "1.15.0"},
    {"safetensors", "safetensors", "0.8.0"},
    {"tokenizers", "tokenizers", "0.23.3"},
    {"huggingface_hub", "huggingface_hub", "2.4.0"},
    {"hf_xet", "hf-xet", "1.8.0"},
    {"PIL", "pillow", "13.0.0"},
    {"scipy", "scipy", "1.17.1"},
    {"numpy", "numpy", "2.4.6"},
    {"packaging", "packaging", "26.3"},
    {"yaml", "PyYAML", "6.0.3"},
    {"regex", "regex", "2026.11.15"},
    {"tqdm", "tqdm", "4.70.1"},
    {"filelock", "filelock", "4.2.11"},
    {"fsspec", "fsspec", "2026.9.0"},
    {"httpx2", "httpx2", "2.16.2"},
    {"psutil", "psutil", "7.2.2"},
    {"jinja2", "Jinja2", "3.1.6"},
    {"markupsafe", "MarkupSafe", "3.0.4"},
    {"sympy", "sympy", "1.14.0"},
    {"mpmath", "mpmath", "1.3.0"},
    {"networkx", "networkx", "3.6.1"},
    {"pydantic", "pydantic", "2.14.3"},
    {"pydantic_core", "pydantic_core", "2.50.4"},
    {"typing_extensions", "typing_extensions", "4.16.0"},
    {"typer", "typer", "0.29.2"},
    {"click", "click", "8.5.1"},
    {"rich", "rich", "15.0.0"},
    {"pygments", "Pygments", "2.21.0"},
    {"idna", "idna", "3.20"},
    {"anyio", "anyio", "4.16.0"},
    {"h11", "h11", "0.16.0"},
    {"setuptools", "setuptools", "84.2.1"},
    {"pip", "pip", "23.2.1"},
};

// Distribution names are compared as PEP 503 says: case, '-', '_' and '.' do not matter.
std::string normalized(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == '.') c = '_';
  }
  return text;
}

}  // namespace

Environment default_environment() {
  Environment environment;
  for (const Package& package : kPackages) environment.packages.emplace_back(package.module, package.version);
  return environment;
}

std::string distribution_of(std::string_view module) {
  for (const Package& package : kPackages) {
    if (module == package.module) return package.distribution;
  }
  return std::string(module);
}

bool is_present(const Environment& environment, std::string_view module) {
  std::string_view top = module.substr(0, module.find('.'));
  auto named = [&](const auto& package) { return package.first == top; };
  if (std::any_of(environment.packages.begin(), environment.packages.end(), named)) return true;
  return std::find(environment.assumed.begin(), environment.assumed.end(), top) != environment.assumed.end();
}

std::string package_version(const Environment& environment, std::string_view name) {
  std::string wanted = normalized(name);
  for (const auto& [module, version] : environment.packages) {
    if (normalized(module) == wanted || normalized(distribution_of(module)) == wanted) return version;
  }
  for (const std::string& module : environment.assumed) {
    if (normalized(module) == wanted) return "0";
  }
  return "";
}

}  // namespace ckptlint::python
