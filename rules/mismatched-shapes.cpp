// Reports that a stored tensor has another shape than the tensor of the model that it belongs to.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::string shape_of(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
  return "[" + text + "]";
}

constexpr std::size_t kMostGroups = 4;  // said in one finding

std::string shapes_of(const Model& model, const std::vector<MismatchedKey>& group) {
  std::vector<std::string> names;
  names.reserve(group.size());
  for (const MismatchedKey& key : group) names.push_back(model.graph->tensor(key.tensor).name);
  return fmt::format("{} {} stored as {}, and the model expects {}", listed_names(names),
                     group.size() == 1 ? "is" : "are", shape_of(group.front().shape),
                     shape_of(model.graph->tensor(group.front().tensor).shape));
}

// The value that explains it all; empty where it is not clear which.
std::string explanation(const Model& model, const ShapeCause& cause) {
  if (!cause.clear) return "";
  const EditConfig& edit = cause.values.front();
  const ConfigNumber* now = model.config->number(edit.path);
  return fmt::format(", as if `{}` were {}{}", edit.path, edit.value,
                     now == nullptr ? "" : fmt::format(" and not {}", now->value));
}

void word(const Model& model, const ShapeCause& cause, Finding& finding) {
  std::vector<TensorId> tensors;
  for (const auto& group : cause.groups) {
    for (const MismatchedKey& key : group) tensors.push_back(key.tensor);
  }
  std::sort(tensors.begin(), tensors.end());
  finding.tensors = model.graph->names_of(tensors);
  finding.message = shapes_of(model, cause.groups.front());
  if (const std::size_t groups = cause.groups.size(); groups > 1) {
    finding.message = fmt::format("{} tensors have other shapes than the model expects{}: {}", tensors.size(),
                                  explanation(model, cause), finding.message);
    for (std::size_t i = 1; i < std::min(groups, kMostGroups); ++i)
      finding.notes.push_back(shapes_of(model, cause.groups[i]));
    if (groups > kMostGroups)
      finding.notes.push_back(fmt::format("and so on with {} more shapes", groups - kMostGroups));
  }
  finding.labels = places_of(model, tensors, "expected here");
  finding.labels.push_back(stored_place(*model.checkpoint,
                                        model.checkpoint->tensors[cause.groups.front().front().stored],
                                        tensors.size() == 1 ? "stored here" : "stored here, the first of them"));
  finding.notes.push_back(
      model.graph->library.empty()
          ? "`from_pretrained` raises, unless `ignore_mismatched_sizes=True` lets it start these from random values"
          : "`from_pretrained` raises ValueError, unless `ignore_mismatched_sizes=True` lets it leave these without values");
  finding.remedies.assign(cause.values.begin(), cause.values.end());
}

void check_mismatched_shapes(const Model& model, Findings& out) {
  for (const ShapeCause& cause : shape_causes(model, model.leftovers->mismatched))
    word(model, cause, out.emplace_back());
}

}  // namespace

extern const Rule mismatched_shapes = {
    .name = "mismatched-shapes",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "a stored tensor has another shape than the tensor of the model that it belongs to",
    .why =
        "from_pretrained raises \"RuntimeError: You set `ignore_mismatched_sizes` to `False`\" or, told to go "
        "on, leaves the tensor with random values.",
    .example =
        "config.json: \"vocab_size\": 32000\n"
        "model.safetensors: `model.embed_tokens.weight` has the shape [32016, 4096]",
    .remedy = "Correct the value in config.json that gives the shape, or the class that `architectures` names.",
    .references = "`set_param_for_module` of transformers 5.",
    .check = check_mismatched_shapes,
};

}  // namespace ckptlint
