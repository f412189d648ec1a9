// Reports that the checkpoint stores tensors that the model does not expect.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/predictions.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// Findings; what is stored beyond so many places of the model is of another model altogether.
constexpr std::size_t kMostOwners = 50;
constexpr std::size_t kMostLacking = 100;  // names told apart that one kind of module lacks

using ModulesByName = std::unordered_map<std::string_view, ModuleId>;

// Where a key leaves the model: the innermost module that it passes through, and the name that this one lacks.
struct Departure {
  ModuleId module{0};
  std::string_view lacking;
};

Departure departure_of(std::string_view key, const ModulesByName& modules) {
  for (std::string_view at = parent_of(key);; at = parent_of(at)) {
    const auto found = modules.find(at);
    if (found == modules.end() && !at.empty()) continue;
    const std::string_view rest = at.empty() ? key : key.substr(at.size() + 1);
    return {found == modules.end() ? ModuleId{0} : found->second, rest.substr(0, rest.find('.'))};
  }
}

struct UnexpectedGroup {
  std::vector<const UnexpectedKey*> keys;
  Departure departure;
  std::vector<std::string> lacking;  // each once
  bool announced = false;            // by the config, as layers that this release does not build
};

// What one block after the other lacks has one cause.
std::string place_below(const std::string& module, std::string_view lacking) {
  const std::string shape = name_shape(module);
  return "below " + shape + (shape.find('*') != std::string::npos ? "" : "." + name_shape(lacking));
}

void word_unsaved(const Model& model, const UnexpectedGroup& group, Finding& finding) {
  std::vector<TensorId> buffers;
  for (const UnexpectedKey* key : group.keys) buffers.push_back(key->unsaved);
  const bool one = buffers.size() == 1;
  finding.message =
      fmt::format("{} {} stored, but the model computes {} and does not load {}", listed_names(finding.tensors),
                  one ? "is" : "are", one ? "it" : "them", one ? "it" : "them");
  finding.labels = places_of(model, buffers, "registered here, not as a persistent buffer");
}

void word_unknown(const Model& model, const UnexpectedGroup& group, Finding& finding) {
  const bool one = group.keys.size() == 1;
  const Module& module = model.graph->module(group.departure.module);
  finding.message = fmt::format("{} {} stored, but no tensor of the model has {}", listed_names(finding.tensors),
                                one ? "is" : "are", one ? "that name" : "these names");
  if (!module.class_span.known()) return;
  finding.labels.push_back(Label::at({module.class_span.file, module.class_span.line, module.class_span.column, 0, 0},
                                     fmt::format("`{}` lacks {}", module.class_name, listed_names(group.lacking))));
}

void check_unexpected_keys(const Model& model, Findings& out) {
  ModulesByName modules;
  for (std::uint32_t i = 0; i < model.graph->modules.size(); ++i)
    modules.emplace(model.graph->modules[i].name, ModuleId{i});
  std::map<std::string, UnexpectedGroup> groups;
  for (const UnexpectedKey& key : model.leftovers->unexpected) {
    const Departure departure = departure_of(key.key, modules);
    const std::string& parent = model.graph->module(departure.module).name;
    const bool is_buffer = key.unsaved != TensorId::kNone;
    std::string place =
        is_buffer ? "buffers of " + name_shape(parent_of(key.key)) : place_below(parent, departure.lacking);
    const bool announced = is_for_unbuilt_predictions(model, key.stored);
    if (announced) place = "announced";
    if (groups.size() >= kMostOwners && !groups.contains(place)) place = is_buffer ? "other buffers" : "elsewhere";
    UnexpectedGroup& group = groups[place];
    group.keys.push_back(&key);
    group.departure = departure;
    group.announced = announced;
    const std::string lacking(departure.lacking);
    if (std::find(group.lacking.begin(), group.lacking.end(), lacking) == group.lacking.end() &&
        group.lacking.size() < kMostLacking)
      group.lacking.push_back(lacking);
  }
  for (const auto& [place, group] : groups) {
    Finding& finding = out.emplace_back();
    finding.severity = group.announced ? Severity::kInfo : Severity::kWarning;
    for (const UnexpectedKey* key : group.keys) finding.tensors.push_back(key->key);
    if (group.keys.front()->unsaved != TensorId::kNone)
      word_unsaved(model, group, finding);
    else
      word_unknown(model, group, finding);
    const StoredTensor& stored = model.checkpoint->tensors[group.keys.front()->stored];
    finding.labels.insert(finding.labels.begin(), stored_place(*model.checkpoint, stored, "not loaded"));
    finding.notes.push_back(
        model.graph->library.empty()
            ? "`from_pretrained` leaves out what it does not expect and lists it as UNEXPECTED in its report"
            : "`from_pretrained` leaves out what it does not expect and lists it in its log");
    if (group.announced) {
      for (std::string& note : unbuilt_notes(*model.predictions)) finding.notes.push_back(std::move(note));
    } else {
      finding.remedies = count_guesses(model, finding.tensors);
    }
    finding.remedies.emplace_back(IgnoreUnexpected{finding.tensors});
  }
}

}  // namespace

extern const Rule unexpected_keys = {
    .name = "unexpected-keys",
    .family = Family::kKeys,
    .severity = Severity::kWarning,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "the checkpoint stores tensors that the model does not expect",
    .why =
        "They are not loaded. If they are left from an older version of the code, every load prints a report "
        "that hides the lines that matter; if the model should have used them, that part of it works with "
        "random values instead. What config.json announces as layers that predict further tokens, and this release "
        "does not build, is a remark.",
    .example = "model.safetensors stores `model.token_ids`; the model registers it with `persistent=False`",
    .remedy =
        "Where they are dead: name them in `_keys_to_ignore_on_load_unexpected` of the model class, a list of "
        "regular expressions, with anchored patterns that match nothing else. Where they are not: the class "
        "or the names in it differ from what was saved.",
    .references = "transformers issues 44493 and 6882; `_adjust_missing_and_unexpected_keys` of transformers 5.",
    .check = check_unexpected_keys,
};

}  // namespace ckptlint
