#include "check/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapter/adapter.h"
#include "base/byte_text.h"
#include "base/escape.h"
#include "check/fix_search.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/compare.h"
#include "ckptlint/quantization_methods.h"
#include "ckptlint/quantizer.h"
#include "config/config.h"
#include "config/quantized.h"
#include "fix/recomputed.h"
#include "fix/values.h"
#include "loading/key_matching.h"
#include "loading/leftovers.h"
#include "loading/zero3.h"

namespace ckptlint {
namespace {

void learn(Analysis& analysis, Facts fact) { analysis.model.known = analysis.model.known | fact; }

Result<bool> find_checkpoint(const ModelInput& input, Analysis& analysis) {
  if (input.repo == nullptr) {
    analysis.unknown[Facts::kCheckpoint] = "only a module graph was given";
    return true;
  }
  Result<Checkpoint> checkpoint = read_checkpoint(*input.repo, input.entry);
  if (!checkpoint.ok()) return checkpoint.error();
  analysis.checkpoint = std::move(*checkpoint);
  compare_sets(*input.repo, *analysis.checkpoint);
  if (!analysis.checkpoint->has_weights() && analysis.checkpoint->defects.empty()) {
    analysis.unknown[Facts::kCheckpoint] = "the repo has no weights";
    return true;
  }
  analysis.model.checkpoint = &*analysis.checkpoint;
  analysis.quantized = quantized_weights(*analysis.checkpoint);
  analysis.model.quantized = &analysis.quantized;
  learn(analysis, Facts::kCheckpoint);
  return true;
}

void find_config(const ModelInput& input, Analysis& analysis) {
  if (!input.broken_config.empty()) {
    analysis.model.broken_config = &input.broken_config;
    learn(analysis, Facts::kBrokenConfig);
    analysis.unknown[Facts::kConfig] = "config.json cannot be read";
    return;
  }
  if (input.repo == nullptr || !input.has_config || input.adapter) {
    analysis.unknown[Facts::kConfig] = "there is no config.json";
    return;
  }
  std::vector<FileTreePtr> libraries;
  for (const SourceTree& source : input.sources) libraries.push_back(source.tree);
  Result<Config> config = config_of(*input.repo, libraries);
  if (!config.ok()) {
    analysis.unknown[Facts::kConfig] = config.error().message;
    return;
  }
  analysis.config = std::move(*config);
  // What a library that is not there has itself cannot be told from what the repo should have.
  if (!has_library(input)) {
    std::erase_if(analysis.config->code, [](const CodeReference& code) { return !code.file.empty() && !code.present; });
  }
  analysis.model.config = &*analysis.config;
  learn(analysis, Facts::kConfig);
}

// Why the config does not lead to a class; empty where it does.
std::string unknown_model(const Config& config) {
  if (!config.has_class()) return "config.json does not say what model it is";
  const auto missing = [](const CodeReference& code) { return !code.file.empty() && !code.present; };
  const bool lacks_code = std::any_of(config.code.begin(), config.code.end(), missing);
  return lacks_code && !config.known_type ? "the code that `auto_map` names is not in the repo" : "";
}

// The files can be checked all the same.
bool no_graph(const Error& why, Analysis& analysis) {
  analysis.obstacle = why;
  analysis.unknown[Facts::kGraph] = "the module graph could not be built";
  return true;
}

Result<bool> find_graph(const ModelInput& input, const Question& question, const Analysis* known, Analysis& analysis) {
  if (input.graph_file.empty() && input.adapter && !input.has_config) {
    analysis.unknown[Facts::kGraph] = input.no_base.empty() ? "the base model has no config.json" : input.no_base;
    return true;
  }
  if (input.graph_file.empty() && !input.broken_config.empty()) {
    analysis.unknown[Facts::kGraph] = "config.json cannot be read";
    return true;
  }
  if (input.graph_file.empty() && !input.has_config) {
    // A weight file that lies alone can be checked as a file.
    if (!input.entry.empty()) {
      analysis.unknown[Facts::kGraph] = "there is no config.json beside the weights";
      return true;
    }
    return Error{
        fmt::format("{} has no config.json, which says what model it is; name a weight file in it to check that alone",
                    quoted_name(input.path))};
  }
  if (known != nullptr) {
    analysis.built = known->built;
  } else {
    // What a rule says of the config is not said again as an error.
    if (input.graph_file.empty() && input.class_name.empty() && analysis.config) {
      if (const std::string why = unknown_model(*analysis.config); !why.empty()) {
        analysis.unknown[Facts::kGraph] = why;
        return true;
      }
    }
    Result<BuiltGraph> built = graph_of(input, true);
    if (!built.ok()) return no_graph(built.error(), analysis);
    analysis.built = std::move(*built);
  }
  if (analysis.built->failure) {
    analysis.model.failure = &*analysis.built->failure;
    analysis.unknown[Facts::kGraph] = "the model cannot be built";
    return true;
  }
  if (!question.ignore_unexpected.empty()) {
    NameList& patterns = analysis.built->graph.keys_to_ignore_on_load_unexpected;
    if (!patterns) patterns.emplace();
    patterns->insert(patterns->end(), question.ignore_unexpected.begin(), question.ignore_unexpected.end());
  }
  analysis.model.graph = &analysis.built->graph;
  learn(analysis, Facts::kGraph);
  return true;
}

// A tensor that the evaluator could not follow may be anything: what rests on every tensor is then not known.
bool is_complete(const ModuleGraph& graph) { return graph.partial.empty(); }

// Why it is not known how large from_pretrained takes the tensors of a quantized model to be; "" where it is.
std::string unknown_sizes(const ModelInput& input, const BuiltGraph& built) {
  if (!built.not_quantized.empty())
    return fmt::format("how the model's quantizer sizes it is not known: {}", built.not_quantized);
  if (input.quantized && !input.graph_file.empty())
    return "the config has a `quantization_config`, and the given module graph does not say what its quantizer makes "
           "of it";
  return "";
}

Result<bool> find_placements(const ModelInput& input, const Question& question, Analysis& analysis) {
  if (!question.simulate_placement || input.adapter) {
    analysis.unknown[Facts::kPlacement] = "nothing was asked about it";
    return true;
  }
  if (analysis.model.graph == nullptr) {
    analysis.unknown[Facts::kPlacement] = analysis.unknown[Facts::kGraph];
    return true;
  }
  if (!is_complete(*analysis.model.graph)) {
    analysis.unknown[Facts::kPlacement] = "a part of the model could not be evaluated";
    return true;
  }
  if (const std::string why = unknown_sizes(input, *analysis.built); !why.empty()) {
    analysis.unknown[Facts::kPlacement] = why;
    return true;
  }
  Result<Placements> placements = simulate_placements(*analysis.model.graph, question.placement);
  if (!placements.ok()) {
    analysis.unknown[Facts::kPlacement] = placements.error().message;
    return true;
  }
  analysis.placements = std::move(*placements);
  analysis.model.placements = &*analysis.placements;
  learn(analysis, Facts::kPlacement);
  return true;
}

// Of a model with a quantizer: the methods whose loads were compared with the library's.
std::optional<std::string> obstacle_to_quantized_loading(const Quantizer& quantizer) {
  const QuantizationMethod* method = quantization_method(quantizer.method);
  const bool is_4 = quantizer.element_sizes.empty();
  if (quantizer.on_the_fly) return "the weights are quantized while they are loaded";
  if (method != nullptr && (is_4 ? method->compared_with_4 : method->compared_with_5)) return std::nullopt;
  return fmt::format(
      "the config has a `quantization_config`, and how {} loads tensors of the method {} is not simulated",
      is_4 ? "transformers 4" : "transformers 5", quoted_name(quantizer.method));
}

// Why stored keys cannot be compared with the graph; nothing where they can.
std::optional<std::string> obstacle_to_loading(const ModelInput& input, const Question& question,
                                               const Analysis& analysis) {
  if (analysis.model.graph == nullptr) return analysis.unknown.at(Facts::kGraph);
  if (analysis.model.checkpoint == nullptr) return analysis.unknown.at(Facts::kCheckpoint);
  if (input.adapter) return "the weights are an adapter";
  if (!is_complete(*analysis.model.graph)) return "a part of the model could not be evaluated";
  const auto complete = [](const QuantizedWeight& weight) { return weight.absent.empty(); };
  if (const Quantizer* quantizer = analysis.built->graph.quantizer.get(); quantizer != nullptr) {
    // The rules that take keys for names of plain weights would tell again, and worse, what those about quantization
    // do.
    if (!question.rules.empty())
      return "the config has a `quantization_config`: `ckptlint load` compares what is stored";
    return obstacle_to_quantized_loading(*quantizer);
  }
  if (input.quantized || !input.quantization.empty())
    return analysis.built->not_quantized.empty()
               ? "the config has a `quantization_config` that does not apply, and what is stored may be quantized"
               : "what the model's quantizer makes of the stored tensors is not known: " +
                     analysis.built->not_quantized;
  if (std::any_of(analysis.quantized.begin(), analysis.quantized.end(), complete))
    return "the stored weights are quantized, which renames and adds tensors";
  for (const Defect& defect : analysis.model.checkpoint->defects) {
    if (defect.stops_loading) return fmt::format("{} cannot be loaded as it is", quoted_name(defect.file));
    if (defect.kind == DefectKind::kTooManyTensors)
      return fmt::format("{} has more tensors than were read", quoted_name(defect.file));
  }
  return std::nullopt;
}

void find_zero3(const ModelInput& input, Analysis& analysis, Loading& loading) {
  const Model& model = analysis.model;
  Result<std::vector<Zero3Buffer>> buffers = zero3_buffers(*model.graph, loading, analysis.built->evaluated.get());
  if (!buffers.ok()) {
    analysis.unknown[Facts::kZero3] = buffers.error().message;
    return;
  }
  for (Zero3Buffer& buffer : *buffers) {
    const StoredTensor& stored = model.checkpoint->tensors[buffer.key.stored];
    switch (buffer.key.converted || input.repo == nullptr
                ? ValueComparison::kNotComparable
                : compare_values(model.graph->tensor(buffer.key.tensor), *input.repo, *model.checkpoint, stored)) {
      case ValueComparison::kEqual:
        buffer.values = StoredValues::kInitial;
        break;
      case ValueComparison::kDifferent:
        buffer.values = StoredValues::kOther;
        break;
      case ValueComparison::kNotComparable:
        break;
    }
  }
  loading.zero3 = std::move(*buffers);
  learn(analysis, Facts::kZero3);
}

void find_fsdp(Analysis& analysis, Loading& loading) {
  Result<std::vector<TensorId>> unset = unset_elsewhere_of(*analysis.model.graph, analysis.built->evaluated.get());
  if (!unset.ok()) {
    analysis.unknown[Facts::kFsdp] = unset.error().message;
    return;
  }
  loading.unset_elsewhere = std::move(*unset);
  learn(analysis, Facts::kFsdp);
}

void find_loading(const ModelInput& input, const Question& question, Analysis& analysis) {
  const auto obstacle = obstacle_to_loading(input, question, analysis);
  if (obstacle && input.zero3) analysis.unknown[Facts::kZero3] = *obstacle;
  if (obstacle && input.fsdp && analysis.model.graph == nullptr) analysis.unknown[Facts::kFsdp] = *obstacle;
  if (analysis.model.graph == nullptr) {
    analysis.unknown[Facts::kLoading] = *obstacle;
    return;
  }
  Loading loading;
  if (obstacle) {
    analysis.unknown[Facts::kLoading] = *obstacle;
  } else if (Result<Loading> matched = match_keys(*analysis.model.graph, *analysis.model.checkpoint,
                                                  analysis.built->evaluated.get(), question.key_mapping);
             matched.ok()) {
    loading = std::move(*matched);
    learn(analysis, Facts::kLoading);
    if (input.repo != nullptr) {
      find_split_ties(*analysis.model.graph, *analysis.model.checkpoint, *input.repo, loading);
      loading.recomputed = recomputed_buffers(*analysis.model.graph, *analysis.model.checkpoint, *input.repo, loading);
    }
    if (input.zero3) find_zero3(input, analysis, loading);
    analysis.leftovers = leftovers_of(*analysis.model.graph, *analysis.model.checkpoint, loading);
    analysis.model.leftovers = &*analysis.leftovers;
  } else {
    analysis.unknown[Facts::kLoading] = matched.error().message;
    if (input.zero3) analysis.unknown[Facts::kZero3] = matched.error().message;
  }
  const bool readable = input.repo != nullptr && analysis.model.checkpoint != nullptr;
  std::optional<StoredTensors> stored;
  if (readable) stored.emplace(StoredTensors{*input.repo, *analysis.model.checkpoint});
  find_after_loading(*analysis.model.graph, analysis.built->evaluated.get(), stored ? &*stored : nullptr, loading);
  if (input.fsdp) find_fsdp(analysis, loading);
  loading.unset_buffers = unset_buffers_of(*analysis.model.graph, analysis.built->evaluated.get());
  analysis.loading = std::move(loading);
  analysis.model.loading = &*analysis.loading;

  const bool from_source = input.graph_file.empty();
  const auto& tensors = analysis.model.graph->tensors;
  const bool traced = std::any_of(tensors.begin(), tensors.end(),
                                  [](const Tensor& tensor) { return tensor.rebuild != Rebuild::kUnknown; });
  const bool has_any = std::any_of(tensors.begin(), tensors.end(),
                                   [](const Tensor& tensor) { return tensor.is_buffer() && !tensor.persistent; });
  if (traced || (from_source && !has_any))
    learn(analysis, Facts::kRebuild);
  else
    analysis.unknown[Facts::kRebuild] = from_source ? "what `_init_weights` writes could not be evaluated"
                                                    : "the module graph does not say what `_init_weights` writes";
}

void find_adapter(const ModelInput& input, Analysis& analysis) {
  if (!input.adapter) return;  // and no rule about adapters is missed
  if (analysis.model.checkpoint == nullptr) {
    analysis.unknown[Facts::kAdapter] = analysis.unknown[Facts::kCheckpoint];
  } else if (analysis.model.graph == nullptr) {
    analysis.unknown[Facts::kAdapter] = analysis.unknown[Facts::kGraph];
  } else if (!is_complete(*analysis.model.graph)) {
    analysis.unknown[Facts::kAdapter] = "a part of the base model could not be evaluated";
  } else {
    analysis.adapter = match_adapter(*analysis.model.checkpoint, *analysis.model.graph);
    analysis.model.adapter = &*analysis.adapter;
    learn(analysis, Facts::kAdapter);
  }
}

void run_rules(const Question& question, Analysis& analysis) {
  // What has to be asked for comes first: of rules about what nobody asked, nothing is said.
  constexpr std::array kFacts = {Facts::kZero3, Facts::kFsdp,      Facts::kCheckpoint, Facts::kConfig,  Facts::kAdapter,
                                 Facts::kGraph, Facts::kPlacement, Facts::kLoading,    Facts::kRebuild, Facts::kBuild};
  for (const Rule* rule : question.rules) {
    if (!has_all(analysis.model.known, rule->needs)) {
      for (const Facts fact : kFacts) {
        if (!has_all(rule->needs, fact) || has_all(analysis.model.known, fact)) continue;
        if (const std::string& why = analysis.unknown[fact]; !why.empty())
          analysis.skipped.push_back({std::string(rule->name), why});
        break;
      }
      continue;
    }
    const std::size_t first = analysis.findings.size();
    rule->check(analysis.model, analysis.findings);
    for (std::size_t i = first; i < analysis.findings.size(); ++i) analysis.findings[i].rule = rule->name;
  }
  sort_findings(analysis.findings);
}

std::vector<std::string> grounds_of(const ModelInput& input, const Analysis& analysis) {
  std::vector<std::string> grounds;
  if (!input.graph_file.empty())
    grounds.push_back(fmt::format("module graph: read from {}", quoted_name(input.graph_file)));
  else if (analysis.built && !analysis.built->failure) {
    grounds.push_back(
        fmt::format("module graph: evaluated from {}{}", quoted_name(analysis.built->graph.module_name),
                    input.transformers.empty() ? "" : fmt::format(", with transformers {}", input.transformers)));
    for (const std::string& package : analysis.built->absent_packages) {
      grounds.push_back(fmt::format("taken as absent: the package {}, which the code asks for", quoted_name(package)));
    }
  }
  if (analysis.built && analysis.built->graph.quantizer) grounds.push_back(ground_of(*analysis.built->graph.quantizer));
  if (analysis.model.checkpoint != nullptr) {
    grounds.push_back(fmt::format("checkpoint: {} in {}", counted(analysis.checkpoint->tensors.size(), "tensor"),
                                  counted(analysis.checkpoint->shards.size(), "file")));
  }
  if (analysis.placements) {
    for (std::string& ground : grounds_of(*analysis.placements)) grounds.push_back(std::move(ground));
  }
  return grounds;
}

}  // namespace

Result<std::unique_ptr<Analysis>> analyze(const ModelInput& input, const Question& question, const Analysis* known) {
  auto analysis = std::make_unique<Analysis>();
  if (const auto found = find_checkpoint(input, *analysis); !found.ok()) return found.error();
  find_config(input, *analysis);
  if (const auto found = find_graph(input, question, known, *analysis); !found.ok()) return found.error();
  if (analysis->built && input.graph_file.empty())
    learn(*analysis, Facts::kBuild);
  else
    analysis->unknown[Facts::kBuild] =
        input.graph_file.empty() ? analysis->unknown[Facts::kGraph] : "the module graph was given";
  if (const auto found = find_placements(input, question, *analysis); !found.ok()) return found.error();
  find_loading(input, question, *analysis);
  find_adapter(input, *analysis);
  run_rules(question, *analysis);
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
  if ((*analysis)->findings.empty() && (*analysis)->obstacle) {
    report.error = (*analysis)->obstacle;
    return report;
  }
  report.obstacle = (*analysis)->obstacle;
  report.grounds = grounds_of(input, **analysis);
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
