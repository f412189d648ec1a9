// Layers beside the model that predict further tokens, for generate(use_mtp=True).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ckptlint {

struct Predictions {
  std::int64_t layers = 0;            // as the config has it
  std::string field;                  // of config.json that announces them; empty: the config class alone does
  std::vector<std::string> missing;   // by the library's name, sorted: what the layers need and is not stored
  std::vector<std::uint32_t> stored;  // indices into Checkpoint::tensors, ascending: what is read for them
  // Why this release builds none of them: a clause.  Then `missing` is empty, and `stored` what is theirs by its name.
  std::string unbuilt;
};

}  // namespace ckptlint
