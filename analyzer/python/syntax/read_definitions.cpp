// Functions and classes.
#include "python/syntax/reader.h"

namespace ckptlint::python {

void Reader::function(Code* code) {
  private_to_ = code->private_to;
  fill_function(code, nullptr);
  if (!at(Token::kEnd)) fail();
}

ClassDef* Reader::class_header(Code* code, bool with_body) {
  Scope scope(arena_, code, nullptr);
  Within within(*this, scope);
  ClassDef* made = class_definition(with_body);
  scope.close();
  return made;
}

Items<Expr*> Reader::decorators(Code* code, std::uint32_t definition) {
  Scope scope(arena_, code, nullptr);
  Within within(*this, scope);
  Gathering<Expr*> found(expressions_);
  while (lexer_.begin < definition) {
    expect(Token::kAt);
    found.add(named_test());
    expect(Token::kNewline);
  }
  const bool defines = at(Token::kDef) || at(Token::kClass) || at(Token::kAsync);
  if (found.size() == 0 || !defines) fail("a definition expected behind a decorator");
  scope.close();
  return found.take(arena_);
}

Items<Expr*> Reader::annotations(Code* code) {
  private_to_ = code->private_to;
  Scope scope(arena_, code, nullptr);
  take(Token::kAsync);
  expect(Token::kDef);
  plain_word();
  if (at(Token::kOpenBracket)) type_parameters();
  expect(Token::kOpenParenthesis);
  Gathering<Expr*> found(annotations_);
  parameter_list(scope, Token::kCloseParenthesis);
  expect(Token::kCloseParenthesis);
  if (take(Token::kArrow)) annotation_of_head(&scope);
  scope.close();
  return found.take(arena_);
}

Stmt* Reader::definition(const Items<Expr*>& decorators) {
  if (at(Token::kClass)) {
    ClassDef* made = class_definition(true);
    made->decorators = decorators;
    return made;
  }
  Code* code = arena_.make<Code>();
  code->unit = unit_;
  code->enclosing = scope_->code();
  Def* made = arena_.make<Def>();
  made->kind = StmtKind::kDef;
  made->target = fill_function(code, scope_);
  made->at = code->at;
  made->name = code->name;
  made->code = code;
  made->decorators = decorators;
  return made;
}

// From `def` or `async`; the function's name is bound in the scope around it, where there is one.
Name* Reader::fill_function(Code* code, Scope* outer) {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  code->private_to = private_to_;
  code->is_async = take(Token::kAsync);
  expect(Token::kDef);
  const Place place = lexer_.start;
  code->name = plain_word();
  const Position name_at = from(place);
  Scope own(arena_, code, outer);
  if (at(Token::kOpenBracket)) type_parameters();
  expect(Token::kOpenParenthesis);
  Gathering<Expr*> annotations(annotations_);
  parameters(code, own, outer, Token::kCloseParenthesis);
  expect(Token::kCloseParenthesis);
  if (take(Token::kArrow)) {
    Str* const returns = annotation_of_head(outer);
    if (code->unit != nullptr) notes_on(*code).returns = returns;
  }
  if (annotations.size() != 0) notes_on(*code).annotations = annotations.take(arena_);
  {
    Within within(*this, own);
    body(code);
  }
  code->at = from(start);
  own.close();
  code->parsed = true;
  if (outer == nullptr) return nullptr;
  Name* target = arena_.make<Name>();
  target->kind = ExprKind::kName;
  target->at = name_at;
  target->symbol = private_name(code->name);
  outer->bind(target->symbol);
  outer->use(target);
  return target;
}

// Up to `close`, which stays.  Defaults belong to the scope around the function.  Where that is not read along they
// have the names of a class body or of the file, and a frame of their own with as many slots as the function's.
void Reader::parameters(Code* code, Scope& own, Scope* outer, Token close) {
  const Place start = lexer_.start;
  std::vector<Parameter> list;
  Code around;
  around.kind = CodeKind::kClass;
  if (outer != nullptr) {
    list = parameter_list(*outer, close);
  } else {
    Scope defaults(arena_, &around, nullptr);
    list = parameter_list(defaults, close);
    defaults.close();
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (list[k].name == list[i].name) fail_at(start, "names a parameter twice");
    }
    own.bind(list[i].name);
  }
  while (code->slots.size() < around.slots.size()) code->slots.push(arena_, symbols_.intern(".default"));
  code->parameters = {arena_.array<Parameter>(list.size()), static_cast<std::uint32_t>(list.size())};
  for (std::size_t i = 0; i < list.size(); ++i) code->parameters.items[i] = list[i];
}

std::vector<Parameter> Reader::parameter_list(Scope& scope, Token close) {
  Within within(*this, scope);
  std::vector<Parameter> list;
  bool keyword_only = false;
  while (!at(close)) {
    if (at(Token::kSlash)) {
      lexer_.advance();
      for (Parameter& earlier : list) earlier.positional_only = true;
    } else {
      Parameter one;
      if (at(Token::kStar) || at(Token::kDoubleStar)) {
        one.stars = at(Token::kStar) ? 1 : 2;
        lexer_.advance();
      }
      if (one.stars == 1 && (at(Token::kComma) || at(close))) {
        keyword_only = true;
      } else {
        one.keyword_only = keyword_only && one.stars == 0;
        keyword_only |= one.stars == 1;
        parameter(one, close == Token::kCloseParenthesis);
        list.push_back(one);
      }
    }
    if (!at(close)) expect(Token::kComma);
  }
  return list;
}

void Reader::parameter(Parameter& into, bool annotations) {
  into.name = word();
  if (annotations && take(Token::kColon)) into.annotation = annotation_of_head(scope_);
  if (at(Token::kEqual) && into.stars == 0) {
    lexer_.advance();
    into.default_value = test();
  }
}

// Of a parameter or of what is returned.  One that runs is kept beside the others of the head.
Str* Reader::annotation_of_head(Scope* scope) {
  const Annotation read = annotation(scope);
  if (read.value != nullptr) annotations_.push_back(read.value);
  return read.text;
}

// `[T, *Ts: bound = default]`: they mean nothing to what is computed.
void Reader::type_parameters() {
  Within within(*this, unused_);
  expect(Token::kOpenBracket);
  while (!at(Token::kCloseBracket)) {
    if (at(Token::kStar) || at(Token::kDoubleStar)) lexer_.advance();
    word();
    if (take(Token::kColon)) test();
    if (take(Token::kEqual)) element();
    if (!at(Token::kCloseBracket)) expect(Token::kComma);
  }
  lexer_.advance();
}

ClassDef* Reader::class_definition(bool with_body) {
  Nesting nesting(*this);
  const Place start = lexer_.start;
  expect(Token::kClass);
  const Place place = lexer_.start;
  ClassDef* made = arena_.make<ClassDef>();
  made->kind = StmtKind::kClass;
  made->name = plain_word();
  scope_->bind(private_name(made->name));
  made->target = static_cast<Name*>(name(private_name(made->name), place));
  if (at(Token::kOpenBracket)) type_parameters();
  if (at(Token::kOpenParenthesis)) made->bases = arguments();
  Code* code = arena_.make<Code>();
  code->kind = CodeKind::kClass;
  code->name = made->name;
  code->unit = unit_;
  code->enclosing = scope_->code();
  if (with_body) {
    Scope own(arena_, code, scope_->code()->kind == CodeKind::kModule ? nullptr : scope_);
    Within within(*this, own);
    Str* around = std::exchange(private_to_, made->name);
    body(code);
    private_to_ = around;
    own.close();
    made->at = code->at = from(start);
  } else {
    made->at = code->at = from(start);
    expect(Token::kColon);
    if (!at(Token::kNewline)) fail();
  }
  made->code = code;
  return made;
}

// A block whose first statement may be a docstring.  One that stands alone on its lines is passed over: its place in
// the text is all that is kept.
void Reader::body(Code* code) {
  Nesting nesting(*this);
  expect(Token::kColon);
  Gathering<Stmt*> out(statements_);
  if (!take(Token::kNewline)) {
    simple_statements(out);
  } else {
    expect(Token::kIndent);
    if (at(Token::kString) && !lexer_.quoting.bytes && lexer_.line_ends()) {
      code->doc_begin = lexer_.begin;
      code->doc_end = lexer_.end;
      lexer_.advance();
      expect(Token::kNewline);
    }
    while (!take(Token::kDedent)) statement(out);
  }
  code->body = out.take(arena_);
  if (code->doc_end != 0 || code->body.empty() || code->body[0]->kind != StmtKind::kExpr) return;
  const Expr* first = static_cast<const ExprStmt*>(code->body[0])->value;
  if (first->kind != ExprKind::kConstant) return;
  const Value& value = static_cast<const Constant*>(first)->value;
  if (value.is(Kind::kStr)) code->doc = value.as<Str>();
}

}  // namespace ckptlint::python
