// Reports that the metadata of a safetensors file has no `format` that transformers before 5 accepts.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool is_known(const Shard& shard) {
  const auto format = shard.metadata.find("format");
  if (format == shard.metadata.end()) return false;
  return format->second == "pt" || format->second == "tf" || format->second == "flax" || format->second == "mlx";
}

// What the release that is looked at does with it; where none is, what some would.
Severity severity_for(const Model& model) {
  if (!model.graph) return Severity::kWarning;
  if (model.graph->tied_weights) return Severity::kInfo;  // transformers 5
  return model.graph->tied_patterns ? Severity::kError : Severity::kWarning;
}

void check_missing_format_metadata(const Model& model, Findings& out) {
  std::vector<const Shard*> without;
  for (const Shard& shard : model.checkpoint->shards) {
    if (shard.format == WeightFormat::kSafetensors && shard.has_metadata && !is_known(shard)) without.push_back(&shard);
  }
  if (without.empty()) return;
  Finding& finding = out.emplace_back();
  finding.severity = severity_for(model);
  std::vector<std::string> files;
  files.reserve(without.size());
  for (const Shard* shard : without) files.push_back(shard->path);
  finding.message = fmt::format("the metadata of {} {} no `format` that transformers before 5 accepts",
                                listed_names(files), files.size() == 1 ? "has" : "have");
  finding.labels.push_back(Label::stored(files.front(), "", "has `__metadata__`"));
  finding.notes.push_back(
      "transformers 5 does not look at it; before, `from_pretrained` raises \"Incompatible safetensors file\"");
  finding.notes.push_back(
      "`save_file(tensors, path, metadata={\"format\": \"pt\"})` of safetensors writes what is expected; "
      "without any `__metadata__` every release loads the file");
}

}  // namespace

extern const Rule missing_format_metadata = {
    .name = "missing-format-metadata",
    .family = Family::kFiles,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint,
    .summary = "the metadata of a safetensors file has no `format` that transformers before 5 accepts",
    .why =
        "transformers 4 refuses a file with `__metadata__` in which `format` is none of `pt`, `tf`, `flax` "
        "and `mlx`: \"Incompatible safetensors file\", or \"does not contain the valid metadata\".",
    .example = "model.safetensors: {\"__metadata__\": {\"step\": \"1000\"}, ...}",
    .remedy = "Save the file with `metadata={\"format\": \"pt\"}`.",
    .references =
        "`load_state_dict` and `from_pretrained` of transformers "
        "4.57; mlx issue 743; transformers pull request 28219.",
    .check = check_missing_format_metadata,
};

}  // namespace ckptlint
