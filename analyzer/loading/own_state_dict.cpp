// Asks a model for its state dict where more than torch has a say in it.
#include "loading/own_state_dict.h"

#include <algorithm>
#include <vector>

#include "base/escape.h"
#include "graph/model_walk.h"
#include "graph/not_followed.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"

namespace ckptlint {
namespace {

using python::Kind;
using python::Value;

// Looks for a module whose state dict is not torch's.
class Search : public ModelVisitor {
 public:
  explicit Search(python::Interpreter& in) : in_(in) {}

  void enter(python::ModuleInstance* module, const python::Dict::Entry* entry) {
    // getattr, by which the library finds a module, gives what the class has.
    const bool named = entry != nullptr && entry->key.is(Kind::kStr);
    if (named && in_.class_lookup(around_.back()->type, entry->key.as<python::Str>()) != nullptr) {
      throw NotFollowed{"the module `" + printable(in_.str(entry->key)) + "` is hidden by what its class `" +
                        printable(around_.back()->type->name->view()) + "` has of that name"};
    }
    around_.push_back(module);
    found = found || has_hooks(module) || has_methods(module->type);
  }
  void tensor(python::ModuleInstance*, const python::Dict::Entry&, TensorKind) {}
  void leave(python::ModuleInstance*) { around_.pop_back(); }

  bool found = false;

 private:
  bool has_hooks(const python::ModuleInstance* module) const {
    constexpr const char* kTables[] = {"_state_dict_hooks", "_state_dict_pre_hooks"};
    return std::any_of(std::begin(kTables), std::end(kTables), [&](const char* table) {
      const Value* hooks =
          module->attributes == nullptr ? nullptr : python::dict_find(module->attributes, in_.intern(table));
      return hooks != nullptr && hooks->is(Kind::kDict) && hooks->as<python::Dict>()->live != 0;
    });
  }

  bool has_methods(python::Class* type) const {
    constexpr const char* kMethods[] = {"state_dict", "_save_to_state_dict", "get_extra_state"};
    return std::any_of(std::begin(kMethods), std::end(kMethods), [&](const char* method) {
      const Value* own = in_.class_lookup(type, in_.intern(method));
      if (own == nullptr || !own->is(Kind::kFunction)) return false;
      const std::string_view module = own->as<python::Function>()->module->name->view();
      return !module.starts_with("torch.") && !module.starts_with("transformers.");
    });
  }

  python::Interpreter& in_;
  std::vector<python::ModuleInstance*> around_;  // the modules that the walk is in
};

}  // namespace

std::optional<std::set<std::string, std::less<>>> names_of_own_state_dict(EvaluatedModel& evaluated) {
  python::Interpreter& in = *evaluated.interpreter;
  Search search(in);
  walk_model(evaluated.model.as<python::ModuleInstance>(), search);
  if (!search.found) return std::nullopt;
  Evaluation code(evaluated);
  const Value state = code.run([&] { return in.call_method(evaluated.model, in.intern("state_dict")); });
  if (!state.is(Kind::kDict)) throw NotFollowed{"the state dict of the model is no plain dict"};
  std::set<std::string, std::less<>> names;
  for (const python::Dict::Entry& entry : state.as<python::Dict>()->entries) {
    if (entry.key.missing()) continue;
    std::string name = in.str(entry.key);
    if (!entry.value.is(Kind::kTensor))
      throw NotFollowed{"`" + printable(name) + "` of the state dict is no tensor, which is not simulated"};
    names.insert(std::move(name));
  }
  return names;
}

void look_for_names_of_no_tensor(EvaluatedModel& evaluated, const ModuleGraph& graph, const Checkpoint& stored,
                                 const std::set<std::string, std::less<>>& names) {
  python::Interpreter& in = *evaluated.interpreter;
  std::set<std::string_view> tensors;
  for (const Tensor& tensor : graph.tensors) tensors.insert(tensor.name);
  Evaluation code(evaluated);
  for (const std::string& name : names) {
    if (tensors.contains(name)) continue;
    const std::size_t dot = name.rfind('.');
    const bool put_by_name = has_transforms(evaluated) && stored.find(name) != nullptr && dot != std::string::npos;
    code.run([&] {
      if (!put_by_name) return in.call_method(evaluated.model, in.intern("get_parameter_or_buffer"), {in.string(name)});
      const Value module =
          in.call_method(evaluated.model, in.intern("get_submodule"), {in.string(name.substr(0, dot))});
      return in.attribute(module, in.intern(name.substr(dot + 1)));
    });
  }
}

}  // namespace ckptlint
