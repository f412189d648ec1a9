// Translates a pattern into a regular expression, which RE2 matches in linear time.
#include "settings/glob.h"

#include <re2/re2.h>

#include <cstddef>

namespace ckptlint {
namespace {

constexpr std::size_t kLongestPattern = 4096;
constexpr std::int64_t kMostMemory = 1 << 20;

class GlobReader {
 public:
  explicit GlobReader(std::string_view pattern) : pattern_(pattern) {}

  // The expression; `defect` says why there is none.
  std::string expression() {
    while (at_ < pattern_.size() && defect.empty()) read_one();
    if (defect.empty() && in_braces_) defect = "has a `{` without a `}`";
    return out_;
  }

  std::string defect;

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }

  void add_plain(std::string_view text) { out_ += RE2::QuoteMeta(std::string(text)); }

  void read_one() {
    const char c = pattern_[at_];
    switch (c) {
      case '*':
        return read_stars();
      case '?':
        out_ += "[^/]";
        break;
      case '[':
        return read_set();
      case '{':
        if (in_braces_) {
          defect = "has braces in braces";
          return;
        }
        in_braces_ = true;
        out_ += "(?:";
        break;
      case '}':
        out_ += in_braces_ ? ")" : "\\}";
        in_braces_ = false;
        break;
      case ',':
        out_ += in_braces_ ? "|" : ",";
        break;
      case '\\':
        if (at_ + 1 == pattern_.size()) {
          defect = "ends in a backslash";
          return;
        }
        add_plain(pattern_.substr(++at_, 1));
        break;
      default:
        add_plain(pattern_.substr(at_, 1));
    }
    ++at_;
  }

  void read_stars() {
    std::size_t count = 0;
    while (peek() == '*') ++at_, ++count;
    if (count == 1) {
      out_ += "[^/]*";
    } else if (peek() == '/') {  // "**/x" is "x", too
      ++at_;
      out_ += "(?:.*/)?";
    } else {
      out_ += ".*";
    }
  }

  void read_set() {
    std::size_t end = at_ + 1;
    const bool inverted = peek(1) == '!' || peek(1) == '^';
    if (inverted) ++end;
    const std::size_t first = end;
    while (end < pattern_.size() && (pattern_[end] != ']' || end == first)) ++end;
    if (end >= pattern_.size()) {
      defect = "has a `[` without a `]`";
      return;
    }
    out_ += inverted ? "[^/" : "[";
    for (std::size_t i = first; i < end; ++i) {
      const char c = pattern_[i];
      if (c == '\\' || c == '[' || c == ']' || c == '^') out_ += '\\';
      out_ += c;
    }
    out_ += "]";
    at_ = end + 1;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool in_braces_ = false;
  std::string out_;
};

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.empty()) return Error{"is empty"};
  if (pattern.size() > kLongestPattern) return Error{"is too long"};
  GlobReader reader(pattern);
  const std::string text = reader.expression();
  if (!reader.defect.empty()) return Error{reader.defect};
  RE2::Options options(RE2::Quiet);
  options.set_dot_nl(true);
  options.set_encoding(RE2::Options::EncodingLatin1);  // paths are bytes
  options.set_max_mem(kMostMemory);
  auto expression = std::make_shared<const RE2>(text, options);
  if (!expression->ok()) return Error{"is no pattern: " + expression->error()};
  return Glob(std::move(expression));
}

bool Glob::matches(std::string_view path) const {
  return RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *expression_);
}

std::string protected_from_glob(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (std::string_view("*?[]{},\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace ckptlint
