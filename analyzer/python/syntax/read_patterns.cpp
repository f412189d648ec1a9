// `match` statements.
#include "python/syntax/reader.h"

namespace ckptlint::python {

// The statement that begins here, for what looks at text and not at tokens.
Piece Reader::line_piece() const {
  Piece piece;
  piece.definition = lexer_.begin;
  piece.definition_line = lexer_.start.line;
  piece.end = text_end_;
  return piece;
}

Stmt* Reader::match_statement() {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  lexer_.advance();
  const Place subject_start = lexer_.start;
  Expr* subject = element();
  if (at(Token::kComma)) {
    Gathering<Expr*> items(expressions_);
    items.add(subject);
    while (take(Token::kComma)) {
      if (at(Token::kColon)) break;
      items.add(element());
    }
    Sequence* whole = make<Sequence>(ExprKind::kTuple, subject_start);
    whole->items = items.take(arena_);
    subject = whole;
  }
  expect(Token::kColon);
  expect(Token::kNewline);
  expect(Token::kIndent);
  std::vector<MatchCase> cases;
  while (!take(Token::kDedent)) {
    if (lexer_.symbol != keywords_.case_word || !take(Token::kName)) fail("`case` expected");
    MatchCase one{};
    one.pattern = case_patterns();
    one.guard = take(Token::kIf) ? named_test() : nullptr;
    one.body = block();
    cases.push_back(one);
  }
  Match* made = make<Match>(StmtKind::kMatch, start);
  made->subject = subject;
  made->cases = {arena_.array<MatchCase>(cases.size()), static_cast<std::uint32_t>(cases.size())};
  for (std::size_t i = 0; i < cases.size(); ++i) made->cases.items[i] = cases[i];
  return made;
}

Pattern* Reader::new_pattern(PatternKind kind) {
  Pattern* made = arena_.make<Pattern>();
  made->kind = kind;
  return made;
}

// A name that a pattern binds; null for `_`, which binds nothing.
Name* Reader::captured() {
  const Place start = lexer_.start;
  Str* symbol = word();
  if (symbol == keywords_.underscore) return nullptr;
  scope_->bind(symbol);
  return static_cast<Name*>(name(symbol, start));
}

// What stands behind `case`: one pattern, or several without brackets.
Pattern* Reader::case_patterns() {
  Pattern* first = starred_pattern();
  if (at(Token::kComma)) return pattern_sequence(Token::kColon, first);
  if (first->kind == PatternKind::kStar) fail("a starred pattern stands alone");
  return first;
}

// From the comma behind `first`, or from the first one where that is null, up to `close`, which stays.
Pattern* Reader::pattern_sequence(Token close, Pattern* first) {
  Gathering<Pattern*> parts(patterns_);
  if (first != nullptr) parts.add(first);
  if (first == nullptr || take(Token::kComma)) {
    while (!at(close) && !at(Token::kIf)) {
      parts.add(starred_pattern());
      if (!take(Token::kComma)) break;
    }
  }
  Pattern* made = new_pattern(PatternKind::kSequence);
  made->parts = parts.take(arena_);
  return made;
}

Pattern* Reader::starred_pattern() {
  if (!take(Token::kStar)) return pattern();
  Pattern* made = new_pattern(PatternKind::kStar);
  made->target = captured();
  return made;
}

Pattern* Reader::pattern() {
  Nesting nesting(*this);
  Gathering<Pattern*> choices(patterns_);
  do {
    choices.add(alternative());
  } while (take(Token::kBar));
  Pattern* made = choices[0];
  if (choices.size() > 1) {
    made = new_pattern(PatternKind::kOr);
    made->parts = choices.take(arena_);
  }
  if (!take(Token::kAs)) return made;
  Gathering<Pattern*> whole(patterns_);
  whole.add(made);
  Pattern* named = new_pattern(PatternKind::kAs);
  named->parts = whole.take(arena_);
  named->target = captured();
  return named;
}

Pattern* Reader::alternative() {
  switch (lexer_.token) {
    case Token::kName:
      return name_pattern();
    case Token::kOpenBracket: {
      lexer_.advance();
      Pattern* made = pattern_sequence(Token::kCloseBracket, nullptr);
      expect(Token::kCloseBracket);
      return made;
    }
    case Token::kOpenParenthesis: {
      lexer_.advance();
      Pattern* made = at(Token::kCloseParenthesis) ? nullptr : starred_pattern();
      if (made == nullptr || made->kind == PatternKind::kStar || at(Token::kComma))
        made = pattern_sequence(Token::kCloseParenthesis, made);
      expect(Token::kCloseParenthesis);
      return made;
    }
    case Token::kOpenBrace:
      return mapping_pattern();
    default: {
      Pattern* made = new_pattern(PatternKind::kValue);
      made->value = arithmetic(5);  // a literal; `-1` and `1 + 2j` are
      return made;
    }
  }
}

// A variable, `a.b`, or `A(...)`.
Pattern* Reader::name_pattern() {
  const Place start = lexer_.start;
  Str* symbol = word();
  if (!at(Token::kDot) && !at(Token::kOpenParenthesis)) {
    if (symbol == keywords_.underscore) return new_pattern(PatternKind::kWildcard);
    Pattern* made = new_pattern(PatternKind::kCapture);
    scope_->bind(symbol);
    made->target = static_cast<Name*>(name(symbol, start));
    return made;
  }
  Expr* value = name(symbol, start);
  for (; take(Token::kDot); add_link()) {
    Str* member = word();
    Attribute* step = make<Attribute>(ExprKind::kAttribute, start);
    step->object = value;
    step->symbol = member;
    value = step;
  }
  if (at(Token::kOpenParenthesis)) return class_pattern(value);
  Pattern* made = new_pattern(PatternKind::kValue);
  made->value = value;
  return made;
}

Pattern* Reader::class_pattern(Expr* type) {
  expect(Token::kOpenParenthesis);
  Gathering<Pattern*> parts(patterns_);
  std::vector<Str*> keywords;
  while (!at(Token::kCloseParenthesis)) {
    const bool named = at(Token::kName) && lexer_.equal_follows();
    keywords.push_back(named ? word() : nullptr);
    if (named) expect(Token::kEqual);
    parts.add(pattern());
    if (!at(Token::kCloseParenthesis)) expect(Token::kComma);
  }
  lexer_.advance();
  Pattern* made = new_pattern(PatternKind::kClass);
  made->value = type;
  made->parts = parts.take(arena_);
  made->keywords = {arena_.array<Str*>(keywords.size()), static_cast<std::uint32_t>(keywords.size())};
  for (std::size_t i = 0; i < keywords.size(); ++i) made->keywords.items[i] = keywords[i];
  return made;
}

Pattern* Reader::mapping_pattern() {
  lexer_.advance();
  Pattern* made = new_pattern(PatternKind::kMapping);
  Gathering<Pattern*> parts(patterns_);
  Gathering<Expr*> keys(expressions_);
  while (!at(Token::kCloseBrace)) {
    if (take(Token::kDoubleStar)) {
      made->target = captured();
    } else {
      keys.add(arithmetic(5));
      expect(Token::kColon);
      parts.add(pattern());
    }
    if (!at(Token::kCloseBrace)) expect(Token::kComma);
  }
  lexer_.advance();
  made->keys = keys.take(arena_);
  made->parts = parts.take(arena_);
  return made;
}

}  // namespace ckptlint::python
