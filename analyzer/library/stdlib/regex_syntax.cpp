// Reads a pattern of Python's re (CPython 3.11) and writes it again in the syntax of PCRE2.
#include "library/stdlib/regex_syntax.h"

#include <fmt/format.h>

#include "library/stdlib/regex_translator.h"

namespace ckptlint::python {
namespace regex {

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
    case '\\':
      return escape();
    case '[':
      return character_class();
    case '(':
      return group();
    case ')':
      return close();
    case '*':
    case '+':
    case '?':
    case '{':
      return quantifier();
    case '|':
      ++at_;
      item_ = Item::kNothing;
      return emit("|");
    case '^':
    case '$':
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

static bool is_identifier(const std::string& name) {
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
    case ':':
      return open("(?:", begin, 0);
    case '=':
      return open("(?=", begin, 0, true);
    case '!':
      return open("(?!", begin, 0, true);
    case '>':
      return open("(?>", begin, 0);
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
            fail(
                fmt::format("redefinition of group name '{}' as group {}; was group {}", name, out_.groups + 1, number),
                name_at);
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

}  // namespace regex

RegexSyntax translate_regex(std::string_view pattern, int flags, bool bytes) {
  RegexSyntax out;
  out.close_order.resize(1);
  try {
    regex::Translator(pattern, flags, bytes, out).run();
  } catch (const regex::Failure& failure) {
    (failure.unsupported ? out.unsupported : out.error) = failure.message;
    out.error_at = failure.at;
  }
  if (!bytes && (out.flags & kAscii) == 0) out.flags |= kUnicode;
  return out;
}

}  // namespace ckptlint::python
