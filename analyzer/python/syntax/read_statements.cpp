// Statements and blocks of them.
#include <utility>

#include "python/syntax/reader.h"

namespace ckptlint::python {

Block Reader::statements(Code* code) {
  constexpr std::string_view kTypeChecking = "if TYPE_CHECKING:\n";
  const std::string_view all = lexer_.text(lexer_.begin, text_end_);
  if (lexer_.start.column == 1 && all.starts_with(kTypeChecking)) {
    const std::size_t otherwise = all.find("\nelse:");
    if (otherwise != std::string_view::npos) unread_until_ = lexer_.begin + static_cast<std::uint32_t>(otherwise) + 1;
  }
  return all_statements(code);
}

Block Reader::all_statements(Code* code) {
  private_to_ = code->private_to;
  Scope scope(arena_, code, nullptr);
  Within within(*this, scope);
  Gathering<Stmt*> out(statements_);
  while (!at(Token::kEnd)) statement(out);
  scope.close();
  return out.take(arena_);
}

Block Reader::block() {
  Nesting nesting(*this);
  expect(Token::kColon);
  Gathering<Stmt*> out(statements_);
  if (take(Token::kNewline)) {
    expect(Token::kIndent);
    while (!take(Token::kDedent)) statement(out);
  } else {
    simple_statements(out);
  }
  return out.take(arena_);
}

void Reader::statement(Gathering<Stmt*>& out) {
  switch (lexer_.token) {
    case Token::kIf:
      return out.add(if_statement());
    case Token::kFor:
      return out.add(for_statement());
    case Token::kAsync:
      return out.add(async_statement());
    case Token::kName:
      if (lexer_.symbol == keywords_.match && class_body(unit_->text, line_piece()).begin != 0)
        return out.add(match_statement());
      return simple_statements(out);
    case Token::kWhile:
      return out.add(while_statement());
    case Token::kTry:
      return out.add(try_statement());
    case Token::kWith:
      return out.add(with_statement());
    case Token::kDef:
    case Token::kClass:
      return out.add(definition({}));
    case Token::kAt: {
      Gathering<Expr*> decorators(expressions_);
      while (take(Token::kAt)) {
        decorators.add(named_test());
        expect(Token::kNewline);
      }
      return out.add(definition(decorators.take(arena_)));
    }
    default:
      return simple_statements(out);
  }
}

Stmt* Reader::async_statement() {
  Lexer ahead = lexer_;
  ahead.advance();
  if (ahead.token == Token::kFor) return for_statement();
  return ahead.token == Token::kWith ? with_statement() : definition({});
}

void Reader::simple_statements(Gathering<Stmt*>& out) {
  do {
    if (at(Token::kNewline)) break;
    simple_statement(out);
  } while (take(Token::kSemicolon));
  expect(Token::kNewline);
}

void Reader::simple_statement(Gathering<Stmt*>& out) {
  const Place start = lexer_.start;
  const auto word_alone = [&](StmtKind kind) {
    lexer_.advance();
    out.add(make<Stmt>(kind, start));
  };
  switch (lexer_.token) {
    case Token::kPass:
      return word_alone(StmtKind::kPass);
    case Token::kBreak:
      return word_alone(StmtKind::kBreak);
    case Token::kContinue:
      return word_alone(StmtKind::kContinue);
    case Token::kReturn: {
      lexer_.advance();
      Expr* value = ends_expression() ? nullptr : expression_list();
      Return* made = make<Return>(StmtKind::kReturn, start);
      made->value = value;
      return out.add(made);
    }
    case Token::kRaise: {
      lexer_.advance();
      Expr* value = ends_expression() ? nullptr : test();
      Expr* cause = take(Token::kFrom) ? test() : nullptr;
      Raise* made = make<Raise>(StmtKind::kRaise, start);
      made->value = value;
      made->cause = cause;
      return out.add(made);
    }
    case Token::kAssert: {
      lexer_.advance();
      Expr* condition = test();
      Expr* message = take(Token::kComma) ? test() : nullptr;
      Assert* made = make<Assert>(StmtKind::kAssert, start);
      made->condition = condition;
      made->message = message;
      return out.add(made);
    }
    case Token::kImport:
      return out.add(import_statement());
    case Token::kFrom:
      return out.add(import_from());
    case Token::kGlobal:
    case Token::kNonlocal: {
      const bool global = at(Token::kGlobal);
      do {
        lexer_.advance();
        Str* symbol = word();
        global ? scope_->declare_global(symbol) : scope_->declare_nonlocal(symbol);
      } while (at(Token::kComma));
      return;
    }
    case Token::kDel:
      return out.add(delete_statement());
    case Token::kName:
      if (lexer_.symbol == keywords_.type && is_type_alias()) return type_alias();
      return out.add(expression_statement());
    default:
      return out.add(expression_statement());
  }
}

bool Reader::is_type_alias() const {
  Lexer ahead = lexer_;
  ahead.advance();
  return ahead.token == Token::kName;
}

// `type name = value` is for type checkers, and makes no statement.
void Reader::type_alias() {
  lexer_.advance();
  word();
  if (at(Token::kOpenBracket)) type_parameters();
  expect(Token::kEqual);
  Within within(*this, unused_);
  test();
}

Stmt* Reader::expression_statement() {
  const Place start = lexer_.start;
  Expr* first = yield_or_list();
  if (at(Token::kInPlace)) {
    const Operator op = lexer_.in_place;
    lexer_.advance();
    Expr* value = yield_or_list();
    bind_target(first);
    AugAssign* made = make<AugAssign>(StmtKind::kAugAssign, start);
    made->target = first;
    made->op = op;
    made->value = value;
    return made;
  }
  if (at(Token::kColon)) return annotated(first, start);
  if (!at(Token::kEqual)) {
    ExprStmt* made = make<ExprStmt>(StmtKind::kExpr, start);
    made->value = first;
    return made;
  }
  Gathering<Expr*> targets(expressions_);
  Expr* value = first;
  while (take(Token::kEqual)) {
    targets.add(value);
    value = yield_or_list();
  }
  for (std::size_t i = 0; i < targets.size(); ++i) bind_target(targets[i]);
  Assign* made = make<Assign>(StmtKind::kAssign, start);
  made->targets = targets.take(arena_);
  made->value = value;
  return made;
}

Stmt* Reader::annotated(Expr* target, const Place& start) {
  if (target->kind == ExprKind::kTuple || target->kind == ExprKind::kList) fail("only one target can be annotated");
  lexer_.advance();
  const CodeKind around = scope_->code()->kind;
  const Annotation type = annotation(around == CodeKind::kModule || around == CodeKind::kClass ? scope_ : nullptr);
  Expr* value = take(Token::kEqual) ? yield_or_list() : nullptr;
  bind_target(target);
  AnnAssign* made = make<AnnAssign>(StmtKind::kAnnAssign, start);
  made->target = target;
  made->annotation = type.text;
  made->type = type.value;
  made->value = value;
  return made;
}

// An annotation is kept as text.  Its names belong to `scope`, in which it runs, or are nobody's.
Reader::Annotation Reader::annotation(Scope* scope) {
  const bool runs = scope != nullptr && unit_->runs_annotations;
  const std::uint32_t begin = lexer_.begin;
  Expr* value = nullptr;
  {
    Within within(*this, runs ? *scope : unused_);
    value = at(Token::kStar) ? element() : test();
  }
  const std::string_view text = lexer_.text(begin, lexer_.last_end);
  const bool plain = text.find('#') == std::string_view::npos;
  return {symbols_.intern(plain ? std::string(text) : without_comments(text)), runs ? value : nullptr};
}

Stmt* Reader::if_statement() {
  const Place start = lexer_.start;
  const bool whole = at(Token::kIf);  // an `elif` ends with its own block
  lexer_.advance();
  Expr* condition = named_test();
  Block body;
  if (unread_until_ != 0) {
    body = {arena_.array<Stmt*>(1), 1};
    body.items[0] = make<Stmt>(StmtKind::kPass, start);
    lexer_.jump_to_line(std::exchange(unread_until_, 0));
  } else {
    body = block();
  }
  const Position own = from(start);
  Block otherwise;
  if (at(Token::kElif)) {
    Nesting nesting(*this);
    Stmt* nested = if_statement();
    otherwise = {arena_.array<Stmt*>(1), 1};
    otherwise.items[0] = nested;
  } else if (take(Token::kElse)) {
    otherwise = block();
  }
  If* made = make<If>(StmtKind::kIf, start);
  if (!whole) made->at = own;
  made->condition = condition;
  made->body = body;
  made->otherwise = otherwise;
  return made;
}

Stmt* Reader::for_statement() {
  const Place start = lexer_.start;
  take(Token::kAsync);
  lexer_.advance();
  Expr* target = target_list();
  expect(Token::kIn);
  Expr* iterable = expression_list();
  bind_target(target);
  const Block body = block();
  const Block otherwise = take(Token::kElse) ? block() : Block{};
  For* made = make<For>(StmtKind::kFor, start);
  made->target = target;
  made->iterable = iterable;
  made->body = body;
  made->otherwise = otherwise;
  return made;
}

Stmt* Reader::while_statement() {
  const Place start = lexer_.start;
  lexer_.advance();
  Expr* condition = named_test();
  const Block body = block();
  const Block otherwise = take(Token::kElse) ? block() : Block{};
  While* made = make<While>(StmtKind::kWhile, start);
  made->condition = condition;
  made->body = body;
  made->otherwise = otherwise;
  return made;
}

Stmt* Reader::try_statement() {
  const Place start = lexer_.start;
  lexer_.advance();
  const Block body = block();
  std::vector<ExceptClause> handlers;
  while (take(Token::kExcept)) {
    ExceptClause handler{};
    const Place star = lexer_.start;
    const bool of_groups = take(Token::kStar);
    if (!at(Token::kColon)) {
      handler.type = expression_list();
      if (of_groups) {  // which the type, starred, tells of
        Starred* groups = make<Starred>(ExprKind::kStarred, star);
        groups->value = handler.type;
        handler.type = groups;
      }
      if (take(Token::kAs)) {
        const Place place = lexer_.start;
        Str* symbol = word();
        scope_->bind(symbol);
        handler.target = static_cast<Name*>(name(symbol, place));
      }
    }
    handler.body = block();
    handlers.push_back(handler);
  }
  const Block otherwise = take(Token::kElse) ? block() : Block{};
  const bool has_finally = take(Token::kFinally);
  const Block finally = has_finally ? block() : Block{};
  if (handlers.empty() && !has_finally) fail("`except` or `finally` expected");
  Try* made = make<Try>(StmtKind::kTry, start);
  made->body = body;
  made->handlers = {arena_.array<ExceptClause>(handlers.size()), static_cast<std::uint32_t>(handlers.size())};
  for (std::size_t i = 0; i < handlers.size(); ++i) made->handlers.items[i] = handlers[i];
  made->otherwise = otherwise;
  made->finally = finally;
  return made;
}

Stmt* Reader::with_statement() {
  const Place start = lexer_.start;
  take(Token::kAsync);
  expect(Token::kWith);
  std::vector<WithItem> items;
  const bool parentheses = at(Token::kOpenParenthesis) && colon_behind_brackets(unit_->text, lexer_.begin, text_end_);
  if (parentheses) lexer_.advance();
  do {
    if (parentheses && at(Token::kCloseParenthesis)) break;
    WithItem item{};
    item.value = parentheses && at(Token::kYield) ? yield_or_list() : parentheses ? named_test() : test();
    if (take(Token::kAs)) {
      item.target = arithmetic(1);
      bind_target(item.target);
    }
    items.push_back(item);
  } while (take(Token::kComma));
  if (parentheses) expect(Token::kCloseParenthesis);
  const Block body = block();
  With* made = make<With>(StmtKind::kWith, start);
  made->items = {arena_.array<WithItem>(items.size()), static_cast<std::uint32_t>(items.size())};
  for (std::size_t i = 0; i < items.size(); ++i) made->items.items[i] = items[i];
  made->body = body;
  return made;
}

// `a.b.c`, as it is written.
std::string_view Reader::dotted_name() {
  const std::uint32_t begin = lexer_.begin;
  do {
    word();
  } while (take(Token::kDot));
  const std::string_view path = lexer_.text(begin, lexer_.last_end);
  if (path.find_first_of(" \t\\\r\n#") == std::string_view::npos) return path;
  std::string joined;
  for (char c : without_comments(path)) {
    if (std::string_view(" \t\\\r\n").find(c) == std::string_view::npos) joined += c;
  }
  return symbols_.intern(joined)->view();
}

Stmt* Reader::import_statement() {
  const Place start = lexer_.start;
  std::vector<ImportName> names;
  do {
    lexer_.advance();
    Place place = lexer_.start;
    const std::string_view path = dotted_name();
    ImportName import{};
    import.path = symbols_.intern(path);
    Str* bound = nullptr;
    if (take(Token::kAs)) {
      place = lexer_.start;
      bound = import.bound = word();
    } else {
      bound = symbols_.intern(path.substr(0, path.find('.')));
    }
    scope_->bind(bound);
    import.target = static_cast<Name*>(name(bound, place));
    names.push_back(import);
  } while (at(Token::kComma));
  Import* made = make<Import>(StmtKind::kImport, start);
  made->names = {arena_.array<ImportName>(names.size()), static_cast<std::uint32_t>(names.size())};
  for (std::size_t i = 0; i < names.size(); ++i) made->names.items[i] = names[i];
  return made;
}

Stmt* Reader::import_from() {
  const Place start = lexer_.start;
  lexer_.advance();
  std::uint32_t level = 0;
  while (at(Token::kDot) || at(Token::kEllipsis)) {
    level += at(Token::kDot) ? 1 : 3;
    lexer_.advance();
  }
  Str* module = symbols_.intern(at(Token::kName) ? dotted_name() : std::string_view());
  if (level == 0 && module->length == 0) fail("the name of a module expected");
  expect(Token::kImport);
  std::vector<ImportName> names;
  const bool star = take(Token::kStar);
  const bool parentheses = !star && take(Token::kOpenParenthesis);
  while (!star && !(parentheses && at(Token::kCloseParenthesis))) {
    Place place = lexer_.start;
    ImportName import{};
    import.path = plain_word();
    if (take(Token::kAs)) {
      place = lexer_.start;
      import.bound = word();
    }
    Str* bound = import.bound != nullptr ? import.bound : private_name(import.path);
    scope_->bind(bound);
    import.target = static_cast<Name*>(name(bound, place));
    names.push_back(import);
    if (!take(Token::kComma)) break;
  }
  if (parentheses) expect(Token::kCloseParenthesis);
  if (!star && names.empty()) fail("a name expected behind `import`");
  ImportFrom* made = make<ImportFrom>(StmtKind::kImportFrom, start);
  made->module = module;
  made->level = level;
  made->star = star;
  made->names = {arena_.array<ImportName>(names.size()), static_cast<std::uint32_t>(names.size())};
  for (std::size_t i = 0; i < names.size(); ++i) made->names.items[i] = names[i];
  return made;
}

Stmt* Reader::delete_statement() {
  const Place start = lexer_.start;
  Gathering<Expr*> targets(expressions_);
  do {
    lexer_.advance();
    if (ends_expression()) break;
    Expr* target = primary();
    bind_target(target);
    targets.add(target);
  } while (at(Token::kComma));
  if (targets.size() == 0) fail("something expected behind `del`");
  Delete* made = make<Delete>(StmtKind::kDelete, start);
  made->targets = targets.take(arena_);
  return made;
}

// The variables of a `for`.
Expr* Reader::target_list() {
  const Place start = lexer_.start;
  const auto item = [&]() -> Expr* {
    const Place star = lexer_.start;
    if (!take(Token::kStar)) return primary();
    Expr* value = primary();
    Starred* made = make<Starred>(ExprKind::kStarred, star);
    made->value = value;
    return made;
  };
  Expr* first = item();
  if (!at(Token::kComma)) return first;
  Gathering<Expr*> all(expressions_);
  all.add(first);
  while (take(Token::kComma)) {
    if (at(Token::kIn)) break;
    all.add(item());
  }
  Sequence* made = make<Sequence>(ExprKind::kTuple, start);
  made->items = all.take(arena_);
  return made;
}

// What was read as an expression is assigned to.
void Reader::bind_target(const Expr* target) {
  switch (target->kind) {
    case ExprKind::kName:
      return scope_->bind(static_cast<const Name*>(target)->symbol);
    case ExprKind::kAttribute:
    case ExprKind::kSubscript:
      return;
    case ExprKind::kStarred:
      return bind_target(static_cast<const Starred*>(target)->value);
    case ExprKind::kTuple:
    case ExprKind::kList:
      for (const Expr* each : static_cast<const Sequence*>(target)->items) bind_target(each);
      return;
    default:
      fail_at({target->at.line, target->at.column}, "this cannot be assigned to");
  }
}

}  // namespace ckptlint::python
