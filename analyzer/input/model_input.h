// From what the command line names to opened input: which repo, which weights, which config, which source.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "graph/build.h"
#include "graph/source_roots.h"
#include "input/options.h"

namespace ckptlint {

// One model, opened.  Nothing of it has been analysed.
struct ModelInput {
  std::string path;      // as given
  FileTreePtr repo;      // null where only a module graph was given
  std::string hub_name;  // of a repo that is read from the Hub: "org/name", and its commit
  std::string hub_commit;
  std::string entry;     // the weight file or index that was named inside the repo; empty: what from_pretrained takes
  bool adapter = false;  // the weights are an adapter; `base`, not `repo`, then has the config that is built
  FileTreePtr base;      // null where there is no base, or none that could be found
  std::string base_hub_name;  // of a base that is read from the Hub, and its commit
  std::string base_hub_commit;
  std::string no_base;                   // why `base` is null: a clause
  bool has_config = false;               // config.json is there and is a JSON object
  bool of_diffusers = false;             // it is one of diffusers
  std::string broken_config;             // what config.json is instead: a clause, "is not JSON: ..."; else empty
  std::vector<std::string> model_types;  // of the config and of the configs in it, distinct, in order
  bool quantized = false;                // the config has a quantization_config
  std::string quantization;              // another, as JSON: --quantization-config; may be empty
  std::vector<SourceTree> sources;       // in the order of precedence, after the repo's own code
  bool has_peft = false;                 // the source of PEFT is among them
  std::string lora_file;                 // of LoRA weights for a pipeline of diffusers, which is `base`; else empty
  bool has_parts = false;                // modules.json is there
  bool has_pipeline = false;             // model_index.json is there: a pipeline of diffusers
  std::optional<SourceTree> sentence_transformers;  // then, where there is one; evaluated for the parts alone
  std::string class_name;
  std::string dtype;
  std::string torch;                // --torch
  std::vector<std::string> assume;  // --assume
  std::string graph_file;           // --graph
  bool without_code = false;        // as for a caller who does not trust the code of the repo
  std::string transformers;         // the release to imitate: --transformers, else what the source says; may be empty

  // A repo of parts, in the root of which no model lies.
  bool parts_alone() const {
    return (has_parts || has_pipeline || !lora_file.empty()) && !has_config && broken_config.empty() && !adapter;
  }

  // Why something of the repo or the base could not be had (FileTree::lost).
  std::optional<Error> lost() const;

  // Whose config.json says what is built.
  const FileTreePtr& config_repo() const { return adapter ? base : repo; }
};

// The model at `path`: a model repo, a weight file or index in one, or `org/name` in the local Hugging Face cache.  An
// empty path with --graph is a model of which only the graph is known.
// Sources are those of sources_for (model_source.h), none of which may be the library's; none where a graph is given or
// there is no config to build from.
// An error where nothing is at `path`, config.json cannot be read, or a given source cannot be opened.
Result<ModelInput> open_model(const std::string& path, const ModelOptions& options);

// What config.json says, read again: has_config, broken_config, model_types, quantized.  An error where it cannot be
// read, else nothing.
std::optional<Error> read_config(ModelInput& input);

// The folders in it that have a config.json, quoted, as they are named on the command line; a few of them.
std::vector<std::string> models_within(const ModelInput& input);

// Of a pipeline, which is no model itself: that it is one, and which of its folders are models.
std::optional<Error> only_a_pipeline(const ModelInput& input);

// Whether the source of the library that builds the model, transformers or diffusers, is among the sources.
bool has_library(const ModelInput& input);

// A file of the user's own, as opposed to the library's: in the repo, or in a package given with --source.
struct OwnFile {
  std::optional<std::size_t> source;  // index into ModelInput::sources; none: in the repo
  std::string path;                   // in that tree
  // The 0 that clang-tidy 14 would have as nullptr is one that the compiler writes.
  friend auto operator<=>(const OwnFile&, const OwnFile&) = default;  // NOLINT(modernize-use-nullptr)
};
std::optional<OwnFile> own_file(const ModelInput& input, const SourceFile& file);

// What is asked of the repo's own files: the sources, the packages.  Its `repo` is that of the config.
GraphRequest request_of(const ModelInput& input);

// The module graph of the model: read from --graph, or built from source.  `BuiltGraph::graph.sources` has the text of
// the files that spans name, where they are in the repo; SourceFile::in_model_repo is set for the user's own files.
// With `quantize`, of a model with a quantizer: as from_pretrained has it (GraphRequest::quantize).
Result<BuiltGraph> graph_of(const ModelInput& input, bool quantize);

}  // namespace ckptlint
