// Reports that a device map puts tied parameters on disk, under all their names, with releases that do not find them
// there.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::string consequence_of(DiskTieFate fate) {
  switch (fate) {
    case DiskTieFate::kFine:
      return "";
    case DiskTieFate::kNotCompared:
      return "loading ends in a NotImplementedError";
    case DiskTieFate::kNoSuchKey:
      return "the first forward ends in a KeyError";
    case DiskTieFate::kOtherTensor:
      return "forward takes another tensor for them";
  }
  return "";
}

const char* cause_of(DiskTieFate fate) {
  if (fate == DiskTieFate::kNotCompared)
    return "this release of transformers compares their values before it ties them: what is on disk has none yet";
  if (fate == DiskTieFate::kNoSuchKey)
    return "this release of transformers looks for each name among what is stored; from 5.13 on it knows which tensor "
           "stands for it";
  return "this release of accelerate takes all tied tensors on disk for one, and what is read first, of any offloaded "
         "module, stands for them: where the shapes agree, nothing is raised; from 1.15 on it tells them apart";
}

void say(DiskTieFate fate, Finding& finding) {
  if (fate == DiskTieFate::kFine) return;
  finding.message += ", and " + consequence_of(fate);
  finding.notes.emplace_back(cause_of(fate));
}

// The same where it is not known how many of the names are stored.
void say_if(std::string_view stored, DiskTieFate fate, Finding& finding) {
  if (fate == DiskTieFate::kFine) return;
  finding.message +=
      fmt::format("{} if {} stored, {}", finding.notes.empty() ? ":" : ";", stored, consequence_of(fate));
  finding.notes.emplace_back(cause_of(fate));
}

// What comes of it, which depends on how many of the names are stored; no notes where nothing does.
Finding finding_of_tie(const Model& model, const TieOnDisk& tie) {
  const std::vector<TensorId> tensors = tensors_named(*model.graph, tie.names);
  Finding finding;
  finding.message = fmt::format("the device map puts the tied {} on disk", listed_names(tie.names));
  if (model.loading) {
    say(all_loaded(model, tensors) ? tie.all_stored : tie.one_stored, finding);
    finding.severity = Severity::kError;
  } else {
    say_if("one of them is", tie.one_stored, finding);
    say_if("all of them are", tie.all_stored, finding);
    const bool either = tie.one_stored != DiskTieFate::kFine && tie.all_stored != DiskTieFate::kFine;
    finding.severity = either ? Severity::kError : Severity::kWarning;
  }
  finding.tensors = tie.names;
  finding.labels = places_of(model, tensors, "registered here");
  return finding;
}

void check_tie_on_disk(const Model& model, Findings& out) {
  const std::size_t first = out.size();
  for (const SimulatedMap& map : model.placements->maps) {
    if (!map.placement || !map.made || map.placement->crash) continue;
    for (const TieOnDisk& tie : map.placement->ties_on_disk) {
      Finding finding = finding_of_tie(model, tie);
      if (!finding.notes.empty())
        add_of_call(std::move(finding), model.placements->by_hand ? "" : map.call, first, out);
    }
  }
}

}  // namespace

extern const Rule tie_on_disk = {
    .name = "tie-on-disk",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "a device map puts tied parameters on disk, where this release does not find them",
    .why =
        "One tensor is stored for tied parameters. A module on disk reads its weight by its own name in each forward, "
        "and before transformers 5.13 the second name is in no list of what is on disk: KeyError. accelerate before "
        "1.15 keeps one copy for tied tensors that it tells by their address, which all of those on disk share: a "
        "module may compute with the weight of another one. Where the checkpoint stores both names, transformers "
        "5.4 to 5.12 cannot compare them.",
    .example =
        "device_map = {\"model.embed_tokens\": \"disk\", \"model.layers\": 0, ..., \"lm_head\": \"disk\"}  # tied",
    .remedy =
        "Put them on cpu or an accelerator together, or load with transformers 5.13 or later and accelerate 1.15 or "
        "later.",
    .references = "accelerate: `dispatch_model`, `AlignDevicesHook`; transformers: `accelerate_disk_offload`.",
    .check = check_tie_on_disk,
};

}  // namespace ckptlint
