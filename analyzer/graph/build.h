// From a config and modeling source to the module graph: runs `Class(config)` in the evaluator, on the meta device.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/known.h"
#include "ckptlint/module_graph.h"
#include "graph/source_roots.h"

namespace ckptlint {

struct GraphRequest {
  FileTreePtr repo;         // the model repo: its config.json and its own code; an overlay when a fix is being proved
  std::string repo_label;   // shown before paths of its files; may be empty
  std::string repo_name{};  // of its folder, or "org/name" of one of the Hub; empty: not known
  std::string commit{};     // of one of the Hub
  std::vector<SourceTree> sources;  // first match wins
  std::string class_name;           // "" (what the config says), a bare name, or "module:Class"
  std::string dtype;                // torch's name; empty: the config's own, else float32
  std::string torch;                // the version that the code sees; empty: that of library/host/environment.h
  std::vector<std::string> assume;  // absent packages to take as present, "name" or "name=version", contents unknown
  std::uint64_t steps = 0;          // the most that evaluation may take; 0: the evaluator's own limit
  bool initialization = true;       // evaluate what `_init_weights` writes, for Tensor::rebuild
  // Share between modules what they share once from_pretrained has built and tied the model: transformers 4 makes a
  // parameter anew where a constructor gives it to a second module.
  bool as_loaded = false;
  // Build what from_pretrained builds: the modules that the quantizer of the config (or of `quantization`, the argument
  // quantization_config as JSON) puts in place of others, for a machine with an accelerator and what quantizers ask
  // for.
  bool quantize = false;
  std::string quantization;
  // Answer as for a caller who does not trust the code of the repo.
  bool without_code = false;
};

struct EvaluatedModel;

struct BuiltGraph {
  ModuleGraph graph;  // without modules where `failure` is set; its sources are complete all the same
  // Asked to quantize: why `graph` is that of the model before its quantizer changes it; nothing where it is not.
  std::optional<Unknown> not_quantized;
  std::string quantizer_raises;  // the exception, with its place, where that is why
  std::optional<BuildFailure> failure;
  std::vector<std::string> absent_packages;  // asked for by the code and not in the environment
  // What loading it from its folder ends in, where it loads from the Hub; then this is the model of the Hub.
  std::optional<BuildFailure> folder_failure;
  std::vector<IgnoredEntry> ignored_entries;  // of code of the repo in tables of the library
  // Parameters that the constructor shares with another one, by name, and that loading makes anew.
  std::vector<std::pair<std::string, std::string>> parted;
  // A clause: the repo's own from_pretrained, which loads the weights in a way of its own; empty where there is none.
  std::string own_loader;
  std::vector<std::string>
      demanded_packages;                      // without which the code of the repo cannot be imported; taken as present
  std::shared_ptr<EvaluatedModel> evaluated;  // null where the graph was not evaluated, or only in part
};

// An Error where the model cannot be built at all: no config, an unknown model type or class, a budget used up.
Result<BuiltGraph> build_graph(const GraphRequest& request);
// Whether that error says that the release does not know the model type.
bool is_unknown_model_type(const Error& error);
// Whether it is the config that cannot be made, or printed.
bool is_of_config(const BuildFailure& failure);

}  // namespace ckptlint
