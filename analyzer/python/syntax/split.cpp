// Splits a block of Python text into its statements without parsing them, and finds docstrings.
#include <algorithm>
#include <array>
#include <cstring>

#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// What ends a run of plain text: everything else a scanner can pass over.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (char c : {'\n', '#', '"', '\'', '\\', '(', '[', '{', ')', ']', '}'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// Walks physical and logical lines of Python text.
struct Scanner {
  std::string_view text;
  std::uint32_t at;
  std::uint32_t end;
  std::uint32_t line;

  char peek(std::uint32_t offset = 0) const { return at + offset < end ? text[at + offset] : '\0'; }

  // From behind three opening quotes to behind the closing ones, where no backslash stands between them: a third of the
  // text of modeling code is docstrings.
  bool skip_plain_text(char quote) {
    const char quotes[] = {quote, quote, quote};
    const std::size_t close = text.substr(0, end).find(std::string_view(quotes, 3), at);
    if (close == std::string_view::npos) return false;
    const std::string_view inside = text.substr(at, close - at);
    if (inside.find('\\') != std::string_view::npos) return false;
    line += static_cast<std::uint32_t>(std::count(inside.begin(), inside.end(), '\n'));
    at = static_cast<std::uint32_t>(close + 3);
    return true;
  }

  // Behind the backslash at `at` and what it protects, which a line break of two characters is as a whole.
  void skip_escape() {
    if (peek(1) == '\r' && peek(2) == '\n') ++at;
    if (peek(1) == '\n') ++line;
    at += 2;
  }

  // From an opening quote to behind the closing one.
  void skip_string() {
    char quote = text[at];
    bool triple = peek(1) == quote && peek(2) == quote;
    at += triple ? 3 : 1;
    if (triple && skip_plain_text(quote)) return;
    while (at < end) {
      char c = text[at];
      if (c == '\\') {
        skip_escape();
        continue;
      }
      if (c == '\n') {
        if (!triple) return;  // unterminated: the parser will say so
        ++line;
      }
      if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at += triple ? 3 : 1;
        return;
      }
      ++at;
    }
    at = end;
  }

  // On local variables, so that they stay in registers: this is most of what reading a file costs.
  void skip_plain() {
    const char* next = text.data() + at;
    const char* const stop = text.data() + end;
    while (stop - next >= 4) {
      if (kSpecial[static_cast<unsigned char>(next[0])]) break;
      if (kSpecial[static_cast<unsigned char>(next[1])]) {
        next += 1;
        break;
      }
      if (kSpecial[static_cast<unsigned char>(next[2])]) {
        next += 2;
        break;
      }
      if (kSpecial[static_cast<unsigned char>(next[3])]) {
        next += 3;
        break;
      }
      next += 4;
    }
    while (next != stop && !kSpecial[static_cast<unsigned char>(*next)]) ++next;
    at = static_cast<std::uint32_t>(next - text.data());
  }

  // To the start of the line behind the logical line that `at` is in.  Returns whether it ended with a colon.
  bool skip_logical_line() {
    int depth = 0;
    std::uint32_t code_end = at;  // behind the last character that is not comment or line break
    while (at < end) {
      skip_plain();
      if (at >= end) break;
      char c = text[at];
      switch (c) {
        case '\n':
          if (text[code_end] != '#') code_end = at;
          ++at;
          ++line;
          if (depth <= 0) return ends_with_colon(code_end);
          code_end = at;
          continue;
        case '#': {
          code_end = at;
          const void* newline = std::memchr(text.data() + at, '\n', end - at);
          at = newline == nullptr ? end : static_cast<std::uint32_t>(static_cast<const char*>(newline) - text.data());
          continue;
        }
        case '"':
        case '\'':
          skip_string();
          code_end = at < end ? at : end - 1;
          continue;
        case '\\':
          skip_escape();
          continue;
        case '(':
        case '[':
        case '{':
          ++depth;
          break;
        default:
          --depth;
          break;
      }
      ++at;
    }
    at = end;
    return ends_with_colon(end);
  }

  bool ends_with_colon(std::uint32_t behind) const {
    while (behind > 0 && (text[behind - 1] == ' ' || text[behind - 1] == '\t' || text[behind - 1] == '\r')) --behind;
    return behind > 0 && text[behind - 1] == ':';
  }

  // Skips blank lines and comment lines; then `at` is a line's start.  Returns its indentation in columns.
  std::uint32_t skip_to_code(std::uint32_t& first_word) {
    while (at < end) {
      std::uint32_t word = at, columns = 0;
      while (word < end && text[word] == ' ') ++word;
      columns = word - at;
      while (word < end && (text[word] == ' ' || text[word] == '\t' || text[word] == '\f')) {
        columns = text[word] == '\t' ? (columns / 8 + 1) * 8 : text[word] == '\f' ? 0 : columns + 1;
        ++word;
      }
      if (word >= end) break;
      if (text[word] == '\r' && word + 1 < end && text[word + 1] == '\n') ++word;
      if (text[word] != '\n' && text[word] != '#') {
        first_word = word;
        return columns;
      }
      const void* newline = std::memchr(text.data() + word, '\n', end - word);
      if (newline == nullptr) break;
      at = static_cast<std::uint32_t>(static_cast<const char*>(newline) - text.data()) + 1;
      ++line;
    }
    at = end;
    first_word = end;
    return 0;
  }

  std::string_view word_at(std::uint32_t position) const {
    std::uint32_t stop = position;
    while (stop < end && is_word(text[stop])) ++stop;
    return text.substr(position, stop - position);
  }

  std::uint32_t behind_spaces(std::uint32_t position) const {
    while (position < end && (text[position] == ' ' || text[position] == '\t')) ++position;
    return position;
  }
};

bool continues_statement(std::string_view word) {
  return word == "else" || word == "elif" || word == "except" || word == "finally";
}

}  // namespace

std::vector<Piece> split_block(std::string_view text, std::uint32_t begin, std::uint32_t end, std::uint32_t line) {
  std::vector<Piece> pieces;
  Scanner scan{text, begin, end, line};
  std::uint32_t word = 0;
  if (scan.at == 0 && text.substr(0, 3) == "\xEF\xBB\xBF") scan.at = 3;
  std::uint32_t indentation = scan.skip_to_code(word);
  bool open_decorators = false;
  while (scan.at < end) {
    const std::uint32_t columns = scan.skip_to_code(word);
    if (scan.at >= end) break;
    const std::uint32_t start = scan.at, start_line = scan.line;
    bool same_level = columns <= indentation;
    std::string_view first = same_level ? scan.word_at(word) : std::string_view();
    if (same_level && !(continues_statement(first) && !pieces.empty() && !open_decorators)) {
      if (!open_decorators) {
        pieces.push_back({});
        pieces.back().begin = start;
        pieces.back().line = start_line;
      }
      Piece& piece = pieces.back();
      if (text[word] == '@') {
        open_decorators = true;
        piece.decorated = true;
      } else {
        open_decorators = false;
        piece.definition = word;
        piece.definition_line = start_line;
        std::uint32_t name_at = word + static_cast<std::uint32_t>(first.size());
        std::string_view keyword = first;
        if (keyword == "async") {
          name_at = scan.behind_spaces(name_at);
          keyword = scan.word_at(name_at);
          name_at += static_cast<std::uint32_t>(keyword.size());
        }
        if (keyword == "def" || keyword == "class") {
          std::string_view name = scan.word_at(scan.behind_spaces(name_at));
          if (!name.empty()) {
            piece.kind = keyword == "def" ? PieceKind::kDef : PieceKind::kClass;
            piece.name = name;
          }
        }
      }
    }
    scan.skip_logical_line();
    if (!pieces.empty()) pieces.back().end = scan.at;
  }
  return pieces;
}

TextRange docstring(std::string_view text, const Piece& piece) {
  Scanner scan{text, piece.definition, piece.end, piece.definition_line};
  if (piece.kind == PieceKind::kOther) {
    scan.at = piece.definition;
  } else {
    if (!scan.skip_logical_line()) return {};
    std::uint32_t word = 0;
    scan.skip_to_code(word);
    scan.at = word;
  }
  TextRange found{scan.at, scan.at};
  while (scan.at < scan.end &&
         (text[scan.at] == 'r' || text[scan.at] == 'R' || text[scan.at] == 'u' || text[scan.at] == 'U'))
    ++scan.at;
  if (scan.at >= scan.end || (text[scan.at] != '"' && text[scan.at] != '\'')) return {};
  scan.skip_string();
  found.end = scan.at;
  // Only a literal that is the whole statement.
  std::uint32_t behind = scan.behind_spaces(scan.at);
  bool alone = behind >= scan.end || text[behind] == '\n' || text[behind] == '#' || text[behind] == '\r';
  return alone ? found : TextRange{};
}

std::string without_comments(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  Scanner scan{text, 0, static_cast<std::uint32_t>(text.size()), 1};
  std::uint32_t copied = 0;  // text [0, copied) is in `out` or left out
  while (scan.at < scan.end) {
    const char c = text[scan.at];
    if (c == '"' || c == '\'') {
      scan.skip_string();
    } else if (c == '#') {
      std::uint32_t end = scan.at;
      while (end > copied && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
      out += text.substr(copied, end - copied);
      scan.at = copied = static_cast<std::uint32_t>(std::min(text.find('\n', scan.at), text.size()));
    } else {
      ++scan.at;
    }
  }
  out += text.substr(copied);
  return out;
}

bool colon_behind_brackets(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  Scanner scan{text, begin, end, 1};
  int depth = 0;
  do {
    scan.skip_plain();
    if (scan.at >= end) return false;
    switch (text[scan.at]) {
      case '"':
      case '\'':
        scan.skip_string();
        continue;
      case '#':
        scan.at = static_cast<std::uint32_t>(std::min<std::size_t>(text.find('\n', scan.at), end));
        continue;
      case '(':
      case '[':
      case '{':
        ++depth;
        break;
      case ')':
      case ']':
      case '}':
        --depth;
        break;
      default:
        break;
    }
    ++scan.at;
  } while (depth > 0);
  scan.at = scan.behind_spaces(scan.at);
  return scan.peek() == ':';
}

ClassBody class_body(std::string_view text, const Piece& piece) {
  Scanner scan{text, piece.definition, piece.end, piece.definition_line};
  if (!scan.skip_logical_line()) return {};
  return {scan.at, scan.line};
}

}  // namespace ckptlint::python
