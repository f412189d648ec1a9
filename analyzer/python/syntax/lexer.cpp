// Cutting text into tokens.
#include "python/syntax/lexer.h"

#include <algorithm>
#include <array>
#include <string>

#include "python/syntax/identifiers.h"

namespace ckptlint::python {
namespace {

enum class CharKind : std::uint8_t { kOther, kSpace, kNewline, kComment, kWord, kDigit, kQuote, kForeign };

constexpr std::array<CharKind, 256> kKinds = [] {
  std::array<CharKind, 256> kinds{};
  for (int c = 'a'; c <= 'z'; ++c) kinds[static_cast<std::size_t>(c)] = CharKind::kWord;
  for (int c = 'A'; c <= 'Z'; ++c) kinds[static_cast<std::size_t>(c)] = CharKind::kWord;
  for (int c = '0'; c <= '9'; ++c) kinds[static_cast<std::size_t>(c)] = CharKind::kDigit;
  kinds['_'] = CharKind::kWord;
  kinds[' '] = kinds['\t'] = kinds['\r'] = CharKind::kSpace;
  kinds['\n'] = CharKind::kNewline;
  kinds['#'] = CharKind::kComment;
  kinds['"'] = kinds['\''] = CharKind::kQuote;
  for (std::size_t c = 0x80; c < 0x100; ++c) kinds[c] = CharKind::kForeign;
  return kinds;
}();

CharKind kind_of(char c) { return kKinds[static_cast<unsigned char>(c)]; }
bool in_word(char c) { return kind_of(c) == CharKind::kWord || kind_of(c) == CharKind::kDigit; }

struct KeywordRow {
  const char* text;
  Token token;
};
constexpr KeywordRow kKeywords[] = {{"and", Token::kAnd},
                                    {"as", Token::kAs},
                                    {"assert", Token::kAssert},
                                    {"async", Token::kAsync},
                                    {"await", Token::kAwait},
                                    {"break", Token::kBreak},
                                    {"class", Token::kClass},
                                    {"continue", Token::kContinue},
                                    {"def", Token::kDef},
                                    {"del", Token::kDel},
                                    {"elif", Token::kElif},
                                    {"else", Token::kElse},
                                    {"except", Token::kExcept},
                                    {"False", Token::kFalse},
                                    {"finally", Token::kFinally},
                                    {"for", Token::kFor},
                                    {"from", Token::kFrom},
                                    {"global", Token::kGlobal},
                                    {"if", Token::kIf},
                                    {"import", Token::kImport},
                                    {"in", Token::kIn},
                                    {"is", Token::kIs},
                                    {"lambda", Token::kLambda},
                                    {"None", Token::kNoneWord},
                                    {"nonlocal", Token::kNonlocal},
                                    {"not", Token::kNot},
                                    {"or", Token::kOr},
                                    {"pass", Token::kPass},
                                    {"raise", Token::kRaise},
                                    {"return", Token::kReturn},
                                    {"True", Token::kTrue},
                                    {"try", Token::kTry},
                                    {"while", Token::kWhile},
                                    {"with", Token::kWith},
                                    {"yield", Token::kYield}};

}  // namespace

Keywords::Keywords(Symbols& symbols)
    : match(symbols.intern("match")),
      case_word(symbols.intern("case")),
      type(symbols.intern("type")),
      underscore(symbols.intern("_")) {
  for (const KeywordRow& keyword : kKeywords) {
    const Str* symbol = symbols.intern(keyword.text);
    std::size_t slot = symbol->hash % kSlots;
    while (rows_[slot].symbol != nullptr) slot = (slot + 1) % kSlots;
    rows_[slot] = {symbol, keyword.token};
  }
}

Lexer::Lexer(Symbols& symbols, const Keywords& keywords, std::string_view text, std::uint32_t begin, std::uint32_t end,
             std::uint32_t line)
    : symbols_(symbols), keywords_(keywords), text_(text), at_(begin), limit_(end), line_(line) {
  const std::size_t newline = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  line_start_ = newline == std::string_view::npos ? 0 : static_cast<std::uint32_t>(newline + 1);
  if (line_start_ == 0 && text.starts_with("\xEF\xBB\xBF")) line_start_ = 3;
  at_ = std::max(at_, line_start_);
  std::uint32_t columns = 0;
  if (at_ == line_start_) {
    columns = indentation();
    at_ = line_start_;
    line_begins_ = true;
  }
  indents_.push_back(columns);
  advance();
}

void Lexer::fail(const char* reason) const { fail_at(here(), reason); }

void Lexer::fail_at(const Place& place, const char* reason) const {
  throw SyntaxError{std::string("is not valid Python: ") + reason,
                    {place.line, place.column, place.line, place.column}};
}

// Of the line that starts at at_, in columns; at_ is behind it then.
std::uint32_t Lexer::indentation() {
  const std::uint32_t first = at_;
  while (at_ < limit_ && text_[at_] == ' ') ++at_;
  std::uint32_t columns = at_ - first;
  for (; peek() == ' ' || peek() == '\t' || peek() == '\f'; ++at_)
    columns = text_[at_] == '\t' ? (columns / 8 + 1) * 8 : text_[at_] == '\f' ? 0 : columns + 1;
  return columns;
}

// Skips blank lines and comments, and looks at the indentation of the line behind them.  True where it made a token.
bool Lexer::begin_line() {
  line_begins_ = false;
  std::uint32_t columns = 0;
  while (at_ < limit_) {
    columns = indentation();
    if (peek() == '\r' && peek(1) == '\n') ++at_;
    if (peek() == '#') at_ = static_cast<std::uint32_t>(std::min<std::size_t>(text_.find('\n', at_), limit_));
    if (at_ >= limit_ || text_[at_] != '\n') break;
    newline_passed(++at_);
  }
  if (at_ >= limit_) columns = indents_.front();
  if (columns > indents_.back()) {
    indents_.push_back(columns);
    token = Token::kIndent;
    return true;
  }
  while (columns < indents_.back()) {
    indents_.pop_back();
    ++dedents_;
    if (indents_.empty()) fail("the line is indented less than the first one");
  }
  if (columns != indents_.back()) fail("the indentation is that of no block around it");
  return false;
}

void Lexer::skip_space() {
  while (at_ < limit_) {
    switch (kind_of(text_[at_])) {
      case CharKind::kSpace:
        ++at_;
        continue;
      case CharKind::kComment:
        at_ = static_cast<std::uint32_t>(std::min<std::size_t>(text_.find('\n', at_), limit_));
        continue;
      case CharKind::kNewline:
        if (depth_ == 0) return;
        newline_passed(++at_);
        continue;
      default:
        if (text_[at_] == '\f') {
          ++at_;
          continue;
        }
        if (text_[at_] != '\\') return;
        if (peek(1) != '\n' && !(peek(1) == '\r' && peek(2) == '\n'))
          fail("something stands behind a backslash that continues the line");
        skip_escape();
    }
  }
}

void Lexer::advance() {
  if (end > begin) {
    last_end = end;
    last_stop = stop;
  }
  if (line_begins_ && dedents_ == 0 && begin_line()) {
    begin = end = at_;
    start = stop = here();
    return;
  }
  if (dedents_ > 0) {
    --dedents_;
    token = Token::kDedent;
    begin = end = at_;
    start = stop = here();
    return;
  }
  skip_space();
  begin = end = at_;
  start = stop = here();
  if (at_ >= limit_) {
    // The end of the text ends a line and what is open.
    const bool ended = token == Token::kNewline || token == Token::kDedent || token == Token::kNone;
    if (depth_ > 0) fail_at(opened_, "this bracket is not closed");
    token = ended ? Token::kEnd : Token::kNewline;
    line_begins_ = !ended;
    return;
  }
  switch (kind_of(text_[at_])) {
    case CharKind::kWord:
    case CharKind::kForeign:
      word();
      break;
    case CharKind::kDigit:
      number();
      break;
    case CharKind::kQuote:
      string(at_);
      break;
    case CharKind::kNewline:
      token = Token::kNewline;
      line_begins_ = true;
      newline_passed(++at_);
      return;  // stands for no characters
    default:
      if (text_[at_] == '.' && kind_of(peek(1)) == CharKind::kDigit) {
        number();
      } else {
        operator_token();
      }
  }
  end = at_;
  stop = here();
}

void Lexer::word() {
  std::uint32_t behind = at_;
  while (behind < limit_ && in_word(text_[behind])) ++behind;
  if (behind < limit_) {
    const CharKind next = kind_of(text_[behind]);
    if (next == CharKind::kForeign) return foreign_word(behind);
    if (next == CharKind::kQuote && behind - at_ <= 2) return string(behind);
  }
  symbol = symbols_.intern(text_.substr(at_, behind - at_));
  token = keywords_.token_of(symbol);
  at_ = behind;
}

// A word with characters beyond ASCII, the first of them at `behind`.
void Lexer::foreign_word(std::uint32_t behind) {
  while (behind < limit_ && (in_word(text_[behind]) || kind_of(text_[behind]) == CharKind::kForeign)) ++behind;
  const std::optional<std::string> found = identifier(text_.substr(at_, behind - at_));
  if (!found) fail("a character that no name has");
  symbol = symbols_.intern(*found);
  token = keywords_.token_of(symbol);
  at_ = behind;
}

void Lexer::number() {
  const auto digits = [&] {
    while (at_ < limit_ && (kind_of(text_[at_]) == CharKind::kDigit || text_[at_] == '_')) ++at_;
  };
  token = Token::kInteger;
  const char marker = static_cast<char>(peek(1) | 0x20);
  if (peek() == '0' && (marker == 'x' || marker == 'o' || marker == 'b')) {
    at_ += 2;
    const std::uint32_t first = at_;
    const auto in_base = [&](char c) {
      const bool letter = marker == 'x' && (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
      return c == '_' || letter || (c >= '0' && c <= (marker == 'b' ? '1' : marker == 'o' ? '7' : '9'));
    };
    while (at_ < limit_ && in_base(text_[at_])) ++at_;
    if (at_ == first) fail("a number without digits");
    return end_number();
  }
  digits();
  if (peek() == '.') {
    token = Token::kFloat;
    ++at_;
    digits();
  }
  const std::uint32_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
  if ((peek() | 0x20) == 'e' && kind_of(peek(1 + sign)) == CharKind::kDigit) {
    token = Token::kFloat;
    at_ += 1 + sign;
    digits();
  }
  if ((peek() | 0x20) == 'j') {
    token = Token::kImaginary;
    ++at_;
  }
  end_number();
}

// `1if x` and the like are two tokens; any other word ends no number.
void Lexer::end_number() {
  std::uint32_t behind = at_;
  while (behind < limit_ && (in_word(text_[behind]) || kind_of(text_[behind]) == CharKind::kForeign)) ++behind;
  if (behind == at_) return;
  static constexpr std::string_view kMayFollow[] = {"and", "else", "for", "if", "in", "is", "not", "or"};
  for (std::string_view word : kMayFollow) {
    if (text(at_, behind) == word) return;
  }
  fail("a number ends in letters");
}

void Lexer::skip_escape() {
  if (peek(1) == '\r' && peek(2) == '\n') ++at_;
  at_ += 2;
  if (text_[at_ - 1] == '\n') newline_passed(at_);
}

void Lexer::string(std::uint32_t quote_at) {
  const Place opened = here();
  quoting = {};
  for (; at_ < quote_at; ++at_) {
    switch (text_[at_] | 0x20) {
      case 'r':
        quoting.raw = true;
        break;
      case 'b':
        quoting.bytes = true;
        break;
      case 'f':
        quoting.format = true;
        break;
      case 'u':
        break;
      default:
        fail("a letter that stands before no string");
    }
  }
  const char quote = quoting.quote = text_[at_];
  quoting.triple = peek(1) == quote && peek(2) == quote;
  at_ += quoting.triple ? 3 : 1;
  if (quoting.format) {
    token = Token::kFormatStart;
    return;
  }
  token = Token::kString;
  content = at_;
  escapes = false;
  while (true) {
    if (at_ >= limit_) fail_at(opened, "this string is not closed");
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < limit_) {
      escapes = true;
      skip_escape();
    } else if (c == quote && (!quoting.triple || (peek(1) == quote && peek(2) == quote))) {
      break;
    } else if (c == '\n') {
      if (!quoting.triple) fail_at(opened, "this string is not closed");
      newline_passed(++at_);
    } else if (c == '\0') {
      fail("a null character");
    } else {
      ++at_;
    }
  }
  content_end = at_;
  at_ += quoting.triple ? 3 : 1;
}

bool Lexer::format_text(const Quoting& of, std::string_view& literal) {
  const std::uint32_t first = at_;
  while (true) {
    if (at_ >= limit_) fail_at(start, "this string is not closed");
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < limit_) {
      if (!of.raw && peek(1) == 'N' && peek(2) == '{') {  // the name of a character
        while (at_ < limit_ && text_[at_] != '}' && text_[at_] != '\n') ++at_;
        if (peek() == '}') ++at_;
      } else if (peek(1) == '{' || peek(1) == '}') {
        ++at_;
      } else {
        skip_escape();
      }
    } else if (c == of.quote && (!of.triple || (peek(1) == of.quote && peek(2) == of.quote))) {
      literal = text(first, at_);
      at_ += of.triple ? 3 : 1;
      begin = at_ - 1;
      end = at_;
      stop = here();
      return false;
    } else if (c == '\n') {
      if (!of.triple) fail_at(start, "this string is not closed");
      newline_passed(++at_);
    } else if (c == '{' || c == '}') {
      if (peek(1) == c) {
        at_ += 2;
        continue;
      }
      if (c == '}') fail("a brace that is not doubled closes nothing");
      literal = text(first, at_);
      ++at_;
      return true;
    } else if (c == '\0') {
      fail("a null character");
    } else {
      ++at_;
    }
  }
}

bool Lexer::format_specification(const Quoting& of, std::uint32_t position, std::string_view& literal) {
  at_ = position;
  while (true) {
    const char c = peek();
    const bool closes = c == of.quote && (!of.triple || (peek(1) == of.quote && peek(2) == of.quote));
    if (c == '\0' || closes || (c == '\n' && !of.triple)) fail("`}` expected");
    if (c == '{' || c == '}') {
      literal = text(position, at_);
      end = at_;  // of the specification
      stop = here();
      ++at_;
      if (c == '}') --depth_;
      return c == '{';
    }
    ++at_;
    if (c == '\n') newline_passed(at_);
  }
}

bool Lexer::equal_follows() const {
  std::uint32_t next = at_;
  while (next < limit_) {
    const CharKind kind = kind_of(text_[next]);
    if (kind == CharKind::kComment) {
      next = static_cast<std::uint32_t>(std::min<std::size_t>(text_.find('\n', next), limit_));
    } else if (kind == CharKind::kSpace || kind == CharKind::kNewline || text_[next] == '\\') {
      ++next;
    } else {
      break;
    }
  }
  return next + 1 < limit_ && text_[next] == '=' && text_[next + 1] != '=';
}

bool Lexer::line_ends() const {
  std::uint32_t next = at_;
  while (next < limit_ && kind_of(text_[next]) == CharKind::kSpace) ++next;
  return next >= limit_ || text_[next] == '\n' || text_[next] == '#';
}

void Lexer::jump_to_line(std::uint32_t position) {
  const std::string_view passed = text(at_, position);
  line_ += static_cast<std::uint32_t>(std::count(passed.begin(), passed.end(), '\n'));
  at_ = line_start_ = position;
  line_begins_ = true;
  token = Token::kNewline;
  advance();
}

void Lexer::take_operator(Token kind, Operator op, std::uint32_t size) {
  if (peek(size) == '=') {
    in_place = op;
    take(Token::kInPlace, size + 1);
  } else {
    take(kind, size);
  }
}

void Lexer::operator_token() {
  const char next = peek(1);
  switch (text_[at_]) {
    case '(':
      return open(Token::kOpenParenthesis);
    case '[':
      return open(Token::kOpenBracket);
    case '{':
      return open(Token::kOpenBrace);
    case ')':
      --depth_;
      return take(Token::kCloseParenthesis, 1);
    case ']':
      --depth_;
      return take(Token::kCloseBracket, 1);
    case '}':
      --depth_;
      return take(Token::kCloseBrace, 1);
    case ',':
      return take(Token::kComma, 1);
    case '.':
      return next == '.' && peek(2) == '.' ? take(Token::kEllipsis, 3) : take(Token::kDot, 1);
    case ':':
      return next == '=' ? take(Token::kColonEqual, 2) : take(Token::kColon, 1);
    case '=':
      return next == '=' ? take(Token::kEqualEqual, 2) : take(Token::kEqual, 1);
    case ';':
      return take(Token::kSemicolon, 1);
    case '~':
      return take(Token::kTilde, 1);
    case '!':
      return next == '=' ? take(Token::kNotEqual, 2) : take(Token::kExclaim, 1);
    case '+':
      return take_operator(Token::kPlus, Operator::kAdd, 1);
    case '-':
      return next == '>' ? take(Token::kArrow, 2) : take_operator(Token::kMinus, Operator::kSub, 1);
    case '*':
      return next == '*' ? take_operator(Token::kDoubleStar, Operator::kPow, 2)
                         : take_operator(Token::kStar, Operator::kMul, 1);
    case '/':
      return next == '/' ? take_operator(Token::kDoubleSlash, Operator::kFloorDiv, 2)
                         : take_operator(Token::kSlash, Operator::kDiv, 1);
    case '%':
      return take_operator(Token::kPercent, Operator::kMod, 1);
    case '@':
      return take_operator(Token::kAt, Operator::kMatMul, 1);
    case '&':
      return take_operator(Token::kAmpersand, Operator::kBitAnd, 1);
    case '|':
      return take_operator(Token::kBar, Operator::kBitOr, 1);
    case '^':
      return take_operator(Token::kCaret, Operator::kBitXor, 1);
    case '<':
      if (next == '<') return take_operator(Token::kShiftLeft, Operator::kShiftLeft, 2);
      if (next == '>') fail("`<>` is written `!=`");
      return next == '=' ? take(Token::kLessEqual, 2) : take(Token::kLess, 1);
    case '>':
      if (next == '>') return take_operator(Token::kShiftRight, Operator::kShiftRight, 2);
      return next == '=' ? take(Token::kGreaterEqual, 2) : take(Token::kGreater, 1);
    default:
      fail("a character that starts nothing");
  }
}

}  // namespace ckptlint::python
