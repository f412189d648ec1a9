// Pieces of files as syntax: each is read by a Reader of its own.
#include <string>

#include "python/syntax/literals.h"
#include "python/syntax/reader.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

std::uint32_t start_of_line(std::string_view text, std::uint32_t at) {
  while (at > 0 && text[at - 1] != '\n') --at;
  return at;
}

}  // namespace

struct Parser::Impl {
  Arena& arena;
  Symbols& symbols;
  Keywords keywords;

  Impl(Arena& arena, Symbols& symbols) : arena(arena), symbols(symbols), keywords(symbols) {}

  Reader reader(SourceUnit* unit, std::uint32_t begin, std::uint32_t end, std::uint32_t line) {
    return Reader(arena, symbols, keywords, unit, begin, end, line);
  }
};

Parser::Parser(Arena& arena, Symbols& symbols) : impl_(new Impl(arena, symbols)) {}

Parser::~Parser() { delete impl_; }

Code* Parser::statement(SourceUnit* unit, const Piece& piece, Str* in_class) {
  Code* code = impl_->arena.make<Code>();
  code->kind = in_class != nullptr ? CodeKind::kClass : CodeKind::kModule;
  code->private_to = in_class;
  code->unit = unit;
  code->name = impl_->symbols.intern("<module>");
  code->body = impl_->reader(unit, piece.begin, piece.end, piece.line).statements(code);
  return code;
}

Code* Parser::text(SourceUnit* unit, CodeKind kind) {
  Code* code = impl_->arena.make<Code>();
  code->kind = kind;
  code->unit = unit;
  code->name = impl_->symbols.intern("<module>");
  code->body = impl_->reader(unit, 0, static_cast<std::uint32_t>(unit->text.size()), 1).all_statements(code);
  return code;
}

Code* Parser::deferred_function(SourceUnit* unit, const Piece& piece) {
  Code* code = impl_->arena.make<Code>();
  code->name = impl_->symbols.intern(piece.name);
  code->unit = unit;
  code->parsed = false;
  code->begin = piece.definition;
  code->end = piece.end;
  code->at = {piece.definition_line, 1, piece.definition_line, 1};
  return code;
}

void Parser::function(Code* code) {
  const Code before = *code;
  try {
    impl_->reader(code->unit, start_of_line(code->unit->text, code->begin), code->end, code->at.line).function(code);
  } catch (const SyntaxError&) {
    *code = before;  // it says the same when it is called again
    throw;
  }
}

Str* Parser::literal(const SourceUnit* unit, TextRange range) {
  std::string_view text = unit->text.substr(range.begin, range.end - range.begin);
  bool raw = false;
  while (!text.empty() && text.front() != '"' && text.front() != '\'') {
    raw |= text.front() == 'r' || text.front() == 'R';
    text.remove_prefix(1);
  }
  std::size_t quotes = text.size() >= 6 && text[1] == text[0] && text[2] == text[0] ? 3 : 1;
  if (text.size() < 2 * quotes) return impl_->symbols.intern("");
  text = text.substr(quotes, text.size() - 2 * quotes);
  return impl_->symbols.intern(raw ? std::string(text) : unescape(text, false));
}

ClassDef* Parser::class_header(SourceUnit* unit, const Piece& piece, Code* code) {
  const ClassBody body = class_body(unit->text, piece);
  const std::uint32_t end = body.begin == 0 ? piece.end : body.begin;
  return impl_->reader(unit, piece.definition, end, piece.definition_line).class_header(code, body.begin == 0);
}

Items<Expr*> Parser::decorators(SourceUnit* unit, const Piece& piece, Code* code) {
  if (!piece.decorated) return {};
  return impl_->reader(unit, piece.begin, piece.end, piece.line).decorators(code, piece.definition);
}

Items<Expr*> Parser::annotations(SourceUnit* unit, const Piece& piece, Code* code) {
  if (!unit->runs_annotations) return {};
  return impl_->reader(unit, piece.definition, piece.end, piece.definition_line).annotations(code);
}

Code* Parser::expression(SourceUnit* unit, CodeKind kind) {
  Code* code = impl_->arena.make<Code>();
  code->kind = kind;
  code->unit = unit;
  code->expression = impl_->reader(unit, 0, static_cast<std::uint32_t>(unit->text.size()), 1).expression(code);
  return code;
}

}  // namespace ckptlint::python
