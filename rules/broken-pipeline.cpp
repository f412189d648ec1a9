// Reports parts of a sentence-transformers repo that do not load, or do not fit one another.
#include <fmt/format.h>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

using Part = PipelinePart;

std::string shown(const Part& part) {
  const std::string where = part.folder.empty() ? "" : fmt::format(" in `{}`", part.folder);
  return part.type.empty() ? fmt::format("the part `{}`", part.name)
                           : fmt::format("the part `{}`{}", leaf_of(part.type), where);
}

Finding& add(Findings& out, Severity severity, std::string message, const Part* part) {
  Finding& finding = out.emplace_back();
  finding.severity = severity;
  finding.message = std::move(message);
  finding.labels.push_back(
      {{}, "modules.json", part == nullptr ? "" : part->name, part == nullptr ? "read here" : "the part"});
  return finding;
}

std::string raising(const CallEnd& end) { return end.raises + end.place; }

// What another rule says of the tokenizer or the processor.
bool is_said_elsewhere(const Model& model, const CallEnd& end) {
  const auto same = [&](const CallEnd& other) { return !other.raises.empty() && other.raises == end.raises; };
  return (model.companions.tokenizer && same(model.companions.tokenizer->end)) ||
         (model.companions.processor && same(model.companions.processor->end));
}

void report_loading(const Model& model, const Pipeline& pipeline, Findings& out) {
  const std::size_t before = out.size();
  for (const Part& part : pipeline.parts) {
    if (part.end.raises.empty() || is_said_elsewhere(model, part.end)) continue;
    Finding& finding = add(out, Severity::kError, fmt::format("{} cannot be loaded", shown(part)), &part);
    finding.notes.push_back(fmt::format("`{}(...)` ends in {}", pipeline.load.call, raising(part.end)));
  }
  const CallEnd& whole = pipeline.load;
  if (out.size() != before || whole.raises.empty() || is_said_elsewhere(model, whole)) return;
  Finding& finding = add(out, Severity::kError, "sentence-transformers cannot load the repo", nullptr);
  finding.notes.push_back(fmt::format("`{}(...)` ends in {}", whole.call, raising(whole)));
}

// Of pairs of texts, instead of embeddings.
bool gives_scores(const Pipeline& pipeline) { return pipeline.encode.call == "predict"; }

// What the parts before it give.
std::string given_to(const Pipeline& pipeline, std::size_t index) {
  if (index == 0) return "";
  const Part& before = pipeline.parts[index - 1];
  std::string text;
  if (before.tokens) text = fmt::format("token embeddings of {} features", *before.tokens);
  if (before.sentence)
    text += fmt::format("{}sentence embeddings of {} features", text.empty() ? "" : " and ", *before.sentence);
  return text;
}

void report_encoding(const Pipeline& pipeline, Findings& out) {
  const bool at_part = pipeline.stopped_at && *pipeline.stopped_at < pipeline.parts.size();
  const Part* part = at_part ? &pipeline.parts[*pipeline.stopped_at] : nullptr;
  const std::string given = at_part ? given_to(pipeline, *pipeline.stopped_at) : "";
  Finding& finding = add(out, Severity::kError,
                         part != nullptr          ? fmt::format("{} does not take what comes before it", shown(*part))
                         : gives_scores(pipeline) ? "the model cannot score a pair of texts"
                                                  : "the model cannot encode a text",
                         part);
  finding.notes.push_back(
      fmt::format("the model loads, and `{}` ends in {}", pipeline.encode.call, raising(pipeline.encode)));
  if (!given.empty()) finding.notes.push_back(fmt::format("what comes before gives {}", given));
}

void check_broken_pipeline(const Model& model, Findings& out) {
  const Pipeline& pipeline = *model.pipeline;
  report_loading(model, pipeline, out);
  if (!pipeline.encode.raises.empty()) report_encoding(pipeline, out);
  for (const std::string& clause : pipeline.unnoticed)
    add(out, Severity::kError, clause + ", and nothing refuses it", nullptr)
        .notes.push_back(fmt::format("what `{}` then gives is computed from memory that holds something else",
                                     pipeline.encode.call));
  if (pipeline.says && pipeline.gives && *pipeline.says != *pipeline.gives)
    add(out, Severity::kWarning,
        gives_scores(pipeline)
            ? fmt::format("the model says that it gives {} scores, and gives {}", *pipeline.says, *pipeline.gives)
            : fmt::format("the model says that its embeddings have {} features, and they have {}", *pipeline.says,
                          *pipeline.gives),
        pipeline.parts.empty() ? nullptr : &pipeline.parts.back());
}

}  // namespace

extern const Rule broken_pipeline = {
    .name = "broken-pipeline",
    .family = Family::kParts,
    .severity = Severity::kError,
    .needs = Facts::kPipeline,
    .summary = "the parts of a sentence-transformers repo do not load, or do not fit one another",
    .why =
        "`modules.json` names a class and a folder for each part: its config, and for some its weights. Where the library's class "
        "refuses them, loading raises; where widths differ, encoding does, or embeddings have another width than is said.",
    .example = "`modules.json` has a part at `2_Dense`, and there is no `2_Dense/model.safetensors`",
    .remedy =
        "Publish the whole folder as `save_pretrained` writes it, as uploads of single files leave out what lies in folders; or "
        "take the part out of `modules.json` where it was not meant. Widths have to be those of the part before.",
    .references = "sentence-transformers: `SentenceTransformer._load_config_modules`, `Module.load`, `Module.forward`.",
    .check = check_broken_pipeline,
};

}  // namespace ckptlint
