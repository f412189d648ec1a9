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

// Gives each module a parameter of its own where one is registered with several.
struct Apart : ModelVisitor {
  explicit Apart(Interpreter& in) : in(in) {}

  void enter(python::ModuleInstance*, const python::Dict::Entry* in_parent) {
    lengths.push_back(prefix.size());
    if (in_parent != nullptr) prefix += in.str(in_parent->key) + ".";
  }
  void leave(python::ModuleInstance*) {
    prefix.resize(lengths.back());
    lengths.pop_back();
  }
  void tensor(python::ModuleInstance* module, const python::Dict::Entry& entry, TensorKind kind) {
    if (kind != TensorKind::kParameter || !entry.value.is(Kind::kTensor) || !entry.key.is(Kind::kStr)) return;
    const auto* shared = entry.value.as<python::Tensor>();
    Str* const name = entry.key.as<Str>();
    const std::pair place(module, name);
    // A class of the repo's own is called as init_empty_weights does it.
    const Value* made_by = shared->type == nullptr ? nullptr : in.class_lookup(shared->type, in.sym.__new__);
    const Value function = made_by != nullptr && made_by->is(Kind::kStaticMethod)
                               ? made_by->as<python::StaticMethod>()->function
                           : made_by != nullptr ? *made_by
                                                : Value{};
    if (function.is(Kind::kFunction)) {
      std::vector<python::Keyword> keywords;
      if (shared->attributes != nullptr) {
        for (const python::Dict::Entry& each : shared->attributes->entries) {
          if (each.key.is(Kind::kStr)) keywords.push_back({each.key.as<Str>(), each.value});
        }
      }
      keywords.push_back({in.intern("requires_grad"), Value::of(shared->requires_grad)});
      Value positional[] = {entry.value};
      in.call(Value::of(shared->type), {positional, 1, keywords.data(), keywords.size()});
    }
    const auto [known, is_new] = first.try_emplace(shared, First{place, prefix + std::string(name->view())});
    if (is_new || known->second.place == place) return;
    parted.emplace_back(prefix + std::string(name->view()), known->second.name);
    auto* own = in.arena.make<python::Tensor>(*shared);
    own->base = own->views = nullptr;
    own->view = nullptr;
    own->contents = nullptr;
    own->filled = false;
    python::dict_set(in.arena, module->parameters, name, Value::of(own));
  }

  struct First {
    std::pair<python::ModuleInstance*, Str*> place;
    std::string name;
  };
  Interpreter& in;
  std::unordered_map<const python::Tensor*, First> first;
  std::string prefix;  // of names in the module that is being walked
  std::vector<std::size_t> lengths;
  std::vector<std::pair<std::string, std::string>> parted;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> register_parameters_anew(Interpreter& in, const Value& model) {
  Value method;
  if (!is_module(model)) return {};
  const bool enters_contexts = in.find_attribute(model, in.intern("get_init_context"), method);
  if (!enters_contexts && !is_diffusers_class(in, Value::of(in.type_of(model)))) return {};
  Apart apart(in);
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
