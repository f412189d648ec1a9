// importlib: modules by name, and what the environment says is installed.
#include <algorithm>
#include <string>

#include "library/host/environment.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

std::string text_of(Interpreter& in, const Value& value, const char* what) {
  if (Str* text = as_str(value)) return std::string(text->view());
  in.raise_type_error(std::string(what) + " must be str, not " + in.type_name(value));
}

// "..b" seen from package "a.c" is "a.b".
std::string absolute(Interpreter& in, const std::string& name, const Value& package) {
  std::size_t level = name.find_first_not_of('.');
  if (level == 0) return name;
  if (level == std::string::npos) level = name.size();
  Str* base = as_str(package);
  if (base == nullptr)
    in.raise_type_error("the 'package' argument is required to perform a relative import for '" + name + "'");
  std::string path(base->view());
  for (std::size_t i = 1; i < level; ++i) {
    std::size_t dot = path.rfind('.');
    if (dot == std::string::npos)
      in.raise(in.exception("ImportError"), "attempted relative import beyond top-level package");
    path.resize(dot);
  }
  return level == name.size() ? path : path + "." + name.substr(level);
}

Value import_module(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, package] = bind<"name, package=">(in, "import_module", arguments);
  if (name.unknown()) return name;
  return Value::of(in.import_module(absolute(in, text_of(in, name, "the name of a module"), package)));
}

Value reload(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [module] = bind<"module">(in, "reload", arguments);
  return module;
}

// A module that can be imported: from a source tree, from the host, or from a package that is present.
bool importable(Interpreter& in, const std::string& name) {
  auto known = in.impl->modules.find(name);
  if (known != in.impl->modules.end() || in.impl->embedded.count(name) != 0) return true;
  if (is_present(in.environment, name)) return true;
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  for (const SourceRoot& root : in.impl->roots) {
    if (!root.mount.empty()) continue;
    if (root.tree->is_file(path + ".py") || root.tree->is_file(path + "/__init__.py")) return true;
  }
  return false;
}

void note_absent(Interpreter& in, const std::string& name) {
  std::string top = name.substr(0, name.find('.'));
  auto& absent = in.absent_packages;
  if (std::find(absent.begin(), absent.end(), top) == absent.end()) absent.push_back(top);
}

Value make_spec(Interpreter& in, const Value& type, const std::string& name) {
  Instance* spec = in.instance(type.as<Class>());
  set_own(in, spec, in.sym.name, in.string(name));
  set_own(in, spec, "origin", in.unknown("where package " + name + " is"));
  set_own(in, spec, "loader", Value::none());
  set_own(in, spec, "submodule_search_locations", Value::of(in.list()));
  return Value::of(spec);
}

Value spec_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name, loader, origin, loader_state, is_package] =
      bind<"self, name, loader, *, origin=, loader_state=, is_package=">(in, "ModuleSpec.__init__", arguments);
  const auto set = [&in, self = self](const char* name, const Value& value) {
    in.generic_set(self, in.intern(name), value.missing() ? Value::none() : value);
  };
  set("name", given_name);
  set("loader", loader);
  set("origin", origin);
  set("loader_state", loader_state);
  const bool package = !is_package.missing() && in.test(is_package);
  set("submodule_search_locations", package ? Value::of(in.list()) : Value::none());
  return Value::none();
}

Value find_spec(Interpreter& in, const Arguments& arguments, const Value& spec_class) {
  const auto [given_name, package] = bind<"name, package=">(in, "find_spec", arguments);
  if (given_name.unknown()) return given_name;
  std::string name = absolute(in, text_of(in, given_name, "the name of a module"), package);
  if (importable(in, name)) return make_spec(in, spec_class, name);
  note_absent(in, name);
  std::size_t dot = name.rfind('.');
  if (dot != std::string::npos && !importable(in, name.substr(0, dot))) {
    in.raise(in.exception("ModuleNotFoundError"), "No module named '" + name.substr(0, dot) + "'");
  }
  return Value::none();
}

// ---- importlib.metadata

Value metadata_version(Interpreter& in, const Arguments& arguments, const Value& not_found) {
  const auto [distribution_name] = bind<"distribution_name">(in, "version", arguments);
  if (distribution_name.unknown()) return distribution_name;
  std::string name = text_of(in, distribution_name, "a distribution name");
  std::string version = package_version(in.environment, name);
  if (!version.empty()) return in.string(version);
  note_absent(in, name);
  in.raise(not_found.as<Class>(), name);
}

// Of the exception that no distribution of that name raises.
Value name_not_found(Interpreter& in, const Arguments& arguments, const Value&) {
  Value given;
  const bool named = in.find_attribute(arguments[0], in.sym.args, given) && given.is(Kind::kTuple);
  return named && given.as<Tuple>()->count != 0 ? given.as<Tuple>()->items[0] : Value::none();
}
Value text_of_not_found(Interpreter& in, const Arguments& arguments, const Value& data) {
  return in.string("No package metadata was found for " + in.str(name_not_found(in, arguments, data)));
}

Value packages_distributions(Interpreter& in, const Arguments&, const Value&) {
  Dict* all = in.dict();
  for (const auto& [module, version] : in.environment.packages) {
    List* names = in.list();
    names->items.push(in.arena, in.string(distribution_of(module)));
    dict_set(in.arena, all, in.intern(module), Value::of(names));
  }
  return Value::of(all);
}

Value metadata_distribution(Interpreter& in, const Arguments& arguments, const Value& not_found) {
  const auto [distribution_name] = bind<"distribution_name">(in, "distribution", arguments);
  Value version = metadata_version(in, arguments, not_found);
  Instance* made = in.instance(
      in.native_module("importlib.metadata", false)->attributes != nullptr
          ? dict_find(in.native_module("importlib.metadata", false)->attributes, in.intern("Distribution"))->as<Class>()
          : in.classes.object);
  set_own(in, made, "version", version);
  set_own(in, made, in.sym.name, distribution_name);
  set_own(in, made, "metadata", Value::of(in.dict()));
  return Value::of(made);
}

Value empty_list(Interpreter& in, const Arguments&, const Value&) { return Value::of(in.list()); }

Value unknown_result(Interpreter& in, const Arguments&, const Value& what) { return in.unknown(as_str(what)->view()); }

void install_metadata(Interpreter& in) {
  Module* module = in.native_module("importlib.metadata", false);
  Class* not_found = in.make_class("PackageNotFoundError", {in.exception("ModuleNotFoundError")}, Layout::kException);
  in.property(not_found, "name", name_not_found);
  in.method(not_found, "__str__", text_of_not_found);
  in.define(module, "PackageNotFoundError", Value::of(not_found));
  in.define(module, "Distribution", Value::of(in.make_class("Distribution", {in.classes.object})));
  in.define(module, "version", metadata_version, Value::of(not_found));
  in.define(module, "distribution", metadata_distribution, Value::of(not_found));
  in.define(module, "packages_distributions", packages_distributions);
  for (const char* name : {"distributions", "entry_points", "files", "requires"}) in.define(module, name, empty_list);
  in.define(module, "metadata", unknown_result, in.string("the metadata of a package"));
  // The backport for older Pythons has the same names.
  in.native_module("importlib_metadata", false)->attributes = module->attributes;
}

}  // namespace

void install_importlib(Interpreter& in) {
  Module* module = in.native_module("importlib", false);
  in.define(module, "import_module", import_module);
  in.define(module, "__import__", import_module);
  in.define(module, "reload", reload);
  in.define(module, "invalidate_caches", return_none);
  Class* spec = in.make_class("ModuleSpec", {in.classes.object});
  in.method(spec, "__init__", spec_init);
  Module* util = in.native_module("importlib.util", false);
  in.define(util, "find_spec", find_spec, Value::of(spec));
  for (const char* name : {"spec_from_file_location", "module_from_spec", "spec_from_loader"}) {
    in.define(util, name, unknown_result, in.string("a module loaded by its path"));
  }
  Module* machinery = in.native_module("importlib.machinery", true);
  in.define(machinery, "ModuleSpec", Value::of(spec));
  Module* abc = in.native_module("importlib.abc", true);
  for (const char* name :
       {"MetaPathFinder", "Loader", "PathEntryFinder", "ResourceLoader", "InspectLoader", "SourceLoader"}) {
    in.define(abc, name, Value::of(in.make_class(name, {in.classes.object})));
  }
  in.native_module("importlib.resources", true);
  install_metadata(in);
}

}  // namespace ckptlint::python
