// Looks the name up where diffusers exports its classes, as its pipelines and AutoModel do.
#include "graph/diffusers_class.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/paths.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Kind;
using python::Str;
using python::Value;

constexpr const char* kClassName = "_class_name";

const Value* entry(Interpreter& in, const Value& config, const char* key) {
  return config.is(Kind::kDict) ? python::dict_find(config.as<Dict>(), in.intern(key)) : nullptr;
}

// The module below `folder` of the library that defines the class; empty where there is none.
std::string defining_module(const FileTree& tree, const std::string& folder, const std::string& name, int level) {
  constexpr int kDeepest = 4;
  if (level > kDeepest) return "";
  for (const std::string& entry : tree.list(folder)) {
    const std::string path = joined_path(folder, entry);
    std::string found;
    if (tree.is_folder(path)) {
      found = defining_module(tree, path, name, level + 1);
    } else if (entry.ends_with(".py")) {
      const Result<std::string> text = tree.read(path);
      if (text.ok() && text->find("\nclass " + name + "(") != std::string::npos)
        found = path.substr(0, path.size() - 3);
    }
    if (!found.empty()) return found;
  }
  return "";
}

// A class that diffusers does not export: most of them are of one pipeline, by whose module model_index.json names
// them.
Value unexported_class(Interpreter& in, const GraphRequest& request, const std::string& name) {
  for (const SourceTree& source : request.sources) {
    if (!has_package({source}, kDiffusers)) continue;
    std::string module;
    for (const char* part : {"pipelines", "models"}) {
      const std::string folder = joined_path(source.mount.empty() ? kDiffusers : "", part);
      if (module.empty()) module = defining_module(*source.tree, folder, name, 0);
    }
    if (module.empty()) return {};
    if (!source.mount.empty()) module = source.mount + "/" + module;
    std::replace(module.begin(), module.end(), '/', '.');
    return in.import_name(module, name);
  }
  return {};
}

}  // namespace

bool is_diffusers_config(Interpreter& in, const Value& config) {
  const Value* name = entry(in, config, kClassName);
  if (name == nullptr || !name->is(Kind::kStr)) return false;
  return entry(in, config, "_diffusers_version") != nullptr || entry(in, config, "model_type") == nullptr;
}

bool is_diffusers_class(Interpreter& in, const Value& type) {
  Value made_of, file;
  return type.is(Kind::kClass) && in.find_attribute(type, in.intern("from_config"), made_of) &&
         in.find_attribute(type, in.intern("config_name"), file) && file.is(Kind::kStr);
}

void mount_diffusers_cache(Interpreter& in) {
  constexpr const char* kFolder = "/hub_cache";
  in.disk->mount(kFolder, in_memory_tree({{"version_diffusers_cache.txt", "1"}}));
  in.define(in.native_module("_diffusers_cache", false), "FOLDER", in.string(kFolder));
}

Result<ModelClass> find_diffusers_class(Interpreter& in, const GraphRequest& request, const Value& config) {
  std::string name = request.class_name;
  if (const Value* own = entry(in, config, kClassName); name.empty() && own != nullptr && own->is(Kind::kStr))
    name = own->as<Str>()->view();
  Value type;
  const std::size_t absent = in.absent_packages.size();
  if (!in.find_attribute(Value::of(in.import_module(kDiffusers)), in.intern(name), type))
    type = unexported_class(in, request, name);
  // Several models that are one component are a class of their own, and each of them is what its config says.
  if (const Value* own = entry(in, config, kClassName);
      !request.class_name.empty() && own != nullptr && own->is(Kind::kStr) && !is_diffusers_class(in, type))
    in.find_attribute(Value::of(in.import_module(kDiffusers)), own->as<Str>(), type);
  if (type.missing())
    return Error{fmt::format("diffusers {} has no class {}", in.str(in.import_name(kDiffusers, "__version__")),
                             quoted_name(name))};
  if (!is_diffusers_class(in, type)) return Error{fmt::format("{} of diffusers is no model", quoted_name(name))};
  // What the library looks for when it is imported decides nothing about the model.
  in.absent_packages.resize(absent);
  return ModelClass{type, config, "from_config"};
}

}  // namespace ckptlint
