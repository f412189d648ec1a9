// A file of LoRA weights for a pipeline of diffusers: what that library's converters and PEFT make of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/companions.h"

namespace ckptlint {

// A tensor that the converter gives, under the name that it has there.
struct ConvertedTensor {
  std::string name, dtype;  // the dtype as torch calls it: "float16"
  std::vector<std::int64_t> shape;
};

// A module that has the adapter.
struct AdaptedModule {
  std::string component, module;
  std::int64_t rank = 0;
  double alpha = 0;
};

struct DiffusionLora {
  std::string library, peft;  // the releases whose code was evaluated
  std::string pipeline;       // the class of the base, which may be a model alone; empty where it does not load
  CallEnd base;               // of making it
  bool is_converted = false;
  std::vector<ConvertedTensor> converted;              // in the order of the converter
  std::vector<std::string> dropped;                    // stored keys of which nothing is in what it gives
  std::vector<std::pair<std::string, double>> alphas;  // by module, where they are stored
  std::string metadata;                                // JSON; empty where the file has none that the library reads
  CallEnd load;                                        // of load_lora_weights
  std::vector<std::string> unexpected, missing;        // keys that no layer takes, and those that layers lack
  std::vector<std::string> left;                       // converted, and given to no component, which nothing says
  bool is_unset = false;                               // what they lack stays on the meta device
  std::vector<AdaptedModule> layers;
  std::vector<std::string> warnings;  // that the library logs
};

}  // namespace ckptlint
