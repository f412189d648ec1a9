// Loads a pipeline of diffusers as that library does, by its own code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/diffusion_pipeline.h"
#include "graph/build.h"

namespace ckptlint {

inline constexpr const char* kPipelineList = "model_index.json";
inline constexpr const char* kModularList = "modular_model_index.json";  // of a pipeline of blocks
inline constexpr const char* kModularNotFollowed = "what diffusers makes of a modular pipeline is not followed";

// The components of which there is a folder with a config.json: models, which can be checked as such.
struct ComponentModel {
  std::string folder;
  std::string library;
  std::string class_name;  // as --class takes it; empty where the config says it
};
std::vector<ComponentModel> component_models(const FileTree& repo);

// The folder of a component, and "x_1", "x_2" and so on beside "x", as the library saves several models that are one
// component.
std::vector<std::string> folders_of_component(const FileTree& repo, const std::string& name);

// A component's folder, or a file in one, that is there and cannot be read: a link that leads nowhere or out of the
// repo, say.  Empty where there is none.
std::string unreadable_in_components(const FileTree& repo);

// What the models of a pipeline are: loaded, or built as their configs say, whatever is stored.
enum class PipelineModels : std::uint8_t { kLoaded, kOfConfigs };

// Of `request`, the repo, the sources and the packages count; the library's source is among them.  `arguments`: of
// DiffusionPipeline.from_pretrained, a JSON object; dtypes by name, devices of max_memory as texts.
Known<DiffusionPipeline> diffusion_pipeline_of(const GraphRequest& request, const std::string& arguments = "{}",
                                               PipelineModels models = PipelineModels::kLoaded);

}  // namespace ckptlint
