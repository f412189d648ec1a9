// The pipeline of a sentence-transformers release: the modules that modules.json names, in order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ckptlint {

struct PipelineDefect {
  enum class Kind : std::uint8_t {
    kBrokenList,    // modules.json is not what the library reads
    kNoFolder,      // the folder of a module is not there
    kNoConfig,      // its config is not there
    kBrokenConfig,  // its config is not a JSON object
    kNoWeights,     // it has weights, and they are not there
    kBadField,      // a field of its config is missing or means nothing
    kMissingTensor,
    kSurplusTensor,
    kOtherShape,
    kOtherWidth,  // it does not take what the module before it gives
  };
  Kind kind{};
  std::string entry;   // of modules.json, for people: "1, `sentence_transformers.models.Pooling`"; may be empty
  std::string file;    // what is not there, or is wrong
  std::string what;    // a clause about it
  std::string raises;  // "ValueError": in what loading ends; empty: it loads
};

struct Pipeline {
  std::size_t modules = 0;
  std::vector<PipelineDefect> defects;  // in the order of the modules
  std::vector<std::string> unknown;     // types of modules that were not looked at, in order
};

}  // namespace ckptlint
