// A file of Python source and its statements, parsed piece by piece when they are first needed.
//
// Most of a modeling file is never run by a constructor, so a file is first only cut into statements by a scanner that
// knows strings, brackets and indentation (split); a Reader sees a piece of text when the evaluator asks for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/source.h"
#include "python/syntax/syntax.h"
#include "python/values/arena.h"
#include "python/values/symbols.h"

namespace ckptlint::python {

enum class PieceKind : std::uint8_t { kDef, kClass, kOther };

// One statement of a block (a file or a class body) with its decorators, as text [begin, end).
struct Piece {
  PieceKind kind = PieceKind::kOther;
  std::uint32_t begin = 0;       // of its first line, decorators and indentation included
  std::uint32_t definition = 0;  // of `def`, `async` or `class`; equal to the first word for other statements
  std::uint32_t end = 0;
  std::uint32_t line = 0;  // of `begin`, from 1
  std::uint32_t definition_line = 0;
  std::string_view name;  // of a definition
  bool decorated = false;
};

// Cuts the block of text [begin, end) whose first line is `line`.  All statements of a block have the indentation of
// its first one.
std::vector<Piece> split_block(std::string_view text, std::uint32_t begin, std::uint32_t end, std::uint32_t line);

// Where the body of a class piece starts: the line behind its header, or 0 where the body is on the header's line.
struct ClassBody {
  std::uint32_t begin = 0;
  std::uint32_t line = 0;
};
ClassBody class_body(std::string_view text, const Piece& piece);

struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool empty() const { return begin == end; }
};
// The docstring of a definition, or a piece that is nothing but a string: its literal, quotes included.
TextRange docstring(std::string_view text, const Piece& piece);

// `text` without comments and the space before them; its lines stay.
std::string without_comments(std::string_view text);

// Whether a colon stands behind the bracket that closes the one at `begin`.
bool colon_behind_brackets(std::string_view text, std::uint32_t begin, std::uint32_t end);

struct SourceUnit {
  FileId file = FileId::kNone;
  std::string_view text;  // owned by the Interpreter's SourceFiles or by static storage
  std::string path;       // for messages
  bool lazy = true;
  bool embedded = false;               // part of the host: not a place to point people at
  bool postpones_annotations = false;  // from __future__ import annotations
  // Annotations are expressions that are kept and run where they stand.  Without, they are text that is made a value
  // when it is asked for: those of a library that was released say nothing of what goes wrong.
  bool runs_annotations = false;
  struct ModuleBody* body = nullptr;  // what of it has run (impl.h)
  std::vector<FunctionNotes> notes;   // see Code::notes
};

// What a piece of text could not be parsed for.
struct SyntaxError {
  std::string message;
  Position at;
};

// Turns text into syntax trees.  One per Interpreter.
class Parser {
 public:
  Parser(Arena& arena, Symbols& symbols);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // A statement of a file, or of the body of the class `in_class`, as a code unit of its own.  Throws SyntaxError.
  Code* statement(SourceUnit* unit, const Piece& piece, Str* in_class);
  // All of a unit's text: statements of a module, or (kClass) with a namespace that is looked in before the module's.
  Code* text(SourceUnit* unit, CodeKind kind);
  // The parameters and body of a function whose Code was made unparsed by `deferred_function`.
  void function(Code* code);
  Code* deferred_function(SourceUnit* unit, const Piece& piece);
  // The header of a class piece: bases and keywords, in the slots of `code`; its own Code is kind kClass with an empty
  // body.
  ClassDef* class_header(SourceUnit* unit, const Piece& piece, Code* code);
  // The decorators of a definition.
  Items<Expr*> decorators(SourceUnit* unit, const Piece& piece, Code* code);
  // The annotations of a function piece, where they run.
  Items<Expr*> annotations(SourceUnit* unit, const Piece& piece, Code* code);
  // The value of a docstring's literal.
  Str* literal(const SourceUnit* unit, TextRange range);
  // An expression given as text, likewise.
  Code* expression(SourceUnit* unit, CodeKind kind = CodeKind::kModule);

 private:
  struct Impl;
  Impl* impl_;
};

// To be filled in.
inline FunctionNotes& notes_on(Code& code) {
  if (code.notes == 0) {
    code.unit->notes.emplace_back();
    code.notes = static_cast<std::uint32_t>(code.unit->notes.size());
  }
  return code.unit->notes[code.notes - 1];
}
// Null where there are none.
inline const FunctionNotes* notes_of(const Code& code) {
  return code.notes == 0 ? nullptr : &code.unit->notes[code.notes - 1];
}

}  // namespace ckptlint::python
