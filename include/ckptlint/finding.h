// What a rule says: the model is wrong, where, and how it could be put right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/fix.h"
#include "ckptlint/source.h"

namespace ckptlint {

enum class Severity : std::uint8_t { kInfo, kWarning, kError };

// A place that a finding is about.  Either a span of source (`span` known), or a tensor in a weight file (`file` and
// `key` set), or a file as a whole (`file` alone).
struct Label {
  Span span;
  std::string file;  // as shown to people
  std::string key;   // the stored name, unescaped: reports escape it
  std::string text;  // what the place has to do with it: lower-case start, no final stop; may be empty

  static Label at(Span span, std::string text) { return {span, {}, {}, std::move(text)}; }
  static Label stored(std::string file, std::string key, std::string text) {
    return {{}, std::move(file), std::move(key), std::move(text)};
  }
};

// Sentences in findings start in lower case, have no final stop, put code in backticks and say what was observed; a
// hint comes after, as a note.  Names from the input go in unescaped: the reports escape whole sentences.
struct Finding {
  std::string rule;  // Rule::name
  Severity severity = Severity::kError;
  std::string message;
  std::vector<std::string> tensors;  // every tensor or key that it is about, in the order of the graph or checkpoint
  std::vector<Label> labels;         // the first is primary: the place to look first
  std::vector<std::string> notes;    // why, under which conditions, what else follows
  std::vector<Remedy> remedies;      // what the rule proposes, the best first; the fix phase makes `fixes` of them
  std::vector<Fix> fixes;
};

using Findings = std::vector<Finding>;

}  // namespace ckptlint
