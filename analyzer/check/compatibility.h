// A model under many releases of transformers: what each makes of it, question by question, and where that changes.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "check/pipeline.h"
#include "input/model_input.h"

namespace ckptlint {

// What is asked of a release, in the order in which loading comes to it.
enum class Stage : std::uint8_t {
  kConfig,   // the release knows the model type and accepts the config
  kCode,     // code of the repo is imported
  kBuild,    // the constructor returns
  kKeys,     // from_pretrained returns, and nothing of the model is left at random or of another shape
  kBuffers,  // no buffer holds uninitialised memory, and nothing that was loaded is overwritten
  kMaps,     // automatic device maps over 2, 4 and 8 equal devices leave nothing out and end in no exception
  // With a plan for tensor parallelism, tp_plan="auto" loads on two ranks, a repo without weights as the release would
  // have saved it; no part of working or not.
  kPlan,
};
constexpr std::size_t kStages = 7;
// "config", "code", ...: the head of a column.
std::string_view name_of(Stage stage);

enum class Verdict : std::uint8_t { kNotAsked, kGood, kBad, kUnknown };
// "yes", "no", "?", or "-" where the model has nothing that could be asked about, or the release does not come to it.
std::string_view word_of(Verdict verdict);

struct StageAnswer {
  Verdict verdict = Verdict::kNotAsked;
  std::string why;  // of what is bad or unknown: a clause
  bool operator==(const StageAnswer&) const = default;
};

struct ReleaseAnswer {
  std::string release;
  std::array<StageAnswer, kStages> stages;
  std::vector<std::string> findings;  // errors and warnings, "rule: message", sorted

  // Whether nothing is bad on one process; what is not known does not count.
  bool works() const;
  bool is_known() const;
  bool same_as(const ReleaseAnswer& other) const { return stages == other.stages && findings == other.findings; }
};

// What one release, the only source of transformers of `input`, makes of the model.
ReleaseAnswer ask_release(const ModelInput& input, const Question& question);
// The same, of what the phases made of `input`.
ReleaseAnswer answer_of(const ModelInput& input, const Analysis& analysis);

// Neighbours that answer alike.
struct ReleaseRange {
  std::size_t first = 0, last = 0;                 // places in the list
  std::vector<std::string> appeared, disappeared;  // findings, against the range before
};
std::vector<ReleaseRange> ranges_of(const std::vector<ReleaseAnswer>& answers);

}  // namespace ckptlint
