// Evaluates the model's own `_init_weights` and `initialize_weights`, and notes which buffers they write and which
// loaded tensors they overwrite.
#include "graph/initialization.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/process_memory.h"
#include "graph/asking.h"
#include "graph/in_place_writes.h"
#include "graph/meta_device.h"
#include "graph/model_walk.h"
#include "graph/own_loader.h"
#include "graph/stand_ins.h"
#include "library/torch/nn_module.h"
#include "library/torch/state.h"
#include "library/torch/tensors.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Kind;
using python::ModuleInstance;
using python::Str;
using python::Value;

// A tensor as it was before anything is initialised.
struct Watched {
  std::size_t row;  // in ModuleGraph::tensors
  ModuleInstance* module;
  Str* key;
  python::Tensor* tensor;
  std::uint32_t writes;

  TensorId id() const { return TensorId{static_cast<std::uint32_t>(row)}; }

  bool written() const {
    for (Dict* table : {module->parameters, module->buffers}) {
      const Value* now = table == nullptr ? nullptr : python::dict_find(table, key);
      if (now != nullptr && now->is(Kind::kTensor) && now->as<python::Tensor>() == tensor)
        return python::torch::writes_of(tensor) != writes;
    }
    return true;
  }
};

enum class Outcome { kDone, kUndecided, kRaised };

// What the model is given before it is initialised.
enum class Weights {
  kTheConstructors,  // none yet, and names that share a tensor share it still
  kLoaded,           // a tensor of its own under each name, as transformers 5 sets them
};

// What `initialize_weights` may write, by row.  To be walked, so that rows and objects meet again: what the checkpoint
// holds then counts as initialised, as after loading, and no module does.  Its end gives the model its tensors back.
class Initialization : public ModelVisitor {
 public:
  // `missing`: the tensors of the state dict that were not loaded, ascending.
  Initialization(Interpreter& in, const ModuleGraph& graph, const std::vector<TensorId>& missing,
                 Weights weights = Weights::kLoaded)
      : in_(in), graph_(graph), missing_(missing), weights_(weights), flag_(in.intern("_is_hf_initialized")) {}
  ~Initialization() {
    for (auto each = replaced_.rbegin(); each != replaced_.rend(); ++each) put_back(*each);
  }
  Initialization(const Initialization&) = delete;
  Initialization& operator=(const Initialization&) = delete;

  void enter(ModuleInstance* module, const Dict::Entry*) {
    if (marked(module)) python::dict_erase(module->attributes, Value::of(flag_));
    watched_above_.push_back(watched());
  }

  void tensor(ModuleInstance* module, const Dict::Entry& entry, TensorKind) {
    const std::size_t row = next_row_++;
    if (!entry.value.is(Kind::kTensor)) return;
    const Tensor& made = graph_.tensors[row];
    python::Tensor* tensor = own_tensor(module, entry, made);
    const Watched watched{row, module, entry.key.as<Str>(), tensor, python::torch::writes_of(tensor)};
    if (made.is_buffer() && !made.persistent) {
      buffers_.push_back(watched);
    } else if (is_missing(row)) {
      if (tensor->attributes != nullptr) python::dict_erase(tensor->attributes, Value::of(flag_));
      absent_.push_back(watched);
    } else {
      if (tensor->attributes == nullptr) tensor->attributes = in_.dict();
      python::dict_set(in_.arena, tensor->attributes, flag_, Value::of(true));
      loaded_.push_back(watched);
    }
  }

  void leave(ModuleInstance* module) {
    const bool any_below = watched() > watched_above_.back();
    watched_above_.pop_back();
    if (any_below && on_path_.add(module)) path_.push_back(module);
  }

  bool any_watched() const { return watched() > 0; }
  const std::vector<Watched>& buffers() const { return buffers_; }  // outside the state dict
  const std::vector<Watched>& missing() const { return absent_; }
  const std::vector<Watched>& loaded() const { return loaded_; }
  bool all_written() const {
    const auto written = [](const Watched& each) { return each.written(); };
    return std::all_of(buffers_.begin(), buffers_.end(), written) &&
           std::all_of(absent_.begin(), absent_.end(), written);
  }

  // Over the modules that lead to a watched buffer alone.  Of thousands of modules these are few, and most often they
  // are what writes the buffers.
  Outcome run_on_path(const Value& initialize) {
    std::vector<ModuleInstance*> unmarked;
    for (ModuleInstance* each : path_) {
      if (!marked(each)) unmarked.push_back(each);
    }
    const Outcome outcome = [&] {
      const Meanwhile<const python::torch::IdentitySet*> no_others(in_.torch->shown_children, &on_path_);
      return run(initialize);
    }();
    for (ModuleInstance* each : unmarked) {
      if (marked(each)) python::dict_erase(each->attributes, Value::of(flag_));
    }
    return outcome;
  }

  // What `method` raises where all on the way to it is known.
  std::optional<python::PyRaise> raised_on_path(const Value& method, std::vector<Value> arguments) {
    const NotesTakenBack notes(in_);
    const Meanwhile<const python::torch::IdentitySet*> no_others(in_.torch->shown_children, &on_path_);
    const Meanwhile<python::Device*> off_meta(in_.torch->device, in_.torch->cpu);
    const auto answer = attempt([&] { in_.call(method, {arguments.data(), arguments.size(), nullptr, 0}); });
    const python::PyRaise* raised = answer.raised();
    if (raised == nullptr || raised->exception.unknown() || notes.any()) return std::nullopt;
    return *raised;
  }

  // Runs a `from_pretrained` of the class's own.  What it cannot be followed in is undecided.
  Outcome run_own_loading(const Value& model) {
    for (const Watched& each : buffers_) keep(each.module->buffers, Value::of(each.key), Value::of(each.tensor));
    const NotesTakenBack notes(in_);
    const bool raises = attempt([&] { given_by_own_loader(in_, model); }).raised() != nullptr;
    return raises || notes.any() ? Outcome::kUndecided : Outcome::kDone;
  }

  Outcome run(const Value& method, std::initializer_list<python::Keyword> keywords = {},
              std::initializer_list<Value> arguments = {}) {
    const NotesTakenBack notes(in_);
    const bool raises = attempt([&] { in_.call(method, arguments, keywords); }).raised() != nullptr;
    if (raises) return Outcome::kRaised;
    // A condition that could not be decided leaves it open whether a buffer that was not written is.
    return notes.any() ? Outcome::kUndecided : Outcome::kDone;
  }

 private:
  bool marked(const ModuleInstance* module) const {
    return module->attributes != nullptr && python::dict_find(module->attributes, flag_) != nullptr;
  }

  std::size_t watched() const { return buffers_.size() + absent_.size(); }

  // The tensor under that name, once it is loaded, or moved off the meta device: another one than under the first name,
  // unless that is the same attribute of one module.
  python::Tensor* own_tensor(ModuleInstance* module, const Dict::Entry& entry, const Tensor& made) {
    auto* tensor = entry.value.as<python::Tensor>();
    if (weights_ != Weights::kLoaded || !made.persistent) return tensor;
    const std::pair place{module, entry.key.as<Str>()};
    const auto [first, is_new] = first_place_.emplace(tensor, place);
    if (is_new || first->second == place) return tensor;
    Dict* table = made.is_buffer() ? module->buffers : module->parameters;
    python::Tensor* copy = python::torch::make_clone(in_, tensor);
    copy->type = tensor->type;
    copy->requires_grad = tensor->requires_grad;
    copy->shape_known = tensor->shape_known;
    first_place_.emplace(copy, place);
    keep(table, entry.key, entry.value);
    python::dict_set(in_.arena, table, entry.key, Value::of(copy));
    return copy;
  }

  struct Replaced {
    Dict* table;
    Value key, tensor;
  };

  // What the code has taken out meanwhile is put in again as far as there is room: this is no place to end at a limit.
  void put_back(const Replaced& each) noexcept {
    if (Value* now = python::dict_find(each.table, each.key)) {
      *now = each.tensor;
      return;
    }
    try {
      python::dict_set(in_.arena, each.table, each.key, each.tensor);
    } catch (const python::BudgetExceeded&) {
    } catch (const std::bad_alloc&) {
      on_lack_of_memory();
    }
  }

  void keep(Dict* table, const Value& key, const Value& tensor) { replaced_.push_back({table, key, tensor}); }

  bool is_missing(std::size_t row) const {
    return std::binary_search(missing_.begin(), missing_.end(), TensorId{static_cast<std::uint32_t>(row)});
  }

  Interpreter& in_;
  const ModuleGraph& graph_;
  const std::vector<TensorId>& missing_;
  const Weights weights_;
  Str* flag_;
  std::unordered_map<const python::Tensor*, std::pair<ModuleInstance*, Str*>> first_place_;
  std::vector<Replaced> replaced_;
  std::size_t next_row_ = 0;
  std::vector<std::size_t> watched_above_;  // how many there were before each module that the walk is in
  std::vector<Watched> buffers_, absent_, loaded_;
  std::vector<ModuleInstance*> path_;  // with a watched tensor in or below them
  python::torch::IdentitySet on_path_;
};

// What this release hands its `_initialize_missing_keys`, in the order of its parameters; nothing where it hands it
// more than is offered, or has no such method.  A model's own method of that name is handed the same.
std::optional<std::vector<Value>> handed_by_library(Interpreter& in, const std::vector<python::Keyword>& offered) {
  const Value library = in.import_name("transformers.modeling_utils", "PreTrainedModel");
  Value method;
  if (!in.find_attribute(library, in.intern("_initialize_missing_keys"), method)) return std::nullopt;
  const Value signature = in.call(in.import_name("inspect", "signature"), {method});
  std::vector<Value> handed;
  for (const Value& name : in.collect(in.attribute(signature, in.intern("parameters")))->items) {
    if (name.as<Str>() == in.sym.self) continue;
    const auto found = std::find_if(offered.begin(), offered.end(),
                                    [&](const python::Keyword& each) { return each.name == name.as<Str>(); });
    if (found == offered.end()) return std::nullopt;
    handed.push_back(found->value);
  }
  return handed;
}

// The method that initialises every module, where this release calls it after it has loaded what is stored.
bool initializes_after_loading(Interpreter& in, const Value& model, Value& initialize) {
  if (!in.find_attribute(model, in.intern("initialize_weights"), initialize)) return false;
  return builds_on_meta(in, model).value_or(false);
}

std::vector<TensorId> overwritten_of(const ModuleGraph& graph, const Initialization& initialization) {
  std::set<std::string_view> tied;  // what is tied afterwards has the values of another tensor
  if (graph.tied_weights) {
    for (const auto& [target, source] : *graph.tied_weights) tied.insert(target);
  }
  std::vector<TensorId> overwritten;
  std::set<const python::Tensor*> seen;  // under the name of a module that has several
  for (const Watched& each : initialization.loaded()) {
    if (python::torch::writes_of(each.tensor) != each.writes && !tied.contains(graph.tensors[each.row].name) &&
        seen.insert(each.tensor).second)
      overwritten.push_back(each.id());
  }
  return overwritten;
}

}  // namespace

TracedModel trace_initialization(Interpreter& in, const Value& model, const Value& quantizer, ModuleGraph& graph) {
  TracedModel traced(in, model);
  Value initialize, load;
  const bool traces = in.find_attribute(model, in.intern("initialize_weights"), initialize);
  if (!traces && !in.find_attribute(model, in.intern("_load_pretrained_model"), load)) return traced;
  const std::optional<bool> on_meta = builds_on_meta(in, model);
  if (!on_meta) return traced;
  if (!*on_meta) {
    for (Tensor& tensor : graph.tensors) {
      if (tensor.is_buffer() && !tensor.persistent) tensor.rebuild = Rebuild::kWritten;
    }
    return traced;
  }
  if (!traces) return traced;
  const std::vector<TensorId> none;
  Initialization initialization(in, graph, none);
  walk_model(model.as<ModuleInstance>(), initialization);
  if (!initialization.any_watched()) return traced;
  Outcome outcome = initialization.run_on_path(initialize);
  if (outcome != Outcome::kDone || !initialization.all_written()) outcome = initialization.run(initialize);
  traced.raises_ = outcome == Outcome::kRaised;
  if (traced.raises_) return traced;  // what it writes stays unknown
  // At last the quantizer may write what only it knows.
  if (!quantizer.is_none() && !initialization.all_written()) {
    const Outcome end = initialization.run(in.attribute(quantizer, in.intern("postprocess_model")), {}, {model});
    if (end != Outcome::kDone) outcome = Outcome::kUndecided;
  }
  if (!initialization.all_written() && initialization.run_own_loading(model) != Outcome::kDone)
    outcome = Outcome::kUndecided;
  const Rebuild otherwise = outcome == Outcome::kUndecided ? Rebuild::kUnknown : Rebuild::kUnset;
  for (const Watched& each : initialization.buffers()) {
    Tensor& tensor = graph.tensors[each.row];
    // An empty tensor holds nothing that could be wrong.
    const bool empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    tensor.rebuild = empty || each.written() ? Rebuild::kWritten : otherwise;
  }
  return traced;
}

LoadedModel trace_after_loading(const TracedModel& traced, const ModuleGraph& graph, std::vector<TensorId> absent) {
  Interpreter& in = traced.interpreter();
  const Value& model = traced.model();
  LoadedModel loaded(traced, graph, std::move(absent));
  Value initialize;
  if (!initializes_after_loading(in, model, initialize)) return loaded;
  const bool may_overwrite = may_write_in_place(in, model);
  if (loaded.absent().empty() && !may_overwrite) return loaded;
  Initialization initialization(in, graph, loaded.absent());
  walk_model(model.as<ModuleInstance>(), initialization);
  Outcome outcome = Outcome::kUndecided;
  if (!may_overwrite) outcome = initialization.run_on_path(initialize);
  if (outcome != Outcome::kDone || !initialization.all_written()) outcome = initialization.run(initialize);
  loaded.raises_ = outcome == Outcome::kRaised;
  if (loaded.raises_) return loaded;
  const Rebuild otherwise = outcome == Outcome::kUndecided ? Rebuild::kUnknown : Rebuild::kUnset;
  for (const Watched& each : initialization.missing()) {
    const auto at = std::lower_bound(loaded.absent().begin(), loaded.absent().end(), each.id());
    loaded.missing_[static_cast<std::size_t>(at - loaded.absent().begin())] =
        each.written() ? Rebuild::kWritten : otherwise;
  }
  if (outcome == Outcome::kDone) loaded.overwritten_ = overwritten_of(graph, initialization);
  return loaded;
}

std::vector<TensorId> changed_by_initialization(const LoadedModel& loaded, const TensorValues& values) {
  Interpreter& in = loaded.traced().interpreter();
  const Value& model = loaded.traced().model();
  std::vector<TensorId> changed;
  changed.reserve(values.size());
  for (const auto& each : values) changed.push_back(each.first);
  Value initialize;
  if (!initializes_after_loading(in, model, initialize)) return changed;
  Initialization initialization(in, loaded.graph(), loaded.absent());
  walk_model(model.as<ModuleInstance>(), initialization);
  std::map<TensorId, python::Tensor*> tensors;
  for (const Watched& each : initialization.loaded()) tensors.emplace(each.id(), each.tensor);
  for (const auto& [id, elements] : values) {
    const auto found = tensors.find(id);
    const bool fits = found != tensors.end() && python::torch::numel(found->second) == std::ssize(elements);
    if (fits) python::torch::write_elements(in, found->second, {elements.data(), 0, true});
  }
  if (initialization.run(initialize) != Outcome::kDone) return changed;
  const auto unchanged = [&](const auto& each) {
    const auto found = tensors.find(each.first);
    if (found == tensors.end()) return false;
    const python::torch::Known now = python::torch::known(found->second);
    if (!now.known || python::torch::numel(found->second) != std::ssize(each.second)) return false;
    for (std::size_t i = 0; i < each.second.size(); ++i) {
      if (now[static_cast<std::int64_t>(i)] != python::torch::round_to(found->second->dtype, each.second[i]))
        return false;
    }
    return true;
  };
  changed.clear();
  for (const auto& each : values) {
    if (!unchanged(each)) changed.push_back(each.first);
  }
  return changed;
}

Known<std::vector<TensorId>> trace_other_ranks(const TracedModel& traced, const ModuleGraph& graph) {
  Interpreter& in = traced.interpreter();
  const Value& model = traced.model();
  const Unknown not_followed{"what the library does on other ranks could not be followed"};
  Value initialize, method;
  if (!in.find_attribute(model, in.intern("initialize_weights"), initialize)) return not_followed;
  std::vector<TensorId> unset;
  if (!initializes_after_loading(in, model, initialize)) return unset;
  if (!in.find_attribute(model, in.intern("_initialize_missing_keys"), method)) return not_followed;
  const std::vector<TensorId> none;
  Initialization initialization(in, graph, none);
  walk_model(model.as<ModuleInstance>(), initialization);
  const Answer<Outcome> outcome = attempt([&] {
    // What tells the library where it runs says what another rank of FSDP hears.
    StandIns elsewhere(in);
    const Value module = Value::of(in.import_module("transformers.modeling_utils"));
    elsewhere.answer(module, "is_fsdp_enabled", Value::of(true));
    elsewhere.answer(module, "is_local_dist_rank_0", Value::of(false));
    return initialization.run(method, {{in.intern("is_quantized"), Value::of(false)}});
  });
  if (!outcome || *outcome != Outcome::kDone) return not_followed;
  for (const Watched& each : initialization.buffers()) {
    const Tensor& tensor = graph.tensors[each.row];
    if (tensor.rebuild == Rebuild::kWritten && tensor.alias == TensorId::kNone && !each.written())
      unset.push_back(each.id());
  }
  return unset;
}

std::optional<python::PyRaise> raised_by_initialization(Interpreter& in, const Value& model, const ModuleGraph& graph,
                                                        const std::vector<TensorId>& absent) {
  Value method;
  if (absent.empty() || !in.find_attribute(model, in.intern("_initialize_missing_keys"), method)) return std::nullopt;
  // 4.50 to 4.56 are told what is loaded, 4.57 what is missing, and 5 knows it.
  python::List* missing = in.list();
  python::List* loaded = in.list();
  for (std::uint32_t row = 0; row < graph.tensors.size(); ++row) {
    if (!graph.tensors[row].persistent) continue;
    const bool is_absent = std::binary_search(absent.begin(), absent.end(), TensorId{row});
    (is_absent ? missing : loaded)->items.push(in.arena, in.string(graph.tensors[row].name));
  }
  auto handed = handed_by_library(in, {{in.intern("is_quantized"), Value::of(true)},
                                       {in.intern("missing_keys"), Value::of(missing)},
                                       {in.intern("loaded_keys"), Value::of(loaded)},
                                       {in.intern("ignore_mismatched_sizes"), Value::of(false)}});
  if (!handed) return std::nullopt;
  Initialization initialization(in, graph, absent, Weights::kTheConstructors);
  walk_model(model.as<ModuleInstance>(), initialization);
  // They are moved off the meta device before they are initialised, and they alone.
  std::vector<std::pair<python::Tensor*, Value>> devices;
  for (const Watched& each : initialization.missing()) {
    devices.emplace_back(each.tensor, each.tensor->device);
    each.tensor->device = Value::of(python::torch::device(in, "cpu"));
  }
  std::optional<python::PyRaise> raised = initialization.raised_on_path(method, std::move(*handed));
  for (auto each = devices.rbegin(); each != devices.rend(); ++each) each->first->device = each->second;
  return raised;
}

}  // namespace ckptlint
