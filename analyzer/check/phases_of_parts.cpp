// The phases of what is loaded in parts: sentence-transformers repos, pipelines of diffusers and LoRA weights for them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/escape.h"
#include "check/phases.h"
#include "checkpoint/weight_sets.h"
#include "graph/diffusers_class.h"
#include "parts/diffusion_lora.h"
#include "parts/diffusion_pipeline.h"
#include "parts/sentence_parts.h"

namespace ckptlint {

Known<Pipeline> find_pipeline(const ModelInput& input, const Known<BuiltGraph>& built) {
  if (!input.has_parts) return {};
  if (!input.sentence_transformers)
    return Unknown{
        "no source of sentence-transformers is there, whose code decides what it makes of modules.json: give one with "
        "--source"};
  if (!has_library(input) || !input.graph_file.empty()) return Unknown{"there is no source of transformers"};
  if (built && built->failure) return Unknown{"the model cannot be built"};
  GraphRequest request = request_of(input);
  request.repo = input.repo;
  request.sources.push_back(*input.sentence_transformers);
  return sentence_parts_of(request);
}

namespace {

std::set<std::string> variants_of_components(const FileTree& repo) {
  constexpr std::size_t kMost = 4;
  std::set<std::string> all;
  for (const ComponentModel& each : component_models(repo)) {
    for (const std::string& variant : variants_in(repo, each.folder))
      if (all.size() < kMost) all.insert(variant);
  }
  return all;
}

// The components that do not load.
std::vector<std::string> names_of_broken(const DiffusionPipeline& pipeline) {
  std::vector<std::string> names;
  for (const PipelineComponent& each : pipeline.components) {
    if (!each.end.raises.empty()) names.push_back(each.name);
  }
  return names;
}

}  // namespace

Known<DiffusionPipeline> find_diffusion(const ModelInput& input, const PlacementRequest& request) {
  if (!input.has_pipeline) return {};
  if (!has_library(input))
    return Unknown{
        "no source of diffusers is there, whose code decides what it makes of model_index.json: give one with "
        "--source"};
  if (const std::string path = unreadable_in_components(*input.repo); !path.empty())
    return Unknown{
        fmt::format("{} cannot be read here: it is a link that leads nowhere or out of the repo, a device "
                    "or a FIFO",
                    quoted_name(path))};
  GraphRequest asked = request_of(input);
  asked.repo = input.repo;
  nlohmann::json arguments = nlohmann::json::object();
  if (!input.dtype.empty()) arguments["torch_dtype"] = input.dtype;
  for (const Budget& budget : request.budgets)
    arguments["max_memory"][name_of(budget.device)] = budget.bytes.in_eighths() / 8;
  if (!request.budgets.empty()) arguments["device_map"] = "balanced";
  Known<DiffusionPipeline> found = diffusion_pipeline_of(asked, arguments.dump());
  if (!found || found->load.raises.empty()) return found;
  for (const std::string& variant : variants_of_components(*input.repo)) {
    arguments["variant"] = variant;
    Known<DiffusionPipeline> again = diffusion_pipeline_of(asked, arguments.dump());
    if (!again) continue;
    std::vector<std::string> alone = names_of_broken(*found);
    const std::vector<std::string> still = names_of_broken(*again);
    if (!again->load.raises.empty() && still.size() >= alone.size()) continue;
    std::erase_if(alone, [&](const std::string& name) { return std::count(still.begin(), still.end(), name) != 0; });
    again->variant = variant;
    again->without_variant = std::move(found->load);
    again->variant_alone = std::move(alone);
    return again;
  }
  return found;
}

Known<DiffusionLora> find_lora(const ModelInput& input) {
  if (input.lora_file.empty()) return {};
  if (input.base == nullptr) return Unknown{input.no_base};
  for (const char* library : {kDiffusers, "peft"}) {
    if (!has_package(input.sources, library))
      return Unknown{fmt::format(
          "no source of {} is there, whose code decides what it makes of LoRA weights: give one with --source",
          library)};
  }
  GraphRequest base = request_of(input);
  base.repo = input.base;
  return diffusion_lora_of(base, input.repo, input.lora_file);
}

}  // namespace ckptlint
