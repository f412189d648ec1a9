#include "python/syntax/lexer.h"

#include <algorithm>
#include <array>
#include <cstring>

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

Keywords::Keywords(Symbols& symbols) {
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
  if (line_start_ == 0 && text.starts_with("\xEF\xBB\xBF")) throw NotDirect{};
  std::uint32_t columns = 0;
  if (begin == line_start_) {
    while (begin + columns < end && text[begin + columns] == ' ') ++columns;
    line_begins_ = true;
  }
  indents_.push_back(columns);
  advance();
}

// Skips blank lines and comments, and looks at the indentation of the line behind them.  True where it made a token.
bool Lexer::begin_line() {
  line_begins_ = false;
  std::uint32_t columns = 0;
  while (at_ < limit_) {
    const std::uint32_t first = at_;
    while (at_ < limit_ && text_[at_] == ' ') ++at_;
    columns = at_ - first;
    if (peek() == '\r' && peek(1) == '\n') ++at_;
    if (peek() == '\t' || peek() == '\f') throw NotDirect{};
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
    if (indents_.empty()) throw NotDirect{};
  }
  if (columns != indents_.back()) throw NotDirect{};
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
        if (text_[at_] != '\\') return;
        if (peek(1) != '\n') throw NotDirect{};
        at_ += 2;
        newline_passed(at_);
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
    if (depth_ != 0) throw NotDirect{};
    token = ended ? Token::kEnd : Token::kNewline;
    line_begins_ = !ended;
    return;
  }
  switch (kind_of(text_[at_])) {
    case CharKind::kWord:
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
    case CharKind::kForeign:
      throw NotDirect{};
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
  std::uint32_t behind = at_ + 1;
  while (behind < limit_ && in_word(text_[behind])) ++behind;
  if (behind < limit_) {
    const CharKind next = kind_of(text_[behind]);
    if (next == CharKind::kForeign) throw NotDirect{};
    if (next == CharKind::kQuote && behind - at_ <= 2) return string(behind);
  }
  symbol = symbols_.intern(text_.substr(at_, behind - at_));
  token = keywords_.token_of(symbol);
  at_ = behind;
}

void Lexer::number() {
  const auto digits = [&] {
    while (at_ < limit_ && (kind_of(text_[at_]) == CharKind::kDigit || text_[at_] == '_')) ++at_;
  };
  token = Token::kInteger;
  if (peek() == '0' && kind_of(peek(1)) == CharKind::kWord && peek(1) != '_' && (peek(1) | 0x20) != 'e') {
    const char base = static_cast<char>(peek(1) | 0x20);
    if (base != 'x' && base != 'o' && base != 'b') throw NotDirect{};
    at_ += 2;
    while (at_ < limit_ && in_word(text_[at_])) ++at_;
    return;
  }
  digits();
  if (peek() == '.') {
    token = Token::kFloat;
    ++at_;
    digits();
  }
  if ((peek() | 0x20) == 'e') {
    token = Token::kFloat;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (kind_of(peek()) != CharKind::kDigit) throw NotDirect{};
    digits();
  }
  if (at_ < limit_ && (in_word(text_[at_]) || kind_of(text_[at_]) == CharKind::kForeign)) throw NotDirect{};
}

void Lexer::string(std::uint32_t quote_at) {
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
        throw NotDirect{};
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
    if (at_ >= limit_) throw NotDirect{};
    const char c = text_[at_];
    if (c == '\\') {
      escapes = true;
      if (peek(1) == '\n') newline_passed(at_ + 2);
      at_ += 2;
    } else if (c == quote && (!quoting.triple || (peek(1) == quote && peek(2) == quote))) {
      break;
    } else if (c == '\n') {
      if (!quoting.triple) throw NotDirect{};
      newline_passed(++at_);
    } else if (c == '\0') {
      throw NotDirect{};
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
    if (at_ >= limit_) throw NotDirect{};
    const char c = text_[at_];
    if (c == '\\') {
      if (!of.raw && peek(1) == 'N') throw NotDirect{};  // \N{...}
      if (peek(1) == '\n') newline_passed(at_ + 2);
      if (of.raw && (peek(1) == '{' || peek(1) == '}')) {
        ++at_;
      } else {
        at_ += 2;
      }
    } else if (c == of.quote && (!of.triple || (peek(1) == of.quote && peek(2) == of.quote))) {
      literal = text(first, at_);
      at_ += of.triple ? 3 : 1;
      begin = at_ - 1;
      end = at_;
      stop = here();
      return false;
    } else if (c == '\n') {
      if (!of.triple) throw NotDirect{};
      newline_passed(++at_);
    } else if (c == '{' || c == '}') {
      if (peek(1) == c) {
        at_ += 2;
        continue;
      }
      if (c == '}') throw NotDirect{};
      literal = text(first, at_);
      ++at_;
      return true;
    } else if (c == '\0') {
      throw NotDirect{};
    } else {
      ++at_;
    }
  }
}

bool Lexer::format_specification(std::uint32_t position, std::string_view& literal) {
  at_ = position;
  while (true) {
    const char c = peek();
    if (c == '\0' || c == '\n' || c == '\\' || c == '"' || c == '\'') throw NotDirect{};
    if (c == '{' || c == '}') {
      literal = text(position, at_);
      end = at_;  // of the specification
      stop = here();
      ++at_;
      if (c == '}') --depth_;
      return c == '{';
    }
    ++at_;
  }
}

bool Lexer::equal_follows() const {
  std::uint32_t next = at_;
  while (next < limit_ && text_[next] == ' ') ++next;
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
      ++depth_;
      return take(Token::kOpenParenthesis, 1);
    case '[':
      ++depth_;
      return take(Token::kOpenBracket, 1);
    case '{':
      ++depth_;
      return take(Token::kOpenBrace, 1);
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
      if (next == '>') throw NotDirect{};
      return next == '=' ? take(Token::kLessEqual, 2) : take(Token::kLess, 1);
    case '>':
      if (next == '>') return take_operator(Token::kShiftRight, Operator::kShiftRight, 2);
      return next == '=' ? take(Token::kGreaterEqual, 2) : take(Token::kGreater, 1);
    default:
      throw NotDirect{};
  }
}

}  // namespace ckptlint::python
