// Loads a file of LoRA weights on a pipeline of diffusers as that library does, by its own code and PEFT's.
#pragma once

#include <string>

#include "base/file_tree.h"
#include "ckptlint/diffusion_lora.h"
#include "ckptlint/known.h"
#include "graph/build.h"

namespace ckptlint {

// What the library calls such a file where nobody says how.
inline constexpr const char* kLoraFile = "pytorch_lora_weights.safetensors";

// Of `base`, the repo (that of the pipeline), the sources and the packages count; the libraries' sources are among
// them.  `file` lies directly in `lora`.
Known<DiffusionLora> diffusion_lora_of(const GraphRequest& base, const FileTreePtr& lora, const std::string& file);

}  // namespace ckptlint
