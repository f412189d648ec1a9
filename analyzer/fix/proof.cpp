// Compares the findings of a run with those of the run after a fix: what is gone, and what is new.
#include "fix/proof.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ckptlint {
namespace {

using Claims = std::set<std::pair<std::string, std::string>>;  // rule, and tensor or message

void add_claims(const Finding& finding, Claims& claims) {
  for (const std::string& tensor : finding.tensors) claims.emplace(finding.rule, "tensor " + tensor);
  if (finding.tensors.empty()) claims.emplace(finding.rule, "message " + finding.message);
}

Claims claims_of(const Findings& findings) {
  Claims claims;
  for (const Finding& finding : findings) add_claims(finding, claims);
  return claims;
}

}  // namespace

bool is_gone(const Finding& finding, const Findings& after) {
  const Claims still = claims_of(after);
  Claims claims;
  add_claims(finding, claims);
  return std::none_of(claims.begin(), claims.end(), [&](const auto& claim) { return still.contains(claim); });
}

std::vector<const Finding*> new_findings(const Findings& before, const Findings& after) {
  const Claims known = claims_of(before);
  std::vector<const Finding*> found;
  for (const Finding& finding : after) {
    if (finding.severity == Severity::kInfo) continue;
    Claims claims;
    add_claims(finding, claims);
    if (!std::all_of(claims.begin(), claims.end(), [&](const auto& claim) { return known.contains(claim); }))
      found.push_back(&finding);
  }
  return found;
}

}  // namespace ckptlint
