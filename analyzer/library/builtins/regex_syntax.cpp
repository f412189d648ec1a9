#include "library/builtins/regex_syntax.h"

#include <algorithm>

#include <fmt/format.h>

#include "python/text.h"

namespace ckptlint::python {
namespace {

struct Failure {
  std::string message;
  std::size_t at;
  bool unsupported = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int flag_of(char letter) {
  switch (letter) {
    case 'i': return kIgnoreCase;
    case 'L': return kLocale;
    case 'm': return kMultiline;
    case 's': return kDotAll;
    case 'u': return kUnicode;
    case 'x': return kVerbose;
    case 'a': return kAscii;
    default: return 0;
  }
}

class Translator {
 public:
  Translator(std::string_view text, int flags, bool bytes, RegexSyntax& out) : text_(text), bytes_(bytes), out_(out) { out_.flags = flags; }

  void run() {
    leading_flags();
    verbose_ = (out_.flags & kVerbose) != 0;
    while (at_ < text_.size()) step();
    if (!open_.empty()) fail("missing ), unterminated subpattern", open_.back().at);
  }

 private:
  // What a quantifier would repeat.
  enum class Item : unsigned char { kNothing, kOnce, kRepeated };
  struct Open {
    std::size_t at;
    int group;  // 0: not capturing
    bool verbose;
    bool lookaround;
  };

  [[noreturn]] void fail(std::string message, std::size_t at) { throw Failure{std::move(message), at}; }
  [[noreturn]] void unsupported(std::string what) { throw Failure{std::move(what), at_, true}; }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool more() const { return at_ < text_.size(); }

  void emit(std::string_view part) { out_.pattern += part; }
  void emit_code(std::uint32_t code) { emit(fmt::format("\\x{{{:x}}}", code)); }
  void emit_literal(std::string_view character) {
    const bool special = character.size() == 1 && !is_letter(character[0]) && !is_digit(character[0]) && character[0] > ' ' && character[0] < 127;
    if (special) emit("\\");
    emit(character);
  }
  std::string_view take_character() {
    const std::size_t bytes = bytes_ ? 1 : std::min(character_bytes(text_[at_]), text_.size() - at_);
    const std::string_view one = text_.substr(at_, bytes);
    at_ += bytes;
    return one;
  }

  void leading_flags();
  void step();
  void quantifier();
  bool braces();
  void repeat(std::string_view quantifier, std::size_t begin);
  void group();
  void group_extension(std::size_t begin);
  void scoped_flags(std::size_t begin);
  void open(std::string_view prefix, std::size_t begin, int group, bool lookaround = false);
  void close();
  void escape();
  void numbered_escape(std::size_t begin);
  std::uint32_t hexadecimal(int digits, std::size_t begin);
  void character_class();
  std::int64_t class_escape(std::string& out);
  std::int64_t class_member(std::string& out);
  std::string name_until(char end);
  int group_by_name(const std::string& name, std::size_t begin);
  void reference(int group, std::size_t begin);

  std::string_view text_;
  std::size_t at_ = 0;
  bool bytes_;
  bool verbose_ = false;
  Item item_ = Item::kNothing;
  int closed_ = 0;
  std::vector<Open> open_;
  RegexSyntax& out_;
};

// (?i) and its like, which count for the whole pattern and must come first.
void Translator::leading_flags() {
  while (text_.substr(at_).starts_with("(?")) {
    std::size_t end = at_ + 2;
    int flags = 0;
    while (end < text_.size() && flag_of(text_[end]) != 0) flags |= flag_of(text_[end++]);
    if (flags == 0 || end >= text_.size() || text_[end] != ')') return;
    if (!bytes_ && (flags & kLocale) != 0) fail("bad inline flags: cannot use 'L' flag with a str pattern", end);
    if (bytes_ && (flags & kUnicode) != 0) fail("bad inline flags: cannot use 'u' flag with a bytes pattern", end);
    out_.flags |= flags;
    at_ = end + 1;
  }
}

void Translator::step() {
  const char c = text_[at_];
  if (verbose_) {
    if (is_space(c)) {
      ++at_;
      return;
    }
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return;
    }
  }
  switch (c) {
    case '\\': return escape();
    case '[': return character_class();
    case '(': return group();
    case ')': return close();
    case '*': case '+': case '?': case '{': return quantifier();
    case '|':
      ++at_;
      item_ = Item::kNothing;
      return emit("|");
    case '^': case '$':
      ++at_;
      item_ = Item::kNothing;  // a place is nothing that can be repeated
      return emit(std::string_view(&c, 1));
    case '.':
      ++at_;
      item_ = Item::kOnce;
      return emit(".");
    default:
      item_ = Item::kOnce;
      emit_literal(take_character());
  }
}

// ---- quantifiers

void Translator::quantifier() {
  const std::size_t begin = at_;
  if (text_[at_] != '{') {
    ++at_;
    return repeat(text_.substr(begin, 1), begin);
  }
  if (braces()) return;
  at_ = begin + 1;
  item_ = Item::kOnce;
  emit("\\{");
}

// {m}, {m,}, {,n}, {m,n}; anything else is a brace.
bool Translator::braces() {
  const std::size_t begin = at_++;
  if (peek() == '}') return false;
  const auto digits = [&] {
    const std::size_t from = at_;
    while (is_digit(peek())) ++at_;
    return text_.substr(from, at_ - from);
  };
  const std::string_view low = digits();
  std::string_view high = low;
  bool open_ended = false;
  if (peek() == ',') {
    ++at_;
    high = digits();
    open_ended = high.empty();
  }
  if (peek() != '}') return false;
  ++at_;
  if (low.size() > 9 || high.size() > 9) unsupported("a very large repeat count");
  const int least = low.empty() ? 0 : std::stoi(std::string(low));
  const int most = high.empty() ? 0 : std::stoi(std::string(high));
  if (!open_ended && most < least) fail("min repeat greater than max repeat", begin + 1);
  if (least > 65535 || most > 65535) unsupported("a very large repeat count");
  repeat(open_ended ? fmt::format("{{{},}}", least) : fmt::format("{{{},{}}}", least, most), begin);
  return true;
}

void Translator::repeat(std::string_view quantifier, std::size_t begin) {
  if (item_ == Item::kNothing) fail("nothing to repeat", begin);
  if (item_ == Item::kRepeated) fail("multiple repeat", begin);
  item_ = Item::kRepeated;
  emit(quantifier);
  if (peek() == '?' || peek() == '+') {
    emit(text_.substr(at_, 1));
    ++at_;
  }
}

// ---- groups

void Translator::open(std::string_view prefix, std::size_t begin, int group, bool lookaround) {
  if (open_.size() >= 200) unsupported("very deeply nested groups");
  open_.push_back({begin, group, verbose_, lookaround});
  item_ = Item::kNothing;
  emit(prefix);
}

void Translator::close() {
  if (open_.empty()) fail("unbalanced parenthesis", at_);
  ++at_;
  if (open_.back().group != 0) out_.close_order[static_cast<std::size_t>(open_.back().group)] = ++closed_;
  verbose_ = open_.back().verbose;
  open_.pop_back();
  item_ = Item::kOnce;
  emit(")");
}

void Translator::group() {
  const std::size_t begin = at_++;
  if (peek() == '?') {
    ++at_;
    return group_extension(begin);
  }
  ++out_.groups;
  out_.close_order.resize(static_cast<std::size_t>(out_.groups) + 1);
  open("(", begin, out_.groups);
}

std::string Translator::name_until(char end) {
  const std::size_t begin = at_;
  const std::size_t stop = text_.find(end, at_);
  if (stop == std::string_view::npos) {
    fail(begin == text_.size() ? "missing group name" : fmt::format("missing {}, unterminated name", end), begin);
  }
  if (stop == begin) fail("missing group name", begin);
  at_ = stop + 1;
  return std::string(text_.substr(begin, stop - begin));
}

bool is_identifier(const std::string& name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!(is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80 || (i > 0 && is_digit(c)))) return false;
  }
  return !name.empty();
}

int Translator::group_by_name(const std::string& name, std::size_t begin) {
  for (const auto& [known, group] : out_.names) {
    if (known == name) return group;
  }
  fail(fmt::format("unknown group name '{}'", name), begin);
}

void Translator::reference(int group, std::size_t begin) {
  for (const Open& each : open_) {
    if (each.group == group) fail("cannot refer to an open group", begin);
  }
  item_ = Item::kOnce;
  emit(fmt::format("\\g{{{}}}", group));
}

void Translator::group_extension(std::size_t begin) {
  if (!more()) fail("unexpected end of pattern", at_);
  const char c = text_[at_++];
  switch (c) {
    case ':': return open("(?:", begin, 0);
    case '=': return open("(?=", begin, 0, true);
    case '!': return open("(?!", begin, 0, true);
    case '>': return open("(?>", begin, 0);
    case '<': {
      if (!more()) fail("unexpected end of pattern", at_);
      const char direction = text_[at_++];
      if (direction == '=') return open("(?<=", begin, 0, true);
      if (direction == '!') return open("(?<!", begin, 0, true);
      fail(fmt::format("unknown extension ?<{}", direction), begin + 1);
    }
    case '#': {
      const std::size_t end = text_.find(')', at_);
      if (end == std::string_view::npos) fail("missing ), unterminated comment", begin);
      at_ = end + 1;
      return;
    }
    case 'P': {
      if (!more()) fail("unexpected end of pattern", at_);
      const char kind = text_[at_++];
      const std::size_t name_at = at_;
      if (kind == '<') {
        const std::string name = name_until('>');
        if (!is_identifier(name)) fail(fmt::format("bad character in group name '{}'", name), name_at);
        for (const auto& [known, number] : out_.names) {
          if (known == name) {
            fail(fmt::format("redefinition of group name '{}' as group {}; was group {}", name, out_.groups + 1, number), name_at);
          }
        }
        ++out_.groups;
        out_.close_order.resize(static_cast<std::size_t>(out_.groups) + 1);
        out_.names.emplace_back(name, out_.groups);
        return open("(", begin, out_.groups);
      }
      if (kind == '=') {
        const std::string name = name_until(')');
        if (!is_identifier(name)) fail(fmt::format("bad character in group name '{}'", name), name_at);
        return reference(group_by_name(name, name_at), name_at);
      }
      fail(fmt::format("unknown extension ?P{}", kind), begin + 1);
    }
    case '(': {
      const std::size_t name_at = at_;
      const std::string name = name_until(')');
      int group = 0;
      if (is_identifier(name)) {
        group = group_by_name(name, name_at);
      } else if (name.find_first_not_of("0123456789") == std::string::npos && name.size() < 9) {
        group = std::stoi(name);
        if (group == 0) fail("bad group number", name_at);
        // A later group may be meant; PCRE2 refuses one that never comes, as Python does.
      } else {
        fail(fmt::format("bad character in group name '{}'", name), name_at);
      }
      return open(fmt::format("(?({})", group), begin, 0);
    }
    default:
      if (flag_of(c) != 0 || c == '-') {
        --at_;
        return scoped_flags(begin);
      }
      at_ = begin + 2;
      fail(fmt::format("unknown extension ?{}", take_character()), begin + 1);
  }
}

// (?i-s:...)
void Translator::scoped_flags(std::size_t begin) {
  std::string on;
  std::string off;
  bool verbose = verbose_;
  bool negative = false;
  for (; more() && text_[at_] != ':' && text_[at_] != ')'; ++at_) {
    const char letter = text_[at_];
    if (letter == '-' && !negative) {
      negative = true;
      continue;
    }
    if (flag_of(letter) == 0) fail(letter == '-' ? "missing flag" : "unknown flag", at_);
    if (letter == 'a' || letter == 'L' || letter == 'u') {
      if (negative) fail("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", at_);
      if (letter == 'u' && !bytes_) continue;
      unsupported("an inline flag that changes the meaning of \\w for a part of the pattern");
    }
    if (letter == 'x') {
      verbose = !negative;
    } else {
      (negative ? off : on) += letter;
    }
  }
  if (!more()) fail("missing -, : or )", at_);
  if (text_[at_] == ')') fail("global flags not at the start of the expression", begin);
  ++at_;
  open(fmt::format("(?{}{}{}:", on, off.empty() ? "" : "-", off), begin, 0);
  verbose_ = verbose;
}

// ---- escapes

std::uint32_t Translator::hexadecimal(int digits, std::size_t begin) {
  const std::size_t from = at_;
  while (is_hex(peek()) && at_ - from < static_cast<std::size_t>(digits)) ++at_;
  if (at_ - from != static_cast<std::size_t>(digits)) {
    fail(fmt::format("incomplete escape {}", text_.substr(begin, at_ - begin)), begin);
  }
  const auto code = static_cast<std::uint32_t>(std::stoul(std::string(text_.substr(from, at_ - from)), nullptr, 16));
  if (code > 0x10ffff) fail(fmt::format("bad escape {}", text_.substr(begin, at_ - begin)), begin);
  return code;
}

// \1 is a reference, \01 and \101 are characters.
void Translator::numbered_escape(std::size_t begin) {
  const std::string_view rest = text_.substr(at_);
  const bool octal = rest[0] == '0' || (rest.size() >= 3 && is_octal(rest[0]) && is_octal(rest[1]) && is_octal(rest[2]));
  if (octal) {
    std::size_t digits = 1;
    while (digits < 3 && digits < rest.size() && is_octal(rest[digits])) ++digits;
    const auto code = static_cast<std::uint32_t>(std::stoul(std::string(rest.substr(0, digits)), nullptr, 8));
    at_ += digits;
    if (code > 0377) fail(fmt::format("octal escape value {} outside of range 0-0o377", text_.substr(begin, at_ - begin)), begin);
    item_ = Item::kOnce;
    return emit_code(code);
  }
  const std::size_t digits = rest.size() >= 2 && is_digit(rest[1]) ? 2 : 1;
  const int group = std::stoi(std::string(rest.substr(0, digits)));
  at_ += digits;
  if (group > out_.groups) fail(fmt::format("invalid group reference {}", group), begin + 1);
  reference(group, begin);
}

void Translator::escape() {
  const std::size_t begin = at_++;
  if (!more()) fail("bad escape (end of pattern)", begin);
  const bool ascii = bytes_ || (out_.flags & kAscii) != 0;
  const char c = text_[at_];
  if (is_digit(c)) return numbered_escape(begin);
  item_ = Item::kOnce;
  if (!is_letter(c)) return emit_literal(take_character());
  ++at_;
  switch (c) {
    case 'A': case 'b':
      item_ = Item::kNothing;
      return emit(text_.substr(begin, 2));
    case 'B':  // never in an empty text, whatever the rule for borders says (until 3.14)
      item_ = Item::kNothing;
      return emit("(?!\\A\\z)\\B");
    case 'Z':
      item_ = Item::kNothing;
      return emit("\\z");
    case 'd': case 'D': case 'w': case 'W': return emit(text_.substr(begin, 2));
    case 's': return emit(ascii ? "\\s" : "[\\s\\x1c-\\x1f]");
    case 'S': return emit(ascii ? "\\S" : "[^\\s\\x1c-\\x1f]");
    case 'a': return emit_code('\a');
    case 'f': return emit_code('\f');
    case 'n': return emit_code('\n');
    case 'r': return emit_code('\r');
    case 't': return emit_code('\t');
    case 'v': return emit_code('\v');
    case 'x': return emit_code(hexadecimal(2, begin));
    case 'u':
      if (!bytes_) return emit_code(hexadecimal(4, begin));
      break;
    case 'U':
      if (!bytes_) return emit_code(hexadecimal(8, begin));
      break;
    case 'N':
      if (!bytes_ && peek() == '{') unsupported("a character by its name");
      break;
    default: break;
  }
  fail(fmt::format("bad escape \\{}", c), begin);
}

// One member of a class: what to write, and its code where it is a single character.
std::int64_t Translator::class_escape(std::string& out) {
  const std::size_t begin = at_++;
  if (!more()) fail("bad escape (end of pattern)", begin);
  const bool ascii = bytes_ || (out_.flags & kAscii) != 0;
  const auto single = [&](std::uint32_t code) {
    out = fmt::format("\\x{{{:x}}}", code);
    return static_cast<std::int64_t>(code);
  };
  const char c = text_[at_];
  if (is_octal(c)) {
    std::size_t digits = 1;
    while (digits < 3 && is_octal(peek(digits))) ++digits;
    const auto code = static_cast<std::uint32_t>(std::stoul(std::string(text_.substr(at_, digits)), nullptr, 8));
    at_ += digits;
    if (code > 0377) fail(fmt::format("octal escape value {} outside of range 0-0o377", text_.substr(begin, at_ - begin)), begin);
    return single(code);
  }
  if (is_digit(c)) fail(fmt::format("bad escape \\{}", c), begin);
  if (!is_letter(c)) return single(bytes_ ? static_cast<unsigned char>(take_character()[0]) : code_point(take_character()));
  ++at_;
  switch (c) {
    case 'd': case 'D': case 'w': case 'W': case 'S':
      out = text_.substr(begin, 2);
      return -1;
    case 's':
      out = ascii ? "\\s" : "\\s\\x1c-\\x1f";
      return -1;
    case 'a': return single('\a');
    case 'b': return single('\b');
    case 'f': return single('\f');
    case 'n': return single('\n');
    case 'r': return single('\r');
    case 't': return single('\t');
    case 'v': return single('\v');
    case 'x': return single(hexadecimal(2, begin));
    case 'u':
      if (!bytes_) return single(hexadecimal(4, begin));
      break;
    case 'U':
      if (!bytes_) return single(hexadecimal(8, begin));
      break;
    case 'N':
      if (!bytes_ && peek() == '{') unsupported("a character by its name");
      break;
    default: break;
  }
  fail(fmt::format("bad escape \\{}", c), begin);
}

std::int64_t Translator::class_member(std::string& out) {
  if (text_[at_] == '\\') return class_escape(out);
  const std::string_view one = take_character();
  const std::uint32_t code = bytes_ ? static_cast<unsigned char>(one[0]) : static_cast<std::uint32_t>(code_point(one));
  out = fmt::format("\\x{{{:x}}}", code);
  return code;
}

void Translator::character_class() {
  const std::size_t begin = at_++;
  emit("[");
  if (peek() == '^') {
    ++at_;
    emit("^");
  }
  for (bool first = true;; first = false) {
    if (!more()) fail("unterminated character set", begin);
    if (text_[at_] == ']' && !first) break;
    const std::size_t low_at = at_;
    std::string low;
    const std::int64_t low_code = class_member(low);
    emit(low);
    if (peek() != '-' || !more()) continue;
    const std::size_t dash = at_++;
    if (!more()) fail("unterminated character set", begin);
    if (text_[at_] == ']') {
      emit("\\-");
      continue;
    }
    std::string high;
    const std::int64_t high_code = class_member(high);
    if (low_code < 0 || high_code < 0 || high_code < low_code) {
      fail(fmt::format("bad character range {}-{}", text_.substr(low_at, dash - low_at), text_.substr(dash + 1, at_ - dash - 1)), low_at);
    }
    emit("-");
    emit(high);
  }
  ++at_;
  item_ = Item::kOnce;
  emit("]");
}

}  // namespace

RegexSyntax translate_regex(std::string_view pattern, int flags, bool bytes) {
  RegexSyntax out;
  out.close_order.resize(1);
  try {
    Translator(pattern, flags, bytes, out).run();
  } catch (const Failure& failure) {
    (failure.unsupported ? out.unsupported : out.error) = failure.message;
    out.error_at = failure.at;
  }
  if (!bytes && (out.flags & kAscii) == 0) out.flags |= kUnicode;
  return out;
}

}  // namespace ckptlint::python
