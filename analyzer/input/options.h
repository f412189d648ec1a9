// What the command line can say, in the groups that the commands share.  commands/shared_options.cpp
// fills these in; each command takes the struct of its own header, made of these groups.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ckptlint {

// The exit statuses of every command.
enum ExitStatus : int {
  kNothingFound = 0,  // done; nothing at or above the failing severity
  kFindings = 1,      // done; something at or above it was found
  kNotAnalysed = 2,   // wrong usage, or input that could not be analysed: one sentence is on standard error
  kIncomplete = 3,    // --require-complete: nothing was found, and not all was checked
};

// Which model is meant, and where the source that builds it is.  Empty strings mean "not given".
struct ModelOptions {
  std::vector<std::string> paths;  // model repos, weight files, indexes, org/name in the local cache, or hf://org/name
  std::vector<std::string> sources;  // --source, in the order given
  std::string class_name;            // --class: bare, or "module:Class"
  std::string component_of;          // of a pipeline's component: the library that its list names, with class_name
  std::string dtype;                 // --dtype: torch's name
  std::string torch;                 // --torch: the version that the code sees
  std::vector<std::string> assume;   // --assume: absent packages to take as present, "name" or "name=version"
  std::string base;                  // --base: the model that an adapter is loaded on
  bool online = false;               // --online: what a repo names may be read from the Hub
  std::string graph;                 // --graph: a module graph as JSON, instead of source
  std::string transformers;          // --transformers: a version
  std::string quantization;          // --quantization-config: JSON, or a file of it
  bool fsdp = false;                 // --fsdp: loading on the first rank alone, for all
  bool zero3 = false;                // --zero3: DeepSpeed's, under which the library loads in another way
};

// Where its tensors would be placed.
struct PlacementOptions {
  std::string device_map;        // --device-map: a mode, a device, a file, or JSON
  std::string max_memory;        // --max-memory: "0=24GiB,cpu=64GiB"
  std::string accelerate;        // --accelerate: a version, or the path of its source
  bool offload_buffers = false;  // --offload-buffers
  std::string offload_folder;    // --offload-folder: where weights for disk may be written
};

// Over how many processes it goes; empty: one, or not asked.
struct ParallelOptions {
  std::string tensor;    // --tp
  std::string expert;    // --ep
  std::string pipeline;  // --pp
};

struct OutputOptions {
  std::string format = "text";  // or "full", which check has for the same
  bool verbose = false;
  bool quiet = false;
  bool color = false;       // already decided: --color, the environment, and whether standard output is a terminal
  bool links = false;       // likewise
  bool blocks = false;      // whether it shows block characters of Unicode
  std::size_t width = 118;  // of text on standard output, in columns
  int jobs = 0;             // 0: as many as there are processors
};

}  // namespace ckptlint
