#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "python/impl.h"

namespace ckptlint::python {
namespace {

using State = ModuleBody::State;
constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

// ---- what a top-level statement binds or changes -------------------------------------------------------------------

void touch_target(const Expr* target, std::unordered_set<Str*>& out) {
  while (true) {
    switch (target->kind) {
      case ExprKind::kName:
        out.insert(static_cast<const Name*>(target)->symbol);
        return;
      case ExprKind::kAttribute:
        target = static_cast<const Attribute*>(target)->object;
        continue;
      case ExprKind::kSubscript:
        target = static_cast<const Subscript*>(target)->object;
        continue;
      case ExprKind::kCall:
        target = static_cast<const Call*>(target)->callee;
        continue;
      case ExprKind::kStarred:
        target = static_cast<const Starred*>(target)->value;
        continue;
      case ExprKind::kTuple:
      case ExprKind::kList:
        for (const Expr* each : static_cast<const Sequence*>(target)->items) touch_target(each, out);
        return;
      default:
        return;
    }
  }
}

void touch_block(const Block& block, std::unordered_set<Str*>& out);

void touch(const Stmt* stmt, std::unordered_set<Str*>& out) {
  switch (stmt->kind) {
    case StmtKind::kExpr: {
      const Expr* value = static_cast<const ExprStmt*>(stmt)->value;
      if (value->kind == ExprKind::kCall) touch_target(static_cast<const Call*>(value)->callee, out);
      if (value->kind == ExprKind::kNamed) out.insert(static_cast<const Named*>(value)->target->symbol);
      return;
    }
    case StmtKind::kAssign:
      for (const Expr* target : static_cast<const Assign*>(stmt)->targets) touch_target(target, out);
      return;
    case StmtKind::kAugAssign:
      return touch_target(static_cast<const AugAssign*>(stmt)->target, out);
    case StmtKind::kAnnAssign:
      return touch_target(static_cast<const AnnAssign*>(stmt)->target, out);
    case StmtKind::kIf: {
      auto* branch = static_cast<const If*>(stmt);
      bool never = branch->condition->kind == ExprKind::kName &&
                   static_cast<const Name*>(branch->condition)->symbol->view() == "TYPE_CHECKING";
      if (!never) touch_block(branch->body, out);
      touch_block(branch->otherwise, out);
      return;
    }
    case StmtKind::kFor:
      touch_target(static_cast<const For*>(stmt)->target, out);
      touch_block(static_cast<const For*>(stmt)->body, out);
      touch_block(static_cast<const For*>(stmt)->otherwise, out);
      return;
    case StmtKind::kWhile:
      touch_block(static_cast<const While*>(stmt)->body, out);
      touch_block(static_cast<const While*>(stmt)->otherwise, out);
      return;
    case StmtKind::kDef:
      out.insert(static_cast<const Def*>(stmt)->name);
      return;
    case StmtKind::kClass:
      out.insert(static_cast<const ClassDef*>(stmt)->name);
      return;
    case StmtKind::kTry: {
      const Try* attempt = static_cast<const Try*>(stmt);
      touch_block(attempt->body, out);
      for (const ExceptClause& handler : attempt->handlers) touch_block(handler.body, out);
      touch_block(attempt->otherwise, out);
      touch_block(attempt->finally, out);
      return;
    }
    case StmtKind::kWith:
      for (const WithItem& item : static_cast<const With*>(stmt)->items) {
        if (item.target != nullptr) touch_target(item.target, out);
      }
      return touch_block(static_cast<const With*>(stmt)->body, out);
    case StmtKind::kImport:
      for (const ImportName& name : static_cast<const Import*>(stmt)->names) out.insert(name.target->symbol);
      return;
    case StmtKind::kImportFrom:
      for (const ImportName& name : static_cast<const ImportFrom*>(stmt)->names) out.insert(name.target->symbol);
      return;
    case StmtKind::kDelete:
      for (const Expr* target : static_cast<const Delete*>(stmt)->targets) touch_target(target, out);
      return;
    default:
      return;
  }
}

void touch_block(const Block& block, std::unordered_set<Str*>& out) {
  for (const Stmt* stmt : block) touch(stmt, out);
}

bool contains_word(std::string_view text, std::string_view word) {
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    bool starts = at == 0 || !is_word(text[at - 1]);
    bool ends = at + word.size() == text.size() || !is_word(text[at + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

// `NAME = ...` and `NAME: type = ...` are told by their first characters.
std::string_view plain_target(std::string_view text) {
  std::size_t at = 0;
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  while (at < text.size() && is_word(text[at])) ++at;
  std::string_view word = text.substr(0, at);
  while (at < text.size() && text[at] == ' ') ++at;
  bool assigned = at + 1 < text.size() && text[at] == '=' && text[at + 1] != '=';
  bool annotated = at < text.size() && text[at] == ':';
  static constexpr std::string_view kKeywords[] = {"if",   "for",  "while",  "try",     "with",
                                                   "else", "elif", "except", "finally", "lambda"};
  for (std::string_view keyword : kKeywords) {
    if (word == keyword) return {};
  }
  // `a = b = value` binds more than its first name.
  if (assigned) {
    std::size_t next = at + 1;
    while (next < text.size() && (text[next] == ' ' || is_word(text[next]))) ++next;
    if (next + 1 < text.size() && text[next] == '=' && text[next + 1] != '=') return {};
  }
  return assigned || annotated ? word : std::string_view();
}

// ---- running statements --------------------------------------------------------------------------------------------

SourceUnit* unit_of(Module* module) { return module->unit; }

void parse_statement(Interpreter& in, Module* module, ModuleBody::Statement& statement) {
  if (statement.code != nullptr) return;
  try {
    statement.code = in.impl->parser.statement(unit_of(module), statement.piece, false);
  } catch (const SyntaxError& error) {
    statement.state = State::kDone;
    raise_syntax_error(in, module->unit, error);
  }
  touch_block(statement.code->body, statement.touches);
}

void run_statement(Interpreter& in, Module* module, ModuleBody& body, std::size_t at) {
  ModuleBody::Statement& statement = body.statements[at];
  if (statement.state != State::kWaiting) return;
  statement.state = State::kRunning;
  --body.waiting;
  struct Running {
    std::uint32_t& current;
    std::uint32_t outer;
    ~Running() { current = outer; }
  } running{body.current, std::exchange(body.current, static_cast<std::uint32_t>(at))};
  Frame* frame = in.arena.make<Frame>();
  frame->module = module;
  Position* position = in.arena.make<Position>();
  position->line = position->end_line = statement.piece.definition_line;
  position->column = position->end_column = 1;
  frame->at = position;
  Code* code = in.arena.make<Code>();
  code->kind = CodeKind::kModule;
  code->unit = module->unit;
  frame->code = code;
  FrameScope scope(in, *frame);
  try {
    if (statement.piece.kind == PieceKind::kDef) {
      Value value = function_from_piece(in, *frame, module->unit, statement.piece, nullptr);
      dict_set(in.arena, module->attributes, statement.defines, value);
    } else if (statement.piece.kind == PieceKind::kClass) {
      Value value = class_from_piece(in, *frame, module->unit, statement.piece);
      dict_set(in.arena, module->attributes, statement.defines, value);
    } else {
      parse_statement(in, module, statement);
      // What the names were before: an earlier statement that is left waiting would undo this one later.
      const std::vector<Str*> touched(statement.touches.begin(), statement.touches.end());
      for (Str* name : touched) {
        auto plain = body.plain.find(name);
        if (plain == body.plain.end()) continue;
        const std::vector<std::uint32_t> due = plain->second;
        for (std::uint32_t earlier : due) {
          if (earlier < at) run_statement(in, module, body, earlier);
        }
      }
      frame->code = body.statements[at].code;
      frame->slots = in.arena.array<Value>(frame->code->slots.size());
      run_block(in, *frame, frame->code->body);
    }
  } catch (const SyntaxError& error) {
    body.statements[at].state = State::kDone;
    raise_syntax_error(in, module->unit, error);
  } catch (...) {
    body.statements[at].state = State::kDone;
    throw;
  }
  body.statements[at].state = State::kDone;
}

ModuleBody* body_of(const Module* module) { return module->unit == nullptr ? nullptr : module->unit->body; }

bool only_imports(const Code* code) {
  return std::all_of(code->body.begin(), code->body.end(), [](const Stmt* stmt) {
    return stmt->kind == StmtKind::kImport || stmt->kind == StmtKind::kImportFrom;
  });
}

// Adds the waiting statements before `limit` that bind or change a name; those whose names are not plain to see only
// where `hidden` says so.
void find_due(Interpreter& in, Module* module, ModuleBody* body, Str* name, std::uint32_t limit, bool hidden,
              std::vector<std::uint32_t>& due) {
  const auto add = [&](std::uint32_t at) {
    bool waiting = at < limit && body->statements[at].state == State::kWaiting;
    if (waiting && std::find(due.begin(), due.end(), at) == due.end()) due.push_back(at);
  };
  auto plain = body->plain.find(name);
  if (plain != body->plain.end()) std::for_each(plain->second.begin(), plain->second.end(), add);
  if (!hidden) return;
  for (std::uint32_t at : body->others) {
    ModuleBody::Statement& statement = body->statements[at];
    if (at >= limit || statement.state != State::kWaiting) continue;
    const Piece& piece = statement.piece;
    std::string_view text = module->unit->text.substr(piece.begin, piece.end - piece.begin);
    if (text.substr(0, 17) == "if TYPE_CHECKING:") text = text.substr(std::min(text.find("\nelse:"), text.size()));
    if (text.find('*') == std::string_view::npos || text.substr(0, 5) != "from ") {
      if (!contains_word(text, name->view())) continue;
    }
    parse_statement(in, module, statement);
    bool star = statement.code->body.size() == 1 && statement.code->body[0]->kind == StmtKind::kImportFrom &&
                static_cast<const ImportFrom*>(statement.code->body[0])->star;
    if (star || statement.touches.count(name) != 0) add(at);
  }
}

// Runs the statements that bind or change a name, in their order.
// A top-level statement of the module itself sees what the statements before it made; from functions, and from other
// modules, all of them count.
std::uint32_t limit_of(const Interpreter& in, const Module* module, const ModuleBody* body) {
  bool own_statement = in.frame != nullptr && in.frame->module == module && in.frame->function == nullptr;
  return own_statement ? body->current : kNoLimit;
}

void demand(Interpreter& in, Module* module, Str* name) {
  ModuleBody* body = body_of(module);
  if (body == nullptr || body->waiting == 0) return;
  std::vector<std::uint32_t> due;
  find_due(in, module, body, name, limit_of(in, module, body), true, due);
  // A statement that touches other names as well finds them as the statements before it leave them; were those to run
  // later, they would undo its work.
  for (std::size_t i = 0; i < due.size(); ++i) {
    const ModuleBody::Statement& statement = body->statements[due[i]];
    if (statement.code == nullptr) continue;
    bool hidden = !only_imports(statement.code);
    for (Str* other : statement.touches) {
      if (other != name) find_due(in, module, body, other, due[i], hidden, due);
    }
  }
  std::sort(due.begin(), due.end());
  for (std::uint32_t at : due) run_statement(in, module, *body, at);
}

void run_all(Interpreter& in, Module* module) {
  ModuleBody* body = body_of(module);
  if (body == nullptr) return;
  for (std::size_t at = 0; at < body->statements.size(); ++at) run_statement(in, module, *body, at);
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

void set_up_body(Interpreter& in, Module* module, SourceUnit* unit) {
  module->unit = unit;
  auto body = std::make_unique<ModuleBody>();
  for (const Piece& piece : split_block(unit->text, 0, static_cast<std::uint32_t>(unit->text.size()), 1)) {
    ModuleBody::Statement statement;
    statement.piece = piece;
    std::string_view name = piece.kind != PieceKind::kOther
                                ? piece.name
                                : plain_target(unit->text.substr(piece.begin, piece.end - piece.begin));
    std::uint32_t at = static_cast<std::uint32_t>(body->statements.size());
    if (!name.empty()) {
      statement.defines = in.intern(name);
      body->plain[statement.defines].push_back(at);
    } else {
      body->others.push_back(at);
    }
    body->statements.push_back(std::move(statement));
  }
  body->waiting = body->statements.size();
  unit->body = body.get();
  in.impl->bodies.push_back(std::move(body));
}

Module* load_text(Interpreter& in, const std::string& dotted, std::string text, const std::string& path,
                  std::size_t root, bool package) {
  const SourceRoot& from = in.impl->roots[root];
  Module* module = new_module(in, dotted);
  module->is_package = package;
  SourceFile file;
  file.path = from.label.empty() ? path : from.label + "/" + path;
  file.real_path = from.tree->real_path(path);
  file.in_model_repo = from.in_model_repo;
  file.text = std::move(text);
  in.impl->texts.push_back(file.text);
  in.sources.files.push_back(std::move(file));
  SourceUnit& unit = in.impl->units.emplace_back();
  unit.file = static_cast<FileId>(in.sources.files.size() - 1);
  unit.text = in.impl->texts.back();
  unit.path = in.sources.files.back().path;
  unit.lazy = from.lazy;
  std::size_t slash = path.rfind('/');
  in.impl->places[module] = {root, slash == std::string::npos ? std::string() : path.substr(0, slash)};
  dict_set(in.arena, module->attributes, in.sym.__file__, in.string(unit.path));
  std::string_view package_name = dotted;
  if (!package)
    package_name =
        package_name.substr(0, package_name.rfind('.') == std::string_view::npos ? 0 : package_name.rfind('.'));
  dict_set(in.arena, module->attributes, in.sym.__package__, in.string(package_name));
  if (package) dict_set(in.arena, module->attributes, in.sym.__path__, Value::of(in.list()));
  set_up_body(in, module, &unit);
  if (unit.lazy) return module;
  try {
    run_all(in, module);
  } catch (const PyRaise&) {
    in.impl->modules.erase(dotted);  // as Python does: the next import tries again
    throw;
  }
  return module;
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
      Result<std::string> text = from.tree->read(init);
      if (text) return load_text(in, dotted, std::move(*text), init, root, true);
    }
    if (!path.empty() && from.tree->is_file(path + ".py")) {
      Result<std::string> text = from.tree->read(path + ".py");
      if (text) return load_text(in, dotted, std::move(*text), path + ".py", root, false);
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

bool installed(const Interpreter& in, std::string_view top) {
  for (const auto& package : in.environment.packages) {
    if (package.first == top) return true;
  }
  return std::find(in.environment.assumed.begin(), in.environment.assumed.end(), top) != in.environment.assumed.end();
}

[[noreturn]] void raise_not_found(Interpreter& in, const std::string& dotted) {
  std::string top = dotted.substr(0, dotted.find('.'));
  const bool noted = std::find(in.absent_packages.begin(), in.absent_packages.end(), top) != in.absent_packages.end();
  if (!noted && in.impl->modules.count(top) == 0) in.absent_packages.push_back(top);
  in.raise(in.exception("ModuleNotFoundError"), fmt::format("No module named '{}'", dotted));
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
    set_up_body(in, module, &unit);
    return module;
  }
  in.step(100);
  return load_from_roots(in, dotted);
}

Value submodule(Interpreter& in, Module* package, Str* name) {
  std::string dotted = fmt::format("{}.{}", package->name->view(), name->view());
  Module* found = find_module(in, dotted);
  return found == nullptr ? Value{} : Value::of(found);
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

Value* override_of(Interpreter& in, Module* module, Str* name) {
  auto found = in.impl->overrides.find(fmt::format("{}:{}", module->name->view(), name->view()));
  return found == in.impl->overrides.end() ? nullptr : &found->second;
}

// Whether statements that change the name may still be waiting; asked without a limit, it is for the last time.
bool may_ask(const Interpreter& in, const Module* module, ModuleBody* body, Str* name) {
  if (limit_of(in, module, body) == kNoLimit) return body->asked.insert(name).second;
  return body->asked.count(name) == 0;
}

// A name that the module's own text binds.
Value own_name(Interpreter& in, Module* module, Str* name) {
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
  if (body == nullptr || body->absent.count(name) != 0) return {};
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
    Value found = module_attribute(in, in.import_module(body->stars[i]->view()), name);
    if (!found.missing() && !found.is(Kind::kModule)) {
      dict_set(in.arena, module->attributes, name, found);
      return found;
    }
  }
  if (last_time) body->absent.insert(name);
  return {};
}

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

// In code that came with the model an absent package is unknown, unless the code provides for its absence itself.  A
// file that the model's own code lacks is no package.
bool stands_in_for_absent(const Frame& frame, const SourceFiles& sources, std::uint32_t level = 0) {
  if (level > 0 || frame.in_import_try > 0 || frame.code == nullptr || frame.code->unit == nullptr) return false;
  const SourceFile* file = sources.find(frame.code->unit->file);
  return file != nullptr && file->in_model_repo;
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

}  // namespace

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
  return {};
}

Value load_global(Interpreter& in, Module* module, Str* name) {
  Value found = own_name(in, module, name);
  if (!found.missing()) return found;
  if (Value* builtin = dict_find(in.builtins->attributes, name)) return *builtin;
  return {};
}

void run_import(Interpreter& in, Frame& frame, const Import* statement) {
  for (const ImportName& name : statement->names) {
    bool lazy = lazily_imported(frame);
    std::string_view path = name.path->view();
    std::string_view bound = name.bound != nullptr ? path : path.substr(0, path.find('.'));
    if (lazy && name.bound == nullptr && path.find('.') == std::string_view::npos) {
      store_name(in, frame, name.target, lazy_import(in, frame, path, nullptr));
      continue;
    }
    try {
      Module* whole = in.import_module(path);
      Module* top = name.bound != nullptr ? whole : in.import_module(bound);
      store_name(in, frame, name.target, Value::of(top));
    } catch (const PyRaise& raised) {
      if (!stands_in_for_absent(frame, in.sources) ||
          !matches_handler(in, raised.exception, Value::of(in.exception("ImportError"))))
        throw;
      store_name(in, frame, name.target, in.unknown(fmt::format("package {}, which is absent", path)));
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
      in.import_module(module);
      body->stars.push_back(in.intern(module));
    } catch (const PyRaise& raised) {
      if (!stands_in_for_absent(frame, in.sources, statement->level)) throw;
      in.note_partial(fmt::format("names come from package {}, which is absent", module));
    }
    return;
  }
  bool lazy = lazily_imported(frame);
  for (const ImportName& name : statement->names) {
    if (lazy) {
      store_name(in, frame, name.target, lazy_import(in, frame, module, name.path));
      continue;
    }
    try {
      store_name(in, frame, name.target, in.import_name(module, name.path->view()));
    } catch (const PyRaise& raised) {
      if (!stands_in_for_absent(frame, in.sources, statement->level) ||
          !matches_handler(in, raised.exception, Value::of(in.exception("ModuleNotFoundError"))))
        throw;
      store_name(in, frame, name.target,
                 in.unknown(fmt::format("{} of package {}, which is absent", name.path->view(), module)));
    }
  }
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
  bool below_open = parent != nullptr && parent->open;
  if (below_open || (parent == nullptr && installed(*this, top))) return native_module(name, true);
  raise_not_found(*this, name);
}

Value Interpreter::import_name(std::string_view module, std::string_view name) {
  // What is replaced does not need the file that it was defined in.
  auto replaced = impl->overrides.find(fmt::format("{}:{}", module, name));
  if (replaced != impl->overrides.end()) return replaced->second;
  Module* from = import_module(module);
  Value found = module_attribute(*this, from, intern(name));
  if (found.missing()) {
    raise(exception("ImportError"), fmt::format("cannot import name '{}' from '{}'", name, module));
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

void Interpreter::define(Module* module, std::string_view name, Value value) {
  dict_set(arena, module->attributes, intern(name), value);
}

void Interpreter::define(Module* module, const char* name, NativeFunction function, Value data) {
  dict_set(arena, module->attributes, intern(name), native_static(name, function, data));
}

void Interpreter::embedded_module(std::string_view name, std::string_view text, bool open) {
  impl->embedded[std::string(name)] = {text, open};
}

void Interpreter::override_definition(std::string_view module, std::string_view name, Value value) {
  impl->overrides[fmt::format("{}:{}", module, name)] = value;
}

}  // namespace ckptlint::python
