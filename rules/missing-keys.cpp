// Reports that the model expects tensors that the checkpoint lacks.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

// For every module, whether each tensor of the state dict in it and below is missing; false where it has none.
std::vector<bool> wholly_missing(const ModuleGraph& graph, const std::set<TensorId>& missing) {
  std::vector<bool> has_any(graph.modules.size(), false);
  std::vector<bool> lacks_none(graph.modules.size(), true);
  for (std::size_t row = graph.modules.size(); row-- > 0;) {
    const Module& module = graph.modules[row];
    for (std::uint32_t i = module.first_tensor; i < module.first_tensor + module.tensor_count; ++i) {
      if (!graph.tensors[i].persistent) continue;
      has_any[row] = true;
      if (!missing.contains(TensorId{i})) lacks_none[row] = false;
    }
    if (module.parent == ModuleId::kNone || !has_any[row]) continue;
    has_any[index(module.parent)] = true;
    if (!lacks_none[row]) lacks_none[index(module.parent)] = false;
  }
  for (std::size_t row = 0; row < has_any.size(); ++row) lacks_none[row] = lacks_none[row] && has_any[row];
  return lacks_none;
}

// The outermost wholly missing module around a tensor; kNone if even its owner has something.
ModuleId outermost(const ModuleGraph& graph, ModuleId owner, const std::vector<bool>& whole) {
  ModuleId found = ModuleId::kNone;
  for (ModuleId at = owner; at != ModuleId::kNone && whole[index(at)]; at = graph.module(at).parent) found = at;
  return found;
}

enum class Fate : std::uint8_t { kDerived, kFresh, kUnset, kUnknown };

Fate fate_of(const Model& model, TensorId id) {
  const std::vector<TensorId>& missing = model.loading->missing;
  const auto at = std::lower_bound(missing.begin(), missing.end(), id) - missing.begin();
  switch (model.loading->initialized[static_cast<std::size_t>(at)]) {
    case Rebuild::kWritten:
      return is_derived(model.graph->tensor(id)) ? Fate::kDerived : Fate::kFresh;
    case Rebuild::kUnset:
      return Fate::kUnset;
    case Rebuild::kUnknown:
      break;
  }
  return Fate::kUnknown;
}

struct MissingGroup {
  Fate fate = Fate::kUnknown;
  std::vector<TensorId> tensors;
  std::set<std::string> modules;  // wholly missing ones
};

std::string message_of(const MissingGroup& group, const std::vector<std::string>& names) {
  if (group.modules.contains("")) return fmt::format("none of the {} tensors of the model is stored", names.size());
  if (group.tensors.size() > 3 && !group.modules.empty())
    return fmt::format("none of the {} tensors of {} is stored", names.size(),
                       listed_names({group.modules.begin(), group.modules.end()}));
  return fmt::format("{} {} expected, but not stored", listed_names(names), group.tensors.size() == 1 ? "is" : "are");
}

// Of diffusers, which has no values for what is missing.
std::string what_follows(const MissingGroup& group, const std::string& library, const Loading& loading) {
  const bool one = group.tensors.size() == 1;
  const bool is_silent = std::any_of(group.tensors.begin(), group.tensors.end(), [&](TensorId id) {
    return std::binary_search(loading.unreported.begin(), loading.unreported.end(), id);
  });
  if (is_silent)
    return fmt::format(
        "{} leaves {} on the meta device, without values, and its log says nothing of {}: moving the model to a "
        "device then raises",
        library, one ? "it" : "them", one ? "it" : "that");
  return fmt::format(
      "{} leaves {} on the meta device, without values, and says so in its log: moving the model to a device then "
      "raises; with `low_cpu_mem_usage=False` {} uninitialised memory",
      library, one ? "it" : "them", one ? "it holds" : "they hold");
}

std::string what_follows(const MissingGroup& group) {
  const bool one = group.tensors.size() == 1;
  switch (group.fate) {
    case Fate::kDerived:
      return fmt::format("{} computed from the config all the same, so nothing is lost but a clean report",
                         one ? "it is" : "they are");
    case Fate::kFresh:
      return "`from_pretrained` gives what is missing a fresh start: "
             "random or constant values, and a line in its report";
    case Fate::kUnset:
      return fmt::format("nothing in `_init_weights` writes {}: {} uninitialised memory after loading",
                         one ? "it" : "them", one ? "it holds" : "they hold");
    case Fate::kUnknown:
      break;
  }
  return "`from_pretrained` leaves what is missing as the constructor or `_init_weights` makes it, and says so "
         "in a line of its report";
}

// What one block after the other lacks has one cause; elsewhere each name has its own.
std::string place_of(const std::string& name) {
  const std::string around = name_shape(parent_of(name));
  return around.find('*') != std::string::npos ? "in " + around : name_shape(name);
}

// Every parameter is there, and several buffers are not: a tool left them out that knows of parameters alone.
bool lacks_buffers_alone(const Model& model) {
  const std::vector<TensorId>& missing = model.loading->missing;
  return missing.size() > 1 &&
         std::all_of(missing.begin(), missing.end(), [&](TensorId id) { return model.graph->tensor(id).is_buffer(); });
}

void word(const Model& model, const MissingGroup& group, Finding& finding) {
  finding.tensors = model.graph->names_of(group.tensors);
  finding.severity = group.fate == Fate::kDerived ? Severity::kInfo : Severity::kError;
  finding.message = message_of(group, finding.tensors);
  const bool few = group.tensors.size() <= 3;
  finding.labels = places_of(model, few ? group.tensors : std::vector<TensorId>{group.tensors.front()},
                             few ? "expected here" : "the first of them");
  if (!model.checkpoint->shards.empty()) {
    const std::size_t shards = model.checkpoint->shards.size();
    finding.labels.push_back(
        Label::stored(model.checkpoint->shards.front().path, "",
                      shards == 1 ? "has no such tensor"
                                  : fmt::format("has no such tensor, nor have the {} other files", shards - 1)));
  }
  finding.notes.push_back(model.graph->library.empty() ? what_follows(group)
                                                       : what_follows(group, model.graph->library, *model.loading));
  if (lacks_buffers_alone(model)) {
    finding.notes.push_back(
        "every parameter is stored, and buffers alone are not: some tools that put the parts of a distributed "
        "checkpoint together, such as early releases of DeepSpeed's zero_to_fp32.py, leave buffers out");
  }
  if (group.fate != Fate::kDerived) finding.remedies = count_guesses(model, finding.tensors);
}

void check_missing_keys(const Model& model, Findings& out) {
  const ModuleGraph& graph = *model.graph;
  const std::set<TensorId> missing(model.leftovers->missing.begin(), model.leftovers->missing.end());
  const std::vector<bool> whole = wholly_missing(graph, missing);
  const bool buffers_alone = lacks_buffers_alone(model);
  std::map<std::pair<std::string, Fate>, MissingGroup> groups;
  for (const TensorId id : model.leftovers->missing) {
    const Tensor& tensor = graph.tensor(id);
    const ModuleId module = outermost(graph, tensor.owner, whole);
    const bool has_module = module != ModuleId::kNone;
    const Fate fate = fate_of(model, id);
    MissingGroup& group = groups[{buffers_alone ? "buffers"
                                  : has_module  ? "module " + place_of(graph.module(module).name)
                                                : "tensor " + place_of(std::string(parent_of(tensor.name))) + "." +
                                                     std::string(leaf_of(tensor.name)),
                                  fate}];
    group.fate = fate;
    group.tensors.push_back(id);
    if (has_module) group.modules.insert(graph.module(module).name);
  }
  for (const auto& [place, group] : groups) word(model, group, out.emplace_back());
}

}  // namespace

extern const Rule missing_keys = {
    .name = "missing-keys",
    .family = Family::kKeys,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "the model expects tensors that the checkpoint lacks",
    .why =
        "from_pretrained starts them from random or constant values and says so in a warning alone; what not "
        "even `_init_weights` writes holds whatever was in memory. The model runs, and part of it was never "
        "trained. A buffer that follows from the config is computed again and only worth knowing.",
    .example =
        "config.json: \"architectures\": [\"LlamaForCausalLM\"], \"tie_word_embeddings\": false\n"
        "model.safetensors has no `lm_head.weight`",
    .remedy =
        "Save the tensors; or name the class that was saved in `architectures`; or, where an output layer "
        "shares the weights of the embedding, set `tie_word_embeddings`.",
    .references = "transformers issues 32067, 48722; `_adjust_missing_and_unexpected_keys` of transformers 5.",
    .check = check_missing_keys,
};

}  // namespace ckptlint
