// Evaluates _load_state_dict_into_zero3_model of the given transformers with stand-ins for deepspeed and accelerate,
// to see which stored buffers it passes over.
#include "loading/zero3.h"

#include <fmt/format.h>

#include <set>

#include "graph/stand_ins.h"
#include "library/torch/tensors.h"
#include "loading/evaluation.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::ModuleInstance;
using python::Value;

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
  Zero3Loader(const ModuleGraph& graph, EvaluatedModel& evaluated)
      : graph_(graph), code_(evaluated), model_(evaluated.model), machine_(*evaluated.interpreter) {}

  std::vector<Zero3Buffer> run(const Loading& loading) {
    watch(loading);
    std::vector<Zero3Buffer> buffers;
    if (watched_.empty()) return buffers;
    prepare();
    const std::vector<bool> first = loaded_on(0), others = loaded_on(1);
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      if (!first[i] || !others[i]) buffers.push_back({watched_[i].key, first[i]});
    }
    return buffers;
  }

 private:
  // What is loaded of the modules that own a buffer: no other module can make a difference to one.
  void watch(const Loading& loading) {
    std::set<ModuleId> owners;
    for (const MatchedKey& key : loading.matched) {
      const Tensor& tensor = graph_.tensor(key.tensor);
      if (tensor.is_buffer()) owners.insert(tensor.owner);
    }
    for (const MatchedKey& key : loading.matched) {
      const Tensor& tensor = graph_.tensor(key.tensor);
      if (!owners.contains(tensor.owner)) continue;
      if (tensor.is_buffer() && tensor.persistent) watched_.push_back({key});
      names_.insert(tensor.name);
    }
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
      state_ = in.call_method(model_, in.intern("state_dict"));
      return Value::none();
    });
    if (!state_.is(Kind::kDict)) throw NotFollowed{"state_dict gives no dict"};
    for (Watched& each : watched_) {
      const std::string& name = graph_.tensor(each.key.tensor).name;
      const Value* tensor = python::dict_find(state_.as<python::Dict>(), in.intern(name));
      if (tensor == nullptr || !tensor->is(Kind::kTensor)) throw NotFollowed{"the state dict lacks a buffer"};
      each.tensor = tensor->as<python::Tensor>();
    }
  }

  std::vector<bool> loaded_on(std::int64_t rank) {
    Interpreter& in = code_.in;
    StandIns process(in);
    process.answer_natively(in.native_module("torch.distributed"), "get_rank", Value::of(rank));
    process.answer_natively(in.native_module("torch.distributed"), "broadcast", Value::none());
    python::Dict* stored = in.dict();
    for (const python::Dict::Entry& entry : state_.as<python::Dict>()->entries) {
      if (entry.key.missing() || !names_.contains(std::string(entry.key.as<python::Str>()->view()))) continue;
      const auto* tensor = entry.value.as<python::Tensor>();
      python::torch::Sizes sizes;
      for (int i = 0; i < tensor->rank; ++i) sizes.push(tensor->shape[i]);
      python::dict_set(in.arena, stored, entry.key,
                       Value::of(python::torch::make_tensor(in, tensor->dtype, sizes, nullptr)));
    }
    std::vector<std::uint32_t> before;
    for (const Watched& each : watched_) before.push_back(each.tensor->writes);
    code_.run([&] {
      in.call(load_, {model_, Value::of(stored)});
      return Value::none();
    });
    std::vector<bool> loaded;
    for (std::size_t i = 0; i < watched_.size(); ++i) loaded.push_back(watched_[i].tensor->writes != before[i]);
    return loaded;
  }

  const ModuleGraph& graph_;
  Evaluation code_;
  const Value model_;
  StandIns machine_;
  Value load_, state_;
  std::vector<Watched> watched_;
  std::set<std::string> names_;
};

}  // namespace

Known<std::vector<Zero3Buffer>> zero3_buffers(const ModuleGraph& graph, const Loading& loading,
                                              EvaluatedModel* evaluated) {
  if (evaluated == nullptr) return Unknown{"the source of the library is not at hand"};
  auto ended = run_phase([&] { return Zero3Loader(graph, *evaluated).run(loading); });
  const Stopped* stopped = std::get_if<Stopped>(&ended);
  if (stopped == nullptr) return std::get<0>(std::move(ended));
  std::string why = stopped->what;
  switch (stopped->by) {
    case Stopped::By::kMemory:
    case Stopped::By::kFailure:
      return Unknown{std::move(why)};
    case Stopped::By::kLimit:
      why = fmt::format("it takes more {} than the limit allows", stopped->what);
      break;
    case Stopped::By::kNotFollowed:
    case Stopped::By::kRaise:
      break;
  }
  return Unknown{fmt::format("how the library loads under ZeRO-3 could not be followed: {}", why)};
}

}  // namespace ckptlint
