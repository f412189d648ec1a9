// Asks get_init_context of the release that the source has.
#include "graph/meta_device.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/asking.h"
#include "graph/diffusers_class.h"
#include "graph/model_walk.h"
#include "library/torch/state.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Str;
using python::Value;

// Whether torch.device("meta") is among what from_pretrained of this release enters before it builds the model
// (PreTrainedModel.get_init_context).
std::optional<bool> context_has_meta(Interpreter& in, const Value& model) {
  Value method;
  if (!in.find_attribute(model, in.intern("get_init_context"), method)) return false;
  const Answer<std::optional<bool>> has_meta = attempt([&]() -> std::optional<bool> {
    const Value signature = in.call(in.import_name("inspect", "signature"), {method});
    std::vector<python::Keyword> arguments;
    for (const Value& name : in.collect(in.attribute(signature, in.intern("parameters")))->items) {
      const bool is_dtype = name.as<Str>()->view() == "dtype";
      const Value value = is_dtype ? python::torch::dtype_value(in, Dtype::kFloat32) : Value::of(false);
      arguments.push_back({in.intern(name.as<Str>()->view()), value});
    }
    const Value contexts = in.call(method, {nullptr, 0, arguments.data(), arguments.size()});
    if (contexts.unknown()) return std::nullopt;
    const python::List* entered = in.collect(contexts);
    return std::any_of(entered->items.begin(), entered->items.end(), [](const Value& context) {
      return context.is(Kind::kDevice) && context.as<python::Device>()->type->view() == "meta";
    });
  });
  return has_meta ? *has_meta : std::nullopt;
}

struct ToMeta : ModelVisitor {
  explicit ToMeta(Interpreter& in) : meta(Value::of(python::torch::device(in, "meta"))) {}

  void tensor(python::ModuleInstance*, const python::Dict::Entry& entry, TensorKind kind) {
    if (kind == TensorKind::kParameter && entry.value.is(Kind::kTensor))
      entry.value.as<python::Tensor>()->device = meta;
  }

  const Value meta;
};

// Names the parameters that were registered as one that had been registered before, and takes all from the meta device,
// as loading does.
struct Apart : ModelVisitor {
  Apart(Interpreter& in, const python::torch::RegisteredAnew& registered) : in(in), registered(registered) {}

  void enter(python::ModuleInstance*, const python::Dict::Entry* in_parent) {
    lengths.push_back(prefix.size());
    if (in_parent != nullptr) prefix += in.str(in_parent->key) + ".";
  }
  void leave(python::ModuleInstance*) {
    prefix.resize(lengths.back());
    lengths.pop_back();
  }
  void tensor(python::ModuleInstance*, const python::Dict::Entry& entry, TensorKind kind) {
    if (kind != TensorKind::kParameter || !entry.value.is(Kind::kTensor) || !entry.key.is(Kind::kStr)) return;
    auto* own = entry.value.as<python::Tensor>();
    own->device = Value{};
    const python::Tensor* given = own;
    for (auto from = registered.find(given); from != registered.end(); from = registered.find(given))
      given = from->second;
    std::string name = prefix + std::string(entry.key.as<Str>()->view());
    const auto [known, is_new] = first.try_emplace(given, First{own, name});
    if (!is_new && known->second.own != own) parted.emplace_back(std::move(name), known->second.name);
  }

  struct First {
    const python::Tensor* own;
    std::string name;
  };
  Interpreter& in;
  const python::torch::RegisteredAnew& registered;
  std::unordered_map<const python::Tensor*, First> first;
  std::string prefix;  // of names in the module that is being walked
  std::vector<std::size_t> lengths;
  std::vector<std::pair<std::string, std::string>> parted;
};

}  // namespace

bool registers_anew(Interpreter& in, const Value& type, bool quantized) {
  if (is_diffusers_class(in, type) || quantized) return true;
  Value contexts;
  if (!in.find_attribute(type, in.intern("get_init_context"), contexts)) return false;
  // 4.50 asks for it, as releases before it do that have no such function, where there is a device map.
  const Answer<bool> is_always = attempt([&] {
    const Value signature = in.call(in.import_name("inspect", "signature"), {contexts});
    const python::List* names = in.collect(in.attribute(signature, in.intern("parameters")));
    return std::none_of(names->items.begin(), names->items.end(),
                        [](const Value& name) { return name.as<Str>()->view() == "low_cpu_mem_usage"; });
  });
  return !is_always || *is_always;
}

std::vector<std::pair<std::string, std::string>> tie_what_was_registered_anew(
    Interpreter& in, const Value& model, const python::torch::RegisteredAnew& registered) {
  if (!is_module(model)) return {};
  Apart apart(in, registered);
  walk_model(model.as<python::ModuleInstance>(), apart);
  (void)attempt([&] { return in.call_method(model, in.intern("tie_weights")); });
  return std::move(apart.parted);
}

std::optional<bool> builds_on_meta(Interpreter& in, const Value& type_or_model) {
  const NotesTakenBack notes(in);
  return context_has_meta(in, type_or_model);
}

void put_parameters_on_meta(Interpreter& in, const Value& model) {
  ToMeta to_meta(in);
  walk_model(model.as<python::ModuleInstance>(), to_meta);
}

}  // namespace ckptlint
