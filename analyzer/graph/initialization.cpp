#include "graph/initialization.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "library/torch/nn_module.h"
#include "library/torch/state.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Kind;
using python::ModuleInstance;
using python::Str;
using python::Value;

// A non-persistent buffer, as it was before anything is initialised.
struct Watched {
  std::size_t row;  // in ModuleGraph::tensors
  ModuleInstance* module;
  Str* key;
  python::Tensor* tensor;
  std::uint32_t writes;

  bool written() const {
    const Value* now = module->buffers == nullptr ? nullptr : python::dict_find(module->buffers, key);
    if (now == nullptr || !now->is(Kind::kTensor) || now->as<python::Tensor>() != tensor) return true;
    return tensor->writes != writes;
  }
};

enum class Outcome { kDone, kUndecided, kRaised };

class Initialization {
 public:
  Initialization(Interpreter& in, const ModuleGraph& graph)
      : in_(in), graph_(graph), flag_(in.intern("_is_hf_initialized")) {}

  // The same walk as extract_graph's, so that rows and objects meet again.  What the checkpoint holds counts as
  // initialised, as after loading.  Returns whether there is something to watch in or below the module.
  bool watch(ModuleInstance* module) {
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

  const std::vector<Watched>& watched() const { return watched_; }
  bool all_written() const {
    return std::all_of(watched_.begin(), watched_.end(), [](const Watched& each) { return each.written(); });
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

  Outcome run(const Value& initialize) {
    const std::size_t noted = in_.notes.size();
    Outcome outcome = Outcome::kDone;
    try {
      in_.call(initialize, {});
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
    const std::size_t before = watched_.size();
    for (Dict* table : {module->parameters, module->buffers}) {
      if (table == nullptr) continue;
      for (const Dict::Entry& entry : table->entries) {
        if (entry.key.missing() || entry.value.is_none()) continue;
        const std::size_t row = next_row_++;
        if (!entry.value.is(Kind::kTensor)) continue;
        python::Tensor* tensor = entry.value.as<python::Tensor>();
        const Tensor& made = graph_.tensors[row];
        if (made.is_buffer() && !made.persistent) {
          watched_.push_back({row, module, entry.key.as<Str>(), tensor, tensor->writes});
        } else {
          if (tensor->attributes == nullptr) tensor->attributes = in_.dict();
          python::dict_set(in_.arena, tensor->attributes, flag_, Value::of(true));
        }
      }
    }
    return watched_.size() > before;
  }

  Interpreter& in_;
  const ModuleGraph& graph_;
  Str* flag_;
  std::size_t next_row_ = 0;
  std::vector<Watched> watched_;
  std::vector<ModuleInstance*> path_;  // with a watched buffer in or below them
  python::torch::IdentitySet on_path_;
};

// What from_pretrained of this release enters before it builds the model (PreTrainedModel.get_init_context): with
// torch.device("meta") in it, as in transformers 5, no buffer has a value after the build; before, the parameters alone
// went to the meta device.  Nothing where that could not be evaluated.
std::optional<bool> builds_buffers_on_meta(Interpreter& in, const Value& model) {
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

}  // namespace

void trace_initialization(Interpreter& in, const Value& model, ModuleGraph& graph) {
  Value initialize;
  if (!in.find_attribute(model, in.intern("initialize_weights"), initialize)) return;
  const std::size_t noted = in.notes.size();
  const std::optional<bool> on_meta = builds_buffers_on_meta(in, model);
  in.notes.resize(noted);
  if (!on_meta) return;
  if (!*on_meta) {
    for (Tensor& tensor : graph.tensors) {
      if (tensor.is_buffer() && !tensor.persistent) tensor.rebuild = Rebuild::kWritten;
    }
    return;
  }
  Initialization initialization(in, graph);
  if (!initialization.watch(model.as<ModuleInstance>())) return;
  Outcome outcome = initialization.run_on_path(initialize);
  if (outcome != Outcome::kDone || !initialization.all_written()) outcome = initialization.run(initialize);
  if (outcome == Outcome::kRaised) return;  // what it writes stays unknown
  const Rebuild otherwise = outcome == Outcome::kUndecided ? Rebuild::kUnknown : Rebuild::kUnset;
  for (const Watched& each : initialization.watched()) {
    Tensor& tensor = graph.tensors[each.row];
    // An empty tensor holds nothing that could be wrong.
    const bool empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    tensor.rebuild = empty || each.written() ? Rebuild::kWritten : otherwise;
  }
}

}  // namespace ckptlint
