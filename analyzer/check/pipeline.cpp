// Runs the phases in order for one model: checkpoint, config, graph, loading, placement, then the rules and the
// search for fixes.
#include "check/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/byte_text.h"
#include "base/escape.h"
#include "check/fix_search.h"
#include "check/known_facts.h"
#include "check/phases.h"
#include "check/picture.h"
#include "check/repo_parts.h"
#include "ckptlint/names.h"
#include "graph/evaluated_model.h"
#include "parts/diffusion_pipeline.h"

namespace ckptlint {
namespace {

// The module graph, or why there is none; taken over from `known` where that is given.
void build(const ModelInput& input, const Question& question, const Analysis* known, Analysis& analysis) {
  if (known != nullptr) {
    analysis.built = known->built;
    analysis.obstacle = known->obstacle;
  } else if (Result<Known<BuiltGraph>> built = build_model(input, analysis.model.config); built.ok()) {
    analysis.built = std::move(*built);
  } else {
    // The files can be checked all the same.
    analysis.built = Unknown{built.error().message};
    analysis.obstacle = built.error();
  }
  if (!analysis.built || analysis.built->failure || question.ignore_unexpected.empty()) return;
  NameList& patterns = analysis.built->graph.keys_to_ignore_on_load_unexpected;
  if (!patterns) patterns.emplace();
  patterns->insert(patterns->end(), question.ignore_unexpected.begin(), question.ignore_unexpected.end());
}

bool is_asked_for(const Question& question, Facts facts) {
  return std::any_of(question.rules.begin(), question.rules.end(),
                     [&](const Rule* rule) { return has_all(rule->needs, facts); });
}

void load(const ModelInput& input, const Question& question, const Known<BuiltGraph>& built, Model& model) {
  model.loading = find_loading(input, model, built, question.key_mapping);
  model.init_weights = find_init_weights(input, model, built);
  end_loading(model);
  if (is_asked_for(question, Facts::kWithoutCode))
    model.without_code = find_without_code(input, model, built, question.key_mapping);
  if (question.zero3) model.zero3 = find_zero3(input, model, built, question.key_mapping);
}

void take_over_loading(const Model& loaded, Model& model) {
  model.loading = loaded.loading;
  model.finish = loaded.finish;
  model.init_weights = loaded.init_weights;
  model.without_code = loaded.without_code;
  model.zero3 = loaded.zero3;
  model.zero3_failure = loaded.zero3_failure;
}

// Files that were read after the model was built are named by what the library raises there.
void add_sources(Analysis& analysis) {
  if (!analysis.built || analysis.built->evaluated == nullptr) return;
  std::vector<SourceFile>& known = analysis.built->graph.sources.files;
  const std::vector<SourceFile>& all = analysis.built->evaluated->interpreter->sources.files;
  for (std::size_t i = known.size(); i < all.size(); ++i) known.push_back(all[i]);
}

void run_rules(const Question& question, Analysis& analysis) {
  for (const Rule* rule : question.rules) {
    if (rule->check == nullptr) continue;
    if (const Unknown* unknown = first_unknown(analysis.model, rule->needs)) {
      if (!unknown->why.empty()) analysis.skipped.push_back({std::string(rule->name), unknown->why});
      continue;
    }
    const std::size_t first = analysis.findings.size();
    rule->check(analysis.model, analysis.findings);
    for (std::size_t i = first; i < analysis.findings.size(); ++i) analysis.findings[i].rule = rule->name;
  }
  sort_findings(analysis.findings);
}

std::string end_of(const AdapterLoad& load) {
  if (!load.raises.empty()) return "raises " + printable(load.raises.substr(0, load.raises.find(':')));
  return load.is_sound() ? "fits" : fmt::format("does not fit in {}", counted(load.faults(), "tensor"));
}

// What the adapter was loaded on, and where it ends otherwise.
std::vector<std::string> grounds_of(const Adapter& adapter, bool quantized) {
  const auto on = [](const AdapterLoad& load) {
    return fmt::format("{}, {}", quoted_name(load.base_class),
                       load.by.empty() ? "the class of its base model" : printable("as by " + load.by));
  };
  std::vector<std::string> grounds{fmt::format("adapter: loaded by the code of peft {}{}{}", printable(adapter.peft),
                                               adapter.load.by.empty() ? "" : ", on " + on(adapter.load),
                                               quantized ? ", on the base model as it is before its quantizer" : "")};
  for (const AdapterLoad& other : adapter.others) {
    if (end_of(other) != end_of(adapter.load))
      grounds.push_back(fmt::format("adapter: on {}, it {}", on(other), end_of(other)));
  }
  return grounds;
}

std::vector<std::string> grounds_of(const ModelInput& input, const Analysis& analysis) {
  std::vector<std::string> grounds;
  if (!input.hub_name.empty())
    grounds.push_back(
        fmt::format("repo: {} on the Hub, at commit {}", quoted_name(input.hub_name), printable(input.hub_commit)));
  if (!input.base_hub_name.empty())
    grounds.push_back(fmt::format("base model: {} on the Hub, at commit {}", quoted_name(input.base_hub_name),
                                  printable(input.base_hub_commit)));
  if (!input.graph_file.empty())
    grounds.push_back(fmt::format("module graph: read from {}", quoted_name(input.graph_file)));
  else if (analysis.built && !analysis.built->failure) {
    grounds.push_back(fmt::format("module graph: evaluated from {}{}", quoted_name(analysis.built->graph.module_name),
                                  !analysis.built->graph.library.empty() ? ", with " + analysis.built->graph.library
                                  : input.transformers.empty()
                                      ? ""
                                      : fmt::format(", with transformers {}", input.transformers)));
    if (!analysis.built->absent_packages.empty()) grounds.push_back(absence_text(analysis.built->absent_packages));
    if (!analysis.built->demanded_packages.empty()) grounds.push_back(demand_text(analysis.built->demanded_packages));
  }
  if (analysis.built && analysis.built->graph.quantizer) grounds.push_back(ground_of(*analysis.built->graph.quantizer));
  if (const Known<Checkpoint>& checkpoint = analysis.model.checkpoint) {
    grounds.push_back(fmt::format("checkpoint: {} in {}", counted(checkpoint->tensors.size(), "tensor"),
                                  counted(checkpoint->shards.size(), "file")));
  }
  if (analysis.model.adapter) {
    for (std::string& ground : grounds_of(*analysis.model.adapter, input.quantized))
      grounds.push_back(std::move(ground));
  }
  if (analysis.model.pipeline)
    grounds.push_back(fmt::format("parts: loaded by the code of sentence-transformers {}",
                                  printable(analysis.model.pipeline->library)));
  if (analysis.model.lora)
    grounds.push_back(fmt::format("LoRA weights: loaded on {} by the code of diffusers {} and PEFT {}",
                                  quoted_name(analysis.model.lora->pipeline), printable(analysis.model.lora->library),
                                  printable(analysis.model.lora->peft)));
  if (analysis.model.diffusion) {
    const DiffusionPipeline& pipeline = *analysis.model.diffusion;
    std::vector<std::string> given;
    if (pipeline.trusted) given.push_back("`trust_remote_code=True`");
    if (!pipeline.variant.empty()) given.push_back(fmt::format("`variant=\"{}\"`", printable(pipeline.variant)));
    grounds.push_back(fmt::format("components: loaded by the code of diffusers {}{}{}", printable(pipeline.library),
                                  given.empty() ? "" : " with ", fmt::join(given, " and ")));
    std::string sizes, devices;
    for (const PipelineComponent& each : pipeline.components) {
      if (each.bytes != 0)
        sizes += fmt::format("{}{} {}", sizes.empty() ? "" : ", ", quoted_name(each.name),
                             human_size(Bytes::whole(static_cast<std::int64_t>(each.bytes))));
    }
    for (const auto& [component, device] : pipeline.devices)
      devices += fmt::format("{}{} on {}", devices.empty() ? "" : ", ", quoted_name(component), printable(device));
    if (!sizes.empty()) grounds.push_back("memory: " + sizes);
    if (!devices.empty()) grounds.push_back("`device_map=\"balanced\"`: " + devices);
  }
  if (analysis.model.placements) {
    for (std::string& ground : grounds_of(*analysis.model.placements)) grounds.push_back(std::move(ground));
  }
  return grounds;
}

bool is_any_checked(const std::vector<RepoPart>& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const RepoPart& part) { return part.not_checked.empty(); });
}

// The model as far as it is known, with the maps or why there are none.
std::shared_ptr<const ModelPicture> picture_of(const Model& model, const PlacementRequest& request) {
  if (!model.graph) return nullptr;
  const Loading* loading = model.loading ? &*model.loading : nullptr;
  const std::string no_map = model.placements ? "" : model.placements.unknown().why;
  Result<ModelPicture> picture = picture_of_model(*model.graph, request, loading, no_map);
  return picture.ok() ? std::make_shared<const ModelPicture>(std::move(*picture)) : nullptr;
}

}  // namespace

Result<std::unique_ptr<Analysis>> analyze(const ModelInput& input, const Question& question, const Analysis* known) {
  auto analysis = std::make_unique<Analysis>();
  Model& model = analysis->model;
  Result<Known<Checkpoint>> checkpoint = find_checkpoint(input);
  if (!checkpoint.ok()) return checkpoint.error();
  if (auto nothing = nothing_to_lint(input)) return std::move(*nothing);
  model.checkpoint = std::move(*checkpoint);
  model.broken_config = find_broken_config(input);
  model.config = find_config(input);
  model.quantized = find_quantized(model.checkpoint, model.config);
  build(input, question, known, *analysis);
  const Known<BuiltGraph>& built = analysis->built;
  model.failure = find_failure(input, built);
  if (built) model.folder_failure = built->folder_failure;
  if (built) model.ignored_entries = built->ignored_entries;
  model.quantizer_raises = find_quantizer_failure(built);
  model.graph = find_graph(built);
  model.token_embeddings = find_token_embeddings(model, built);
  model.placements = question.simulate_placement && !input.adapter
                         ? find_placements(input, question.placement, model, built)
                         : Unknown{};
  question.loaded != nullptr ? take_over_loading(*question.loaded, model) : load(input, question, built, model);
  model.leftovers = find_leftovers(model);
  if (question.fsdp) model.unset_elsewhere = find_unset_elsewhere(model, built);
  model.pipeline = find_pipeline(input, built);
  model.diffusion = find_diffusion(input, question.placement);
  model.lora = find_lora(input);
  model.predictions = find_predictions(input, model, built);
  model.adapter_config = find_adapter_config(input, model);
  model.adapter = find_adapter(input, model, built);
  model.parallel =
      question.parallel ? find_parallel(model, built, *question.parallel) : find_own_plan(input, model, built);
  add_sources(*analysis);
  model.companions = question.companions != nullptr ? *question.companions : find_companions(input);
  if (question.conduct != nullptr)
    model.conduct = *question.conduct;
  else if (is_asked_for(question, Facts::kConduct))
    model.conduct = find_conduct(input, analysis->sources());
  run_rules(question, *analysis);
  if (auto lost = input.lost()) return std::move(*lost);
  return analysis;
}

ModelReport report_of(const ModelInput& input, const Question& question) {
  ModelReport report;
  report.path = input.path;
  if (input.repo != nullptr) report.folder = input.repo->real_path("");
  Result<std::unique_ptr<Analysis>> analysis = analyze(input, question);
  if (!analysis.ok()) {
    report.error = analysis.error();
    return report;
  }
  search_fixes(input, question, **analysis);
  if (auto lost = input.lost()) {
    report.error = std::move(*lost);
    return report;
  }
  const Model& model = (*analysis)->model;
  report.parts = repo_parts(input, model, (*analysis)->sources());
  if ((*analysis)->obstacle && !model.checkpoint && (*analysis)->findings.empty() && !is_any_checked(report.parts)) {
    report.parts.clear();
    report.error = Error{fmt::format("{} has no weights to check, and its model cannot be built: {}",
                                     quoted_name(input.path), (*analysis)->obstacle->message)};
    return report;
  }
  Facts looked_at = Facts::kNone;
  for (const Rule* rule : question.rules) looked_at = looked_at | rule->needs;
  report.not_checked = not_checked(model, looked_at);
  if (model.pipeline && !model.pipeline->not_encoded.why.empty())
    report.not_checked.push_back({{"encoding"}, model.pipeline->not_encoded.why});
  if (model.diffusion && !model.diffusion->not_run.why.empty())
    report.not_checked.push_back({{"whether the components fit one another"}, model.diffusion->not_run.why});
  if (input.has_pipeline && input.repo->is_file(kModularList))
    report.not_checked.push_back({{kModularList}, kModularNotFollowed});
  if (model.diffusion && !model.diffusion->mixed_not_run.why.empty())
    report.not_checked.push_back(
        {{"whether it can be called as it is loaded without `torch_dtype`"}, model.diffusion->mixed_not_run.why});
  if (model.parallel && model.parallel->asked) {
    if (std::string why = unknown_pass(*model.parallel); !why.empty())
      report.not_checked.push_back({{"a forward pass of each rank"}, std::move(why)});
  }
  if (model.conduct && !model.conduct->left_out.empty())
    report.not_checked.push_back({{"all that the code of the repo does"}, model.conduct->left_out});
  report.grounds = grounds_of(input, **analysis);
  if (question.draws) {
    if (auto picture = picture_of(model, question.placement)) report.pictures.push_back(std::move(picture));
  }
  if ((*analysis)->built) {
    ModuleGraph& graph = (*analysis)->built->graph;
    if (!graph.modules.empty()) report.basis = input.graph_file.empty() ? Basis::kSource : Basis::kGraph;
    report.class_name = graph.class_name;
    report.partial = std::move(graph.partial);
  }
  report.sources = std::move((*analysis)->sources());
  report.findings = std::move((*analysis)->findings);
  report.skipped = std::move((*analysis)->skipped);
  return report;
}

}  // namespace ckptlint
