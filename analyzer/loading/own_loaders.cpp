// Asks each class once, and each module for hooks.
#include "loading/own_loaders.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "graph/model_walk.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

struct OwnLoaders : ModelVisitor {
  explicit OwnLoaders(Interpreter& in) : in(in) {}

  void enter(python::ModuleInstance* module, const python::Dict::Entry* in_parent) {
    const std::string above = path.empty() || path.back().empty() ? std::string() : path.back() + ".";
    path.push_back(in_parent == nullptr ? std::string() : above + in.str(in_parent->key));
    if (has_own_code(module->type) || has_hooks(module)) found.insert(path.begin(), path.end());
  }
  void leave(python::ModuleInstance*) { path.pop_back(); }

  bool has_own_code(python::Class* type) {
    const auto [known, is_new] = by_class.try_emplace(type, false);
    if (!is_new) return known->second;
    constexpr std::array kMethods{"_load_from_state_dict", "load_state_dict"};
    return known->second = std::any_of(kMethods.begin(), kMethods.end(), [&](const char* name) {
             const Value* method = in.class_lookup(type, in.intern(name));
             return method != nullptr && method->is(Kind::kFunction);
           });
  }
  bool has_hooks(const python::ModuleInstance* module) {
    constexpr std::array kTables{"_load_state_dict_pre_hooks", "_load_state_dict_post_hooks"};
    return module->attributes != nullptr && std::any_of(kTables.begin(), kTables.end(), [&](const char* name) {
             const Value* table = python::dict_find(module->attributes, in.intern(name));
             return table != nullptr && table->is(Kind::kDict) && table->as<python::Dict>()->live != 0;
           });
  }

  Interpreter& in;
  std::vector<std::string> path;  // of the modules that are being walked
  std::unordered_map<const python::Class*, bool> by_class;
  std::set<std::string> found;
};

}  // namespace

std::set<std::string> modules_with_own_loading(Interpreter& in, const Value& model) {
  if (!is_module(model)) return {};
  OwnLoaders own(in);
  walk_model(model.as<python::ModuleInstance>(), own);
  return std::move(own.found);
}

}  // namespace ckptlint
