// `ckptlint compat`: asks every release what it makes of a model, several at once.
#include "commands/compat.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <utility>

#include "base/escape.h"
#include "base/ordered_work.h"
#include "base/split.h"
#include "check/variants.h"
#include "ckptlint/rule.h"
#include "commands/command.h"
#include "commands/compat_formats.h"
#include "commands/configuration.h"
#include "commands/progress.h"
#include "commands/shared_options.h"
#include "commands/terminal.h"
#include "graph/large_stack.h"
#include "input/kept_sources.h"
#include "input/model_input.h"
#include "input/placement_request.h"
#include "placement/library_version.h"

namespace ckptlint {
namespace {

// What a release decides.
constexpr Facts kOfRelease =
    Facts::kBuild | Facts::kGraph | Facts::kLoading | Facts::kPlacement | Facts::kFinish | Facts::kRebuild;

// One end of a range, or one release: "4.40" stands for all of its patches.
struct NamedRelease {
  LibraryVersion version;
  std::size_t parts = 1;

  // `version` with no more parts than this has, against it.
  int compare(const LibraryVersion& other) const {
    const LibraryVersion cut{other.major, parts > 1 ? other.minor : 0, parts > 2 ? other.patch : 0};
    const LibraryVersion own{version.major, parts > 1 ? version.minor : 0, parts > 2 ? version.patch : 0};
    return cut < own ? -1 : cut > own ? 1 : 0;
  }
};

Result<NamedRelease> named_release(std::string_view text) {
  const Result<LibraryVersion> version = parse_library_version(text);
  if (!version.ok()) return Error{"`--releases`: " + version.error().message};
  return NamedRelease{*version, std::min<std::size_t>(3, 1 + std::count(text.begin(), text.end(), '.'))};
}

// "4.40..5.24,5.30.1" as pairs of ends.
Result<std::vector<std::pair<NamedRelease, NamedRelease>>> named_ranges(std::string_view text) {
  std::vector<std::pair<NamedRelease, NamedRelease>> ranges;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dots = part.find("..");
    const Result<NamedRelease> first = named_release(part.substr(0, dots));
    const Result<NamedRelease> last = dots == std::string_view::npos ? first : named_release(part.substr(dots + 2));
    if (!first.ok()) return first.error();
    if (!last.ok()) return last.error();
    ranges.emplace_back(*first, *last);
  }
  return ranges;
}

// Those of the wheels that are there, and are named.
Result<std::vector<std::string>> chosen_wheels(const std::string& releases) {
  const auto ranges = named_ranges(releases);
  if (!releases.empty() && !ranges.ok()) return ranges.error();
  std::vector<std::string> chosen;
  for (const KeptWheel& wheel : kept_wheels("transformers")) {
    const Result<LibraryVersion> version = parse_library_version(wheel.version);
    const bool named =
        releases.empty() || std::any_of(ranges->begin(), ranges->end(), [&](const auto& range) {
          return version.ok() && range.first.compare(*version) >= 0 && range.second.compare(*version) <= 0;
        });
    if (named) chosen.push_back(wheel.path.string());
  }
  if (!chosen.empty()) return chosen;
  return Error{
      releases.empty()
          ? "no release of transformers is here: `ckptlint sources add transformers==VERSION` fetches one"
          : fmt::format("none of the releases {} is here: `ckptlint sources add transformers==VERSION` fetches one, "
                        "`ckptlint sources` lists what there is",
                        quoted_name(releases))};
}

// Of which releases a round trip is: the first and the last of those that were named, else the newest of transformers 4
// and the newest of those after it.
Result<std::pair<std::size_t, std::size_t>> ends_of(const std::vector<ModelInput>& inputs,
                                                    const CompatOptions& options) {
  std::size_t first = 0, last = inputs.size() - 1;
  if (options.releases.empty() && options.model.sources.empty()) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Result<LibraryVersion> version = parse_library_version(inputs[i].transformers);
      if (version.ok() && version->major <= 4) first = i;
    }
  }
  if (first != last) return std::pair{first, last};
  return Error{"`--round-trip` is between two releases, and there is but one: `--releases` names others"};
}

Result<CompatTable> table_of(const CompatOptions& options, std::ostream& err) {
  ModelOptions model = options.model;
  if (model.sources.empty()) {
    Result<std::vector<std::string>> wheels = chosen_wheels(options.releases);
    if (!wheels.ok()) return wheels.error();
    model.sources = std::move(*wheels);
  }
  const Result<ModelInput> opened = open_model(model.paths.front(), model);
  if (!opened.ok()) return opened.error();
  if (const auto pipeline = only_a_pipeline(*opened)) return *pipeline;
  if (opened->of_diffusers)
    return Error{fmt::format("{} is a model of diffusers, and this is about releases of transformers",
                             quoted_name(model.paths.front()))};
  if (opened->repo == nullptr || !opened->has_config)
    return Error{fmt::format("{} has no config.json, without which no release builds a model",
                             quoted_name(model.paths.front()))};
  const std::vector<ModelInput> inputs = with_one_release_each(*opened);
  std::vector<Question> questions;
  for (const ModelInput& input : inputs) {
    Result<PlacementRequest> placement = placement_request(options.placement, input.transformers, input.sources);
    if (!placement.ok()) return placement.error();
    questions.push_back({.placement = std::move(*placement), .rules = {}});
    for (const Rule* rule : rules()) {
      // What is asked of the files alone is the same under all.
      const bool of_release = (rule->needs & kOfRelease) != Facts::kNone;
      if (rule->check != nullptr && of_release) questions.back().rules.push_back(rule);
    }
  }
  CompatTable table{model.paths.front(), std::vector<ReleaseAnswer>(inputs.size()), {}, {}};
  Progress progress(err, &err == &std::cerr && error_is_terminal(), inputs.size(), "asking");
  const auto work = [&](std::size_t i) {
    run_on_large_stack([&] { table.answers[i] = ask_release(inputs[i], questions[i]); });
  };
  const auto taken = [&](std::size_t i) {
    progress.advance(i + 1, i + 1 < inputs.size() ? "transformers " + inputs[i + 1].transformers : "");
    return true;
  };
  run_in_order(inputs.size(), threads_for(options.output.jobs, inputs.size()), work, taken);
  if (auto lost = opened->lost()) return std::move(*lost);
  table.ranges = ranges_of(table.answers);
  if (options.round_trip) {
    const auto ends = ends_of(inputs, options);
    if (!ends.ok()) return ends.error();
    run_on_large_stack([&] { table.round_trips = round_trips_of(inputs[ends->first], inputs[ends->second]); });
  }
  return table;
}

std::function<int(const Streams&)> prepare_compat(OptionTable& table) {
  const auto options = std::make_shared<CompatOptions>();
  add_model_options(table, options->model);
  add_placement_options(table, options->model, options->placement);
  table.value("releases", options->releases, {.name = "LIST"},
              "of transformers: 4.40..5.24, or 4.57.6,5.23.0; without it, all that `ckptlint sources` lists as wheels");
  table.flag(
      "round-trip", options->round_trip,
      "also what one release saves and the other makes of it, there and back: of the newest of transformers 4 and "
      "the newest of all, or of the first and the last that `--releases` or `--source` name");
  add_output_options(table, options->output, names_of(compat_formats()));
  return configured(table, options->model,
                    [options](const Streams& streams) { return run_compat(*options, streams.out, streams.err); });
}

}  // namespace

extern const Command compat_command;
constexpr Command compat_command{
    "compat", "PATH", "what each release of transformers makes of a model, and where that changes", prepare_compat};

int run_compat(const CompatOptions& options, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const std::string& sentence) {
    err << "ckptlint: " << sentence << "\n";
    return kNotAnalysed;
  };
  const CompatFormat* format = find_format(compat_formats(), options.output.format);
  if (format == nullptr) return refuse(no_such_format("compat", names_of(compat_formats()), options.output.format));
  if (options.model.paths.size() != 1) return refuse("`compat` takes one PATH");
  const Result<CompatTable> table = table_of(options, err);
  if (!table.ok()) return refuse(table.error().message);
  out << format->write(*table, {.color = options.output.color});
  const auto works = [](const ReleaseAnswer& each) { return each.works(); };
  const auto& answers = table->answers;
  const bool asked = !options.releases.empty() || !options.model.sources.empty();
  const bool good =
      asked ? std::all_of(answers.begin(), answers.end(), works) : std::any_of(answers.begin(), answers.end(), works);
  const bool come_back = std::all_of(table->round_trips.begin(), table->round_trips.end(),
                                     [](const RoundTrip& each) { return each.works(); });
  return good && come_back ? kNothingFound : kFindings;
}

}  // namespace ckptlint
