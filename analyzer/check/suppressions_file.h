// The file of known findings: what was found once and is to fail nothing until somebody has time for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/finding.h"

namespace ckptlint {

inline constexpr const char* kSuppressionsName = "ckptlint-suppressions.json";

// So many findings of a rule about the same.
struct Suppression {
  std::string model;  // its path, from where the file lies; "." for the same folder
  std::string rule;
  std::vector<std::string> about;  // folded names of tensors, else the message; never a line
  std::size_t count = 1;
  std::string reason;  // for people; the program keeps it

  bool is_about_same(const Suppression& other) const;
};

// What a finding is known by.
Suppression suppression_of(const Finding& finding, const std::string& model);

// An error names what is wrong, and in which entry.
Result<std::vector<Suppression>> read_suppressions(std::string_view text, const std::string& shown);

// In an order that does not depend on that of the findings.
std::string text_of(std::vector<Suppression> suppressions);

}  // namespace ckptlint
