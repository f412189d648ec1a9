// Evaluates the model's own `_init_weights` and `initialize_weights`, and notes which buffers they write and which
// loaded tensors they overwrite.
#include "graph/initialization.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "library/torch/nn_module.h"
#include "library/torch/state.h"
#include "library/torch/tensors.h"
#include "python/syntax/source_unit.h"
#include "python/syntax/syntax.h"

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

  bool written() const {
    for (Dict* table : {module->parameters, module->buffers}) {
      const Value* now = table == nullptr ? nullptr : python::dict_find(table, key);
      if (now != nullptr && now->is(Kind::kTensor) && now->as<python::Tensor>() == tensor)
        return tensor->writes != writes;
    }
    return true;
  }
};

enum class Outcome { kDone, kUndecided, kRaised };

class Initialization {
 public:
  // `missing`: the tensors of the state dict that were not loaded, ascending.
  Initialization(Interpreter& in, const ModuleGraph& graph, const std::vector<TensorId>& missing)
      : in_(in), graph_(graph), missing_(missing), flag_(in.intern("_is_hf_initialized")) {}

  // The same walk as extract_graph's, so that rows and objects meet again.  What the checkpoint holds counts as
  // initialised, as after loading, and no module does.  Returns whether there is something to watch in or below the
  // module.
  bool watch(ModuleInstance* module) {
    if (marked(module)) python::dict_erase(module->attributes, Value::of(flag_));
    bool any = watch_tensors(module);
    if (module->modules != nullptr) {
      for (const Dict::Entry& entry : module->modules->entries) {
        const bool is_module = !entry.key.missing() && entry.value.is(Kind::kInstance) &&
                               entry.value.as<python::Instance>()->type->layout == python::Layout::kModule;
        if (is_module) any = watch(entry.value.as<ModuleInstance>()) || any;
      }
    }
    if (any && on_path_.add(module)) path_.push_back(module);
    return any;
  }

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
    in_.torch->shown_children = &on_path_;
    const Outcome outcome = run(initialize);
    in_.torch->shown_children = nullptr;
    for (ModuleInstance* each : unmarked) {
      if (marked(each)) python::dict_erase(each->attributes, Value::of(flag_));
    }
    return outcome;
  }

  Outcome run(const Value& initialize, std::initializer_list<python::Keyword> keywords = {}) {
    const std::size_t noted = in_.notes.size();
    Outcome outcome = Outcome::kDone;
    try {
      in_.call(initialize, {}, keywords);
    } catch (const python::PyRaise&) {
      outcome = Outcome::kRaised;
    }
    // A condition that could not be decided leaves it open whether a buffer that was not written is.
    if (outcome == Outcome::kDone && in_.notes.size() > noted) outcome = Outcome::kUndecided;
    in_.notes.resize(noted);
    return outcome;
  }

 private:
  bool marked(const ModuleInstance* module) const {
    return module->attributes != nullptr && python::dict_find(module->attributes, flag_) != nullptr;
  }

  bool watch_tensors(ModuleInstance* module) {
    const std::size_t before = buffers_.size() + absent_.size();
    for (Dict* table : {module->parameters, module->buffers}) {
      if (table == nullptr) continue;
      for (const Dict::Entry& entry : table->entries) {
        if (entry.key.missing() || entry.value.is_none()) continue;
        const std::size_t row = next_row_++;
        if (!entry.value.is(Kind::kTensor)) continue;
        python::Tensor* tensor = entry.value.as<python::Tensor>();
        const Tensor& made = graph_.tensors[row];
        const Watched watched{row, module, entry.key.as<Str>(), tensor, tensor->writes};
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
    }
    return buffers_.size() + absent_.size() > before;
  }

  bool is_missing(std::size_t row) const {
    return std::binary_search(missing_.begin(), missing_.end(), TensorId{static_cast<std::uint32_t>(row)});
  }

  Interpreter& in_;
  const ModuleGraph& graph_;
  const std::vector<TensorId>& missing_;
  Str* flag_;
  std::size_t next_row_ = 0;
  std::vector<Watched> buffers_, absent_, loaded_;
  std::vector<ModuleInstance*> path_;  // with a watched tensor in or below them
  python::torch::IdentitySet on_path_;
};

// Whether torch.device("meta") is among what from_pretrained of this release enters before it builds the model
// (PreTrainedModel.get_init_context).
std::optional<bool> context_has_meta(Interpreter& in, const Value& model) {
  Value method;
  if (!in.find_attribute(model, in.intern("get_init_context"), method)) return false;
  try {
    const Value signature = in.call(in.import_name("inspect", "signature"), {method});
    std::vector<python::Keyword> arguments;
    for (const Value& name : in.collect(in.attribute(signature, in.intern("parameters")))->items) {
      const bool is_dtype = name.as<Str>()->view() == "dtype";
      const Value value = is_dtype ? python::torch::dtype_value(in, Dtype::kFloat32) : Value::of(false);
      arguments.push_back({in.intern(name.as<Str>()->view()), value});
    }
    const Value contexts = in.call(method, {nullptr, 0, arguments.data(), arguments.size()});
    if (contexts.unknown()) return std::nullopt;
    for (const Value& context : in.collect(contexts)->items) {
      if (context.is(Kind::kDevice) && context.as<python::Device>()->type->view() == "meta") return true;
    }
    return false;
  } catch (const python::PyRaise&) {
    return std::nullopt;
  }
}

// The method that initialises every module, where this release calls it after it has loaded what is stored.
bool initializes_after_loading(Interpreter& in, const Value& model, Value& initialize) {
  if (!in.find_attribute(model, in.intern("initialize_weights"), initialize)) return false;
  return builds_on_meta(in, model).value_or(false);
}

// Whether a method named `_init_weights` of a class of the model may write tensors itself, past the functions that
// leave alone what was loaded.  Told by its text, so that the thousands of modules of a library's model, whose methods
// do not, are not gone through for nothing.
class InPlaceWrites {
 public:
  explicit InPlaceWrites(Interpreter& in) : in_(in), name_(in.intern("_init_weights")) {}

  bool any_in(ModuleInstance* module) {
    if (seen_.add(module->type) && any_of(module->type)) return true;
    if (module->modules == nullptr) return false;
    for (const Dict::Entry& entry : module->modules->entries) {
      const bool is_module = !entry.key.missing() && entry.value.is(Kind::kInstance) &&
                             entry.value.as<python::Instance>()->type->layout == python::Layout::kModule;
      if (is_module && any_in(entry.value.as<ModuleInstance>())) return true;
    }
    return false;
  }

 private:
  bool any_of(const python::Class* type) {
    return std::any_of(type->mro.begin(), type->mro.end(), [&](const python::Class* each) {
      const Value* method = python::dict_find(each->attributes, name_);
      return method != nullptr && method->is(Kind::kFunction) && writes(method->as<python::Function>()->code);
    });
  }

  bool writes(const python::Code* code) {
    if (code == nullptr || code->unit == nullptr) return true;
    const SourceFile* file = in_.sources.find(code->unit->file);
    if (file == nullptr || file->in_model_repo || code->end <= code->begin) return true;
    static const RE2 kWrite(R"((\binit(?:ialization)?)?\.[a-z_0-9]*[a-z0-9]_\(|\.data\b)");
    re2::StringPiece text(code->unit->text.data() + code->begin, code->end - code->begin);
    std::string guarded;
    while (RE2::FindAndConsume(&text, kWrite, &guarded)) {
      if (guarded.empty()) return true;
    }
    return false;
  }

  Interpreter& in_;
  Str* name_;
  python::torch::IdentitySet seen_;
};

std::vector<TensorId> overwritten_of(const ModuleGraph& graph, const Initialization& initialization) {
  std::set<std::string_view> tied;  // what is tied afterwards has the values of another tensor
  if (graph.tied_weights) {
    for (const auto& [target, source] : *graph.tied_weights) tied.insert(target);
  }
  std::vector<TensorId> overwritten;
  for (const Watched& each : initialization.loaded()) {
    const Tensor& tensor = graph.tensors[each.row];
    if (each.tensor->writes != each.writes && tensor.alias == TensorId::kNone && !tied.contains(tensor.name))
      overwritten.push_back(TensorId{static_cast<std::uint32_t>(each.row)});
  }
  return overwritten;
}

Value given(Interpreter&, const python::Arguments&, const Value& data) { return data; }

// While it lives, functions of the library that tell what runs where say what another rank of FSDP hears.
class OnOtherRank {
 public:
  explicit OnOtherRank(Interpreter& in) : in_(in), module_(Value::of(in.import_module("transformers.modeling_utils"))) {
    replace("is_fsdp_enabled", true);
    replace("is_local_dist_rank_0", false);
  }
  ~OnOtherRank() {
    for (const auto& [name, value] : replaced_) in_.set_attribute(module_, name, value);
  }
  OnOtherRank(const OnOtherRank&) = delete;
  OnOtherRank& operator=(const OnOtherRank&) = delete;

 private:
  void replace(const char* name, bool answer) {
    Str* key = in_.intern(name);
    replaced_.emplace_back(key, in_.attribute(module_, key));
    in_.set_attribute(module_, key, in_.native_static(name, given, Value::of(answer)));
  }

  Interpreter& in_;
  const Value module_;
  std::vector<std::pair<Str*, Value>> replaced_;
};

}  // namespace

std::optional<bool> builds_on_meta(Interpreter& in, const Value& type_or_model) {
  const std::size_t noted = in.notes.size();
  const std::optional<bool> answer = context_has_meta(in, type_or_model);
  in.notes.resize(noted);
  return answer;
}

void trace_initialization(Interpreter& in, const Value& model, ModuleGraph& graph) {
  Value initialize;
  if (!in.find_attribute(model, in.intern("initialize_weights"), initialize)) return;
  const std::optional<bool> on_meta = builds_on_meta(in, model);
  if (!on_meta) return;
  if (!*on_meta) {
    for (Tensor& tensor : graph.tensors) {
      if (tensor.is_buffer() && !tensor.persistent) tensor.rebuild = Rebuild::kWritten;
    }
    return;
  }
  const std::vector<TensorId> none;
  Initialization initialization(in, graph, none);
  if (!initialization.watch(model.as<ModuleInstance>())) return;
  Outcome outcome = initialization.run_on_path(initialize);
  if (outcome != Outcome::kDone || !initialization.all_written()) outcome = initialization.run(initialize);
  if (outcome == Outcome::kRaised) return;  // what it writes stays unknown
  const Rebuild otherwise = outcome == Outcome::kUndecided ? Rebuild::kUnknown : Rebuild::kUnset;
  for (const Watched& each : initialization.buffers()) {
    Tensor& tensor = graph.tensors[each.row];
    // An empty tensor holds nothing that could be wrong.
    const bool empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    tensor.rebuild = empty || each.written() ? Rebuild::kWritten : otherwise;
  }
}

AfterLoading trace_after_loading(Interpreter& in, const Value& model, const ModuleGraph& graph,
                                 const std::vector<TensorId>& missing) {
  AfterLoading after;
  after.missing.assign(missing.size(), Rebuild::kUnknown);
  Value initialize;
  if (!initializes_after_loading(in, model, initialize)) return after;
  const bool may_overwrite = InPlaceWrites(in).any_in(model.as<ModuleInstance>());
  if (missing.empty() && !may_overwrite) return after;
  Initialization initialization(in, graph, missing);
  initialization.watch(model.as<ModuleInstance>());
  Outcome outcome = Outcome::kUndecided;
  if (!may_overwrite) outcome = initialization.run_on_path(initialize);
  if (outcome != Outcome::kDone || !initialization.all_written()) outcome = initialization.run(initialize);
  if (outcome == Outcome::kRaised) return after;
  const Rebuild otherwise = outcome == Outcome::kUndecided ? Rebuild::kUnknown : Rebuild::kUnset;
  for (const Watched& each : initialization.missing()) {
    const auto at = std::lower_bound(missing.begin(), missing.end(), TensorId{static_cast<std::uint32_t>(each.row)});
    after.missing[static_cast<std::size_t>(at - missing.begin())] = each.written() ? Rebuild::kWritten : otherwise;
  }
  if (outcome == Outcome::kDone) after.overwritten = overwritten_of(graph, initialization);
  return after;
}

std::vector<TensorId> changed_by_initialization(Interpreter& in, const Value& model, const ModuleGraph& graph,
                                                const std::vector<TensorId>& missing,
                                                const std::vector<std::pair<TensorId, std::vector<double>>>& loaded) {
  std::vector<TensorId> changed;
  changed.reserve(loaded.size());
  for (const auto& each : loaded) changed.push_back(each.first);
  Value initialize;
  if (!initializes_after_loading(in, model, initialize)) return changed;
  Initialization initialization(in, graph, missing);
  initialization.watch(model.as<ModuleInstance>());
  std::map<std::size_t, python::Tensor*> tensors;
  for (const Watched& each : initialization.loaded()) tensors.emplace(each.row, each.tensor);
  for (const auto& [id, values] : loaded) {
    const auto found = tensors.find(index(id));
    const bool fits = found != tensors.end() && python::torch::numel(found->second) == std::ssize(values);
    if (fits) python::torch::write_elements(in, found->second, {values.data(), 0, true});
  }
  if (initialization.run(initialize) != Outcome::kDone) return changed;
  const auto unchanged = [&](const auto& each) {
    const auto found = tensors.find(index(each.first));
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
  for (const auto& each : loaded) {
    if (!unchanged(each)) changed.push_back(each.first);
  }
  return changed;
}

std::optional<std::vector<TensorId>> trace_other_ranks(Interpreter& in, const Value& model, const ModuleGraph& graph) {
  Value initialize, method;
  if (!in.find_attribute(model, in.intern("initialize_weights"), initialize)) return std::nullopt;
  std::vector<TensorId> unset;
  if (!initializes_after_loading(in, model, initialize)) return unset;
  if (!in.find_attribute(model, in.intern("_initialize_missing_keys"), method)) return std::nullopt;
  const std::vector<TensorId> none;
  Initialization initialization(in, graph, none);
  initialization.watch(model.as<ModuleInstance>());
  try {
    const OnOtherRank elsewhere(in);
    if (initialization.run(method, {{in.intern("is_quantized"), Value::of(false)}}) != Outcome::kDone)
      return std::nullopt;
  } catch (const python::PyRaise&) {
    return std::nullopt;
  }
  for (const Watched& each : initialization.buffers()) {
    const Tensor& tensor = graph.tensors[each.row];
    if (tensor.rebuild == Rebuild::kWritten && tensor.alias == TensorId::kNone && !each.written())
      unset.push_back(TensorId{static_cast<std::uint32_t>(each.row)});
  }
  return unset;
}

}  // namespace ckptlint
