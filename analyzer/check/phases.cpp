// What each phase needs to be known first, and the reason that it gives where it is not.
#include "check/phases.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapter/adapter.h"
#include "adapter/contradictions.h"
#include "adapter/peft_loading.h"
#include "base/escape.h"
#include "base/json_document.h"
#include "check/placements.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/compare.h"
#include "ckptlint/quantization_methods.h"
#include "ckptlint/quantizer.h"
#include "companions/companions.h"
#include "conduct/conduct.h"
#include "config/config.h"
#include "config/quantized.h"
#include "fix/recomputed.h"
#include "fix/values.h"
#include "graph/asking.h"
#include "graph/token_embeddings.h"
#include "loading/leftovers.h"
#include "loading/packing_causes.h"
#include "loading/predictions.h"
#include "loading/zero3.h"
#include "parallel/distribute.h"
#include "parallel/forward.h"
#include "parts/diffusion_pipeline.h"

namespace ckptlint {

Result<Known<Checkpoint>> find_checkpoint(const ModelInput& input) {
  if (input.repo == nullptr) return Known<Checkpoint>(Unknown{"only a module graph was given"});
  const bool beside = input.has_pipeline && input.parts_alone();
  Result<Checkpoint> checkpoint = beside ? read_weights_beside(*input.repo) : read_checkpoint(*input.repo, input.entry);
  if (!checkpoint.ok()) return checkpoint.error();
  if (!beside) compare_sets(*input.repo, *checkpoint);
  if (!checkpoint->has_weights() && checkpoint->defects.empty() && input.parts_alone()) return Known<Checkpoint>();
  if (!checkpoint->has_weights() && checkpoint->defects.empty())
    return Known<Checkpoint>(Unknown{"the repo has no weights"});
  return Known<Checkpoint>(std::move(*checkpoint));
}

Known<std::vector<QuantizedWeight>> find_quantized(const Known<Checkpoint>& checkpoint, const Known<Config>& config) {
  if (!checkpoint) return checkpoint.unknown();
  return quantized_weights(*checkpoint, config && config->quantization ? &*config->quantization : nullptr);
}

Known<std::string> find_broken_config(const ModelInput& input) {
  if (input.broken_config.empty()) return {};
  return input.broken_config;
}

Known<Config> find_config(const ModelInput& input) {
  if (input.adapter || input.parts_alone()) return {};  // it has none, and needs none
  if (!input.broken_config.empty()) return Unknown{"config.json cannot be read"};
  if (input.repo == nullptr || !input.has_config) return Unknown{"there is no config.json"};
  Result<Config> config = config_of(*input.repo, trees_of(input.sources));
  if (!config.ok()) return Unknown{config.error().message};
  // What a library that is not there has itself cannot be told from what the repo should have.
  if (!has_library(input))
    std::erase_if(config->code, [](const CodeReference& code) { return !code.file.empty() && !code.present; });
  return std::move(*config);
}

std::optional<Error> nothing_to_lint(const ModelInput& input) {
  const bool has_model = !input.graph_file.empty() || input.has_config || !input.broken_config.empty();
  if (has_model || input.adapter || input.has_parts || input.has_pipeline || !input.lora_file.empty() ||
      !input.entry.empty())
    return std::nullopt;
  if (input.repo != nullptr) {
    for (const std::string& name : input.repo->list("")) {
      if (name.ends_with(".gguf"))
        return Error{
            fmt::format("{} has GGUF and no config.json: llama.cpp and programs like it load it, transformers "
                        "does not; name {} to check that file alone",
                        quoted_name(input.path), quoted_name(name))};
    }
  }
  const std::vector<std::string> models = models_within(input);
  if (!models.empty())
    return Error{fmt::format("{} {}: name one of the models in it, {}", quoted_name(input.path),
                             input.repo->is_file(kModularList)
                                 ? fmt::format("has {} and no config.json, and {}", kModularList, kModularNotFollowed)
                                 : "has no config.json, which says what model it is",
                             fmt::join(models, ", "))};
  return Error{
      fmt::format("{} has no config.json, which says what model it is; name a weight file in it to check that alone",
                  quoted_name(input.path))};
}

namespace {

// Whether the model is built from what a reference of auto_map names: its config, or the class that the config asks
// for.
bool is_needed(const Config& config, const std::string& key, const std::string& reference) {
  if (key.empty() || key == "AutoConfig") return true;
  if (!key.starts_with("AutoModel")) return false;
  const std::string name = reference.substr(reference.rfind('.') + 1);
  return config.architectures.empty() || name == config.architectures.front() || key == "AutoModel";
}

// Why the config does not lead to a class; empty where it does.
std::string unknown_model(const Config& config) {
  const bool may_do_without = config.known_type;
  for (const BrokenReference& broken : config.broken_code) {
    if (!may_do_without && is_needed(config, broken.key, "")) return "`auto_map` does not name the model's code";
  }
  if (!config.has_class()) return "config.json does not say what model it is";
  for (const CodeReference& code : config.code) {
    if (may_do_without || !is_needed(config, code.key, code.reference)) continue;
    if (!code.repo.empty() && code.passed_over.empty())
      return fmt::format("the model's code is in another repo, {}", quoted_name(code.repo));
    if (!code.file.empty() && !code.present) return "the code that `auto_map` names is not in the repo";
    if (code.lacks_class) return "the class that `auto_map` names is not in the code of the repo";
  }
  return "";
}

// Why there is no source to build from; empty where there is.
std::string unknown_source(const ModelInput& input, const Known<Config>& config) {
  if (input.adapter && !input.has_config)
    return input.no_base.empty() ? "the base model has no config.json" : input.no_base;
  if (!input.broken_config.empty()) return "config.json cannot be read";
  // A weight file that lies alone can be checked as a file.
  if (!input.has_config) return "there is no config.json beside the weights";
  // What a rule says of the config is not said again as an error.
  return input.class_name.empty() && config ? unknown_model(*config) : "";
}

}  // namespace

Result<Known<BuiltGraph>> build_model(const ModelInput& input, const Known<Config>& config) {
  if (input.parts_alone()) return Known<BuiltGraph>();
  if (input.graph_file.empty()) {
    if (std::string why = unknown_source(input, config); !why.empty())
      return Known<BuiltGraph>(Unknown{std::move(why)});
  }
  // An adapter's layers take their sizes from what a quantized layer stands for.
  Result<BuiltGraph> built = graph_of(input, !input.adapter);
  if (!built.ok()) return built.error();
  return Known<BuiltGraph>(std::move(*built));
}

namespace {

std::string place_in(const ModuleGraph& graph, const Span& where) {
  const SourceFile* file = graph.sources.find(where.file);
  return file == nullptr ? "" : fmt::format(" ({}:{})", file->path, where.line);
}

// Why it is not known that the library would meet the exception, too; nothing where it is.
std::optional<Unknown> doubt_about(const BuildFailure& failure, const ModuleGraph& graph) {
  const std::string raises =
      fmt::format("{} raises {}{}", failure.stage, printable(failure.what), place_in(graph, failure.where));
  if (!graph.partial.empty()) {
    const Partial& first = graph.partial.front();
    return Unknown{fmt::format("whether the model can be built is not known: {}, unless that rests on {}{}", raises,
                               printable(first.what), place_in(graph, first.where))};
  }
  if (!is_of_machine(failure.what)) return std::nullopt;
  for (const std::string& package : failure.absent_packages) {
    if (failure.what.find(package) != std::string::npos)
      return Unknown{fmt::format("{}; the package {} is taken as absent (`--assume` takes it as present)", raises,
                                 quoted_name(package))};
  }
  return std::nullopt;
}

}  // namespace

Known<std::optional<BuildFailure>> find_failure(const ModelInput& input, const Known<BuiltGraph>& built) {
  if (!input.graph_file.empty()) return {};  // nothing is built
  if (!built) return built.unknown();
  if (built->failure) {
    if (std::optional<Unknown> doubt = doubt_about(*built->failure, built->graph)) return std::move(*doubt);
  }
  return built->failure;
}

std::string find_quantizer_failure(const Known<BuiltGraph>& built) {
  if (!built || is_of_machine(built->quantizer_raises)) return "";
  const std::string_view type = std::string_view(built->quantizer_raises).substr(0, built->quantizer_raises.find(':'));
  return type == "RuntimeError" || type == "NotImplementedError" ? "" : built->quantizer_raises;
}

Known<const ModuleGraph&> find_graph(const Known<BuiltGraph>& built) {
  if (!built) return built.unknown();
  if (built->failure) return doubt_about(*built->failure, built->graph).value_or(Unknown{"the model cannot be built"});
  return built->graph;
}

Known<TokenEmbeddings> find_token_embeddings(const Model& model, const Known<BuiltGraph>& built) {
  if (!model.graph) return model.graph.unknown();
  if (!model.config || model.config->tokens.empty() || built->evaluated == nullptr) return {};
  return token_embeddings_of(*built->evaluated, *model.graph);
}

namespace {

// A tensor that the evaluator could not follow may be anything: what rests on every tensor is then not known.  Nothing
// where all was followed.
std::optional<Unknown> not_followed(const ModuleGraph& graph) {
  if (graph.partial.empty()) return std::nullopt;
  const Partial& first = graph.partial.front();
  const std::string where = place_in(graph, first.where);
  const std::size_t more = graph.partial.size() - 1;
  return Unknown{fmt::format("a part of the model could not be evaluated: {}{}{}", first.what, where,
                             more == 0 ? "" : fmt::format(" and {} more", more))};
}

}  // namespace

Known<const ModuleGraph&> sized_graph(const ModelInput& input, const BuiltGraph& built) {
  if (built.not_quantized)
    return Unknown{fmt::format("how the model's quantizer sizes it is not known: {}", built.not_quantized->why)};
  if (input.quantized && !input.graph_file.empty())
    return Unknown{
        "the config has a `quantization_config`, and the given module "
        "graph does not say what its quantizer makes of it"};
  return built.graph;
}

Known<Placements> find_placements(const ModelInput& input, const PlacementRequest& request, const Model& model,
                                  const Known<BuiltGraph>& built) {
  if (!model.graph) return model.graph.unknown();
  if (auto unknown = not_followed(*model.graph)) return std::move(*unknown);
  if (!built->own_loader.empty()) return Unknown{built->own_loader};
  const Known<const ModuleGraph&> graph = sized_graph(input, *built);
  if (!graph) return graph.unknown();
  Result<Placements> placements = simulate_placements(*graph, request);
  if (!placements.ok()) return Unknown{placements.error().message};
  return std::move(*placements);
}

namespace {

// Of a model with a quantizer: where loads of its method were not compared with the library's.
std::optional<std::string> obstacle_to_quantized_loading(const Quantizer& quantizer) {
  const QuantizationMethod* method = quantization_method(quantizer.method);
  if (quantizer.balances_in) {  // of diffusers, whose own code loads in either case
    if (method != nullptr && method->compared_with_diffusers) return std::nullopt;
    return fmt::format("how diffusers loads tensors of the method {} is not simulated", quoted_name(quantizer.method));
  }
  const bool is_4 = quantizer.element_sizes.empty();
  if (quantizer.on_the_fly) return "the weights are quantized while they are loaded";
  if (method != nullptr && (is_4 ? method->compared_with_4 : method->compared_with_5)) return std::nullopt;
  return fmt::format(
      "the config has a `quantization_config`, and how {} loads tensors of the method {} is not simulated",
      is_4 ? "transformers 4" : "transformers 5", quoted_name(quantizer.method));
}

// Why stored keys cannot be compared with the graph; nothing where they can.
std::optional<std::string> obstacle_to_loading(const ModelInput& input, const Model& model,
                                               const Known<BuiltGraph>& built) {
  if (!model.graph) return model.graph.unknown().why;
  if (!model.checkpoint) return model.checkpoint.unknown().why;
  if (input.adapter) return "";  // its keys are compared by another phase
  if (!built->own_loader.empty()) return built->own_loader;
  if (auto unknown = not_followed(*model.graph)) return unknown->why;
  if (!model.graph->library.empty() && built->evaluated == nullptr)
    return "the source of diffusers, whose own code decides how it is loaded, is not at hand";
  const auto& shards = model.checkpoint->shards;
  if (std::any_of(shards.begin(), shards.end(), [](const Shard& shard) { return shard.format == WeightFormat::kGguf; }))
    return model.graph->library.empty()
               ? "the weights are GGUF, which has names of its own"
               : "the weights are GGUF, and what `from_single_file` makes of them is not simulated";
  if (const Quantizer* quantizer = model.graph->quantizer.get(); quantizer != nullptr) {
    if (auto obstacle = obstacle_to_quantized_loading(*quantizer)) return obstacle;
  }
  // A method that transformers does not know is passed over: the model is built and loaded as a plain one.
  if ((input.quantized || !input.quantization.empty()) && built->not_quantized)
    return "what the model's quantizer makes of the stored tensors is not known: " + built->not_quantized->why;
  for (const Defect& defect : model.checkpoint->defects) {
    if (defect.stops_loading) return fmt::format("{} cannot be loaded as it is", quoted_name(defect.file));
    if (defect.kind == DefectKind::kTooManyTensors)
      return fmt::format("{} has more tensors than were read", quoted_name(defect.file));
  }
  return std::nullopt;
}

}  // namespace

Known<Loading> find_loading(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built,
                            const KeyMapping& key_mapping) {
  if (auto obstacle = obstacle_to_loading(input, model, built)) return Unknown{std::move(*obstacle)};
  const ModuleGraph& graph = *model.graph;
  Known<Loading> loading =
      graph.library.empty()
          ? match_keys(graph, *model.checkpoint, built->evaluated.get(), key_mapping)
          : match_keys_of_diffusers(graph, *model.checkpoint, *built->evaluated, input.repo, input.quantization);
  if (loading) find_lost_shares(graph, built->parted, *loading);
  if (loading && input.repo != nullptr) {
    find_split_ties(graph, *model.checkpoint, *input.repo, *loading);
    loading->recomputed = recomputed_buffers(graph, *model.checkpoint, *input.repo, *loading);
  }
  return loading;
}

namespace {

// Whether code of the repo, which `auto_map` names, stands where the library has a model of its own.
bool shadows_the_library(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built) {
  if (!model.config || !model.config->known_type || input.adapter) return false;
  if (!input.class_name.empty() || !input.graph_file.empty() || !built || built->evaluated == nullptr) return false;
  return built->graph.module_name.starts_with("transformers_modules.");
}

// Of a loading with another model: the names that are not among those of `known` already.
template <typename Row, typename Name>
std::vector<std::string> other_names(const std::vector<Row>& rows, const std::vector<std::string>& known,
                                     const Name& name) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    if (std::find(known.begin(), known.end(), name(row)) == known.end()) names.push_back(name(row));
  }
  return names;
}

}  // namespace

Known<std::optional<WithoutCode>> find_without_code(const ModelInput& input, const Model& model,
                                                    const Known<BuiltGraph>& built, const KeyMapping& key_mapping) {
  if (!shadows_the_library(input, model, built)) return {};
  if (!model.loading) return model.loading.unknown();
  ModelInput untrusting = input;
  untrusting.without_code = true;
  const Result<BuiltGraph> result = graph_of(untrusting, true);
  if (!result.ok()) return Unknown{result.error().message};
  const Known<BuiltGraph> other_built = *result;
  const Known<std::optional<BuildFailure>> failure = find_failure(input, other_built);
  if (!failure) return failure.unknown();
  WithoutCode without;
  if (*failure) {
    // The library has no class of its own for that after all, and says what it needs.
    if ((*failure)->what.find("custom code which must be executed") != std::string::npos)
      return std::optional<WithoutCode>();
    without.raises = (*failure)->what;
    return std::optional(std::move(without));
  }
  Model other;
  other.checkpoint = model.checkpoint;
  other.config = model.config;
  other.graph = find_graph(other_built);
  const Known<Loading> loading = find_loading(input, other, other_built, key_mapping);
  if (!loading) return loading.unknown();
  without.class_name = other.graph->class_name;
  if (!loading->raises.empty() && model.loading->raises.empty()) {
    without.raises = loading->raises;
    return std::optional(std::move(without));
  }
  const auto of_id = [&](TensorId id) { return other.graph->tensor(id).name; };
  const auto of_key = [](const UnexpectedKey& key) { return key.key; };
  const std::vector<std::string> missing = model.graph->names_of(model.loading->missing);
  const std::vector<std::string> unexpected = other_names(model.loading->unexpected, {}, of_key);
  std::vector<std::string> mismatched;
  for (const MismatchedKey& key : model.loading->mismatched) mismatched.push_back(model.graph->tensor(key.tensor).name);
  without.missing = other_names(loading->missing, missing, of_id);
  without.unexpected = other_names(loading->unexpected, unexpected, of_key);
  without.mismatched =
      other_names(loading->mismatched, mismatched, [&](const MismatchedKey& key) { return of_id(key.tensor); });
  if (without.missing.empty() && without.unexpected.empty() && without.mismatched.empty())
    return std::optional<WithoutCode>();
  return std::optional(std::move(without));
}

Known<std::vector<Zero3Loss>> find_zero3(const ModelInput& input, Model& model, const Known<BuiltGraph>& built,
                                         const KeyMapping& key_mapping) {
  if (!model.loading) return model.loading.unknown();
  Known<Zero3Loading> loading =
      load_under_zero3(*model.graph, *model.checkpoint, key_mapping, *model.loading, built->evaluated.get());
  if (!loading) return loading.unknown();
  model.zero3_failure = std::move(loading->failure);
  for (Zero3Loss& loss : loading->lost) {
    const Tensor& tensor = model.graph->tensor(loss.key.tensor);
    if (!tensor.is_buffer()) continue;
    const StoredTensor& stored = model.checkpoint->tensors[loss.key.stored];
    switch (loss.key.converted || input.repo == nullptr
                ? ValueComparison::kNotComparable
                : compare_values(tensor, *input.repo, *model.checkpoint, stored)) {
      case ValueComparison::kEqual:
        loss.values = StoredValues::kInitial;
        break;
      case ValueComparison::kDifferent:
        loss.values = StoredValues::kOther;
        break;
      case ValueComparison::kNotComparable:
        break;
    }
  }
  return std::move(loading->lost);
}

Known<ParallelCheck> find_parallel(const Model& model, const Known<BuiltGraph>& built, const ParallelSizes& sizes) {
  if (!model.graph) return Unknown{model.graph.unknown().why};
  if (built->evaluated == nullptr) return Unknown{"the model's code could be followed in part only"};
  if (model.loading && !model.loading->raises.empty()) return Unknown{};
  std::optional<StoredWeights> stored;
  if (model.checkpoint) stored.emplace(StoredWeights{*model.checkpoint, model.loading ? &*model.loading : nullptr});
  const ForwardQuestion question{.watches = sizes.pipeline > 1};
  Known<ForwardPass> alone = find_forward(*built->evaluated, question);
  Known<ParallelMap> map = distribute(sizes, *model.graph, *built->evaluated, stored ? &*stored : nullptr, question);
  if (!map) return Unknown{map.unknown().why};
  return ParallelCheck{true, std::move(*map), std::move(alone)};
}

Known<ParallelCheck> find_own_plan(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built) {
  if (!model.graph || built->evaluated == nullptr || input.config_repo() == nullptr) return Unknown{};
  const Result<std::string> text = input.config_repo()->read("config.json");
  if (!text) return Unknown{};
  ParallelSizes sizes;
  if (text->find("\"base_model_tp_plan\"") != std::string::npos) sizes.tensor = 2;
  if (text->find("\"base_model_pp_plan\"") != std::string::npos) sizes.pipeline = 2;
  if (sizes.world() == 1) return Unknown{};
  Known<ForwardPass> alone =
      sizes.pipeline > 1 ? find_forward(*built->evaluated, ForwardQuestion{.watches = true}) : Unknown{};
  Known<ParallelMap> map = distribute(sizes, *model.graph, *built->evaluated, nullptr);
  if (!map) return Unknown{};
  return ParallelCheck{false, std::move(*map), std::move(alone)};
}

Known<Leftovers> find_leftovers(const Model& model) {
  if (!model.loading) return model.loading.unknown();
  const bool has_config = model.config && model.config->quantization;
  // Rules say of packings what the config has to do with them, which is known where it is the source of the quantizer.
  const bool by_packing = has_config || (model.config && model.graph->quantizer == nullptr);
  const Loading& loading = model.loading->compared ? *model.loading->compared : *model.loading;
  Leftovers left = leftovers_of(*model.graph, *model.checkpoint, loading, by_packing);
  find_packing_causes({*model.graph, *model.checkpoint, has_config ? &*model.config->quantization : nullptr}, left);
  if (!model.loading->compared) return left;
  // Loading comes to no end, so that nothing is left over; but packings may be why.
  Leftovers causes;
  causes.packings = std::move(left.packings);
  return causes;
}

Known<InitWeights> find_init_weights(const ModelInput& input, Model& model, const Known<BuiltGraph>& built) {
  model.finish = model.graph ? Unknown{} : model.graph.unknown();
  if (!model.graph) return model.graph.unknown();
  if (!model.graph->library.empty()) {  // diffusers initialises nothing, and computes buffers where it builds
    model.finish = std::optional<LoadFailure>();
    if (model.loading) model.loading->initialized.assign(model.loading->missing.size(), Rebuild::kUnset);
    return InitWeights{};
  }
  if (built && !built->own_loader.empty()) {
    model.finish = Unknown{built->own_loader};
    return Unknown{built->own_loader};
  }
  std::optional<StoredTensors> stored;
  if (input.repo != nullptr && model.checkpoint) stored.emplace(StoredTensors{*input.repo, *model.checkpoint});
  const Loading nothing;
  AfterLoading after = find_after_loading(*model.graph, built->evaluated.get(), stored ? &*stored : nullptr,
                                          model.loading ? *model.loading : nothing);
  if (model.loading) model.loading->initialized = std::move(after.missing);
  const auto unknown = not_followed(*model.graph);
  model.finish = unknown ? *unknown : std::move(after.finish);
  const bool from_source = input.graph_file.empty();
  const auto& tensors = model.graph->tensors;
  const bool traced = std::any_of(tensors.begin(), tensors.end(),
                                  [](const Tensor& tensor) { return tensor.rebuild != Rebuild::kUnknown; });
  const bool has_any = std::any_of(tensors.begin(), tensors.end(),
                                   [](const Tensor& tensor) { return tensor.is_buffer() && !tensor.persistent; });
  if (!traced && (!from_source || has_any))
    return Unknown{from_source ? "what `_init_weights` writes could not be evaluated"
                               : "the module graph does not say what `_init_weights` writes"};
  return InitWeights{std::move(after.overwritten), unset_buffers_of(*model.graph, built->evaluated.get())};
}

void end_loading(Model& model) {
  if (!model.finish || !*model.finish) return;
  const LoadFailure& failure = **model.finish;
  model.init_weights = Unknown{fmt::format("`from_pretrained` ends in {}", failure.what)};
  if (!model.loading) return;
  Loading ended;
  ended.raises = failure.what;
  ended.raised_at = failure.where;
  model.loading = std::move(ended);
}

Known<std::vector<TensorId>> find_unset_elsewhere(const Model& model, const Known<BuiltGraph>& built) {
  if (!model.graph) return model.graph.unknown();
  return unset_elsewhere_of(*model.graph, built->evaluated.get());
}

Known<Predictions> find_predictions(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built) {
  if (!model.loading || !model.loading->raises.empty() || input.repo == nullptr) return {};
  if (built->evaluated == nullptr || !model.graph->library.empty()) return {};
  const Result<std::string> text = input.repo->read("config.json", kLongestConfig);
  const auto config = text.ok() ? json_document(*text) : std::nullopt;
  if (!config) return {};
  return find_predictions(*model.checkpoint, *model.loading, *model.graph, *config, *built->evaluated);
}

Companions find_companions(const ModelInput& input) {
  if (input.repo == nullptr || !input.graph_file.empty() || !has_library(input)) return {};
  GraphRequest request = request_of(input);
  request.repo = input.repo;
  return companions_of(request);
}

Known<Conduct> find_conduct(const ModelInput& input, SourceFiles& sources) {
  if (input.repo == nullptr || !input.graph_file.empty()) return {};
  const GraphRequest request = request_of(input);
  if (request.repo == nullptr) return {};
  return conduct_of(request.repo, request.repo_label, sources);
}

Known<std::vector<AdapterContradiction>> find_adapter_config(const ModelInput& input, const Model& model) {
  if (!input.adapter) return {};
  if (!model.checkpoint) return model.checkpoint.unknown();
  const auto config = adapter_config(*input.repo);
  if (!config) return Unknown{"adapter_config.json cannot be read"};
  return contradictions_of(*model.checkpoint, *config);
}

Known<Adapter> find_adapter(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built) {
  if (!input.adapter) return {};  // and no rule about adapters is missed
  if (!model.checkpoint) return model.checkpoint.unknown();
  if (!model.graph) return model.graph.unknown();
  if (auto unknown = not_followed(*model.graph)) return std::move(*unknown);
  const auto config = adapter_config(*input.repo);
  if (!config) return Unknown{"adapter_config.json cannot be read"};
  if (!input.has_peft)
    return Unknown{
        "no source of PEFT is there, whose code decides what it makes of an adapter: give one with --source"};
  if (built->evaluated == nullptr) return Unknown{"the base model was given as a module graph, not as source"};
  return load_with_peft(*model.checkpoint, *config, mixed_adapters(*input.repo, *config), *built->evaluated,
                        *model.graph);
}

}  // namespace ckptlint
