// `ckptlint map`: the device map that the libraries would infer, what it leaves without a device, and why.
#pragma once

#include <iosfwd>
#include <string>

#include "commands.h"

namespace ckptlint {

struct MapOptions {
  ModelOptions model;
  PlacementOptions placement;
  OutputOptions output;  // text, json; with cases, jsonl
  std::string cases;     // --cases: a file of questions, one a line, or "-" for standard input
  bool trace = false;    // --trace: each step as a sentence
  bool suggest = false;  // --suggest: a complete map of our own instead of the libraries'
  bool witness = false;  // --witness: for which equal budgets something is lost
};

// Returns an ExitStatus: kFindings where a tensor has no device or the library crashes.  Cases are answered on `out`, one
// line each, and never count as findings.
int run_map(const MapOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace ckptlint
