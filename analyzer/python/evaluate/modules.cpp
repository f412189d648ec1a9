// Finds and loads modules, and the names in them: from the source trees, from the host, or as packages of which nothing
// is known.
#include "python/evaluate/modules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/paths.h"
#include "python/evaluate/given_names.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/module_statements.h"

namespace ckptlint::python {
namespace {

// Asked for with every name that is looked up: formatting would take longer than the look-up.
std::string joined(std::string_view one, char between, std::string_view other) {
  std::string all;
  all.reserve(one.size() + 1 + other.size());
  all.append(one).append(1, between).append(other);
  return all;
}

// ---- finding modules -----------------------------------------------------------------------------------------------

Module* new_module(Interpreter& in, std::string_view name) {
  Module* module = in.arena.make<Module>();
  module->kind = Kind::kModule;
  module->name = in.intern(name);
  module->attributes = in.dict();
  dict_set(in.arena, module->attributes, in.sym.__name__, Value::of(module->name));
  in.impl->modules[std::string(name)] = module;
  return module;
}

void set_up_body(Interpreter& in, Module* module, SourceUnit* unit, const FileOutline& outline) {
  module->unit = unit;
  auto body = std::make_unique<ModuleBody>(outline);
  unit->postpones_annotations = outline.postpones_annotations();
  unit->runs_annotations = !unit->lazy && !unit->embedded && !unit->postpones_annotations;
  unit->body = body.get();
  in.impl->bodies.push_back(std::move(body));
}

// A file below a root, which stays where it is as long as the evaluator.
SourceUnit& add_unit(Interpreter& in, const SourceText& text, const std::string& path, const SourceRoot& from) {
  SourceFile file;
  // Of a copy people know the original.
  std::string known_as = path;
  if (!from.folder.empty()) {
    if (const std::optional<Disk::Origin> origin = in.disk->origin_of("/" + from.folder + "/" + path))
      known_as = origin->path;
  }
  file.path = from.label.empty() ? known_as : from.label + "/" + known_as;
  file.real_path = from.tree->real_path(path);
  file.in_model_repo = from.in_model_repo;
  file.text = text;
  in.sources.files.push_back(std::move(file));
  SourceUnit& unit = in.impl->units.emplace_back();
  unit.file = static_cast<FileId>(in.sources.files.size() - 1);
  unit.text = in.sources.files.back().text;  // stays where it is when the list of files grows
  unit.path = in.sources.files.back().path;
  unit.lazy = from.lazy;
  return unit;
}

Module* load_text(Interpreter& in, const std::string& dotted, const SourceText& text, const std::string& path,
                  std::size_t root, bool package) {
  const SourceRoot& from = in.impl->roots[root];
  Module* module = new_module(in, dotted);
  module->is_package = package;
  SourceUnit& unit = add_unit(in, text, path, from);
  std::size_t slash = path.rfind('/');
  in.impl->places[module] = {root, slash == std::string::npos ? std::string() : path.substr(0, slash)};
  dict_set(in.arena, module->attributes, in.sym.__file__,
           in.string(from.folder.empty() ? unit.path : from.folder + "/" + path));
  std::string_view package_name = dotted;
  if (!package)
    package_name =
        package_name.substr(0, package_name.rfind('.') == std::string_view::npos ? 0 : package_name.rfind('.'));
  dict_set(in.arena, module->attributes, in.sym.__package__, in.string(package_name));
  if (package) dict_set(in.arena, module->attributes, in.sym.__path__, Value::of(in.list()));
  set_up_body(in, module, &unit, text.made<FileOutline>());
  if (unit.lazy) return module;
  try {
    if (from.in_model_repo) check_syntax(in, &unit);
    run_all(in, module);
  } catch (const PyRaise&) {
    in.impl->modules.erase(dotted);  // as Python does: the next import tries again
    throw;
  }
  return module;
}

// Whether a module of a package is there as machine code alone: of that nothing is known.
bool is_compiled(const SourceRoot& from, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || from.in_model_repo) return false;
  const std::string start = path.substr(slash + 1) + ".";
  const std::vector<std::string> names = from.tree->list(path.substr(0, slash));
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.starts_with(start) && (name.ends_with(".so") || name.ends_with(".pyd"));
  });
}

// A module below one of the roots, or null.
Module* load_from_roots(Interpreter& in, const std::string& dotted) {
  for (std::size_t root = 0; root < in.impl->roots.size(); ++root) {
    const SourceRoot& from = in.impl->roots[root];
    std::string_view rest = dotted;
    if (!from.mount.empty()) {
      if (from.mount.starts_with(dotted + ".")) {  // above the mount: a package that holds nothing but the way down
        Module* module = new_module(in, dotted);
        module->is_package = true;
        return module;
      }
      if (rest != from.mount && rest.substr(0, from.mount.size() + 1) != from.mount + ".") continue;
      rest = rest == from.mount ? std::string_view() : rest.substr(from.mount.size() + 1);
    }
    std::string path(rest);
    std::replace(path.begin(), path.end(), '.', '/');
    std::string init = path.empty() ? "__init__.py" : path + "/__init__.py";
    if (from.tree->is_file(init)) {
      const Result<SourceText> text = from.tree->text(init);
      // The packages of a cache of modules are empty: there is nothing to see in their files.
      const bool is_folder_alone = text.ok() && text->empty() && !from.folder.empty();
      if (text && !is_folder_alone) return load_text(in, dotted, *text, init, root, true);
    }
    if (!path.empty() && from.tree->is_file(path + ".py")) {
      const Result<SourceText> text = from.tree->text(path + ".py");
      if (text) return load_text(in, dotted, *text, path + ".py", root, false);
    }
    if (is_compiled(from, path)) {
      Module* module = new_module(in, dotted);
      module->open = true;
      return module;
    }
    if (path.empty() ? !from.mount.empty() : from.tree->is_folder(path)) {  // a namespace package
      Module* module = new_module(in, dotted);
      module->is_package = true;
      in.impl->places[module] = {root, path};
      return module;
    }
  }
  return nullptr;
}

[[noreturn]] void raise_import_error(Interpreter& in, std::string_view type, std::string_view message,
                                     std::string_view module) {
  const Value made = in.call(Value::of(in.exception(type)), {in.string(message)}, {{in.sym.name, in.string(module)}});
  throw PyRaise{made, in.here()};
}

[[noreturn]] void raise_not_found(Interpreter& in, const std::string& dotted) {
  std::string top = dotted.substr(0, dotted.find('.'));
  const bool noted = std::find(in.absent_packages.begin(), in.absent_packages.end(), top) != in.absent_packages.end();
  if (!noted && in.impl->modules.count(top) == 0) in.absent_packages.push_back(top);
  raise_import_error(in, "ModuleNotFoundError", fmt::format("No module named '{}'", dotted), dotted);
}

Module* find_module(Interpreter& in, const std::string& dotted) {
  auto known = in.impl->modules.find(dotted);
  if (known != in.impl->modules.end()) return known->second;
  auto embedded = in.impl->embedded.find(dotted);
  if (embedded != in.impl->embedded.end()) {
    Module* module = new_module(in, dotted);
    module->open = embedded->second.open;
    module->is_package = true;
    SourceUnit& unit = in.impl->units.emplace_back();
    unit.text = embedded->second.text;
    unit.path = dotted;
    unit.embedded = true;
    set_up_body(in, module, &unit, in.impl->embedded_outlines.emplace_back(unit.text));
    return module;
  }
  in.step(100);
  return load_from_roots(in, dotted);
}

Value submodule(Interpreter& in, Module* package, Str* name) {
  Module* found = find_module(in, joined(package->name->view(), '.', name->view()));
  return found == nullptr ? Value{} : Value::of(found);
}

Value* override_of(Interpreter& in, Module* module, Str* name) {
  auto found = in.impl->overrides.find(joined(module->name->view(), ':', name->view()));
  return found == in.impl->overrides.end() ? nullptr : &found->second;
}

// Whether statements that change the name may still be waiting; asked without a limit, it is for the last time.
bool may_ask(const Interpreter& in, const Module* module, ModuleBody* body, Str* name) {
  if (limit_of(in, module, body) == kNoLimit) return body->asked.insert(name);
  return !body->asked.has(name);
}

bool exports(Interpreter& in, Module* module, Str* name, const Value& value);

Value find_own_name(Interpreter& in, Module* module, Str* name) {
  ModuleBody* body = body_of(module);
  if (Value* found = dict_find(module->attributes, name)) {
    // Other statements that change a name which one of them has bound must run before it is used.
    if (body != nullptr && body->waiting != 0 && may_ask(in, module, body, name)) {
      demand(in, module, name);
      found = dict_find(module->attributes, name);
      if (found == nullptr) return {};
    }
    return found->is(Kind::kLazyImport) ? resolve(in, module, name, *found) : *found;
  }
  // Every statement that could bind the name has run, or is running: asking again is of no use.
  if (body == nullptr || body->absent.has(name)) return {};
  if (!in.impl->overrides.empty()) {
    if (Value* replaced = override_of(in, module, name)) {
      dict_set(in.arena, module->attributes, name, *replaced);
      return *replaced;
    }
  }
  bool last_time = limit_of(in, module, body) == kNoLimit;
  if (last_time) body->asked.insert(name);
  demand(in, module, name);
  if (Value* found = dict_find(module->attributes, name)) return resolve(in, module, name, *found);
  for (std::size_t i = 0; i < body->stars.size(); ++i) {
    if (name->view().substr(0, 1) == "_") break;
    Module* const from = in.import_module(body->stars[i]->view());
    const Value found = module_attribute(in, from, name);
    if (!found.missing() && exports(in, from, name, found)) {
      dict_set(in.arena, module->attributes, name, found);
      return found;
    }
  }
  if (last_time) body->absent.insert(name);
  return {};
}

// Whether every statement that could bind or change the name has run.
bool settled(const ModuleBody* body, const Str* name, bool found) {
  return body == nullptr || (found ? body->waiting == 0 || body->asked.has(name) : body->absent.has(name));
}

// A name that the module's own text binds.
Value own_name(Interpreter& in, Module* module, Str* name) {
  Interpreter::Impl::Global& last = in.impl->global_of(module, name);
  const Dict* attributes = module->attributes;
  if (last.module == module && last.name == name) {
    if (last.entry < 0) {
      if (last.added == attributes->added) return {};
    } else if (static_cast<std::uint32_t>(last.entry) < attributes->entries.count) {
      const Dict::Entry& entry = attributes->entries[static_cast<std::size_t>(last.entry)];
      if (entry.key.is(Kind::kStr) && entry.key.object == name && !entry.value.is(Kind::kLazyImport))
        return entry.value;
    }
  }
  const Value found = find_own_name(in, module, name);
  if (!found.is(Kind::kLazyImport) && settled(body_of(module), name, !found.missing())) {
    const std::int32_t entry = dict_index(attributes, name);
    if ((entry < 0) == found.missing()) last = {module, name, entry, attributes->added};
  }
  return found;
}

// Whether `from module import *` binds the name.
bool exports(Interpreter& in, Module* module, Str* name, const Value& value) {
  if (List* const exported = exported_names(in, module)) {
    return std::any_of(exported->items.begin(), exported->items.end(), [name](const Value& each) {
      return each.is(Kind::kStr) && each.as<Str>()->view() == name->view();
    });
  }
  return !value.is(Kind::kModule);
}

}  // namespace

bool installed(const Interpreter& in, std::string_view top) {
  for (const auto& package : in.environment.packages) {
    if (package.first == top) return true;
  }
  return std::find(in.environment.assumed.begin(), in.environment.assumed.end(), top) != in.environment.assumed.end();
}

Value resolve(Interpreter& in, Module* holder, Str* name, const Value& found) {
  if (!found.is(Kind::kLazyImport)) return found;
  LazyImport* lazy = found.as<LazyImport>();
  Value value;
  if (lazy->name == nullptr) {
    value = Value::of(in.import_module(lazy->module->view()));
  } else {
    Frame frame;
    Code code;
    code.kind = CodeKind::kModule;
    code.unit = lazy->importer->unit;
    frame.code = &code;
    frame.module = lazy->importer;
    frame.at = lazy->at;
    FrameScope scope(in, frame);
    value = in.import_name(lazy->module->view(), lazy->name->view());
  }
  Value* slot = dict_find(holder->attributes, name);
  if (slot != nullptr && slot->same(found)) *slot = value;
  return value;
}

// The names in a module's __all__; null where it has none.
List* exported_names(Interpreter& in, Module* module) {
  const Value all = own_name(in, module, in.sym.__all__);
  return all.missing() || all.unknown() ? nullptr : in.collect(all);
}

void raise_syntax_error(Interpreter& in, SourceUnit* unit, const SyntaxError& error) {
  Class* type = in.exception("SyntaxError");
  Instance* made = in.instance(type);
  made->attributes = in.dict();
  Value text = in.string(fmt::format("{}:{}: {}", unit->path, error.at.line, error.message));
  dict_set(in.arena, made->attributes, in.sym.args, in.tuple({text}));
  throw PyRaise{Value::of(made), in.span_of(unit, error.at)};
}

Value module_attribute(Interpreter& in, Module* module, Str* name) {
  Value found = own_name(in, module, name);
  if (!found.missing()) return found;
  if (name == in.sym.__dict__) {
    run_all(in, module);
    return Value::of(module->attributes);
  }
  if (module->is_package || module->unit == nullptr) {
    found = submodule(in, module, name);
    if (!found.missing()) return found;
  }
  if (module->is_package && in.hooks.package_attribute != nullptr && module->unit != nullptr &&
      in.hooks.package_attribute(in, module, name, found)) {
    dict_set(in.arena, module->attributes, name, found);
    return found;
  }
  if (module->unit != nullptr && name != in.sym.__getattr__ && name->view().substr(0, 2) != "__") {
    Value dynamic = own_name(in, module, in.sym.__getattr__);
    if (dynamic.is(Kind::kFunction)) return in.call(dynamic, {Value::of(name)});
  }
  if (module->open && name->view() == "__version__") {
    for (const auto& [package, version] : in.environment.packages) {
      if (package == module->name->view()) return in.string(version);
    }
    return in.unknown(fmt::format("the version of {}", module->name->view()));
  }
  const bool listed = module->lists == nullptr || module->lists(name->view());
  if (module->open && listed && name->view().substr(0, 2) != "__") {
    found = in.unknown(fmt::format("{}.{}", module->name->view(), name->view()));
    dict_set(in.arena, module->attributes, name, found);
    return found;
  }
  return given_to_module(in, module, name);
}

void run_before_write(Interpreter& in, Module* module, Str* name) {
  ModuleBody* body = body_of(module);
  if (body != nullptr && body->waiting != 0 && may_ask(in, module, body, name)) demand(in, module, name);
}

Value load_global(Interpreter& in, Module* module, Str* name) {
  Value found = own_name(in, module, name);
  if (!found.missing()) return found;
  if (Value* builtin = dict_find(in.builtins->attributes, name)) return *builtin;
  return given_to_module(in, module, name);
}

Module* Interpreter::import_module(std::string_view dotted) {
  std::string name(dotted);
  auto known = impl->modules.find(name);
  if (known != impl->modules.end()) return known->second;
  // Parents first, as Python does: an eager package may replace or provide the submodule.
  std::size_t dot = name.rfind('.');
  Module* parent = nullptr;
  if (dot != std::string::npos) {
    parent = import_module(name.substr(0, dot));
    known = impl->modules.find(name);
    if (known != impl->modules.end()) return known->second;
  }
  if (Module* found = find_module(*this, name)) return found;
  if (parent != nullptr && parent->unit == nullptr) {
    if (Value* attribute = dict_find(parent->attributes, intern(name.substr(dot + 1)))) {
      if (attribute->is(Kind::kModule)) return attribute->as<Module>();
    }
  }
  std::string top = name.substr(0, name.find('.'));
  bool below_open =
      parent != nullptr && parent->open && (parent->lists == nullptr || parent->lists(name.substr(dot + 1)));
  if (below_open || (parent == nullptr && installed(*this, top))) return native_module(name, true);
  raise_not_found(*this, name);
}

void Interpreter::run_again(Module* module) {
  if (module->unit == nullptr) return;
  SourceUnit* unit = module->unit;
  const FileOutline* outline = &unit->body->outline;
  // The file may be another by now.
  if (const auto place = impl->places.find(module); place != impl->places.end()) {
    const SourceRoot& from = impl->roots[place->second.root];
    const std::string_view name = module->name->view();
    const std::string file = module->is_package ? "__init__" : std::string(name.substr(name.rfind('.') + 1));
    const std::string path = joined_path(place->second.folder, file + ".py");
    const Result<SourceText> text = from.tree->text(path);
    if (text.ok() && std::string_view(*text) != unit->text) {
      unit = &add_unit(*this, *text, path, from);
      outline = &text->made<FileOutline>();
    }
  }
  set_up_body(*this, module, unit, *outline);
  run_all(*this, module);
}

void Interpreter::add_root(SourceRoot root) { impl->roots.push_back(std::move(root)); }

Value Interpreter::import_name(std::string_view module, std::string_view name) {
  // What is replaced does not need the file that it was defined in.
  auto replaced = impl->overrides.find(joined(module, ':', name));
  if (replaced != impl->overrides.end()) return replaced->second;
  Module* from = import_module(module);
  Value found;
  find_attribute(Value::of(from), intern(name), found);  // whose __getattr__ may raise AttributeError
  if (found.missing()) {
    raise_import_error(*this, "ImportError",
                       fmt::format("cannot import name '{}' from {}", name, described_in_import(from)), module);
  }
  return found;
}

bool Interpreter::folder_of(const Module* package, FileTreePtr& tree, std::string& folder) const {
  auto found = impl->places.find(package);
  if (found == impl->places.end()) return false;
  tree = impl->roots[found->second.root].tree;
  folder = found->second.folder;
  return true;
}

Value Interpreter::class_of_packages(Str* name) {
  std::string first;
  Value found;
  for (const auto& [dotted, module] : impl->modules) {
    if (module->unit == nullptr || module->unit->lazy || module->unit->embedded) continue;
    Value* value = dict_find(module->attributes, name);
    bool defined_here = value != nullptr && value->is(Kind::kClass) && value->as<Class>()->module == module;
    if (!defined_here || (!found.missing() && first < dotted)) continue;
    found = *value;
    first = dotted;
  }
  return found;
}

Module* Interpreter::native_module(std::string_view name, bool open) {
  std::string dotted(name);
  auto known = impl->modules.find(dotted);
  if (known != impl->modules.end()) return known->second;
  Module* made = new_module(*this, dotted);
  made->open = open;
  std::size_t dot = dotted.rfind('.');
  if (dot != std::string::npos) {
    Module* parent = native_module(dotted.substr(0, dot), open);
    if (dict_find(parent->attributes, intern(dotted.substr(dot + 1))) == nullptr) {
      dict_set(arena, parent->attributes, intern(dotted.substr(dot + 1)), Value::of(made));
    }
  }
  return made;
}

}  // namespace ckptlint::python
