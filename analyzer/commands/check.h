// `ckptlint check`: lint models, print what was found, and apply fixes when told to.
#pragma once

#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ckptlint/finding.h"
#include "commands/configuration.h"
#include "commands/option_table.h"
#include "input/options.h"

namespace ckptlint {

// Which rules are run, as one configuration or the command line says it.  Each text is a rule's name, or several with
// commas.
struct RuleChoice {
  std::vector<std::string> select;  // empty: those that were chosen before, at first all
  std::vector<std::string> ignore;
  std::vector<std::string> extend_select;
  std::vector<std::string> extend_ignore;
  bool none = false;     // `select` is an empty list, which chooses none
  bool foreign = false;  // it comes with the model, and turns no rule of security off
};

// A [[placement]] of the configuration: what is asked beside the model's other placements.
struct NamedPlacement {
  std::string name;
  std::string quantization;  // as --quantization-config
  PlacementOptions options;
  std::map<std::string, GivenOption> given;
};

// --stdin: models come in on standard input, a line each (check_stdin.h).
struct LineOptions {
  bool given = false;
  double item_time = 120;            // --item-time: seconds that one of them may take
  std::string item_memory = "2GiB";  // --item-memory
};

struct CheckOptions : RuleChoice {  // of the command line
  ParallelOptions parallel;
  ModelOptions model;
  PlacementOptions placement;
  OutputOptions output;
  ConfigurationOptions configuration;
  LineOptions lines;
  bool show_settings = false;                 // --show-settings: say what would count, and check nothing
  std::vector<RuleChoice> rules_below;        // of the configuration, the nearest last
  std::vector<std::string> severity;          // --severity: "rule=warning"; the first that names a rule counts
  std::vector<std::string> per_file_ignores;  // --per-file-ignores: "glob:rule,rule"
  std::vector<std::string> releases;          // --releases: of transformers, beside --source
  std::vector<NamedPlacement> placements;     // empty: `placement` alone
  std::string suppressions;                   // --suppressions: the file of known findings
  bool suppress_all = false;                  // --suppress-all: all that is found becomes known
  bool prune_suppressions = false;            // --prune-suppressions: what is not found any more is known no longer
  std::string settings_folder;                // where the configuration lies; empty: there is none
  std::map<std::string, GivenOption> given;   // by the configuration and the command line, for sentences about it
  Severity fail_on = Severity::kWarning;      // --fail-on: the least grave finding that makes the exit status 1
  bool require_complete = false;              // --require-complete
  bool exit_zero = false;                     // --exit-zero: findings do not make the exit status 1
  std::vector<std::string> outputs;           // --output, each FILE or FORMAT=FILE
  bool statistics = false;                    // --statistics: counts by rule instead of the report
  bool show_fixes = false;                    // --show-fixes: which fixes were applied
  bool diff = false;                          // print what the fixes would change instead of the report
  bool fix = false;                           // apply the safe fixes
  bool unsafe_fixes = false;                  // apply, or with `diff` show, the unsafe ones too
};

// Returns an ExitStatus.  The report goes to `out`, sentences about what could not be analysed to `err`.  No
// configuration is looked for.
int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err);
// The same with options for each path, of which each has one.  Those of the first say what is printed and how.
int run_check(std::span<const CheckOptions> paths, std::ostream& out, std::ostream& err);

// Describes the options of one call, and fills them in when the table is parsed.
void describe_check(OptionTable& table, CheckOptions& options);

}  // namespace ckptlint
