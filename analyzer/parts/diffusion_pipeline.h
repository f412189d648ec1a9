// Loads a pipeline of diffusers as that library does, by its own code.
#pragma once

#include <string>

#include "ckptlint/diffusion_pipeline.h"
#include "graph/build.h"

namespace ckptlint {

inline constexpr const char* kPipelineList = "model_index.json";

// Of `request`, the repo, the sources and the packages count; the library's source is among them.  `arguments`: of
// DiffusionPipeline.from_pretrained, a JSON object; dtypes by name, devices of max_memory as texts.
Known<DiffusionPipeline> diffusion_pipeline_of(const GraphRequest& request, const std::string& arguments = "{}");

}  // namespace ckptlint
