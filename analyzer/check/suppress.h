// From findings to those that are new and those that are known, and what is known of nothing that was found.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "check/ignore_comments.h"
#include "check/suppressions_file.h"
#include "ckptlint/finding.h"
#include "report/report.h"

namespace ckptlint {

// The rule whose findings are about comments and entries that are of no use.
inline constexpr const char* kUnusedSuppression = "unused-suppression";

struct Sorted {
  Findings fresh;
  std::vector<KnownFinding> known;
  Findings unused;
};

// Whether a rule was run, so that nothing found of it says something.
using IsRun = std::function<bool(const std::string& rule)>;

// A comment is about findings that have a label in its lines, as far as they are no matter of security: those a model
// does not hide by what it says of itself.
Sorted without_commented(Findings findings, const std::vector<IgnoreComment>& comments, const SourceFiles& sources,
                         const IsRun& is_run);

// What a file of known findings says of the model.
struct KnownFile {
  std::string shown;              // to people
  std::string label;              // from the model's folder
  bool comes_with_model = false;  // and then it knows of nothing that is a matter of security
  std::vector<Suppression> entries;
};
Sorted without_known(Findings findings, const KnownFile& file, const std::string& model, const IsRun& is_run);

// The entries of the file once all that is found of the model is known, and once only what is found is.
std::vector<Suppression> with_all(std::vector<Suppression> entries, const Findings& found, const std::string& model);
std::vector<Suppression> pruned(std::vector<Suppression> entries, const Findings& found, const std::string& model,
                                const IsRun& is_run);

}  // namespace ckptlint
