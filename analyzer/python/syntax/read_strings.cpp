// String literals, with what is computed inside f-strings.
#include "python/syntax/literals.h"
#include "python/syntax/reader.h"

namespace ckptlint::python {
namespace {

std::string without_doubled_braces(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) ++i;
  }
  return out;
}

}  // namespace

Str* Reader::literal(std::string_view written, const Quoting& quoting, bool escapes) {
  const bool braces = quoting.format && written.find_first_of("{}") != std::string_view::npos;
  const bool plain = !braces && (!escapes || quoting.raw);
  if (plain) return symbols_.intern(written);
  std::string content = braces ? without_doubled_braces(written) : std::string(written);
  if (!quoting.raw) content = unescape(content, quoting.bytes);
  return symbols_.intern(content);
}

// One literal or several behind each other.
Expr* Reader::string() {
  const Place start = lexer_.start;
  Gathering<FormatPart> parts(parts_);
  bool bytes = false, constant_text = true;
  while (at(Token::kString) || at(Token::kFormatStart)) {
    if (at(Token::kString)) {
      bytes |= lexer_.quoting.bytes;
      FormatPart part;
      part.text = literal(lexer_.text(lexer_.content, lexer_.content_end), lexer_.quoting, lexer_.escapes);
      parts.add(part);
    } else {
      bytes |= lexer_.quoting.bytes;
      format_string(parts);
    }
    lexer_.advance();
  }
  for (std::size_t i = 0; i < parts.size(); ++i) constant_text &= parts[i].value == nullptr;
  if (!constant_text) {
    Format* made = make<Format>(ExprKind::kFormat, start);
    made->parts = parts.take(arena_);
    return made;
  }
  Str* whole = nullptr;
  if (parts.size() == 1) {
    whole = parts[0].text;
  } else {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) text += parts[i].text->view();
    whole = symbols_.intern(text);
  }
  if (!bytes) return constant(Value::of(whole), start);
  Bytes* value = arena_.make<Bytes>();
  value->kind = Kind::kBytes;
  value->data = whole->view();
  return constant(Value::of(value), start);
}

// From the opening quotes to the closing ones, which end the current token.
void Reader::format_string(Gathering<FormatPart>& parts) {
  Nesting nesting(*this);
  const Quoting quoting = lexer_.quoting;
  while (true) {
    std::string_view written;
    const bool more = lexer_.format_text(quoting, written);
    if (!written.empty()) {
      FormatPart part;
      part.text = literal(written, quoting, written.find('\\') != std::string_view::npos);
      parts.add(part);
    }
    if (!more) return;
    parts.add(interpolation(quoting));
  }
}

// Behind `{`; ends behind `}`, before anything that follows is looked at.
FormatPart Reader::interpolation(const Quoting& quoting) {
  Nesting nesting(*this);
  lexer_.enter_interpolation();
  lexer_.advance();
  const std::uint32_t begin = lexer_.begin;
  FormatPart part;
  part.value = yield_or_list();
  if (at(Token::kEqual)) {
    part.debug = symbols_.intern(lexer_.text(begin, lexer_.end));
    lexer_.advance();
  }
  if (take(Token::kExclaim)) {
    const std::string_view conversion = lexer_.text(lexer_.begin, lexer_.end);
    if (!at(Token::kName) || conversion.size() != 1) fail("a conversion is one letter");
    part.conversion = conversion[0];
    lexer_.advance();
  }
  if (at(Token::kColon) || at(Token::kColonEqual)) {
    part.spec = format_specification(quoting, lexer_.begin + 1, lexer_.start);
  } else if (!at(Token::kCloseBrace)) {
    fail("`}` expected");
  }
  return part;
}

Expr* Reader::format_specification(const Quoting& quoting, std::uint32_t position, const Place& start) {
  Gathering<FormatPart> parts(parts_);
  while (true) {
    std::string_view written;
    const bool more = lexer_.format_specification(quoting, position, written);
    if (!written.empty()) {
      FormatPart part;
      part.text = symbols_.intern(written);
      parts.add(part);
    }
    if (!more) break;
    parts.add(interpolation(quoting));
    position = lexer_.behind();
  }
  Format* made = arena_.make<Format>();
  made->kind = ExprKind::kFormat;
  made->at = {start.line, start.column, lexer_.stop.line, lexer_.stop.column};
  made->parts = parts.take(arena_);
  return made;
}

}  // namespace ckptlint::python
