// The model, which is what is linted: a checkpoint, the module graph that it is loaded into, and what simulating its
// placement and its loading gave.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/adapter.h"
#include "ckptlint/checkpoint.h"
#include "ckptlint/companions.h"
#include "ckptlint/conduct.h"
#include "ckptlint/config.h"
#include "ckptlint/device_map.h"
#include "ckptlint/diffusion_lora.h"
#include "ckptlint/diffusion_pipeline.h"
#include "ckptlint/known.h"
#include "ckptlint/leftovers.h"
#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"
#include "ckptlint/parallel_map.h"
#include "ckptlint/pipeline.h"
#include "ckptlint/predictions.h"
#include "ckptlint/quantization.h"

namespace ckptlint {

// What tokens are looked up in.
struct TokenEmbeddings {
  std::vector<TensorId> tables;  // the weights of what get_input_embeddings gives, where that is an nn.Embedding
  bool can_generate = true;      // as the class says; true where it does not
};

// What a rule can ask for.  A set, combined with `|`.
enum class Facts : std::uint32_t {
  kNone = 0,
  kCheckpoint = 1,        // stored tensors: names, dtypes, shapes
  kGraph = 2,             // a module graph
  kPlacement = 4,         // simulated device maps
  kLoading = 8,           // stored keys compared with the graph
  kRebuild = 16,          // whether `_init_weights` writes each non-persistent buffer: needs the source
  kBuild = 128,           // what came of evaluating the source: a graph, or why there is none
  kConfig = 32,           // what config.json and the files around it say
  kAdapter = 64,          // the tensors are an adapter's, compared with its base model
  kFsdp = 512,            // loading by the first rank of FSDP for the others, where that was asked about
  kZero3 = 256,           // loading under DeepSpeed ZeRO-3, where that was asked about
  kBrokenConfig = 1024,   // a config.json that is there and says nothing
  kAdapterConfig = 4096,  // the tensors are an adapter's, compared with its own config
  kPipeline = 8192,       // what sentence-transformers makes of modules.json, where there is one
  kDiffusion = 2097152,   // what diffusers makes of model_index.json, where there is one
  kLora = 4194304,        // LoRA weights for a pipeline of diffusers, loaded on it
  kPredictions = 16384,   // the layers that predict further tokens, where the config announces any
  kTokenizer = 32768,     // what the library makes of the tokenizer's files, where there are any
  kProcessor = 65536,     // of those of the processor
  kGeneration = 131072,   // of generation_config.json
  kFinish = 2048,         // what from_pretrained does with the model once the weights are read
  kConduct = 262144,      // what the code of the repo would do, where it has any that people are asked to run
  kParallel = 1048576,    // what each rank of a group holds, where that was asked about
  kWithoutCode = 524288,  // what is loaded where that code is not trusted, where the library has the model type itself
};
constexpr Facts operator|(Facts a, Facts b) {
  return static_cast<Facts>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr Facts operator&(Facts a, Facts b) {
  return static_cast<Facts>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
constexpr bool has_all(Facts known, Facts needed) { return (known & needed) == needed; }

// One way to ask for a device map, and what came of it: an answer for the given budgets, or else for all equal budgets.
struct SimulatedMap {
  std::string call;  // for people: "`from_pretrained(device_map=\"auto\")` of transformers 5.23.0"
  bool made = true;  // from_pretrained makes this call, or it was asked about; otherwise somebody might write it
  std::optional<Placement> placement;  // for Placements::budgets
  std::vector<Witness> witnesses;      // where no budgets were given: one a number of devices
};

// Tensors of one class of module that have no device for one reason.
struct Loss {
  std::vector<TensorId> tensors;  // ascending
  LossCause cause = LossCause::kNotCovered;
  bool top_level = false;  // directly on the root or on the base model, which no device map keeps whole
  bool made = false;       // a call that is made loses them, not only one that somebody might write
  bool narrow = false;     // only within budgets of which the widest range is less than half a percent wide
  // Clauses for people, lower-case start, no final stop.
  std::vector<std::string> lost_by;    // one a call: which, and under which budgets
  std::vector<std::string> placed_by;  // calls that were simulated too and lose none of them
  std::string why;                     // which module is split and where it did not fit; empty if not known
};

// Calls that end in an exception of the library instead of a map.
struct CrashedCall {
  std::string call;  // as SimulatedMap::call
  bool made = true;
  LibraryCrash crash;
  std::string budgets;   // under which: a clause, "2 x 5.9 GiB to 7.4 GiB"
  bool bounded = false;  // larger budgets help
};

// Modules of one class that a map takes apart although their forward adds up what two of their parts return: torch
// refuses to add tensors of two devices.
struct BlockCut {
  std::string class_name;        // what would have to stay whole: an item of a ModuleList, else the module that adds
  std::vector<ModuleId> blocks;  // of that class, ascending: those that are cut
  ModuleId module = ModuleId::kNone;  // the first that adds: the block, or a module in it
  std::vector<std::string> parts;     // what it adds up: two parts, named below it, or one and its input
  Span where;                         // the addition
  bool sure = false;                  // with the map or the budgets that were asked about
  bool wide = false;                  // with budgets that devices have not by chance alone
  std::vector<std::string> cut_by;    // clauses, one a call: which, and under which budgets
  std::string why;                    // a clause: where the two parts are
};

// What from_pretrained makes of the repo without trust_remote_code=True, where the library knows the model type itself
// and would load another model than the repo's code is.
struct WithoutCode {
  std::string class_name;               // the library's; empty where it comes to none
  std::string raises;                   // "ValueError: message"; empty: it loads
  std::vector<std::string> missing;     // of the library's model: left at random
  std::vector<std::string> unexpected;  // stored, and left out
  std::vector<std::string> mismatched;  // of another shape
};

struct Placements {
  bool by_hand = false;          // a map was given instead of a mode
  std::string mode;              // as asked: "auto", "sequential", "by hand", ...
  std::vector<Budget> budgets;   // as given; empty: all equal budgets were searched
  bool offload_buffers = false;  // from_pretrained's argument of that name
  bool offload_folder = false;   // there is one for what goes to disk
  std::vector<SimulatedMap> maps;
  // Where no budgets were given, a map for each call that takes apart a block which is to stay whole; the `call` says
  // with which budgets that happens, and of which the map is.
  std::vector<SimulatedMap> shown;
  std::vector<Loss> losses;          // by first tensor
  std::vector<CrashedCall> crashes;  // by call
  std::vector<BlockCut> cuts;        // by class
};

// Each fact, or why it is not known.  A rule may look into those that it needs; of others it asks whether they are
// known.
struct Model {
  Known<Checkpoint> checkpoint;                   // Facts::kCheckpoint
  Known<std::vector<QuantizedWeight>> quantized;  // with the checkpoint
  Known<Config> config;                           // Facts::kConfig
  Known<std::string> broken_config;               // Facts::kBrokenConfig; what config.json is instead of JSON: a clause
  Known<std::optional<BuildFailure>> failure;     // Facts::kBuild; nothing: the model can be built
  // Facts::kGraph: what loading from this folder ends in, where a repo of the Hub with the same files is loaded.
  std::optional<BuildFailure> folder_failure;
  std::vector<IgnoredEntry> ignored_entries;     // Facts::kBuild; in the order in which they are made
  std::string quantizer_raises;                  // Facts::kBuild; "ValueError: message (file:line)"; empty: nothing
  Known<const ModuleGraph&> graph;               // Facts::kGraph; of an adapter: of its base
  Known<std::optional<LoadFailure>> finish;      // Facts::kFinish; nothing: from_pretrained comes to its end
  Known<TokenEmbeddings> token_embeddings;       // with the graph
  Known<Placements> placements;                  // Facts::kPlacement
  Known<Loading> loading;                        // Facts::kLoading
  Known<Leftovers> leftovers;                    // with the loading
  Known<InitWeights> init_weights;               // Facts::kRebuild
  Known<std::vector<TensorId>> unset_elsewhere;  // Facts::kFsdp: buffers that loading sets on the first rank alone
  Known<std::vector<Zero3Loss>> zero3;           // Facts::kZero3: by stored
  std::optional<LoadFailure> zero3_failure;      // with it: what loading under ZeRO-3 ends in, where nothing else does
  Known<Adapter> adapter;                        // Facts::kAdapter
  Known<std::vector<AdapterContradiction>> adapter_config;  // Facts::kAdapterConfig
  Known<Pipeline> pipeline;                                 // Facts::kPipeline
  Known<DiffusionPipeline> diffusion;                       // Facts::kDiffusion
  Known<DiffusionLora> lora;                                // Facts::kLora
  Known<Predictions> predictions;                           // Facts::kPredictions

  Known<Conduct> conduct;  // Facts::kConduct

  Known<ParallelCheck> parallel;  // Facts::kParallel

  Known<std::optional<WithoutCode>> without_code;  // Facts::kWithoutCode; nothing: it is the same model

  Companions companions;  // Facts::kTokenizer, kProcessor, kGeneration

  // The reason why there is no graph, where it is the model's own code; else null.
  const BuildFailure* build_failure() const { return failure && *failure ? &**failure : nullptr; }
};

}  // namespace ckptlint
