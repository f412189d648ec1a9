// Runs the phases with a release, and reads the answers off what they made.
#include "check/compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "base/byte_text.h"
#include "base/escape.h"
#include "check/saved_repo.h"
#include "checkpoint/checkpoint.h"
#include "ckptlint/names.h"
#include "graph/build.h"
#include "loading/key_matching.h"
#include "loading/saving.h"
#include "parallel/distribute.h"
#include "placement/library_version.h"

namespace ckptlint {
namespace {

StageAnswer bad(std::string why) { return {Verdict::kBad, std::move(why)}; }
StageAnswer unknown(std::string why) { return {Verdict::kUnknown, std::move(why)}; }
const StageAnswer kGoodAnswer{Verdict::kGood, ""};

Stage stage_of(const BuildFailure& failure) {
  if (failure.stage == "the constructor") return Stage::kBuild;
  return is_of_config(failure) ? Stage::kConfig : Stage::kCode;
}

std::string first_of(const std::vector<std::string>& names) {
  return names.empty() ? "" : fmt::format(": {}{}", quoted_name(names.front()), names.size() > 1 ? ", ..." : "");
}

// Of a repo without weights there is nothing to ask.
StageAnswer keys_of(const Model& model) {
  if (!model.checkpoint) return {};
  if (model.finish && *model.finish) return bad(printable((*model.finish)->what));
  if (!model.loading) {
    const std::string& why = model.loading.unknown().why;
    return why.empty() ? StageAnswer{} : unknown(why);
  }
  const Loading& loading = *model.loading;
  if (!loading.raises.empty()) return bad(printable(loading.raises));
  std::vector<std::string> faults;
  if (const auto names = model.graph->names_of(loading.missing); !names.empty())
    faults.push_back(fmt::format("{} missing{}", names.size(), first_of(names)));
  std::vector<std::string> mismatched;
  for (const MismatchedKey& key : loading.mismatched) mismatched.push_back(model.graph->tensor(key.tensor).name);
  if (!mismatched.empty())
    faults.push_back(fmt::format("{} of another shape{}", mismatched.size(), first_of(mismatched)));
  if (!faults.empty()) return bad(fmt::format("{}", fmt::join(faults, "; ")));
  return loading.end_not_known.empty() ? kGoodAnswer : unknown(loading.end_not_known);
}

StageAnswer buffers_of(const Model& model) {
  if (!model.init_weights) {
    const std::string& why = model.init_weights.unknown().why;
    return why.empty() ? StageAnswer{} : unknown(why);
  }
  const auto unset = model.graph->names_of(model.init_weights->unset_buffers);
  const auto overwritten = model.graph->names_of(model.init_weights->overwritten);
  std::vector<std::string> faults;
  if (!unset.empty()) faults.push_back(fmt::format("{} unset{}", unset.size(), first_of(unset)));
  if (!overwritten.empty())
    faults.push_back(fmt::format("{} overwritten{}", overwritten.size(), first_of(overwritten)));
  return faults.empty() ? kGoodAnswer : bad(fmt::format("{}", fmt::join(faults, "; ")));
}

StageAnswer maps_of(const Model& model) {
  if (!model.placements) {
    const std::string& why = model.placements.unknown().why;
    return why.empty() ? StageAnswer{} : unknown(why);
  }
  for (const CrashedCall& each : model.placements->crashes) {
    if (each.made) return bad(printable(each.crash.exception + ": " + each.crash.reason));
  }
  std::vector<std::string> lost;
  for (const Loss& each : model.placements->losses) {
    for (const TensorId tensor : each.made ? each.tensors : std::vector<TensorId>())
      lost.push_back(model.graph->tensor(tensor).name);
  }
  return lost.empty() ? kGoodAnswer : bad(fmt::format("{} without a device{}", lost.size(), first_of(lost)));
}

// How earlier releases read weights over several processes is not followed.
bool follows_plans_of(const std::string& release) {
  const Result<LibraryVersion> version = parse_library_version(release);
  return version.ok() && !(*version < LibraryVersion{4, 57, 0});
}

constexpr std::size_t kMostSaved = 10'000;  // tensors, of which one load takes about a second

// Of a repo without weights: how they load on two ranks as the release itself would have saved them.
Known<ParallelMap> map_without_weights(const ModelInput& input, const BuiltGraph& built) {
  const ParallelSizes two{2, 1, 1};
  const Known<Saved> saved = find_saved(built.graph, nullptr, input.repo, *built.evaluated);
  if (!saved) return Unknown{"whether its weights load depends on how they are stored: " + saved.unknown().why};
  if (!saved->raises.empty()) return distribute(two, built.graph, *built.evaluated, nullptr);
  if (saved->tensors.size() > kMostSaved)
    return Unknown{fmt::format("there are no weights, and loads of {} tensors are not tried", saved->tensors.size())};
  const FileTreePtr repo = saved_repo(*saved, input.repo);
  const Result<Checkpoint> checkpoint = read_checkpoint(*repo, "");
  if (!checkpoint) return Unknown{checkpoint.error().message};
  const Known<Loading> loading = match_keys(built.graph, *checkpoint, built.evaluated.get());
  const StoredWeights stored{*checkpoint, loading ? &*loading : nullptr};
  return distribute(two, built.graph, *built.evaluated, &stored);
}

StageAnswer plan_of(const ModelInput& input, const Analysis& analysis) {
  const Model& model = analysis.model;
  const BuiltGraph& built = *analysis.built;
  if (built.evaluated == nullptr || !built.quantizer_raises.empty()) return {};
  if (model.loading && !model.loading->raises.empty()) return {};
  if (!has_tensor_plan(*built.evaluated)) return {};
  if (!follows_plans_of(input.transformers)) return unknown("before 4.57, plans are not followed");
  const auto map_of_weights = [&] {
    const StoredWeights stored{*model.checkpoint, model.loading ? &*model.loading : nullptr};
    return distribute({2, 1, 1}, built.graph, *built.evaluated, &stored);
  };
  const Known<ParallelMap> map = model.checkpoint ? map_of_weights() : map_without_weights(input, built);
  if (!map) return unknown(map.unknown().why);
  return map->raises.empty() ? kGoodAnswer : bad(printable(map->raises));
}

// The config of a type that the release does not know is of code that the repo does not have: whoever trusts it or not,
// AutoConfig raises.
bool lacks_code_of_config(const Config& config) {
  return !config.known_type && std::any_of(config.code.begin(), config.code.end(), [](const CodeReference& code) {
    return code.key == "AutoConfig" && code.repo.empty() && !code.file.empty() && !code.present;
  });
}

// Up to what the phases came to.
void read_stages(const ModelInput& input, const Analysis& analysis, std::array<StageAnswer, kStages>& stages) {
  const auto at = [&](Stage stage) -> StageAnswer& { return stages[static_cast<std::size_t>(stage)]; };
  const Model& model = analysis.model;
  const bool has_code = model.config && !model.config->code.empty();
  if (analysis.obstacle) {
    const bool no_such_type = is_unknown_model_type(*analysis.obstacle);
    at(Stage::kConfig) = no_such_type ? bad(analysis.obstacle->message) : unknown(analysis.obstacle->message);
    return;
  }
  const BuildFailure* failure = model.build_failure();
  const Stage failed = failure == nullptr ? Stage::kMaps : stage_of(*failure);
  const auto before = [&](Stage stage) { return failure == nullptr || stage < failed; };
  if (failure != nullptr) at(failed) = bad(printable(failure->what));
  if (before(Stage::kConfig)) at(Stage::kConfig) = kGoodAnswer;
  if (before(Stage::kCode) && has_code) at(Stage::kCode) = kGoodAnswer;
  if (failure != nullptr) return;
  if (!analysis.built) {
    if (model.config && lacks_code_of_config(*model.config)) {
      stages = {};
      at(Stage::kConfig) = bad(analysis.built.unknown().why);
      return;
    }
    at(Stage::kBuild) = unknown(analysis.built.unknown().why);
    return;
  }
  at(Stage::kBuild) =
      analysis.built->graph.partial.empty() ? kGoodAnswer : unknown("a part of the model could not be evaluated");
  if (input.repo == nullptr) return;
  at(Stage::kKeys) = keys_of(model);
  at(Stage::kBuffers) = buffers_of(model);
  at(Stage::kMaps) = model.quantizer_raises.empty() ? maps_of(model) : bad(printable(model.quantizer_raises));
  at(Stage::kPlan) = plan_of(input, analysis);
}

// What is asked of one process comes before plans.
template <typename Test>
bool any_of_one_process(const std::array<StageAnswer, kStages>& stages, const Test& test) {
  return std::any_of(stages.begin(), stages.begin() + static_cast<std::ptrdiff_t>(Stage::kPlan), test);
}

}  // namespace

std::string_view name_of(Stage stage) {
  constexpr std::array<std::string_view, kStages> kNames = {"config", "code", "build", "keys", "buffers", "maps", "tp"};
  return kNames[static_cast<std::size_t>(stage)];
}

std::string_view word_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kWords = {"-", "yes", "no", "?"};
  return kWords[static_cast<std::size_t>(verdict)];
}

bool ReleaseAnswer::works() const {
  return !any_of_one_process(stages, [](const StageAnswer& each) { return each.verdict == Verdict::kBad; });
}

bool ReleaseAnswer::is_known() const {
  return !any_of_one_process(stages, [](const StageAnswer& each) { return each.verdict == Verdict::kUnknown; });
}

ReleaseAnswer ask_release(const ModelInput& input, const Question& question) {
  const Result<std::unique_ptr<Analysis>> analysis = analyze(input, question);
  if (analysis.ok()) return answer_of(input, **analysis);
  ReleaseAnswer answer{input.transformers, {}, {}};
  answer.stages[0] = unknown(analysis.error().message);
  return answer;
}

ReleaseAnswer answer_of(const ModelInput& input, const Analysis& analysis) {
  ReleaseAnswer answer{input.transformers, {}, {}};
  read_stages(input, analysis, answer.stages);
  for (const Finding& finding : analysis.findings) {
    if (finding.severity >= Severity::kWarning)
      answer.findings.push_back(fmt::format("{}: {}", finding.rule, finding.message));
  }
  std::sort(answer.findings.begin(), answer.findings.end());
  return answer;
}

std::vector<ReleaseRange> ranges_of(const std::vector<ReleaseAnswer>& answers) {
  std::vector<ReleaseRange> ranges;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (i > 0 && answers[i].same_as(answers[i - 1])) {
      ranges.back().last = i;
      continue;
    }
    ReleaseRange range{i, i, {}, {}};
    if (i > 0) {
      const auto &now = answers[i].findings, &before = answers[i - 1].findings;
      std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(range.appeared));
      std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(range.disappeared));
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

}  // namespace ckptlint
