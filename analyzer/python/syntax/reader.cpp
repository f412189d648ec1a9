// What Reader says of text that is not Python, and its ways in that are no statement.
#include "python/syntax/reader.h"

#include <fmt/format.h>

namespace ckptlint::python {
namespace {

// Of the tokens that are expected somewhere, how they are written; empty for what has no one way to be written.
std::string_view spelling(Token token) {
  switch (token) {
    case Token::kColon:
      return ":";
    case Token::kComma:
      return ",";
    case Token::kEqual:
      return "=";
    case Token::kOpenParenthesis:
      return "(";
    case Token::kCloseParenthesis:
      return ")";
    case Token::kCloseBracket:
      return "]";
    case Token::kCloseBrace:
      return "}";
    case Token::kIn:
      return "in";
    case Token::kElse:
      return "else";
    case Token::kImport:
      return "import";
    default:
      return "";
  }
}

}  // namespace

void Reader::fail_at(const Place& place, const char* reason) const {
  throw SyntaxError{fmt::format("is not valid Python: {}", reason),
                    {place.line, place.column, place.line, place.column}};
}

void Reader::fail(const char* reason) const {
  if (reason != nullptr) fail_at(lexer_.start, reason);
  switch (lexer_.token) {
    case Token::kNewline:
    case Token::kEnd:
      fail_at(lexer_.start, "the line ends too early");
    case Token::kIndent:
      fail_at(lexer_.start, "unexpected indentation");
    case Token::kDedent:
      fail_at(lexer_.start, "the block ends too early");
    default:
      const std::string_view found = lexer_.text(lexer_.begin, lexer_.end).substr(0, 40);
      fail_at(lexer_.start, fmt::format("`{}` is not expected here", found.substr(0, found.find('\n'))).c_str());
  }
}

void Reader::fail_expecting(Token token) const {
  if (token == Token::kIndent) fail("an indented block expected");
  const std::string_view spelled = spelling(token);
  if (spelled.empty()) fail();
  fail(fmt::format("`{}` expected", spelled).c_str());
}

Expr* Reader::expression(Code* code) {
  Scope scope(arena_, code, nullptr);
  Within within(*this, scope);
  Expr* whole = expression_list();
  expect(Token::kNewline);
  if (!at(Token::kEnd)) fail();
  scope.close();
  return whole;
}

}  // namespace ckptlint::python
