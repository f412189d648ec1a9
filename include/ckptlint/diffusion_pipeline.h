// A pipeline of diffusers: the components that model_index.json lists, and what that library makes of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/companions.h"
#include "ckptlint/known.h"

namespace ckptlint {

struct PipelineComponent {
  std::string name, library, class_name;  // as model_index.json has them
  std::string made;                       // the class that the pipeline got; empty where it does not load, or has none
  std::uint64_t bytes = 0;                // of its tensors, where it is a model that was loaded
  std::string dtype;  // that its tensors of floating point have, where none is asked for; empty where they differ
  CallEnd end;        // of loading it alone; asked where the whole does not load
  // Of one that the library makes although nothing of it is stored, what is not there: a clause.
  std::string hollow;
  // Of a tokenizer that has more tokens than the model that they are for has rows: both, and that component.
  std::uint64_t tokens = 0, rows = 0;
  std::string reader;
};

struct DiffusionPipeline {
  std::string library;                        // the release whose code was evaluated: "0.42.1"
  std::string class_name;                     // `_class_name` of model_index.json; empty where it has none
  std::vector<PipelineComponent> components;  // but for those that are null
  CallEnd load;                               // of the whole
  // With which it was loaded, as it does not load without: there are weights of that variant alone.  Empty where
  // nothing was asked for.
  std::string variant;
  CallEnd without_variant;                 // of the whole
  std::vector<std::string> variant_alone;  // the components that do not load without
  bool trusted = false;                    // the folder brings code, and loading imports it: trust_remote_code=True
  std::vector<std::string> warnings;       // that it logs
  // With budgets: device_map="balanced" as the library assigns components, "unet" to "0".
  std::vector<std::pair<std::string, std::string>> devices;
  CallEnd run;  // of calling it with a prompt, over shapes: where a component does not take what another one gives
  std::string stopped;  // that component
  Unknown not_run;      // why that is not known; empty where it is
  // Of calling it as it is loaded where no dtype is asked for; asked where `run` ends well and that leaves models of
  // differing dtypes.
  CallEnd mixed;
  Unknown mixed_not_run;  // why that is not known; empty where it is, or was not asked
};

}  // namespace ckptlint
