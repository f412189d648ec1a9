// Turns each remedy that a rule proposes into an attempt: edits of files, a device map, or options.
#include "fix/remedies.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/escape.h"
#include "base/json_document.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/weight_sets.h"
#include "ckptlint/names.h"
#include "ckptlint/quantizer.h"
#include "ckptlint/rule.h"
#include "fix/device_edits.h"
#include "fix/ignore_pattern.h"
#include "fix/index_text.h"
#include "fix/json_edit.h"
#include "fix/loading_remedies.h"
#include "fix/mended_map.h"
#include "fix/python_edits.h"
#include "fix/rebuild_branch.h"
#include "fix/values.h"
#include "placement/budget_text.h"
#include "placement/suggest.h"

namespace ckptlint {
namespace {

constexpr std::string_view kIgnoreAttribute = "_keys_to_ignore_on_load_unexpected";
constexpr std::string_view kNoSplitAttribute = "_no_split_modules";

// The user's file that registers the buffers, and who they are there.
struct OwnBuffers {
  FileId file = FileId::kNone;
  PythonText source;
  std::string owner_class;
  std::vector<std::string> names;          // last components, distinct, in the order of the graph
  std::vector<const python::Call*> calls;  // that register them, distinct
};

Result<PythonText> own_source(const ModuleGraph& graph, FileId id, std::string_view what) {
  const SourceFile* file = graph.sources.find(id);
  if (file == nullptr) return Error{fmt::format("it is not known where {} is written", what)};
  if (!file->in_model_repo)
    return Error{fmt::format("{} is written in {}, which is not a file of this model", what, quoted_name(file->path))};
  Result<PythonText> source = PythonText::parse(std::string(file->text));
  if (!source.ok()) return Error{fmt::format("{}: {}", quoted_name(file->path), source.error().message)};
  return source;
}

Result<OwnBuffers> own_buffers(const ModuleGraph& graph, const std::vector<TensorId>& buffers) {
  if (buffers.empty()) return Error{"there is no buffer to edit"};
  const Tensor& first = graph.tensor(buffers.front());
  Result<PythonText> source = own_source(graph, first.registered.file, quoted_name(first.name));
  if (!source.ok()) return source.error();
  OwnBuffers own{first.registered.file, std::move(*source), graph.module(first.owner).class_name, {}, {}};
  for (const TensorId id : buffers) {
    const Tensor& tensor = graph.tensor(id);
    if (tensor.registered.file != own.file || graph.module(tensor.owner).class_name != own.owner_class) {
      return Error{"the buffers belong to more than one class"};
    }
    const std::string name(leaf_of(tensor.name));
    if (std::find(own.names.begin(), own.names.end(), name) != own.names.end()) continue;
    own.names.push_back(name);
    Result<std::vector<const python::Call*>> calls = registrations_of(own.source, tensor.registered, name);
    if (!calls.ok()) return calls.error();
    for (const python::Call* call : *calls) {
      const bool known = std::find(own.calls.begin(), own.calls.end(), call) != own.calls.end();
      if (!known) own.calls.push_back(call);
    }
  }
  return own;
}

// Why a buffer may not be computed instead of loaded; nothing where its stored value is the initial one, or none is
// stored.
std::optional<Error> learned(const Model& model, const FileTree* repo, const std::vector<TensorId>& buffers) {
  if (!model.loading || repo == nullptr) return std::nullopt;
  for (const MatchedKey& match : model.loading->matched) {
    if (std::find(buffers.begin(), buffers.end(), match.tensor) == buffers.end()) continue;
    const Tensor& tensor = model.graph->tensor(match.tensor);
    const StoredTensor& stored = model.checkpoint->tensors[match.stored];
    switch (match.converted ? ValueComparison::kNotComparable
                            : compare_values(tensor, *repo, *model.checkpoint, stored)) {
      case ValueComparison::kEqual:
        break;
      case ValueComparison::kDifferent:
        return Error{
            fmt::format("the stored value of {} is not the one that the constructor computes, so it has to be loaded",
                        quoted_name(tensor.name))};
      case ValueComparison::kNotComparable:
        return Error{fmt::format(
            "it could not be found out whether the stored value of {} is the one that the constructor computes",
            quoted_name(tensor.name))};
    }
  }
  return std::nullopt;
}

Result<Attempt> attempt_one(const DropPersistence& remedy, const Model& model, const FileTree* repo) {
  if (const auto error = learned(model, repo, remedy.buffers)) return *error;
  Result<OwnBuffers> own = own_buffers(*model.graph, remedy.buffers);
  if (!own.ok()) return own.error();
  Result<std::vector<Edit>> edits = persistence_edits(own->source, own->calls, own->file);
  if (!edits.ok()) return edits.error();
  Attempt made;
  made.title = fmt::format("register {} with `persistent=False`", listed_names(own->names));
  made.edits = std::move(*edits);
  if (!model.checkpoint || !model.checkpoint->has_weights()) {
    made.applicability = Applicability::kUnsafe;
    made.reason = "there is no checkpoint whose values could be compared with those that the constructor computes";
  }
  return made;
}

Result<Attempt> attempt_one(const MoveWhereUsed& remedy, const Model& model, const FileTree*) {
  Result<OwnBuffers> own = own_buffers(*model.graph, remedy.buffers);
  if (!own.ok()) return own.error();
  DeviceEdits edits = device_edits(own->source, own->owner_class, own->names, own->file);
  if (edits.edits.empty()) return Error{"no method of the class uses the buffers"};
  Attempt made;
  made.title = "move them to the device of what they meet where they are used";
  made.applicability = Applicability::kUnsafe;
  made.reason = "what `forward` does is not simulated: look at each `.to(...)`";
  made.edits = std::move(edits.edits);
  return made;
}

Result<Attempt> attempt_one(const RebuildBuffers& remedy, const Model& model, const FileTree*) {
  Result<OwnBuffers> own = own_buffers(*model.graph, remedy.buffers);
  if (!own.ok()) return own.error();
  // The model whose `_init_weights` sees the module: the innermost PreTrainedModel around it.
  std::string model_class;
  for (ModuleId at = model.graph->tensor(remedy.buffers.front()).owner; at != ModuleId::kNone;
       at = model.graph->module(at).parent) {
    if (!is_pretrained(own->source, model.graph->module(at).class_name)) continue;
    model_class = model.graph->module(at).class_name;
    break;
  }
  Result<RebuildEdits> rebuilt = rebuild_edits(own->source, own->calls, own->owner_class, model_class, own->file);
  if (!rebuilt.ok()) return rebuilt.error();
  Attempt made;
  made.title = fmt::format("compute {} in `_init_weights`", listed_names(own->names));
  made.edits = std::move(rebuilt->edits);
  if (!rebuilt->defaults.empty()) {
    made.applicability = Applicability::kUnsafe;
    made.reason = fmt::format("right only where {} of the constructor {} left at {}", listed_names(rebuilt->defaults),
                              rebuilt->defaults.size() == 1 ? "is" : "are",
                              rebuilt->defaults.size() == 1 ? "its default" : "their defaults");
  }
  return made;
}

Result<Attempt> attempt_one(const IgnoreUnexpected& remedy, const Model& model, const FileTree* repo) {
  constexpr std::size_t kMostUnexpected = 20'000;
  const std::vector<UnexpectedKey> unexpected =
      model.loading ? model.loading->unexpected : std::vector<UnexpectedKey>();
  if (unexpected.size() > kMostUnexpected)
    return Error{
        fmt::format("{} keys are unexpected, so that the checkpoint is hardly one of this model", unexpected.size())};
  const std::set<std::string> intended(remedy.keys.begin(), remedy.keys.end());
  std::vector<std::string> others;
  std::vector<TensorId> computed;
  for (std::uint32_t i = 0; i < model.graph->tensors.size(); ++i) {
    const Tensor& tensor = model.graph->tensors[i];
    if (tensor.persistent)
      others.push_back(tensor.name);
    else if (intended.contains(tensor.name))
      computed.push_back(TensorId{i});
  }
  for (const UnexpectedKey& key : unexpected) {
    if (!intended.contains(key.key)) others.push_back(key.key);
  }
  const std::vector<std::string> patterns = ignore_patterns(remedy.keys, others);
  if (patterns.empty()) return Error{"no pattern matches these keys and no other"};
  Attempt made;
  std::string list;
  for (const std::string& pattern : patterns)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", string_literal(pattern));
  made.title = fmt::format("ignore {} in `{}`",
                           patterns.size() <= 4 ? list : fmt::format("{} patterns", patterns.size()), kIgnoreAttribute);
  if (computed.size() != intended.size()) {
    made.applicability = Applicability::kUnsafe;
    made.reason = "right only if nothing of the model should load these tensors";
  } else {
    for (const UnexpectedKey& key : unexpected) {
      if (key.unsaved == TensorId::kNone || !intended.contains(key.key) || repo == nullptr) continue;
      const Tensor& tensor = model.graph->tensor(key.unsaved);
      if (compare_values(tensor, *repo, *model.checkpoint, model.checkpoint->tensors[key.stored]) ==
          ValueComparison::kEqual)
        continue;
      made.applicability = Applicability::kUnsafe;
      made.reason =
          fmt::format("the stored value of {} is not known to be the one that is computed", quoted_name(tensor.name));
    }
  }
  const Module& root = model.graph->modules.front();
  Result<PythonText> source = own_source(*model.graph, root.class_span.file, fmt::format("`{}`", root.class_name));
  if (source.ok()) {
    const python::ClassDef* target = shared_class(*source, root.class_name, kIgnoreAttribute);
    if (target != nullptr) {
      Result<Edit> edit = class_list_edit(*source, *target, kIgnoreAttribute, patterns, root.class_span.file);
      if (!edit.ok()) return edit.error();
      made.edits.push_back(std::move(*edit));
      return made;
    }
  }
  made.applicability = Applicability::kDisplayOnly;
  made.reason.clear();
  made.ignore_unexpected = patterns;
  made.text = fmt::format("{}.{} = [{}]", root.class_name, kIgnoreAttribute, list);
  return made;
}

Result<Attempt> attempt_one(const KeepWhole& remedy, const Model& model, const FileTree*) {
  const ModuleGraph& graph = *model.graph;
  std::set<std::string> classes;
  for (const TensorId id : remedy.tensors) classes.insert(graph.module(graph.tensor(id).owner).class_name);
  for (const ModuleId id : remedy.modules) classes.insert(graph.module(id).class_name);
  Attempt made;
  made.keep_whole.assign(classes.begin(), classes.end());
  const auto declared = [&](const std::string& name) {
    return graph.no_split_modules && std::find(graph.no_split_modules->begin(), graph.no_split_modules->end(), name) !=
                                         graph.no_split_modules->end();
  };
  std::vector<std::string> absent;
  std::copy_if(classes.begin(), classes.end(), std::back_inserter(absent),
               [&](const std::string& name) { return !declared(name); });
  if (absent.empty()) {
    made.title = "pass the model's no-split classes, which are there already";
    made.applicability = Applicability::kDisplayOnly;
    made.text = "infer_auto_device_map(model, max_memory=..., no_split_module_classes=model._no_split_modules)";
    return made;
  }
  made.title = fmt::format("keep every {} whole: add it to `{}`", listed_names(absent), kNoSplitAttribute);
  const Module& root = graph.modules.front();
  Result<PythonText> source = own_source(graph, root.class_span.file, fmt::format("`{}`", root.class_name));
  if (source.ok()) {
    const python::ClassDef* target = shared_class(*source, root.class_name, kNoSplitAttribute);
    if (target != nullptr) {
      Result<Edit> edit = class_list_edit(*source, *target, kNoSplitAttribute, absent, root.class_span.file);
      if (!edit.ok()) return edit.error();
      made.edits.push_back(std::move(*edit));
      return made;
    }
  }
  made.applicability = Applicability::kDisplayOnly;
  std::string list;
  for (const std::string& name : made.keep_whole) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", name);
  made.text = fmt::format("{}.{} = [{}]", root.class_name, kNoSplitAttribute, list);
  return made;
}

std::string pasted(const std::vector<std::pair<std::string, Device>>& map) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, device] : map) {
    if (device.kind == DeviceKind::kAccelerator)
      json[name] = device.index;
    else
      json[name] = name_of(device);
  }
  return "device_map = " + json_lines(json, 2);
}

// The budgets that the map is to work under: those given, or some at which the tensors are lost.  The latter are tried
// from the least on, as far as they reach, until nothing has to go to the CPU and no block to be cut.
std::vector<std::vector<Budget>> budgets_for(const Placements& placements, const std::vector<TensorId>& tensors) {
  if (!placements.budgets.empty()) return {placements.budgets};
  const auto loses = [&](const LossRange& range) {
    return std::any_of(tensors.begin(), tensors.end(), [&](TensorId id) {
      return std::find(range.lost.begin(), range.lost.end(), id) != range.lost.end();
    });
  };
  constexpr std::size_t kMostTried = 20;
  for (const SimulatedMap& map : placements.maps) {
    for (const Witness& witness : map.witnesses) {
      std::vector<std::vector<Budget>> all;
      for (const LossRange& range : witness.losses) {
        if (!loses(range) || all.size() >= kMostTried) continue;
        for (const int percent : {100, 125, 150, 200, 400}) {
          Bytes each = Bytes::whole(
              std::max<std::int64_t>(range.budget.from.rounded_up() / 100 * percent, range.budget.from.rounded_up()));
          if (range.budget.to && each > *range.budget.to) each = *range.budget.to;
          std::vector<Budget>& budgets = all.emplace_back();
          for (std::uint32_t i = 0; i < witness.devices; ++i)
            budgets.push_back({Device::accelerator(static_cast<std::int32_t>(i)), each});
          budgets.push_back({Device::cpu(), kMostBytes});
        }
      }
      if (!all.empty()) return all;
    }
  }
  return {};
}

Result<SuggestedMap> map_for(const ModuleGraph& graph, const std::vector<std::vector<Budget>>& all,
                             std::vector<Budget>& used) {
  Result<SuggestedMap> best = Error{"no budgets are known for which a map could be written"};
  const PlacementSimulator simulator(graph);
  // A quantizer gives sizes to the release that it was evaluated from.
  const bool sizes_itself = !graph.quantizer || !graph.quantizer->element_sizes.empty();
  for (const std::vector<Budget>& budgets : all) {
    PlacementQuestion question;
    question.budgets = budgets;
    question.libraries.transformers_places_itself = sizes_itself;
    Result<SuggestedMap> map = suggest_map(simulator, question);
    const auto price = [](const SuggestedMap& each) { return (each.spills ? 2 : 0) + (each.in_whole_items ? 0 : 1); };
    const bool better = map.ok() && (!best.ok() || price(*map) < price(*best));
    if (!better && (best.ok() || map.ok())) continue;
    used = budgets;
    best = std::move(map);
    if (best.ok() && price(*best) == 0) break;
  }
  return best;
}

Result<Attempt> attempt_one(const WriteDeviceMap& remedy, const Model& model, const FileTree*) {
  std::vector<Budget> used;
  Result<SuggestedMap> suggested = map_for(*model.graph, budgets_for(*model.placements, remedy.tensors), used);
  if (!suggested.ok()) return suggested.error();
  Attempt made;
  for (const DeviceMapEntry& entry : suggested->map.entries) made.device_map.emplace_back(entry.name, entry.device);
  std::string budgets;
  for (const Budget& budget : used) {
    if (budget.bytes < kMostBytes)
      budgets += fmt::format("{}{}={}", budgets.empty() ? "" : ", ", name_of(budget.device), human_size(budget.bytes));
  }
  made.title = fmt::format("pass a complete device map, here for {}", budgets);
  made.applicability = Applicability::kDisplayOnly;
  made.text = pasted(made.device_map);
  return made;
}

Result<Attempt> attempt_one(const MendDeviceMap& remedy, const Model& model, const FileTree*) {
  const auto given = std::find_if(model.placements->maps.begin(), model.placements->maps.end(),
                                  [](const SimulatedMap& map) { return map.placement.has_value(); });
  if (!model.placements->by_hand || given == model.placements->maps.end()) return Error{"no device map was given"};
  Result<MendedMap> mended = mended_map(*model.graph, *given->placement, remedy.whole);
  if (!mended.ok()) return mended.error();
  if (mended->map.empty()) return Error{"nothing of the map names anything in the model"};
  Attempt made;
  std::string changes;
  const auto add = [&](std::string_view verb, const std::vector<std::string>& keys) {
    if (!keys.empty()) changes += fmt::format("{}{} {}", changes.empty() ? "" : ", ", verb, listed_names(keys));
  };
  add("without", mended->removed);
  add("with", mended->added);
  add("with another device for", mended->changed);
  made.title = fmt::format("pass the same map {}", changes);
  made.applicability = Applicability::kDisplayOnly;
  made.text = pasted(mended->map);
  made.device_map = std::move(mended->map);
  return made;
}

std::vector<std::string> paths_of(const Checkpoint& checkpoint) {
  std::vector<std::string> paths;
  for (const Shard& shard : checkpoint.shards) paths.push_back(shard.path);
  return paths;
}

Result<Attempt> attempt_one(const WriteIndex&, const Model& model, const FileTree* repo) {
  if (repo == nullptr) return Error{"there is no repo"};
  Result<IndexText> index = index_text(*model.checkpoint, *repo);
  if (!index.ok()) return index.error();
  Attempt made;
  made.title = fmt::format("write {} from the headers of {} file{}", quoted_name(index->path),
                           model.checkpoint->shards.size(), model.checkpoint->shards.size() == 1 ? "" : "s");
  made.files[index->path] = std::move(index->text);
  const auto lost = [](const Defect& defect) { return defect.kind == DefectKind::kTensorAbsent; };
  const bool all_there = model.loading && model.loading->missing.empty();
  const bool all_named = !model.checkpoint->index || model.checkpoint->index->complete;
  if (!all_named && !are_all_shards(paths_of(*model.checkpoint))) {
    made.applicability = Applicability::kUnsafe;
    made.reason =
        "right only if there are no other files: the index cannot be read to its end, and the names of these "
        "do not say how many there are";
  } else if (!all_there && std::any_of(model.checkpoint->defects.begin(), model.checkpoint->defects.end(), lost)) {
    made.applicability = Applicability::kUnsafe;
    made.reason = "right only if the tensors that the index lists and no file has are not needed";
  }
  return made;
}

Result<Attempt> attempt_one(const EditConfig& remedy, const Model&, const FileTree* repo) {
  if (repo == nullptr) return Error{"there is no repo"};
  const Result<std::string> text = repo->read("config.json");
  if (!text.ok()) return text.error();
  Result<std::string> edited = with_json_member(*text, remedy.path, remedy.value);
  if (!edited.ok()) return edited.error();
  Attempt made;
  made.title = !remedy.title.empty() ? remedy.title + " in `config.json`"
               : remedy.value.empty()
                   ? fmt::format("remove {} from `config.json`", quoted_name(remedy.path))
                   : fmt::format("set {} to {} in `config.json`", quoted_name(remedy.path), quoted_name(remedy.value));
  made.applicability = Applicability::kUnsafe;
  made.reason = remedy.reason;
  made.files["config.json"] = std::move(*edited);
  return made;
}

}  // namespace

Result<Attempt> attempt(const Remedy& remedy, const Model& model, const FileTree* repo) {
  return std::visit([&](const auto& each) { return attempt_one(each, model, repo); }, remedy);
}

}  // namespace ckptlint
