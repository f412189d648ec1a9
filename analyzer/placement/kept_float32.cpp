// Which parameters from_pretrained of transformers 4 keeps in float32, and so tells accelerate to count as such.
#include "placement/kept_float32.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace ckptlint {
namespace {

// By pattern, a name means whole parts of a parameter's; before, it may occur anywhere.
class KeptNameSearch {
 public:
  KeptNameSearch(const KeptNames& names, bool by_pattern) : names_(names) {
    for (const std::string& name : names) {
      if (by_pattern) patterns_.push_back(std::make_unique<RE2>("((^|\\.)" + name + "($|\\.))", RE2::Quiet));
    }
  }

  bool finds(const std::string& parameter) const {
    if (patterns_.empty()) {
      return std::any_of(names_.begin(), names_.end(),
                         [&](const std::string& name) { return parameter.find(name) != std::string::npos; });
    }
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const auto& pattern) { return pattern->ok() && RE2::PartialMatch(parameter, *pattern); });
  }

 private:
  const KeptNames& names_;
  std::vector<std::unique_ptr<RE2>> patterns_;
};

}  // namespace

std::vector<std::pair<std::string, Dtype>> kept_in_float32(const ModuleGraph& graph, const KeptNames& names,
                                                           const PlacementLibraries& libraries) {
  std::vector<std::pair<std::string, Dtype>> special;
  if (names.empty()) return special;
  const KeptNameSearch search(names, libraries.keeps_float32_by_pattern);
  for (const Tensor& tensor : graph.tensors) {
    const bool named = !tensor.is_buffer() && (tensor.alias == TensorId::kNone || !libraries.ties_before_balancing);
    if (named && search.finds(tensor.name)) special.emplace_back(tensor.name, Dtype::kFloat32);
  }
  return special;
}

namespace {

// _determine_device_map of diffusers, which counts tensors as they are where no dtype is asked for.
void add_dtypes_of_diffusers(const ModuleGraph& graph, PlacementQuestion& question) {
  if (!graph.built_in || *graph.built_in == Dtype::kFloat32) return;
  question.dtype = graph.built_in;
  PlacementLibraries anywhere;
  anywhere.keeps_float32_by_pattern = false;
  anywhere.ties_before_balancing = true;
  if (graph.keep_in_fp32_modules)
    question.special_dtypes = kept_in_float32(graph, *graph.keep_in_fp32_modules, anywhere);
}

}  // namespace

void add_loaded_dtypes(const ModuleGraph& graph, PlacementQuestion& question) {
  if (!graph.library.empty()) return add_dtypes_of_diffusers(graph, question);
  const PlacementLibraries& libraries = question.libraries;
  const bool asks_accelerate = question.flavour == Flavour::kTransformers && !libraries.transformers_places_itself;
  if (!asks_accelerate || !graph.built_in) return;
  question.dtype = graph.built_in;
  KeptNames names;
  if (*graph.built_in == Dtype::kFloat16 && graph.keep_in_fp32_modules) names = *graph.keep_in_fp32_modules;
  const bool half = *graph.built_in == Dtype::kFloat16 || *graph.built_in == Dtype::kBfloat16;
  if (half && graph.keep_in_fp32_modules_strict) {
    names.insert(names.end(), graph.keep_in_fp32_modules_strict->begin(), graph.keep_in_fp32_modules_strict->end());
  }
  for (auto& special : kept_in_float32(graph, names, libraries)) question.special_dtypes.push_back(std::move(special));
}

}  // namespace ckptlint
