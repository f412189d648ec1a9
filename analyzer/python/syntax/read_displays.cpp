// What stands in brackets: tuples, lists, sets, dicts, comprehensions; and lambdas.
#include "python/syntax/reader.h"

namespace ckptlint::python {

Expr* Reader::parenthesized() {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  lexer_.advance();
  Gathering<Expr*> items(expressions_);
  if (at(Token::kYield)) {
    Expr* value = yield_or_list();
    expect(Token::kCloseParenthesis);
    return value;
  }
  if (!at(Token::kCloseParenthesis)) {
    const Scope::Element opened = scope_->open_element();
    Expr* first = element();
    if (at_comprehension()) {
      return comprehension(ComprehensionKind::kGenerator, opened, first, nullptr, Token::kCloseParenthesis, start);
    }
    scope_->close_element(opened);
    items.add(first);
    if (take(Token::kCloseParenthesis)) {
      if (first->kind == ExprKind::kStarred) fail("a starred expression stands alone");
      return first;
    }
    while (take(Token::kComma)) {
      if (at(Token::kCloseParenthesis)) break;
      items.add(element());
    }
  }
  expect(Token::kCloseParenthesis);
  Sequence* made = make<Sequence>(ExprKind::kTuple, start);
  made->items = items.take(arena_);
  return made;
}

Expr* Reader::list_display() {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  lexer_.advance();
  Gathering<Expr*> items(expressions_);
  if (!at(Token::kCloseBracket)) {
    const Scope::Element opened = scope_->open_element();
    Expr* first = element();
    if (at_comprehension()) {
      return comprehension(ComprehensionKind::kList, opened, first, nullptr, Token::kCloseBracket, start);
    }
    scope_->close_element(opened);
    items.add(first);
    while (take(Token::kComma)) {
      if (at(Token::kCloseBracket)) break;
      items.add(element());
    }
  }
  expect(Token::kCloseBracket);
  Sequence* made = make<Sequence>(ExprKind::kList, start);
  made->items = items.take(arena_);
  return made;
}

Expr* Reader::brace_display() {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  lexer_.advance();
  if (at(Token::kCloseBrace) || at(Token::kDoubleStar)) return dict_display(start, nullptr, nullptr);
  const Scope::Element opened = scope_->open_element();
  Expr* first = element();
  if (take(Token::kColon)) {
    Expr* value = test();
    if (at_comprehension()) {
      return comprehension(ComprehensionKind::kDict, opened, first, value, Token::kCloseBrace, start);
    }
    scope_->close_element(opened);
    return dict_display(start, first, value);
  }
  if (at_comprehension()) {
    return comprehension(ComprehensionKind::kSet, opened, first, nullptr, Token::kCloseBrace, start);
  }
  scope_->close_element(opened);
  Gathering<Expr*> items(expressions_);
  items.add(first);
  while (take(Token::kComma)) {
    if (at(Token::kCloseBrace)) break;
    items.add(element());
  }
  expect(Token::kCloseBrace);
  Sequence* made = make<Sequence>(ExprKind::kSet, start);
  made->items = items.take(arena_);
  return made;
}

// What is left of a dict's display behind its first pair, or all of it where there is none yet.
Expr* Reader::dict_display(const Place& start, Expr* first_key, Expr* first_value) {
  Gathering<Expr*> pairs(expressions_);  // keys and values in turn
  bool comma = true;
  if (first_key != nullptr) {
    pairs.add(first_key);
    pairs.add(first_value);
    comma = take(Token::kComma);
  }
  while (comma && !at(Token::kCloseBrace)) {
    if (take(Token::kDoubleStar)) {
      pairs.add(nullptr);
      pairs.add(arithmetic(1));
    } else {
      pairs.add(test());
      expect(Token::kColon);
      pairs.add(test());
    }
    comma = take(Token::kComma);
  }
  expect(Token::kCloseBrace);
  DictDisplay* made = make<DictDisplay>(ExprKind::kDict, start);
  const auto count = static_cast<std::uint32_t>(pairs.size() / 2);
  made->keys = {arena_.array<Expr*>(count), count};
  made->values = {arena_.array<Expr*>(count), count};
  for (std::uint32_t i = 0; i < count; ++i) {
    made->keys.items[i] = pairs[std::size_t{2} * i];
    made->values.items[i] = pairs[std::size_t{2} * i + 1];
  }
  return made;
}

Expr* Reader::comprehension(ComprehensionKind kind, const Scope::Element& element, Expr* key, Expr* value, Token close,
                            const Place& start) {
  if (key->kind == ExprKind::kStarred) fail("a starred expression is no element of a comprehension");
  const std::vector<Scope::Use> uses = scope_->take_element(element);
  Gathering<ComprehensionClause> clauses(clauses_);
  scope_->enter_comprehension();
  while (true) {
    ComprehensionClause clause;
    const bool is_async = take(Token::kAsync);
    if (is_async && !at(Token::kFor)) fail();
    if (take(Token::kFor)) {
      // The source of each `for` is read before its variables exist.
      std::vector<Name*> names;
      clause.target = comprehension_target(names);
      expect(Token::kIn);
      clause.iterable = disjunction();
      for (Name* each : names) {
        scope_->bind_comprehension(each->symbol);
        scope_->use(each);
      }
    } else if (take(Token::kIf)) {
      clause.iterable = disjunction();
    } else {
      break;
    }
    clauses.add(clause);
  }
  for (const Scope::Use& use : uses) scope_->receive(use);
  scope_->leave_comprehension();
  expect(close);
  if (kind == ComprehensionKind::kGenerator) scope_->code()->captured = true;  // it may be walked after the call
  Comprehension* made = make<Comprehension>(ExprKind::kComprehension, start);
  made->result = kind;
  made->key = key;
  made->value = value;
  made->clauses = clauses.take(arena_);
  return made;
}

Expr* Reader::comprehension_target(std::vector<Name*>& names) {
  const Place start = lexer_.start;
  Expr* first = comprehension_variable(names);
  if (!at(Token::kComma)) return first;
  Gathering<Expr*> items(expressions_);
  items.add(first);
  while (take(Token::kComma)) {
    if (at(Token::kIn) || at(Token::kCloseParenthesis)) break;
    items.add(comprehension_variable(names));
  }
  Sequence* made = make<Sequence>(ExprKind::kTuple, start);
  made->items = items.take(arena_);
  return made;
}

Expr* Reader::comprehension_variable(std::vector<Name*>& names) {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  if (take(Token::kStar)) {
    Expr* value = comprehension_variable(names);
    Starred* made = make<Starred>(ExprKind::kStarred, start);
    made->value = value;
    return made;
  }
  if (take(Token::kOpenParenthesis)) {
    Expr* inner = comprehension_target(names);
    expect(Token::kCloseParenthesis);
    if (inner->kind == ExprKind::kTuple) inner->at = from(start);
    return inner;
  }
  if (!at(Token::kName)) {  // `for [a, b] in`, or anything else that is assigned to
    if (!take(Token::kOpenBracket)) return primary();
    Gathering<Expr*> items(expressions_);
    while (!at(Token::kCloseBracket)) {
      items.add(comprehension_variable(names));
      if (!take(Token::kComma)) break;
    }
    expect(Token::kCloseBracket);
    Sequence* made = make<Sequence>(ExprKind::kList, start);
    made->items = items.take(arena_);
    return made;
  }
  Str* symbol = word();
  Name* made = make<Name>(ExprKind::kName, start);
  made->symbol = symbol;
  if (at(Token::kDot) || at(Token::kOpenBracket) || at(Token::kOpenParenthesis)) {  // not a variable, but in one
    scope_->use(made);
    Expr* whole = trailers(made, start);
    bind_target(whole);
    return whole;
  }
  names.push_back(made);
  return made;
}

Expr* Reader::lambda() {
  const Place start = lexer_.start;
  lexer_.advance();
  Lambda* made = arena_.make<Lambda>();
  made->kind = ExprKind::kLambda;
  Code* code = arena_.make<Code>();
  code->kind = CodeKind::kLambda;
  code->name = symbols_.intern("<lambda>");
  code->unit = unit_;
  code->enclosing = scope_->code();
  Scope own(arena_, code, scope_);
  parameters(code, own, scope_, Token::kColon);
  expect(Token::kColon);
  {
    Within within(*this, own);
    code->expression = test();
  }
  own.close();
  made->at = code->at = from(start);
  made->code = code;
  return made;
}

}  // namespace ckptlint::python
