// `ckptlint load`: prints which keys are missing, unexpected or mismatched, or the exception in which loading ends.
#include "commands/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/json_text.h"
#include "check/pipeline.h"
#include "ckptlint/names.h"
#include "commands/command.h"
#include "commands/configuration.h"
#include "commands/progress.h"
#include "commands/shared_options.h"

namespace ckptlint {
namespace {

struct KeyLists {
  // Each sorted and distinct.
  std::vector<std::string> missing, unexpected, mismatched, unset, unloaded_parameters, unloaded_buffers;

  std::array<std::vector<std::string>*, 6> all() {
    return {&missing, &unexpected, &mismatched, &unset, &unloaded_parameters, &unloaded_buffers};
  }
};

void sort_out(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

KeyLists lists_of(const Model& model) {
  KeyLists lists;
  lists.missing = model.graph->names_of(model.loading->missing);
  if (model.init_weights) lists.unset = model.graph->names_of(model.init_weights->unset_buffers);
  for (const UnexpectedKey& key : model.loading->unexpected) lists.unexpected.push_back(key.key);
  for (const MismatchedKey& key : model.loading->mismatched)
    lists.mismatched.push_back(model.graph->tensor(key.tensor).name);
  for (const Zero3Loss& loss : model.zero3 ? *model.zero3 : std::vector<Zero3Loss>()) {
    const Tensor& tensor = model.graph->tensor(loss.key.tensor);
    (tensor.is_buffer() ? lists.unloaded_buffers : lists.unloaded_parameters).push_back(tensor.name);
  }
  for (auto* names : lists.all()) sort_out(*names);
  return lists;
}

// The weights, where from_pretrained finds them only if it is told of them; else null.
const WeightSet* unfound_weights(const Model& model) {
  const Checkpoint& checkpoint = *model.checkpoint;
  const auto set =
      std::find_if(checkpoint.sets.begin(), checkpoint.sets.end(), [](const WeightSet& each) { return each.chosen; });
  const bool found = checkpoint.named || set == checkpoint.sets.end() || set->automatic;
  return found || set->entry.starts_with("adapter_model.") ? nullptr : &*set;
}

void print_text(const KeyLists& lists, const Analysis& analysis, bool, std::ostream& out) {
  if (const WeightSet* set = unfound_weights(analysis.model)) {
    const std::string with = set->variant.empty() ? "under a name that it looks for"
                                                  : fmt::format("with `variant=\"{}\"`", printable(set->variant));
    out << fmt::format("from_pretrained ends in OSError: there is {}, and no file that it looks for; {}:\n",
                       quoted_name(set->entry), with);
  }
  const auto section = [&](std::string_view title, const std::vector<std::string>& names) {
    if (names.empty()) return;
    out << fmt::format("{} ({}):\n", title, names.size());
    for (const std::string& name : folded_names(names)) out << "  " << printable(name) << "\n";
  };
  section("missing keys, expected and not stored", lists.missing);
  section("unexpected keys, stored and not expected", lists.unexpected);
  section("mismatched keys, stored in another shape", lists.mismatched);
  section("unset buffers, which hold uninitialised memory after loading", lists.unset);
  section("unloaded parameters, stored and not loaded under ZeRO-3", lists.unloaded_parameters);
  section("unloaded buffers, stored and not on every rank under ZeRO-3", lists.unloaded_buffers);
  const Loading& loading = *analysis.model.loading;
  out << fmt::format("{} keys match", loading.matched.size());
  if (!loading.ignored.empty()) out << fmt::format(", {} are stored and ignored on purpose", loading.ignored.size());
  out << "\n";
}

void print_json(const KeyLists& lists, const Analysis& analysis, bool zero3, std::ostream& out) {
  nlohmann::ordered_json object = {{"missing_keys", lists.missing},
                                   {"unexpected_keys", lists.unexpected},
                                   {"mismatched_keys", lists.mismatched},
                                   {"unset_buffers", lists.unset}};
  if (const WeightSet* set = unfound_weights(analysis.model)) {
    object["not_found"] = set->entry;
    if (!set->variant.empty()) object["variant"] = set->variant;
  }
  if (zero3) {
    object["unloaded_parameters"] = lists.unloaded_parameters;
    object["unloaded_buffers"] = lists.unloaded_buffers;
  }
  out << without_commands(json_lines(object, 1)) << "\n";
}

void print_raised_text(const std::string& raised, std::ostream& out) {
  out << fmt::format("from_pretrained ends in {}\n", printable(raised));
}

void print_raised_json(const std::string& raised, std::ostream& out) {
  out << json_lines(nlohmann::ordered_json{{"error", raised}}, 1) << "\n";
}

struct LoadWriter {
  void (*keys)(const KeyLists&, const Analysis&, bool zero3, std::ostream&);
  void (*raised)(const std::string&, std::ostream&);  // from_pretrained raises instead of loading
};
using LoadFormat = Format<LoadWriter>;
constexpr std::array kLoadFormats = {
    LoadFormat{"text", "the keys by kind, repeated names folded", {print_text, print_raised_text}},
    LoadFormat{"json", "an object with a list for each kind", {print_json, print_raised_json}}};

std::function<int(const Streams&)> prepare_load(OptionTable& table) {
  const auto options = std::make_shared<LoadOptions>();
  add_model_options(table, options->model);
  add_loading_options(table, options->model);
  add_output_options(table, options->output, names_of(kLoadFormats));
  return configured(table, options->model,
                    [options](const Streams& streams) { return run_load(*options, streams.out, streams.err); });
}

}  // namespace

extern const Command load_command;
constexpr Command load_command{
    "load", "PATH", "simulate from_pretrained: missing, unexpected, mismatched keys, unset buffers", prepare_load};

int run_load(const LoadOptions& options, std::ostream& out, std::ostream& err) {
  std::optional<Progress> progress;
  const auto fail = [&](const std::string& message) {
    progress.reset();
    err << "ckptlint: " << message << "\n";
    return kNotAnalysed;
  };
  const LoadFormat* format = find_format(kLoadFormats, options.output.format);
  if (format == nullptr) return fail(no_such_format("load", names_of(kLoadFormats), options.output.format));
  const auto end_in = [&](const std::string& raised) {
    format->write.raised(raised, out);
    return kFindings;
  };
  if (options.model.paths.size() != 1) return fail("`load` takes one PATH");
  progress.emplace(err, options.model.paths.front());
  const Result<ModelInput> input = open_model(options.model.paths.front(), options.model);
  if (!input.ok()) return fail(input.error().message);
  if (const auto pipeline = only_a_pipeline(*input)) return fail(pipeline->message);
  if (!input->lora_file.empty())
    return fail(fmt::format(
        "{} has LoRA weights and no model: `ckptlint check PATH --base PIPELINE` loads them on a pipeline or "
        "a model of diffusers",
        quoted_name(options.model.paths.front())));
  if (input->adapter && input->base != nullptr)
    return fail(fmt::format("{} is an adapter: `ckptlint check PATH --base BASE` says what PEFT makes of its keys",
                            quoted_name(options.model.paths.front())));
  Question question;
  question.simulate_placement = false;
  question.fsdp = options.model.fsdp;
  question.zero3 = options.model.zero3;
  const Result<std::unique_ptr<Analysis>> result = analyze(*input, question);
  progress.reset();
  if (!result.ok()) return fail(result.error().message);
  const Analysis& analysis = **result;
  const Model& model = analysis.model;
  if (const BuildFailure* failure = model.build_failure()) return end_in(failure->what);
  if (analysis.obstacle) return fail(analysis.obstacle->message);
  if (!model.loading) {
    return fail(fmt::format("{}: stored keys cannot be compared with the model: {}",
                            quoted_name(options.model.paths.front()), model.loading.unknown().why));
  }
  if (question.zero3 && !model.zero3 && model.loading->raises.empty())
    return fail(fmt::format("{}: {}", quoted_name(options.model.paths.front()), model.zero3.unknown().why));
  if (const std::string& raises = model.loading->raises; !raises.empty()) return end_in(raises);
  if (model.zero3_failure) return end_in(model.zero3_failure->what);
  KeyLists lists = lists_of(model);
  format->write.keys(lists, analysis, question.zero3, out);
  const auto all = lists.all();
  const bool clean = unfound_weights(model) == nullptr &&
                     std::all_of(all.begin(), all.end(), [](const auto* names) { return names->empty(); });
  return clean ? kNothingFound : kFindings;
}

}  // namespace ckptlint
