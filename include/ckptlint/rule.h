// A rule is data and a function: one file in rules/, one fixture folder.  The build makes the list of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/finding.h"
#include "ckptlint/model.h"

namespace ckptlint {

// What a rule is about, in the order in which lists have them.
enum class Family : std::uint8_t {
  kFiles = 1,
  kKeys,
  kValues,
  kCode,
  kQuantization,
  kPlacement,
  kParallel,
  kAdapters,
  kCompanions,
  kParts,
  kKnown,
};
struct FamilyRow {
  Family family;
  std::string_view name;   // "files"
  std::string_view about;  // one line
};
// Every family, in order.
std::span<const FamilyRow> families();
std::string_view name_of(Family family);

struct Rule {
  std::string_view name;  // says the bad thing; the file, the fixture folder, the option value and the SARIF id
  Family family;
  Severity severity;  // the gravest that its findings have
  Facts needs;        // run only where all of these are known; the report says which rules were skipped
  // The page that `ckptlint explain` prints.  Paragraphs of plain text with code in backticks; none is empty.
  std::string_view summary;  // one line: what is reported
  std::string_view why;      // what goes wrong if it is left
  std::string_view example;  // source or input that is reported
  std::string_view remedy;   // what to do
  std::string_view references;
  // Appends findings.  Reads only the model; the same model gives the same findings in the same order.  Null where they
  // are about what the user says is known, which is compared when all else was found (check/suppress.h).
  void (*check)(const Model& model, Findings& out);
  bool of_security = false;  // somebody may mean harm: code scanning services rank it by its severity
};

// Every rule, sorted by name.
std::span<const Rule* const> rules();
// The rule of that name, or null.
const Rule* find_rule(std::string_view name);

}  // namespace ckptlint
