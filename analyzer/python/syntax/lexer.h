// Tokens of Python text, for Reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "python/syntax/source_unit.h"
#include "python/syntax/syntax.h"
#include "python/values/symbols.h"

namespace ckptlint::python {

enum class Token : std::uint8_t {
  kNone,
  kEnd,
  kNewline,
  kIndent,
  kDedent,
  kName,
  kInteger,
  kFloat,
  kImaginary,
  kString,
  kFormatStart,  // the opening quotes of an f-string; what follows is read by format_text()
  // Keywords.
  kAnd,
  kAs,
  kAssert,
  kAsync,
  kAwait,
  kBreak,
  kClass,
  kContinue,
  kDef,
  kDel,
  kElif,
  kElse,
  kExcept,
  kFalse,
  kFinally,
  kFor,
  kFrom,
  kGlobal,
  kIf,
  kImport,
  kIn,
  kIs,
  kLambda,
  kNoneWord,
  kNonlocal,
  kNot,
  kOr,
  kPass,
  kRaise,
  kReturn,
  kTrue,
  kTry,
  kWhile,
  kWith,
  kYield,
  // Operators, in the order of Operator for those that have an in-place form.
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kDoubleSlash,
  kPercent,
  kDoubleStar,
  kAt,
  kAmpersand,
  kBar,
  kCaret,
  kShiftLeft,
  kShiftRight,
  kTilde,
  kEqualEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kInPlace,  // any of `+=` ...: Lexer::in_place says which
  kEqual,
  kColonEqual,
  kColon,
  kSemicolon,
  kComma,
  kDot,
  kEllipsis,
  kArrow,
  kExclaim,
  kOpenParenthesis,
  kOpenBracket,
  kOpenBrace,
  kCloseParenthesis,
  kCloseBracket,
  kCloseBrace,
};

struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// How a string literal is written.
struct Quoting {
  bool raw = false, bytes = false, format = false;
  char quote = '"';
  bool triple = false;
};

// Which symbols are keywords.
class Keywords {
 public:
  explicit Keywords(Symbols& symbols);
  Str *match, *case_word, *type, *underscore;  // words that are keywords in some places
  // kName for other words.
  Token token_of(const Str* symbol) const {
    std::size_t slot = symbol->hash % kSlots;
    while (rows_[slot].symbol != nullptr) {
      if (rows_[slot].symbol == symbol) return rows_[slot].token;
      slot = (slot + 1) % kSlots;
    }
    return Token::kName;
  }

 private:
  static constexpr std::size_t kSlots = 256;  // several times the number of keywords
  struct Row {
    const Str* symbol = nullptr;
    Token token = Token::kName;
  };
  std::array<Row, kSlots> rows_{};
};

// Walks [begin, end) of a text, which outlives it.  `line` is that of `begin`, and `line_start` where it starts; the
// statements have the indentation of the first line, or none where `begin` is in the middle of a line.
// Throws SyntaxError on what is no token of Python, and on indentation that fits no block.  A tab indents to the next
// multiple of eight columns.
class Lexer {
 public:
  Lexer(Symbols& symbols, const Keywords& keywords, std::string_view text, std::uint32_t begin, std::uint32_t end,
        std::uint32_t line);

  // The current token.
  Token token = Token::kNone;
  std::uint32_t begin = 0, end = 0;
  Place start, stop;
  Str* symbol = nullptr;      // kName and keywords
  Operator in_place{};        // kInPlace
  Quoting quoting;            // kString, kFormatStart
  std::uint32_t content = 0;  // kString: where the text between the quotes is
  std::uint32_t content_end = 0;
  bool escapes = false;  // kString: there is a backslash in it
  // Of the last token that stands for characters.
  std::uint32_t last_end = 0;
  Place last_stop;

  void advance();
  std::string_view text(std::uint32_t from, std::uint32_t to) const { return text_.substr(from, to - from); }
  // Whether `=` follows the current token, and not `==`, inside brackets.
  bool equal_follows() const;
  // Whether nothing but a comment follows the current token on its line.
  bool line_ends() const;
  // Goes on at the line that starts at `position`, which is ahead.
  void jump_to_line(std::uint32_t position);

  // Inside an f-string: the literal text up to `{`, which is passed (true), or to the closing quotes, which become the
  // current token's end (false).
  bool format_text(const Quoting& quoting, std::string_view& literal);
  // The literal text of a format specification that follows the colon at `position`: up to `{`, which is passed (true),
  // or to `}`, which is passed as well (false).  Both must be inside an interpolation.
  bool format_specification(const Quoting& quoting, std::uint32_t position, std::string_view& literal);
  // Behind the `{` of an interpolation; its `}` ends it.
  void enter_interpolation() { open_bracket(); }
  // Where the characters behind the current token are.
  std::uint32_t behind() const { return at_; }

 private:
  [[noreturn]] void fail(const char* reason) const;  // about the character at at_
  [[noreturn]] void fail_at(const Place& place, const char* reason) const;
  std::uint32_t indentation();
  bool begin_line();
  void skip_space();
  void word();
  void foreign_word(std::uint32_t behind);
  void number();
  void end_number();
  void open_bracket() {
    if (depth_++ == 0) opened_ = here();
  }
  void open(Token kind) {
    open_bracket();
    take(kind, 1);
  }
  // Behind the backslash at at_ and what it protects.
  void skip_escape();
  void string(std::uint32_t quote_at);
  void operator_token();
  void newline_passed(std::uint32_t next_line) {
    ++line_;
    line_start_ = next_line;
  }
  Place here() const { return {line_, at_ - line_start_ + 1}; }
  char peek(std::uint32_t offset = 0) const { return at_ + offset < limit_ ? text_[at_ + offset] : '\0'; }
  void take(Token kind, std::uint32_t size) {
    token = kind;
    at_ += size;
  }
  void take_operator(Token kind, Operator op, std::uint32_t size);

  Symbols& symbols_;
  const Keywords& keywords_;
  std::string_view text_;
  std::uint32_t at_, limit_;
  std::uint32_t line_, line_start_ = 0;
  int depth_ = 0;             // of open brackets
  Place opened_;              // the outermost of them
  bool line_begins_ = false;  // a logical line does
  int dedents_ = 0;           // due
  std::vector<std::uint32_t> indents_;
};

}  // namespace ckptlint::python
