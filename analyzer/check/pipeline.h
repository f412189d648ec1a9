// Every phase in order, from opened input to a report.  Read this first; the phases are in phases.h.
//
//     repo, --source, --graph          budgets, device map
//             |                                |
//        open_model (input/)             placement_request (input/)
//             |                                |
//      +------+-------+                        |
//      |              |                        |
//  read_checkpoint  graph_of                   |
//  (checkpoint/)    (graph/, python/, library/)|
//  config_of        |                          |
//  (config/)        |                          |
//      |              |                        |
//      |              +--- simulate_placements +   (placements.h, placement/)
//      +--- match_keys+          |                 (loading/)
//      |    leftovers_of         |
//              |                 |
//              +---- Model ------+                 (include/ckptlint/model.h)
//                      |
//                    rules                         (rules/)
//                      |
//                   findings --> remedies          (fix/remedies.h)
//                      |            |
//                      |      each is tried: its edits are laid over the input, everything above runs again,
//                      |      and the findings are compared (fix/proof.h)
//                      |            |
//                    ModelReport <- fixes          (report/)
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "check/placements.h"
#include "ckptlint/model.h"
#include "ckptlint/rule.h"
#include "graph/build.h"
#include "input/model_input.h"
#include "loading/key_matching.h"
#include "report/report.h"

namespace ckptlint {

// What one run of the phases made.  The graph of `model` is that of `built`, so an Analysis stays where it is.
struct Analysis {
  Known<BuiltGraph> built;
  std::optional<Error> obstacle;  // why there is nothing built, where there should be
  Model model;
  Findings findings;
  std::vector<SkippedRule> skipped;
  SourceFiles own_files;  // that fixes edit, where there is no graph to name them

  SourceFiles& sources() { return built ? built->graph.sources : own_files; }
  const SourceFiles& sources() const { return built ? built->graph.sources : own_files; }
};

struct Question {
  PlacementRequest placement;
  std::vector<const Rule*> rules;  // to be run
  bool simulate_placement = true;
  bool draws = false;                       // the report is to have a picture
  bool fsdp = false;                        // what the first rank of FSDP loads for the others
  std::optional<ParallelSizes> parallel{};  // over how many processes the model is to go
  bool zero3 = false;                       // loading under DeepSpeed ZeRO-3
  KeyMapping key_mapping{};                 // from_pretrained's argument of that name
  // Patterns that count as the model's own `_keys_to_ignore_on_load_unexpected`.
  std::vector<std::string> ignore_unexpected{};
  const Companions* companions = nullptr;   // found before, of the same files
  const Known<Conduct>* conduct = nullptr;  // likewise: no remedy changes what the code does to the machine
  const Model* loaded = nullptr;            // likewise, with the same arguments of loading: only its place is another
};

// Runs the phases up to the findings.  An error where the input says nothing that a rule could be run on.  `known` is
// an earlier analysis of the same input, whose module graph is then taken over.
Result<std::unique_ptr<Analysis>> analyze(const ModelInput& input, const Question& question,
                                          const Analysis* known = nullptr);

// The report on one model: its findings with fixes that a second run has confirmed, as far as there are any.
ModelReport report_of(const ModelInput& input, const Question& question);

}  // namespace ckptlint
