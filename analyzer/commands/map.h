// `ckptlint map`: the device map that the libraries would infer, what it leaves without a device, and why.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "input/options.h"

namespace ckptlint {

struct MapOptions {
  ModelOptions model;
  PlacementOptions placement;
  ParallelOptions parallel;
  std::string context;   // --context: tokens of each sequence
  std::string batch;     // --batch: how many sequences
  std::string gpu;       // --gpu: a name for the memory of each rank
  OutputOptions output;  // text, json, python; with cases, jsonl
  std::string cases;     // --cases: a file of questions, one a line, or "-" for standard input
  bool trace = false;    // --trace: each step as a sentence
  std::string compare;   // --compare: modes, transformers=VERSION and accelerate=VERSION, side by side
  bool suggest = false;  // --suggest: a complete map of our own instead of the libraries'
  bool witness = false;  // --witness: for which equal budgets something is lost; so too without --max-memory
  // --no-split: ask accelerate's own functions, with these classes (a,b) instead of the model's; may be empty.
  std::optional<std::string> no_split;
};

// Returns an ExitStatus: kFindings where a tensor has no device or the library crashes.  Cases are answered on `out`,
// one line each, and never count as findings; one that cannot be gets {"refused": why}, a sentence on `err`, and the
// status kNotAnalysed at the end.
int run_map(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
