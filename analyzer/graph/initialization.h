// What `_init_weights` does to the buffers that no checkpoint holds, and to what a checkpoint holds.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/known.h"
#include "ckptlint/module_graph.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// A built model whose initialisation was traced: what is asked of it afterwards takes this, and a large stack.  Its
// interpreter has to stay.
class TracedModel {
 public:
  python::Interpreter& interpreter() const { return in_; }
  const python::Value& model() const { return model_; }
  // It raises an exception: then nothing is known of what it writes.
  bool raises() const { return raises_; }

 private:
  friend TracedModel trace_initialization(python::Interpreter&, const python::Value&, const python::Value&,
                                          ModuleGraph&);
  TracedModel(python::Interpreter& in, const python::Value& model) : in_(in), model_(model) {}

  python::Interpreter& in_;
  python::Value model_;
  bool raises_ = false;
};

// Tensor::rebuild of the non-persistent buffers of `graph`, which extract_graph made of `model`: evaluates
// `initialize_weights` of transformers 5 as loading does when every stored tensor is there, and what the quantizer
// (None where there is none) does then.  All written where the library builds buffers outside the meta device, as
// before transformers 5; left unknown where it does not, and has no such method.
TracedModel trace_initialization(python::Interpreter& in, const python::Value& model, const python::Value& quantizer,
                                 ModuleGraph& graph);

// The same model, once a checkpoint is loaded that lacks some tensors.  Its graph and the traced model have to stay.
class LoadedModel {
 public:
  // Of each absent tensor: whether `_init_weights` writes it.  All kUnknown and nothing overwritten where that
  // is not known: for one, where weights are loaded after the initialisation, as before transformers 5.
  const std::vector<Rebuild>& missing() const { return missing_; }
  const std::vector<TensorId>& overwritten() const { return overwritten_; }  // loaded, and written once more, ascending

  bool raises() const { return raises_; }  // as above

  const TracedModel& traced() const { return traced_; }
  const ModuleGraph& graph() const { return graph_; }
  const std::vector<TensorId>& absent() const { return absent_; }

 private:
  friend LoadedModel trace_after_loading(const TracedModel&, const ModuleGraph&, std::vector<TensorId>);
  LoadedModel(const TracedModel& traced, const ModuleGraph& graph, std::vector<TensorId> absent)
      : traced_(traced), graph_(graph), absent_(std::move(absent)), missing_(absent_.size(), Rebuild::kUnknown) {}

  const TracedModel& traced_;
  const ModuleGraph& graph_;
  std::vector<TensorId> absent_;
  std::vector<Rebuild> missing_;
  std::vector<TensorId> overwritten_;
  bool raises_ = false;
};

// `absent`: the tensors of the state dict that the checkpoint lacks, ascending.
LoadedModel trace_after_loading(const TracedModel& traced, const ModuleGraph& graph, std::vector<TensorId> absent);

using TensorValues = std::vector<std::pair<TensorId, std::vector<double>>>;  // row-major

// Of loaded tensors, given with the values that they were loaded with: those that have other values once
// `_init_weights` has written them, ascending.  A value that cannot be followed counts as another one.
std::vector<TensorId> changed_by_initialization(const LoadedModel& loaded, const TensorValues& values);

// The non-persistent buffers that are set on the first rank and on no other, ascending, where FSDP has that one load
// the checkpoint for all (cpu_ram_efficient_loading): evaluates what the library does on another rank.  None before
// transformers 5, which keeps what the constructor computed.
Known<std::vector<TensorId>> trace_other_ranks(const TracedModel& traced, const ModuleGraph& graph);

// The exception in which `_initialize_missing_keys` ends where the checkpoint lacks the tensors `absent` (ascending),
// as a class's `_init_weights` or the dtypes of quantized weights, of which torch has no random numbers, have it.
// Nothing where it ends well, or could not be followed.
std::optional<python::PyRaise> raised_by_initialization(python::Interpreter& in, const python::Value& model,
                                                        const ModuleGraph& graph, const std::vector<TensorId>& absent);

}  // namespace ckptlint
