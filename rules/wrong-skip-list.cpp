// Reports that the list of modules which stay plain matches other modules than those that are stored plain.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "ckptlint/names.h"
#include "ckptlint/quantizer.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"

namespace ckptlint {
namespace {

using Cause = OtherPacking::Cause;
using Stored = OtherPacking::Stored;

std::vector<std::string> without(const std::vector<std::string>& list, const std::vector<std::string>& gone) {
  const std::set<std::string> names(gone.begin(), gone.end());
  std::vector<std::string> left;
  std::copy_if(list.begin(), list.end(), std::back_inserter(left),
               [&](const std::string& name) { return !names.contains(name); });
  return left;
}

// As patterns that end with the name.
std::vector<std::string> ended(std::vector<std::string> names) {
  for (std::string& name : names) name += "$";
  return names;
}

std::vector<std::string> joined(std::vector<std::string> list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

void propose(const Quantization& quantization, const std::vector<std::string>& list, const std::string& title,
             Finding& finding) {
  for (Remedy& remedy : skip_list_edit(quantization, list, title)) finding.remedies.push_back(std::move(remedy));
}

bool is_module(const ModuleGraph& graph, const std::string& name) {
  return std::any_of(graph.modules.begin(), graph.modules.end(),
                     [&](const Module& module) { return module.name == name; });
}

// Some module has a longer word where the entry ends.
bool is_beginning(const std::string& entry, const std::vector<std::string>& modules) {
  return std::any_of(modules.begin(), modules.end(), [&](const std::string& name) {
    return name.size() > entry.size() && name.starts_with(entry) && name[entry.size()] != '.';
  });
}

void word_greedy(const Model& model, const PackingGroup& group, Finding& finding) {
  const Quantization& config = *model.config->quantization;
  const std::string key(leaf_of(skip_list_path(config)));
  const bool one = group.modules.size() == 1;
  finding.message =
      fmt::format("{} {} stored quantized ({}), but {} leave{} {} plain", listed_names(group.modules),
                  one ? "is" : "are", group.packing.empty() ? "packed" : group.packing,
                  entries_text(config, group.entries), group.entries.size() == 1 ? "s" : "", one ? "it" : "them");
  if (std::all_of(group.entries.begin(), group.entries.end(),
                  [&](const std::string& entry) { return is_beginning(entry, group.modules); })) {
    const bool meant = std::any_of(group.entries.begin(), group.entries.end(),
                                   [&](const std::string& entry) { return is_module(*model.graph, entry); });
    finding.notes.push_back(fmt::format("{}, and this release takes {} for the beginning of any name",
                                        meant ? "other modules have just that name" : "no module has just that name",
                                        group.entries.size() == 1 ? "the entry" : "entries"));
    // 5.21.0 is the first release with the boundary in should_convert_module.
    if (!model.graph->quantizer->element_sizes.empty())
      finding.notes.emplace_back("from transformers 5.21 on an entry ends where a part of the name does");
  }
  const std::vector<std::string> rest = without(config.skipped, group.entries);
  propose(config, rest, fmt::format("take {} out of `{}`", listed_names(group.entries), key), finding);
  propose(config, joined(rest, ended(group.entries)),
          fmt::format("end {} in `{}` with `$`", listed_names(group.entries), key), finding);
}

void word_idle(const Model& model, const PackingGroup& group, Finding& finding) {
  const Quantization& config = *model.config->quantization;
  const std::string key(leaf_of(skip_list_path(config)));
  finding.message = fmt::format("{} {} no module of the model, which has quantized layers in {}, stored plain",
                                entries_text(config, group.entries), group.entries.size() == 1 ? "names" : "name",
                                listed_names(group.modules));
  finding.notes.push_back(
      "what the entries name the model has under other names, or joined into one layer, so that nothing leaves it out");
  const std::vector<std::string> rest = without(config.skipped, group.entries);
  const std::string title =
      fmt::format("write {} in place of {} into `{}`", listed_names(group.modules), listed_names(group.entries), key);
  propose(config, joined(rest, group.modules), title, finding);
  propose(config, joined(rest, ended(group.modules)), title + ", each with `$` behind it", finding);
}

void check_wrong_skip_list(const Model& model, Findings& out) {
  for (const Stored stored_as : {Stored::kQuantized, Stored::kPlain}) {
    const PackingGroup group = packing_group(model, Cause::kSkipEntry, stored_as);
    if (group.empty()) continue;
    Finding& finding = out.emplace_back();
    finding.tensors = group.tensors;
    finding.labels.push_back(
        Label::stored("config.json", skip_list_path(*model.config->quantization), "the list of what stays plain"));
    place(model, group, finding);
    stored_as == Stored::kQuantized ? word_greedy(model, group, finding) : word_idle(model, group, finding);
    finding.notes.push_back(outcome_of(group));
  }
}

}  // namespace

extern const Rule wrong_skip_list = {
    .name = "wrong-skip-list",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kConfig,
    .summary = "an entry of the list of unquantized modules matches too many modules, or none",
    .why =
        "from_pretrained builds a quantized layer where plain weights are stored, or a plain one where quantized "
        "values are: scales are left out, or layers start from random values. It says so in a table of keys alone, "
        "and raises nothing.",
    .example =
        "config.json: \"modules_to_not_convert\": [\"model.layers.0.mlp.gate\"]; releases before 5.21 leave "
        "`model.layers.0.mlp.gate_proj` plain as well",
    .remedy =
        "Name in the list (`ignore`, `modules_to_not_convert`, `llm_int8_skip_modules`) the modules that are stored "
        "plain, as the model names them, and no others.",
    .references = "`should_convert_module` of transformers 5; `match_named_modules` of compressed-tensors.",
    .check = check_wrong_skip_list,
};

}  // namespace ckptlint
