// The phases, one function each: from the facts that it needs to the fact that it finds.  pipeline.h has their order.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "ckptlint/known.h"
#include "ckptlint/model.h"
#include "graph/build.h"
#include "input/model_input.h"
#include "input/placement_request.h"
#include "loading/key_matching.h"

namespace ckptlint {

// ---- what the files say

// An error where the weights that are named cannot be looked at at all.
Result<Known<Checkpoint>> find_checkpoint(const ModelInput& input);
Known<std::vector<QuantizedWeight>> find_quantized(const Known<Checkpoint>& checkpoint, const Known<Config>& config);
Known<std::string> find_broken_config(const ModelInput& input);
Known<Config> find_config(const ModelInput& input);

// ---- what is built

// Why the input is nothing to lint: there is no config, and no weight file was named to be checked alone.
std::optional<Error> nothing_to_lint(const ModelInput& input);
// What came of building the model, or of reading its graph.  An error where that failed for a reason of the tool's, or
// its source is not at hand.
Result<Known<BuiltGraph>> build_model(const ModelInput& input, const Known<Config>& config);
// Nothing in it: the model could be built.
Known<std::optional<BuildFailure>> find_failure(const ModelInput& input, const Known<BuiltGraph>& built);
// What the quantizer raises of the config's making; empty where it raises nothing, or says that the machine lacks a
// package or a device.
std::string find_quantizer_failure(const Known<BuiltGraph>& built);
// Borrows from `built`.
Known<const ModuleGraph&> find_graph(const Known<BuiltGraph>& built);
// Asked only where a file gives tokens numbers.
Known<TokenEmbeddings> find_token_embeddings(const Model& model, const Known<BuiltGraph>& built);

// ---- where it is placed

// The graph, where it is known how large from_pretrained takes its tensors to be.  Borrows from `built`, which has no
// failure.
Known<const ModuleGraph&> sized_graph(const ModelInput& input, const BuiltGraph& built);
Known<Placements> find_placements(const ModelInput& input, const PlacementRequest& request, const Model& model,
                                  const Known<BuiltGraph>& built);

// ---- what is loaded

Known<Loading> find_loading(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built,
                            const KeyMapping& key_mapping);
// Asked only where the repo brings code for a model type that the library knows.
Known<std::optional<WithoutCode>> find_without_code(const ModelInput& input, const Model& model,
                                                    const Known<BuiltGraph>& built, const KeyMapping& key_mapping);
// Also fills in Model::zero3_failure.
Known<std::vector<Zero3Loss>> find_zero3(const ModelInput& input, Model& model, const Known<BuiltGraph>& built,
                                         const KeyMapping& key_mapping);
// Asked last of what is asked of the built model, which tries a forward pass.
Known<ParallelCheck> find_parallel(const Model& model, const Known<BuiltGraph>& built, const ParallelSizes& sizes);
// Where nobody asked and config.json has a plan of its own: what the library makes of it.
Known<ParallelCheck> find_own_plan(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built);
Known<Leftovers> find_leftovers(const Model& model);
// Also fills in Model::finish, and Loading::initialized as far as keys were compared.
Known<InitWeights> find_init_weights(const ModelInput& input, Model& model, const Known<BuiltGraph>& built);
// Where from_pretrained raises once the weights are read, nothing is known of what it would have reported.
void end_loading(Model& model);
Known<std::vector<TensorId>> find_unset_elsewhere(const Model& model, const Known<BuiltGraph>& built);
// What sentence-transformers makes of modules.json, if there is one.
Known<Pipeline> find_pipeline(const ModelInput& input, const Known<BuiltGraph>& built);
// What diffusers makes of model_index.json, if there is one, with the budgets of `request`.
Known<DiffusionPipeline> find_diffusion(const ModelInput& input, const PlacementRequest& request);
// What that library makes of LoRA weights on the pipeline that is the base.
Known<DiffusionLora> find_lora(const ModelInput& input);
// The layers for further tokens, where the whole model could be compared with what is stored.
Known<Predictions> find_predictions(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built);
// The adapter against its base model, which it changes.
Known<Adapter> find_adapter(const ModelInput& input, const Model& model, const Known<BuiltGraph>& built);
// What the library makes of the files beside the weights, adapter or not.
Companions find_companions(const ModelInput& input);
// Of the repo's own code, whether or not the model can be built.  Files that it names are added to `sources`.
Known<Conduct> find_conduct(const ModelInput& input, SourceFiles& sources);
// The adapter against its own config.
Known<std::vector<AdapterContradiction>> find_adapter_config(const ModelInput& input, const Model& model);

}  // namespace ckptlint
