#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

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

void check(const Model& model, Findings& out) {
  const ModuleGraph& graph = *model.graph;
  const std::set<TensorId> missing(model.leftovers->missing.begin(), model.leftovers->missing.end());
  const std::vector<bool> whole = wholly_missing(graph, missing);
  struct Group {
    std::vector<TensorId> tensors;
    std::set<std::string> modules;  // wholly missing ones
  };
  std::map<std::string, Group> groups;
  for (const TensorId id : model.leftovers->missing) {
    const Tensor& tensor = graph.tensor(id);
    const ModuleId module = outermost(graph, tensor.owner, whole);
    const bool has_module = module != ModuleId::kNone;
    Group& group =
        groups[has_module ? "module " + name_shape(graph.module(module).name) : "tensor " + name_shape(tensor.name)];
    group.tensors.push_back(id);
    if (has_module) group.modules.insert(graph.module(module).name);
  }
  for (const auto& [place, group] : groups) {
    Finding& finding = out.emplace_back();
    finding.tensors = names_of(graph, group.tensors);
    const bool everything = group.modules.contains("");
    if (everything) {
      finding.message = fmt::format("none of the {} tensors of the model is stored", finding.tensors.size());
    } else if (group.tensors.size() > 3 && !group.modules.empty()) {
      finding.message = fmt::format("none of the {} tensors of {} is stored", finding.tensors.size(),
                                    listed_names({group.modules.begin(), group.modules.end()}));
    } else {
      finding.message = fmt::format("{} {} expected, but not stored", listed_names(finding.tensors),
                                    group.tensors.size() == 1 ? "is" : "are");
    }
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
    finding.notes.push_back(
        "`from_pretrained` gives what is missing a fresh start: random or constant values, and a line in its report");
    finding.remedies = count_guesses(model, finding.tensors);
  }
}

}  // namespace

extern const Rule missing_keys = {
    .name = "missing-keys",
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading,
    .summary = "the model expects tensors that the checkpoint lacks",
    .why =
        "from_pretrained starts them from random or constant values and says so in a warning alone. The model runs, "
        "and part of it "
        "was never trained.",
    .example =
        "config.json: \"architectures\": [\"LlamaForCausalLM\"], \"tie_word_embeddings\": false\n"
        "model.safetensors has no `lm_head.weight`",
    .remedy =
        "Save the tensors; or name the class that was saved in `architectures`; or, where an output layer shares the "
        "weights of the "
        "embedding, set `tie_word_embeddings`.",
    .references = "transformers issues 32067, 48722; `_adjust_missing_and_unexpected_keys` of transformers 5.",
    .check = check,
};

}  // namespace ckptlint
