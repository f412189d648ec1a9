// Reports components of a diffusers pipeline that do not load or do not fit one another, and pipelines that the library
// does not make of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr const char* kList = "model_index.json";

Finding& add(Findings& out, Severity severity, std::string message, const std::string& component) {
  Finding& finding = out.emplace_back();
  finding.severity = severity;
  finding.message = std::move(message);
  finding.labels.push_back({{}, kList, component, component.empty() ? "read here" : "the component"});
  return finding;
}

std::string ends(const DiffusionPipeline& pipeline, const std::string& variant, const CallEnd& end) {
  return fmt::format("`{}(...{}{})` ends in {}{}", pipeline.load.call,
                     pipeline.trusted ? ", trust_remote_code=True" : "",
                     variant.empty() ? "" : fmt::format(", variant=\"{}\"", variant), end.raises, end.place);
}

std::string ends(const DiffusionPipeline& pipeline, const CallEnd& end) {
  return ends(pipeline, pipeline.variant, end);
}

// As much of a warning as a headline has room for.
std::string first_clause(const std::string& warning) {
  constexpr std::size_t kLongest = 70;
  const std::string line = warning.substr(0, std::min(warning.find('\n'), warning.find(". ")));
  const std::size_t space = line.size() > kLongest ? line.rfind(' ', kLongest) : std::string::npos;
  return space == std::string::npos ? line : line.substr(0, space) + " ...";
}

void say_variant(const DiffusionPipeline& pipeline, Findings& out) {
  const std::string names = listed_names(pipeline.variant_alone);
  const std::string loads = fmt::format("diffusers loads the pipeline with `variant=\"{}\"` alone", pipeline.variant);
  add(out, Severity::kWarning,
      names.empty() ? loads
      : pipeline.load.raises.empty()
          ? fmt::format("{}: there are no other weights of {}", loads, names)
          : fmt::format("diffusers finds the weights of {} with `variant=\"{}\"` alone", names, pipeline.variant),
      "")
      .notes.push_back("without it, " + ends(pipeline, "", pipeline.without_variant));
}

// Whoever follows a model card asks for a dtype: worth knowing, and no fault of the repo.
void say_mixed(const DiffusionPipeline& pipeline, Findings& out) {
  std::vector<std::string> parts;
  for (const PipelineComponent& each : pipeline.components) {
    if (!each.dtype.empty()) parts.push_back(fmt::format("`{}` in {}", each.name, each.dtype));
  }
  Finding& finding =
      add(out, Severity::kInfo,
          "loaded without `torch_dtype`, the models have differing dtypes, and the pipeline cannot be called",
          pipeline.mixed.call);
  finding.notes.push_back(fmt::format(
      "transformers loads a model in the dtype of its config, else as it is stored, and diffusers in float32: {}",
      fmt::join(parts, ", ")));
  finding.notes.push_back(fmt::format("calling it ends in {}", pipeline.mixed.raises));
}

// Of a tokenizer that loads without a word and does not serve.
void say_tokens(const PipelineComponent& component, Findings& out) {
  if (!component.hollow.empty())
    add(out, Severity::kError,
        fmt::format("the component `{}` (`{}`) is made of nothing: {}", component.name, component.class_name,
                    component.hollow),
        component.name)
        .notes.push_back("the library loads it without a word, and what it makes of a prompt means nothing");
  if (!component.reader.empty())
    add(out, Severity::kWarning,
        fmt::format("`{}` has {} tokens, and the embedding of `{}` {} rows", component.name, component.tokens,
                    component.reader, component.rows),
        component.name)
        .notes.push_back("a prompt with one of the others ends in IndexError: index out of range in self");
}

void check_broken_components(const Model& model, Findings& out) {
  const DiffusionPipeline& pipeline = *model.diffusion;
  const std::size_t before = out.size();
  for (const PipelineComponent& each : pipeline.components) {
    if (each.end.raises.empty()) continue;
    Finding& finding =
        add(out, Severity::kError,
            fmt::format("the component `{}` (`{}`) cannot be loaded", each.name, each.class_name), each.name);
    finding.notes.push_back(ends(pipeline, each.end));
  }
  if (out.size() == before && !pipeline.load.raises.empty())
    add(out, Severity::kError, "diffusers cannot load the pipeline", "").notes.push_back(ends(pipeline, pipeline.load));
  for (const PipelineComponent& each : pipeline.components) say_tokens(each, out);
  if (!pipeline.run.raises.empty()) {
    const bool is_named = !pipeline.stopped.empty();
    add(out, Severity::kError,
        is_named ? fmt::format("the component `{}` does not take what the others give it", pipeline.stopped)
                 : std::string("the components do not fit one another"),
        pipeline.stopped)
        .notes.push_back(fmt::format("the pipeline loads, and calling it ends in {}", pipeline.run.raises));
  }
  if (!pipeline.variant.empty()) say_variant(pipeline, out);
  if (!pipeline.mixed.raises.empty()) say_mixed(pipeline, out);
  for (const std::string& warning : pipeline.warnings)
    add(out, Severity::kWarning, "diffusers loads the pipeline and warns: " + first_clause(warning), "")
        .notes.push_back(warning);
}

}  // namespace

extern const Rule broken_components = {
    .name = "broken-components",
    .family = Family::kParts,
    .severity = Severity::kError,
    .needs = Facts::kDiffusion,
    .summary =
        "the components of a diffusers pipeline do not load, are not those that it asks for, or do not fit one another",
    .why =
        "`model_index.json` names library and class of each component, which the library imports and loads from the folder of that "
        "name; instead of a library it may name a file of that folder, and `_class_name` one beside it, for those who pass "
        "`trust_remote_code=True`. Where one is missing, or there is no such class, loading the pipeline raises; a component of another type "
        "than the pipeline asks for is warned of and fails when it is called. So do components whose sizes do not meet: a text encoder "
        "that is wider than the cross-attention, a VAE of other channels than the UNet. Nothing looks at them before. A tokenizer without its folder or its "
        "vocabulary is made all the same, and one with more tokens than the text encoder has rows ends a call with an IndexError where one of them is in the prompt. Without `torch_dtype`, transformers 5 loads "
        "its models in half precision where they are stored so, and diffusers loads its own in float32: many pipelines then end in a RuntimeError about dtypes.",
    .example =
        "`model_index.json` has `\"unet\": [\"diffusers\", \"UNet2DConditionModel\"]`, and there is no folder `unet`",
    .remedy =
        "Publish the whole folder as `save_pretrained` writes it; where only weights of a variant are there, add the others, or say "
        "in the model card that `variant` is needed.",
    .references = "diffusers: `DiffusionPipeline.from_pretrained`, `load_sub_model`.",
    .check = check_broken_components,
};

}  // namespace ckptlint
