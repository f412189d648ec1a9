// Reports that an ignore pattern of the model matches every key, hides what is missing, or matches nothing.
#include <fmt/format.h>

#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void word_all(const Model& model, const BlindPattern& blind, Finding& finding) {
  const bool missing = blind.attribute == "_keys_to_ignore_on_load_missing";
  finding.message = fmt::format("r\"{}\" in `{}` matches every tensor of the model", blind.pattern, blind.attribute);
  finding.severity = blind.hidden.empty() ? Severity::kWarning : Severity::kError;
  finding.tensors = model.graph->names_of(blind.hidden);
  if (!blind.hidden.empty()) {
    finding.notes.push_back(fmt::format("{} {} missing, and nothing is said of it", listed_names(finding.tensors),
                                        finding.tensors.size() == 1 ? "is" : "are"));
  }
  finding.notes.push_back(
      fmt::format("the list holds regular expressions, which are searched "
                  "for anywhere in a key; nothing {} is reported any more",
                  missing ? "missing" : "unexpected"));
}

void word_hidden(const Model& model, const BlindPattern& blind, Finding& finding) {
  finding.severity = Severity::kInfo;
  finding.tensors = model.graph->names_of(blind.hidden);
  const bool one = finding.tensors.size() == 1;
  finding.message = fmt::format("{} {} not stored, and r\"{}\" in `{}` keeps that out of the report",
                                listed_names(finding.tensors), one ? "is" : "are", blind.pattern, blind.attribute);
  if (blind.shared.empty()) {
    finding.notes.push_back(
        fmt::format("{} from random or constant values without a word", one ? "it starts" : "they start"));
    return;
  }
  finding.severity = Severity::kError;
  for (const LostShare& share : blind.shared) {
    const StoredTensor& stored = model.checkpoint->tensors[share.stored.stored];
    finding.labels.push_back(stored_place(*model.checkpoint, stored, "stored here"));
    finding.notes.push_back(
        fmt::format("the constructor makes `{}` and `{}` one parameter, and loading makes them two, of which only the "
                    "second gets what is stored; the first starts from random or constant values without a word",
                    model.graph->tensor(share.tensor).name, model.graph->tensor(share.stored.tensor).name));
  }
}

void word_nothing(const BlindPattern& blind, Finding& finding) {
  finding.severity = Severity::kInfo;
  finding.message = fmt::format("r\"{}\" in `{}` matches no tensor of the model", blind.pattern, blind.attribute);
  finding.notes.push_back("it hides nothing now, and may hide what is added later under such a name");
}

void check_blind_ignore_pattern(const Model& model, Findings& out) {
  const Module& root = model.graph->modules.front();
  const SourceFile* file = model.graph->sources.find(root.class_span.file);
  const bool is_own = file != nullptr && file->in_model_repo;
  for (const BlindPattern& blind : model.loading->blind) {
    // What the library's own lists hide is for the library to say.
    if (blind.kind != BlindPattern::Kind::kMatchesAll && !is_own) continue;
    Finding& finding = out.emplace_back();
    switch (blind.kind) {
      case BlindPattern::Kind::kMatchesAll:
        word_all(model, blind, finding);
        break;
      case BlindPattern::Kind::kHidesMissing:
        word_hidden(model, blind, finding);
        break;
      case BlindPattern::Kind::kMatchesNothing:
        word_nothing(blind, finding);
        break;
    }
    const Span span = root.class_span;
    if (span.known())
      finding.labels.insert(finding.labels.begin(), Label::at({span.file, span.line, span.column, 0, 0}, "the class"));
  }
}

}  // namespace

extern const Rule blind_ignore_pattern = {
    .name = "blind-ignore-pattern",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "an ignore pattern of the model matches every key, hides what is missing, or matches nothing",
    .why =
        "The report of from_pretrained is the only sign that weights were not loaded. A pattern that matches "
        "everything, such as the empty one, silences it: a model with random weights loads without a word. "
        "One that hides a parameter which is not stored may be meant to, and is only worth knowing; but where "
        "the constructor shares that parameter with one that is stored, it was meant to have its value, and does not "
        "get it: loading makes each name a parameter of its own.",
    .example = "_keys_to_ignore_on_load_missing = [\"\"]",
    .remedy = "Name the keys that may be missing, with anchored patterns; or remove the list.",
    .references = "the remote code of phi-1_5; `_adjust_missing_and_unexpected_keys` of transformers.",
    .check = check_blind_ignore_pattern,
};

}  // namespace ckptlint
