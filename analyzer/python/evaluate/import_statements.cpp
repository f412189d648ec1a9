// Runs import statements: what they bind, at once or when it is asked for, and what is taken in place of what is
// absent.
#include <fmt/format.h>

#include "python/evaluate/impl.h"
#include "python/evaluate/module_statements.h"
#include "python/evaluate/modules.h"

namespace ckptlint::python {
namespace {

std::string absolute_name(Interpreter& in, const Module* importer, const ImportFrom* statement) {
  if (statement->level == 0) return std::string(statement->module->view());
  std::string base(importer->name->view());
  std::uint32_t up = statement->level - (importer->is_package ? 1 : 0);
  for (std::uint32_t i = 0; i < up; ++i) {
    std::size_t dot = base.rfind('.');
    if (dot == std::string::npos)
      in.raise(in.exception("ImportError"), "attempted relative import beyond top-level package");
    base.resize(dot);
  }
  if (statement->module->length != 0) base += fmt::format(".{}", statement->module->view());
  return base;
}

// Code that came with the model, and does not provide for the absence of a package itself, is taken to have it: nobody
// could use the model otherwise, and nothing is known of what is in it.  A part of a package that is there, and a file
// that the model's own code lacks, are not.
bool assumed_instead(Interpreter& in, const Frame& frame, std::string_view module, std::uint32_t level = 0) {
  if (level > 0 || frame.code == nullptr || frame.code->unit == nullptr) return false;
  for (const Frame* each = &frame; each != nullptr; each = each->caller) {
    if (each->in_import_try > 0) return false;
  }
  const SourceFile* file = in.sources.find(frame.code->unit->file);
  if (file == nullptr || !file->in_model_repo) return false;
  const std::string top(module.substr(0, module.find('.')));
  if (installed(in, top) || in.impl->modules.contains(top)) return false;
  in.environment.assumed.push_back(top);
  std::erase(in.absent_packages, top);
  return true;
}

bool lazily_imported(const Frame& frame) {
  return frame.code->kind == CodeKind::kModule && frame.class_body == nullptr && frame.code->unit != nullptr &&
         (frame.code->unit->lazy || frame.code->unit->embedded) && frame.in_import_try == 0;
}

Value lazy_import(Interpreter& in, Frame& frame, std::string_view module, Str* name) {
  LazyImport* made = in.arena.make<LazyImport>();
  made->kind = Kind::kLazyImport;
  made->module = in.intern(module);
  made->name = name;
  made->importer = frame.module;
  made->at = const_cast<Position*>(frame.at);
  return Value::of(made);
}

// `from module import *`: the names are bound now, unless the importer or the module runs its statements on demand;
// then they are looked for when they are asked for.
void import_star(Interpreter& in, Frame& frame, ModuleBody* body, Module* from) {
  Str* const name = from->name;
  const bool importer_waits = frame.module->unit->lazy || frame.module->unit->embedded;
  const bool module_waits = from->unit != nullptr && (from->unit->lazy || from->unit->embedded);
  List* const exported = importer_waits ? nullptr : exported_names(in, from);
  if (importer_waits || (exported == nullptr && (module_waits || from->open))) body->stars.push_back(name);
  if (importer_waits) return;
  if (exported != nullptr) {
    for (const Value& each : exported->items) {
      if (!each.is(Kind::kStr)) continue;
      Str* const one = in.intern(each.as<Str>()->view());
      Value value = module_waits ? lazy_import(in, frame, name->view(), one) : module_attribute(in, from, one);
      if (value.missing() && from->unit == nullptr) continue;  // of a real one that is not all here
      if (value.missing()) {
        in.raise(in.exception("AttributeError"),
                 fmt::format("module '{}' has no attribute '{}'", name->view(), one->view()));
      }
      dict_set(in.arena, frame.module->attributes, one, value);
    }
    return;
  }
  if (module_waits) return;
  run_all(in, from);
  for (std::size_t i = 0; i < from->attributes->entries.size(); ++i) {
    const Dict::Entry entry = from->attributes->entries[i];
    if (!entry.key.is(Kind::kStr) || entry.key.as<Str>()->view().starts_with('_')) continue;
    if (from->unit == nullptr && entry.value.is(Kind::kModule)) continue;  // not in the __all__ of the real one
    dict_set(in.arena, frame.module->attributes, entry.key.as<Str>(),
             resolve(in, from, entry.key.as<Str>(), entry.value));
  }
}

}  // namespace

void run_import(Interpreter& in, Frame& frame, const Import* statement) {
  for (const ImportName& name : statement->names) {
    bool lazy = lazily_imported(frame);
    std::string_view path = name.path->view();
    std::string_view bound = name.bound != nullptr ? path : path.substr(0, path.find('.'));
    if (lazy && name.bound == nullptr && path.find('.') == std::string_view::npos) {
      store_name(in, frame, name.target, lazy_import(in, frame, path, nullptr));
      continue;
    }
    const auto bring = [&] {
      Module* whole = in.import_module(path);
      Module* top = name.bound != nullptr ? whole : in.import_module(bound);
      store_name(in, frame, name.target, Value::of(top));
    };
    try {
      bring();
    } catch (const PyRaise& raised) {
      if (!matches_handler(in, raised.exception, Value::of(in.exception("ModuleNotFoundError"))) ||
          !assumed_instead(in, frame, path))
        throw;
      bring();
    }
  }
}

void run_import_from(Interpreter& in, Frame& frame, const ImportFrom* statement) {
  if (statement->module->view() == "__future__") return;
  std::string module = absolute_name(in, frame.module, statement);
  if (statement->star) {
    ModuleBody* body = body_of(frame.module);
    if (body == nullptr) return;
    try {
      import_star(in, frame, body, in.import_module(module));
    } catch (const PyRaise& raised) {
      if (!assumed_instead(in, frame, module, statement->level)) throw;
      in.note_partial(fmt::format("names come from package {}, of which nothing is known", module));
    }
    return;
  }
  bool lazy = lazily_imported(frame);
  for (const ImportName& name : statement->names) {
    if (lazy) {
      store_name(in, frame, name.target, lazy_import(in, frame, module, name.path));
      continue;
    }
    const auto bring = [&] { store_name(in, frame, name.target, in.import_name(module, name.path->view())); };
    try {
      bring();
    } catch (const PyRaise& raised) {
      if (!matches_handler(in, raised.exception, Value::of(in.exception("ModuleNotFoundError"))) ||
          !assumed_instead(in, frame, module, statement->level))
        throw;
      bring();
    }
  }
}

}  // namespace ckptlint::python
