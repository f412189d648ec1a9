// Statements in the order of the text.  A name that is bound again replaces what it was in the same branch, and is
// added to it in another one; what a loop changes is not known.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "conduct/code_walk.h"
#include "python/syntax/nodes.h"
#include "python/syntax/python_text.h"
#include "python/syntax/source_unit.h"
#include "python/syntax/touched_names.h"

namespace ckptlint {

using python::Expr;
using python::StmtKind;

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::string& folder, std::string path) {
  std::replace(path.begin(), path.end(), '.', '/');
  return folder.empty() ? path : path.empty() ? folder : folder + "/" + path;
}

}  // namespace

CodeWalk::CodeWalk(Program& program, Routine& routine)
    : program_(program), routine_(routine), file_(*routine.file), instead_(routine.stands_at) {
  if (routine.owner != nullptr) owners_.push_back(routine.owner);
}

void CodeWalk::run() {
  routine_.acts.clear();
  if (!routine_.code->parsed) return;
  parameters();
  if (routine_.code->kind == python::CodeKind::kModule) {
    Meaning name;
    name.kind = Means::kKnown;
    name.value = program_.calculator.in().string(fmt::format("{}.{}", kPackage, file_.module));
    bind(program_.intern("__name__"), {name});
    Meaning inside;
    inside.place = Place::kInside;
    bind(program_.intern("__file__"), {inside});
  }
  if (routine_.code->expression != nullptr) add_meanings(routine_.returns, value_of(routine_.code->expression));
  block(routine_.code->body);
}

void CodeWalk::parameters() {
  bool first = true;
  for (const python::Parameter& parameter : routine_.code->parameters) {
    if (parameter.name == nullptr) continue;
    Meanings meanings;
    Meaning given;
    given.kind = Means::kGiven;
    if (first && routine_.is_method && !routine_.is_static && parameter.stars == 0) {
      given.kind = routine_.is_of_class ? Means::kClass : Means::kInstance;
      given.type = routine_.owner;
    } else {
      if (parameter.name->view().ends_with("config"))
        given.name = parameter.name->view() == "config" ? "config" : "nested config";
      const auto more = routine_.given.find(parameter.name);
      if (more != routine_.given.end()) meanings = more->second;
    }
    first = false;
    add_meaning(meanings, given);
    routine_.names[parameter.name] = std::move(meanings);
    bound_in_[parameter.name] = 0;
  }
}

void CodeWalk::bind(const python::Str* name, Meanings meanings) {
  if (!scopes_.empty()) {
    if (is_config(owners_.back())) program_.write_config(name->view());  // what has the name may be something else
    (*scopes_.back())[name] = std::move(meanings);
    return;
  }
  Names& names = routine_.names;
  const auto bound = bound_in_.find(name);
  if (bound == bound_in_.end() || bound->second == branch_ || branch_ == 0)
    names[name] = std::move(meanings);
  else
    add_meanings(names[name], meanings);
  bound_in_[name] = branch_;
}

void CodeWalk::judge_assignment(const Meaning& to, const Expr* target) {
  if (const Danger* danger = danger_of(to.name); danger != nullptr && danger->name == to.name)
    add_deed(*danger, to, target, "");
}

void CodeWalk::assign(const Expr* target, const Meanings& value) {
  switch (target->kind) {
    case python::ExprKind::kName: {
      const auto* name = static_cast<const python::Name*>(target);
      if (name->scope == python::NameScope::kGlobal && routine_.code->kind != python::CodeKind::kModule &&
          file_.body != nullptr && scopes_.empty()) {
        add_meanings(file_.body->names[name->symbol], value);
        return;
      }
      return bind(name->symbol, value);
    }
    case python::ExprKind::kAttribute: {
      const auto* attribute = static_cast<const python::Attribute*>(target);
      for (const Meaning& object : value_of(attribute->object)) {
        if (object.is(Means::kGiven) && object.name.ends_with("config"))
          program_.write_config(attribute->symbol->view());
        if (object.is(Means::kInstance) && is_config(object.type)) keep_config(attribute->symbol->view(), value);
        if (object.is(Means::kExternal)) {
          judge_assignment(external(object.name + "." + std::string(attribute->symbol->view()) + ".__set__"), target);
          for (const Meaning& each : value) {
            if (!each.is(Means::kRoutine)) continue;
            Act& act = add(Act::Kind::kCall, target->at);
            act.callee = each.routine;
            act.name = each.routine->name;
            act.perhaps = act.replaces = true;
          }
        }
        if ((!object.is(Means::kInstance) && !object.is(Means::kClass)) || object.type == nullptr) continue;
        Meanings& known = object.type->attributes[attribute->symbol];
        for (const Meaning& each : value) {
          if (!each.is(Means::kGiven)) add_meaning(known, each);
        }
      }
      return;
    }
    case python::ExprKind::kTuple:
    case python::ExprKind::kList: {
      const auto& items = static_cast<const python::Sequence*>(target)->items;
      for (std::size_t i = 0; i < items.size(); ++i) {
        Meanings part;
        for (const Meaning& each : value) {
          if (each.is(Means::kContainer) && each.parts->size() == items.size())
            add_meaning(part, (*each.parts)[i]);
          else
            add_meanings(part, elements_of({each}));
        }
        assign(items[i], part);
      }
      return;
    }
    case python::ExprKind::kStarred:
      return assign(static_cast<const python::Starred*>(target)->value, value);
    case python::ExprKind::kSubscript: {
      const auto* subscript = static_cast<const python::Subscript*>(target);
      const Meanings keys = value_of(subscript->key);
      for (const Meaning& key : keys) {
        if (is_config(routine_.owner)) program_.write_config(key.is_text() ? text_of(key) : "*");
      }
      // What is put into a container may come out of it.
      const auto* name = python::as<python::Name>(subscript->object);
      if (name != nullptr && scopes_.empty()) {
        const auto known = routine_.names.find(name->symbol);
        if (known != routine_.names.end()) change(known->second, value);
        return;
      }
      for (const Meaning& object : value_of(subscript->object)) {
        if (object.is(Means::kExternal)) judge_assignment(external(object.name + ".__setitem__"), target);
        if (!object.is(Means::kExternal) || object.name != "builtins.globals()") continue;
        for (const Meaning& key : keys) {
          if (key.is_text()) add_meanings(file_.body->names[program_.intern(text_of(key))], value);
        }
      }
      return;
    }
    default:
      return;
  }
}

// What is put into a container comes out of it, and what was known of it as a whole no longer is.
void CodeWalk::change(Meanings& container, const Meanings& added) {
  std::erase_if(container, [](const Meaning& each) { return each.is(Means::kKnown); });
  add_meaning(container, {});
  add_meaning(container, container_of(added));
}

// `x.append(y)` and its like, of a name or an attribute.
void CodeWalk::add_to(const Expr* object, const Meanings& added) {
  if (const auto* name = python::as<python::Name>(object)) {
    Names& names = scopes_.empty() ? routine_.names : *scopes_.back();
    const auto known = names.find(name->symbol);
    if (known != names.end()) change(known->second, added);
    return;
  }
  const auto* attribute = python::as<python::Attribute>(object);
  if (attribute == nullptr) return;
  for (const Meaning& each : value_of(attribute->object)) {
    if (!each.is(Means::kInstance) || each.type == nullptr) continue;
    const auto known = each.type->attributes.find(attribute->symbol);
    if (known != each.type->attributes.end()) change(known->second, added);
  }
}

void CodeWalk::block(const python::Block& block) {
  for (const python::Stmt* each : block) statement(each);
}

void CodeWalk::branch(const python::Block& inside, const Expr* condition) {
  if (inside.empty()) return;
  const int before = branch_;
  branch_ = ++branches_;
  if (condition != nullptr) conditions_.push_back(condition);
  block(inside);
  if (condition != nullptr) conditions_.pop_back();
  branch_ = before;
}

void CodeWalk::forget_what_changes(const python::Block& body) {
  if (!scopes_.empty()) return;
  std::unordered_set<python::Str*> touched;
  python::touch_block(body, touched);
  for (python::Str* name : touched) {
    const auto known = routine_.names.find(name);
    if (known != routine_.names.end()) add_meaning(known->second, {});
  }
}

void CodeWalk::loop(const Expr* target, const Meanings& elements, const python::Block& body,
                    const python::Block& otherwise, const Expr* condition) {
  forget_what_changes(body);
  if (target != nullptr) assign(target, elements);
  branch(body, condition);
  branch(otherwise, nullptr);
}

void CodeWalk::attempt(const python::Try& statement) {
  // Its statements run as those around it, as far as nothing is raised.
  block(statement.body);
  for (const python::ExceptClause& handler : statement.handlers) {
    if (handler.target != nullptr) bind(handler.target->symbol, {Meaning{}});
    branch(handler.body, nullptr);
  }
  branch(statement.otherwise, nullptr);
  block(statement.finally);
}

void CodeWalk::match(const python::Match& statement) {
  (void)value_of(statement.subject);
  for (const python::MatchCase& each : statement.cases) {
    if (each.guard != nullptr) (void)value_of(each.guard);
    branch(each.body, statement.subject);
  }
}

void CodeWalk::statement(const python::Stmt* statement) {
  program_.step();
  switch (statement->kind) {
    case StmtKind::kExpr:
      (void)value_of(static_cast<const python::ExprStmt*>(statement)->value);
      return;
    case StmtKind::kAssign: {
      const auto* each = static_cast<const python::Assign*>(statement);
      const Meanings value = value_of(each->value);
      for (const Expr* target : each->targets) assign(target, value);
      return;
    }
    case StmtKind::kAugAssign: {
      const auto* each = static_cast<const python::AugAssign*>(statement);
      assign(each->target, binary(each->op, value_of(each->target), value_of(each->value)));
      return;
    }
    case StmtKind::kAnnAssign: {
      const auto* each = static_cast<const python::AnnAssign*>(statement);
      if (routine_.code->kind == python::CodeKind::kModule) annotation(each->annotation, each->at);
      if (each->value != nullptr) assign(each->target, value_of(each->value));
      return;
    }
    case StmtKind::kIf: {
      const auto* each = static_cast<const python::If*>(statement);
      (void)value_of(each->condition);
      const std::optional<bool> known = decided(each->condition);
      if (known == true) return block(each->body);
      if (known == false) return block(each->otherwise);
      const std::optional<bool> configured = decided_by_config(each->condition);
      off_ += configured == false;
      branch(each->body, each->condition);
      off_ -= configured == false;
      off_ += configured == true;
      branch(each->otherwise, each->condition);
      off_ -= configured == true;
      return;
    }
    case StmtKind::kFor: {
      const auto* each = static_cast<const python::For*>(statement);
      return loop(each->target, elements_of(value_of(each->iterable)), each->body, each->otherwise, nullptr);
    }
    case StmtKind::kWhile: {
      const auto* each = static_cast<const python::While*>(statement);
      (void)value_of(each->condition);
      if (decided(each->condition) == false) return block(each->otherwise);
      return loop(nullptr, {}, each->body, each->otherwise,
                  decided(each->condition) == true ? nullptr : each->condition);
    }
    case StmtKind::kDef:
      return definition(*static_cast<const python::Def*>(statement));
    case StmtKind::kClass:
      return class_definition(*static_cast<const python::ClassDef*>(statement));
    case StmtKind::kReturn: {
      const auto* each = static_cast<const python::Return*>(statement);
      if (each->value != nullptr) add_meanings(routine_.returns, value_of(each->value));
      return;
    }
    case StmtKind::kRaise: {
      const auto* each = static_cast<const python::Raise*>(statement);
      for (const Expr* part : {each->value, each->cause}) {
        if (part != nullptr) (void)value_of(part);
      }
      return;
    }
    case StmtKind::kTry:
      return attempt(*static_cast<const python::Try*>(statement));
    case StmtKind::kWith: {
      const auto* each = static_cast<const python::With*>(statement);
      for (const python::WithItem& item : each->items) {
        const Meanings value = value_of(item.value);
        for (const Meaning& manager : value) {
          if (!manager.is(Means::kInstance) || manager.type == nullptr) continue;
          for (const char* method : {"__enter__", "__exit__"}) call_member(item.value, *manager.type, method, false);
        }
        if (item.target != nullptr) assign(item.target, value);
      }
      return block(each->body);
    }
    case StmtKind::kImport:
      return import(*static_cast<const python::Import*>(statement));
    case StmtKind::kImportFrom:
      return import_from(*static_cast<const python::ImportFrom*>(statement));
    case StmtKind::kAssert: {
      const auto* each = static_cast<const python::Assert*>(statement);
      for (const Expr* part : {each->condition, each->message}) {
        if (part != nullptr) (void)value_of(part);
      }
      return;
    }
    case StmtKind::kMatch:
      return match(*static_cast<const python::Match*>(statement));
    default:
      return;
  }
}

void CodeWalk::definition(const python::Def& def) {
  Routine* routine = program_.routine_of(def.code, &file_);
  routine->around = &routine_;
  routine->stands_at = instead_;
  routine->owner = owners_.empty() ? nullptr : owners_.back();
  routine->is_method = !scopes_.empty();
  std::string around = routine->is_method ? owners_.back()->name + "." : "";
  if (!routine->is_method && !routine_.name.empty()) around = routine_.name + ".";
  routine->name = around + std::string(def.name->view());
  routine->is_of_class =
      routine->is_method && (def.name->view() == "__new__" || def.name->view() == "__init_subclass__" ||
                             def.name->view() == "__class_getitem__");
  Meaning made;
  made.kind = Means::kRoutine;
  made.routine = routine;
  Meanings bound = {made};
  for (const Expr* decorator : def.decorators) {
    if (is_name(decorator, "staticmethod")) routine->is_static = true;
    if (is_name(decorator, "classmethod")) routine->is_of_class = true;
    const auto* attribute = python::as<python::Attribute>(decorator);
    if (is_name(decorator, "property") || is_name(decorator, "cached_property") ||
        (attribute != nullptr && attribute->symbol->view() == "cached_property"))
      routine->is_property = true;
    for (const Meaning& each : value_of(decorator)) {
      if (!each.is(Means::kRoutine)) continue;
      Given given;
      given.positional.push_back({made});
      add_meanings(bound, call_routine(decorator, *each.routine, given, false, false));
    }
  }
  for (const python::Parameter& parameter : def.code->parameters) {
    if (parameter.annotation != nullptr) annotation(parameter.annotation, def.at);
    if (parameter.default_value == nullptr || parameter.name == nullptr) continue;
    Meanings& known = routine->given[parameter.name];
    for (const Meaning& each : value_of(parameter.default_value)) {
      if (routine->is_method && each.is(Means::kKnown) && def.name->view() == "__init__" && is_config(owners_.back()))
        program_.add_config(parameter.name->view(), each.value, false);
      if (!each.is(Means::kKnown) || each.is_text()) add_meaning(known, each);
    }
  }
  if (const python::FunctionNotes* notes = python::notes_of(*def.code)) annotation(notes->returns, def.at);
  bind(def.name, std::move(bound));
  if (program_.queued.insert(routine).second) program_.waiting.push_back(routine);
}

// Python runs what calls something in it, unless the file puts that off.
void CodeWalk::annotation(const python::Str* text, const python::Position& at) {
  if (text == nullptr || text->view().find('(') == std::string_view::npos) return;
  if (file_.text.find("from __future__ import annotations") != std::string::npos) return;
  (void)run_text(text->view(), at, true);
}

void CodeWalk::class_definition(const python::ClassDef& definition) {
  CodeClass* type = program_.class_of(&definition, &file_);
  for (const Expr* decorator : definition.decorators) {
    for (const Meaning& each : value_of(decorator)) {
      if (each.is(Means::kRoutine)) (void)call_routine(decorator, *each.routine, {}, false, false);
    }
  }
  for (const python::CallArgument& base : definition.bases) {
    const Meanings meanings = value_of(base.value);
    for (const Meaning& each : meanings) {
      if (!each.is(Means::kClass) || each.type == nullptr || each.type == type) continue;
      if (base.keyword != nullptr) {
        if (base.keyword->view() != "metaclass") continue;
        for (const char* method : {"__new__", "__init__", "__prepare__"})
          call_member(base.value, *each.type, method, false);
        continue;
      }
      if (std::find(type->bases.begin(), type->bases.end(), each.type) == type->bases.end()) {
        type->bases.push_back(each.type);
        each.type->derived.push_back(type);
      }
      call_member(base.value, *each.type, "__init_subclass__", false);
    }
  }
  Meaning made;
  made.kind = Means::kClass;
  made.type = type;
  scopes_.push_back(&type->members);
  owners_.push_back(type);
  block(definition.code->body);
  owners_.pop_back();
  scopes_.pop_back();
  bind(definition.name, {made});
}

void CodeWalk::add_import(CodeFile* file, const python::Position& at) {
  if (file == nullptr || file == &file_) return;
  file->asked_for |= file_.asked_for;
  if (file->body == nullptr)
    return program_.leave_out(fmt::format("{} cannot be read as Python", quoted_name(file->path)));
  Act& act = add(Act::Kind::kImport, at);
  act.callee = file->body;
  act.name = file->path;
}

void CodeWalk::import(const python::Import& statement) {
  for (const python::ImportName& each : statement.names) {
    const std::string path(each.path->view());
    const std::string top = path.substr(0, path.find('.'));
    CodeFile* file = is_dangerous_module(top) ? nullptr : program_.file_at(joined(folder_of(file_.path), path));
    if (file != nullptr) {
      add_import(file, statement.at);
      Meaning module;
      module.kind = Means::kFile;
      module.file = file;
      if (each.bound != nullptr || path == top) bind(each.bound != nullptr ? each.bound : each.path, {module});
      continue;
    }
    if (each.bound != nullptr)
      bind(each.bound, {external(path)});
    else
      bind(program_.intern(top), {external(top)});
  }
}

void CodeWalk::import_from(const python::ImportFrom& statement) {
  std::string module(statement.module->view());
  std::string folder = folder_of(file_.path);
  bool leaves = false;
  for (std::uint32_t level = 1; level < statement.level; ++level) {
    leaves |= folder.empty();
    folder = folder_of(folder);
  }
  const bool relative = statement.level > 0;
  const std::string path = joined(folder, module);
  const bool own = relative || !is_dangerous_module(module.substr(0, module.find('.')));
  CodeFile* file = own && !leaves && !(relative && module.empty()) ? program_.file_at(path) : nullptr;
  if (file == nullptr && relative && module.empty() && !leaves) {
    const auto package = program_.files.find(folder.empty() ? "__init__.py" : folder + "/__init__.py");
    if (package != program_.files.end()) file = &package->second;
  }
  if (file != nullptr) add_import(file, statement.at);
  if (statement.star) {
    const std::string star = file != nullptr ? "./" + path : module;
    if (routine_.code->kind == python::CodeKind::kModule &&
        std::find(file_.stars.begin(), file_.stars.end(), star) == file_.stars.end())
      file_.stars.push_back(star);
    return;
  }
  for (const python::ImportName& each : statement.names) {
    const python::Str* bound = each.bound != nullptr ? each.bound : each.path;
    const std::string name(each.path->view());
    if (relative || file != nullptr) {
      Meanings found = file != nullptr ? program_.global(*file, each.path) : Meanings();
      CodeFile* below = found.empty() ? program_.file_at(joined(path, name)) : nullptr;
      if (below != nullptr) {
        add_import(below, statement.at);
        Meaning part;
        part.kind = Means::kFile;
        part.file = below;
        found = {part};
      }
      if (found.empty()) found = {Meaning{}};
      bind(bound, std::move(found));
    } else {
      bind(bound, {external(module + "." + name)});
    }
  }
}

}  // namespace ckptlint
