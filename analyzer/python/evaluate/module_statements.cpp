// Runs the statements of a module when a name that they bind is asked for, and not before.
#include "python/evaluate/module_statements.h"

#include <algorithm>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "python/syntax/touched_names.h"

namespace ckptlint::python {
namespace {

using State = ModuleBody::State;

SourceUnit* unit_of(Module* module) { return module->unit; }

const Piece& piece_of(const ModuleBody& body, std::size_t at) { return body.outline.statements()[at].piece; }

void parse_statement(Interpreter& in, Module* module, ModuleBody& body, std::size_t at) {
  ModuleBody::Statement& statement = body.statements[at];
  if (statement.code != nullptr) return;
  try {
    statement.code = in.impl->parser.statement(unit_of(module), piece_of(body, at), nullptr);
  } catch (const SyntaxError& error) {
    statement.state = State::kDone;
    raise_syntax_error(in, module->unit, error);
  }
  touch_block(statement.code->body, statement.touches);
}

// The statements before `at` that bind `name` and have not run, in order.  Where one that is no definition has run, so
// have those before it: a file that binds a name a million times is walked once.
std::vector<std::uint32_t> waiting_before(const ModuleBody& body, Str* name, std::size_t at) {
  std::vector<std::uint32_t> waiting;
  const std::span<const FileOutline::Definition> binders = body.outline.definitions_of(*name);
  const auto is_before = [](const FileOutline::Definition& each, std::size_t limit) { return each.statement < limit; };
  for (auto it = std::lower_bound(binders.begin(), binders.end(), at, is_before); it != binders.begin();) {
    const std::uint32_t binder = (--it)->statement;
    const State state = body.statements[binder].state;
    const FileOutline::Statement& statement = body.outline.statements()[binder];
    if (statement.defines != name->view()) continue;
    if (state == State::kWaiting) waiting.push_back(binder);
    if (state == State::kDone && statement.piece.kind == PieceKind::kOther) break;
  }
  std::reverse(waiting.begin(), waiting.end());
  return waiting;
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
  const Piece& piece = piece_of(body, at);
  position->line = position->end_line = piece.definition_line;
  position->column = position->end_column = 1;
  frame->at = position;
  Code* code = in.arena.make<Code>();
  code->kind = CodeKind::kModule;
  code->unit = module->unit;
  frame->code = code;
  FrameScope scope(in, *frame);
  try {
    if (piece.kind == PieceKind::kDef) {
      Value value = function_from_piece(in, *frame, module->unit, piece, nullptr);
      dict_set(in.arena, module->attributes, in.intern(piece.name), value);
    } else if (piece.kind == PieceKind::kClass) {
      Value value = class_from_piece(in, *frame, module->unit, piece);
      dict_set(in.arena, module->attributes, in.intern(piece.name), value);
    } else {
      parse_statement(in, module, body, at);
      // What the names were before: an earlier statement that is left waiting would undo this one later.
      const std::vector<Str*> touched(statement.touches.begin(), statement.touches.end());
      for (Str* name : touched) {
        for (const std::uint32_t earlier : waiting_before(body, name, at)) run_statement(in, module, body, earlier);
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

bool only_imports(const Code* code) {
  return std::all_of(code->body.begin(), code->body.end(), [](const Stmt* stmt) {
    return stmt->kind == StmtKind::kImport || stmt->kind == StmtKind::kImportFrom;
  });
}

// Statements that are to run, each once, in the order in which they were found.
class Due {
 public:
  void add(std::uint32_t at) {
    if (known_.insert(at).second) statements_.push_back(at);
  }
  std::size_t size() const { return statements_.size(); }
  std::uint32_t operator[](std::size_t i) const { return statements_[i]; }
  std::vector<std::uint32_t> in_order() && {
    std::sort(statements_.begin(), statements_.end());
    return std::move(statements_);
  }

 private:
  std::vector<std::uint32_t> statements_;
  std::unordered_set<std::uint32_t> known_;
};

constexpr std::size_t kBytesAStep = 256;  // that are looked through for a name

// Adds the waiting statements before `limit` that bind or change a name; those whose names are not plain to see only
// where `hidden` says so.
void find_due(Interpreter& in, Module* module, ModuleBody* body, Str* name, std::uint32_t limit, bool hidden,
              Due& due) {
  for (const std::uint32_t at : waiting_before(*body, name, limit)) due.add(at);
  if (!hidden) return;
  std::size_t& first = body->first_other;
  const std::vector<std::uint32_t>& others = body->outline.others();
  while (first < others.size() && body->statements[others[first]].state != State::kWaiting) ++first;
  for (std::size_t i = first; i < others.size() && others[i] < limit; ++i) {
    const std::uint32_t at = others[i];
    ModuleBody::Statement& statement = body->statements[at];
    if (statement.state != State::kWaiting) continue;
    const Piece& piece = piece_of(*body, at);
    in.step((piece.end - piece.begin) / kBytesAStep);
    if (!body->outline.may_bind(at, *name)) continue;
    parse_statement(in, module, *body, at);
    bool star = statement.code->body.size() == 1 && statement.code->body[0]->kind == StmtKind::kImportFrom &&
                static_cast<const ImportFrom*>(statement.code->body[0])->star;
    if (star || statement.touches.count(name) != 0) due.add(at);
  }
}

}  // namespace

ModuleBody* body_of(const Module* module) { return module->unit == nullptr ? nullptr : module->unit->body; }

std::uint32_t limit_of(const Interpreter& in, const Module* module, const ModuleBody* body) {
  // Where the statements run in their order, nothing that stands below the one that is running has happened yet.
  if (!module->unit->lazy && !module->unit->embedded) return body->current;
  bool own_statement = in.frame != nullptr && in.frame->module == module && in.frame->function == nullptr;
  return own_statement ? body->current : kNoLimit;
}

void demand(Interpreter& in, Module* module, Str* name) {
  ModuleBody* body = body_of(module);
  if (body == nullptr || body->waiting == 0) return;
  Due due;
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
  for (const std::uint32_t at : std::move(due).in_order()) run_statement(in, module, *body, at);
}

std::string described_in_import(const Module* module) {
  const ModuleBody* body = body_of(module);
  const bool in_import =
      body != nullptr && !module->unit->lazy && !module->unit->embedded && body->current != ModuleBody::kNoStatement;
  const std::string quoted = "'" + std::string(module->name->view()) + "'";
  return in_import ? "partially initialized module " + quoted + " (most likely due to a circular import)" : quoted;
}

void check_syntax(Interpreter& in, SourceUnit* unit) {
  constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  Arena trees(kMostBytes);  // which are looked at no more
  Parser parser(trees, in.symbols);
  try {
    parser.text(unit, CodeKind::kModule);
  } catch (const SyntaxError& error) {
    raise_syntax_error(in, unit, error);
  } catch (const BudgetExceeded&) {  // what runs of it is parsed once more
  }
}

void run_all(Interpreter& in, Module* module) {
  ModuleBody* body = body_of(module);
  if (body == nullptr) return;
  for (std::size_t at = 0; at < body->statements.size(); ++at) run_statement(in, module, *body, at);
}

}  // namespace ckptlint::python
