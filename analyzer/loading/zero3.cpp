// Evaluates _load_state_dict_into_zero3_model of the given transformers with stand-ins for deepspeed and accelerate,
// to see which stored tensors it passes over.
#include "loading/zero3.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "graph/stand_ins.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kStage = "under DeepSpeed ZeRO-3";
constexpr const char* kZero3Module = "transformers.integrations.deepspeed";

// As much of deepspeed as the loader touches: gathering a parameter gives back all of it, whatever is written to it on
// the first rank reaches the others.
constexpr std::string_view kDeepspeed = R"(
class _Gathered:
    def __init__(self, params, modifier_rank=None, fwd_module=None, enabled=True):
        self.params = params

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return False


class _Zero:
    GatheredParameters = _Gathered


zero = _Zero()


class Pending:
    """A tensor that another thread still reads: none is."""
)";
constexpr std::string_view kAccelerator = R"(
class _Accelerator:
    def current_device_name(self):
        return "cpu"


def get_accelerator():
    return _Accelerator()
)";

struct Watched {
  MatchedKey key;
  python::Tensor* tensor = nullptr;
};

class Zero3Loader {
 public:
  Zero3Loader(const ModuleGraph& graph, const Checkpoint& checkpoint, const KeyMapping& key_mapping,
              EvaluatedModel& evaluated)
      : graph_(graph),
        checkpoint_(checkpoint),
        code_(evaluated),
        model_(evaluated.model),
        converts_(has_transforms(evaluated)),
        machine_(*evaluated.interpreter) {
    if (converts_) mapping_ = conversion_mapping_of(evaluated, key_mapping);
  }

  Zero3Loading run(const Loading& loading) {
    if (loading.matched.empty()) return {};
    prepare();
    watch(loading);
    const std::vector<bool> first = loaded_on(0, loading);
    // What has another shape is said of loading as such.
    if (!messages_.empty() && loading.mismatched.empty()) return {{}, refused()};
    std::vector<Zero3Loss> lost = lost_parameters(loading);
    if (watched_.empty()) return {std::move(lost), {}};
    const std::vector<bool> others = loaded_on(1, loading);
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      if (!first[i] || !others[i]) lost.push_back({watched_[i].key, first[i]});
    }
    std::stable_sort(lost.begin(), lost.end(),
                     [](const Zero3Loss& a, const Zero3Loss& b) { return a.key.stored < b.key.stored; });
    return {std::move(lost), {}};
  }

 private:
  // from_pretrained raises what the loader has noted as errors.
  LoadFailure refused() const {
    return {kStage,
            fmt::format("RuntimeError: Error(s) in loading state_dict for {}:\n\t{}", graph_.class_name,
                        fmt::join(messages_, "\n\t")),
            {}};
  }

  // The machine that the loader believes to run on.
  void prepare() {
    Interpreter& in = code_.in;
    in.embedded_module("deepspeed", kDeepspeed);
    in.embedded_module("deepspeed.accelerator", kAccelerator);
    code_.run([&] {
      const Value module = Value::of(in.import_module(kZero3Module));
      load_ = in.attribute(module, in.intern("_load_state_dict_into_zero3_model"));
      machine_.answer(module, "is_deepspeed_zero3_enabled", Value::of(true));
      if (converts_) {
        const Value core = Value::of(in.import_module("transformers.core_model_loading"));
        machine_.value(core, "Future", in.import_name("deepspeed", "Pending"));
      }
      state_ = in.call_method(model_, in.intern("state_dict"));
      return Value::none();
    });
    if (!state_.is(Kind::kDict)) throw NotFollowed{"state_dict gives no dict"};
  }

  void watch(const Loading& loading) {
    for (const MatchedKey& key : loading.matched) {
      const Tensor& buffer = graph_.tensor(key.tensor);
      if (!buffer.is_buffer() || !buffer.persistent) continue;
      const Value* tensor = python::dict_find(state_.as<python::Dict>(), code_.in.intern(buffer.name));
      if (tensor == nullptr || !tensor->is(Kind::kTensor)) throw NotFollowed{"the state dict lacks a buffer"};
      watched_.push_back({key, tensor->as<python::Tensor>()});
    }
  }

  // What the loader is given: transformers 5 converts keys in it, 4 has renamed them before.
  Value stored(const Loading& loading) {
    Interpreter& in = code_.in;
    python::Dict* dict = in.dict();
    const auto put = [&](std::string_view name, std::uint32_t row) {
      python::dict_set(in.arena, dict, in.string(name), tensor_like(in, checkpoint_, row));
    };
    if (converts_) {
      for (std::uint32_t row = 0; row < checkpoint_.tensors.size(); ++row) put(checkpoint_.tensors[row].name, row);
    } else {
      for (const MatchedKey& key : loading.matched) put(graph_.tensor(key.tensor).name, key.stored);
    }
    return Value::of(dict);
  }

  // Whether each buffer is written on that rank.  Fills in what stays missing.
  std::vector<bool> loaded_on(std::int64_t rank, const Loading& loading) {
    Interpreter& in = code_.in;
    StandIns process(in);
    process.answer_natively(in.native_module("torch.distributed"), "get_rank", Value::of(rank));
    process.answer_natively(in.native_module("torch.distributed"), "broadcast", Value::none());
    std::vector<std::uint32_t> before;
    for (const Watched& each : watched_) before.push_back(each.tensor->writes);
    const Value ended = code_.run([&] {
      if (!converts_) return in.call(load_, {model_, stored(loading)});
      const Value type = in.import_name("transformers.modeling_utils", "LoadStateDictConfig");
      const Value config = in.call(type, {}, {{in.intern("weight_mapping"), mapping_}});
      return in.call(load_, {model_, stored(loading), config});
    });
    read_missing(ended);
    std::vector<bool> loaded;
    for (std::size_t i = 0; i < watched_.size(); ++i) loaded.push_back(watched_[i].tensor->writes != before[i]);
    return loaded;
  }

  // Releases that convert give the error messages and the missing keys, others the messages alone.
  void read_missing(const Value& ended) {
    missing_.clear();
    messages_.clear();
    if (!ended.is(Kind::kTuple)) {
      messages_ = code_.texts(ended);
      return;
    }
    const std::vector<Value> parts = code_.items(ended);
    if (parts.size() != 2) throw NotFollowed{"what the loader gives is no pair"};
    messages_ = code_.texts(parts[0]);
    for (std::string& name : code_.texts(parts[1])) missing_.insert(std::move(name));
  }

  // Parameters that loading otherwise gives a stored value, and that stay missing under every one of their names.
  std::vector<Zero3Loss> lost_parameters(const Loading& loading) {
    std::set<TensorId> loaded;
    for (std::uint32_t i = 0; i < graph_.tensors.size(); ++i) {
      const Tensor& tensor = graph_.tensors[i];
      if (!tensor.is_buffer() && !missing_.contains(tensor.name)) loaded.insert(object_of(TensorId{i}));
    }
    std::vector<Zero3Loss> lost;
    std::set<TensorId> seen;
    for (const MatchedKey& key : loading.matched) {
      const Tensor& tensor = graph_.tensor(key.tensor);
      if (!tensor.is_buffer() && !loaded.contains(object_of(key.tensor)) && seen.insert(key.tensor).second)
        lost.push_back({key, false});
    }
    return lost;
  }

  TensorId object_of(TensorId id) const {
    const TensorId alias = graph_.tensor(id).alias;
    return alias == TensorId::kNone ? id : alias;
  }

  const ModuleGraph& graph_;
  const Checkpoint& checkpoint_;
  Evaluation code_;
  const Value model_;
  const bool converts_;
  StandIns machine_;
  Value mapping_, load_, state_;
  std::vector<Watched> watched_;
  std::set<std::string> missing_;
  std::vector<std::string> messages_;  // errors that the loader has noted
};

}  // namespace

Known<Zero3Loading> load_under_zero3(const ModuleGraph& graph, const Checkpoint& checkpoint,
                                     const KeyMapping& key_mapping, const Loading& loading, EvaluatedModel* evaluated) {
  if (evaluated == nullptr) return Unknown{"the source of the library is not at hand"};
  // Quantized models are loaded as without ZeRO-3.
  if (!evaluated->quantizer.is_none()) return Zero3Loading();
  auto ended = run_phase([&] { return Zero3Loader(graph, checkpoint, key_mapping, *evaluated).run(loading); });
  const Stopped* stopped = std::get_if<Stopped>(&ended);
  if (stopped == nullptr) return std::get<0>(std::move(ended));
  std::string why = reason_of(*stopped);
  if (stopped->by == Stopped::By::kMemory || stopped->by == Stopped::By::kFailure) return Unknown{std::move(why)};
  if (stopped->by == Stopped::By::kRaise && !is_of_machine(why))
    return Zero3Loading{{}, LoadFailure{kStage, std::move(why), stopped->where}};
  return Unknown{fmt::format("how the library loads under ZeRO-3 could not be followed: {}", why)};
}

}  // namespace ckptlint
