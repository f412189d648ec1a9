// Many patterns at once: a tree of what each begins with leaves few of them to be tried on a text.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "library/stdlib/install.h"
#include "library/stdlib/regex_objects.h"
#include "python/evaluate/quantified_texts.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

constexpr int kAnyByte = -1;

bool is_quantifier(std::string_view pattern, std::size_t at) {
  return at < pattern.size() && std::string_view("*+?{").find(pattern[at]) != std::string_view::npos;
}

// Where the group that opens at `at` ends, behind its parenthesis; npos where it has a class, or alternatives.
std::size_t end_of_plain_group(std::string_view pattern, std::size_t at) {
  for (std::size_t i = at + 1; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') ++i;
    if (c == '[' || c == '|' || c == '(') return std::string_view::npos;
    if (c == ')') return i + 1;
  }
  return std::string_view::npos;
}

bool has_alternatives(std::string_view pattern) {
  int depth = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') ++i;
    if (c == '[') return true;  // a parenthesis in a class is none: not followed
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == '|' && depth == 0) return true;
  }
  return false;
}

// Adds the bytes with which whatever `pattern` matches has to begin; false where it goes on with something else.
bool add_beginning(std::string_view pattern, std::vector<int>& bytes) {
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '(') {
      const std::size_t end = pattern.substr(i).starts_with("(?:") ? end_of_plain_group(pattern, i) : std::string::npos;
      if (end == std::string::npos || is_quantifier(pattern, end)) return false;
      if (!add_beginning(pattern.substr(i + 3, end - i - 4), bytes)) return false;
      i = end;
      continue;
    }
    int byte = static_cast<unsigned char>(c);
    std::size_t next = i + 1;
    if (c == '\\') {
      if (next >= pattern.size() || std::string_view(R"(.-_/\+*?()[]{}^$|)").find(pattern[next]) == std::string::npos)
        return false;
      byte = static_cast<unsigned char>(pattern[next++]);
    } else if (c == '.') {
      byte = kAnyByte;
    } else if (byte >= 0x80 || std::string_view("*+?{}[]^$|)").find(c) != std::string_view::npos) {
      return false;
    }
    if (is_quantifier(pattern, next)) return false;
    bytes.push_back(byte);
    i = next;
  }
  return true;
}

// `(?:model.layers.0.mlp)(?=\.|$)` in parts: letters, digits, '_', '-' and '.' are the middle, the rest is behind it,
// past the parenthesis.
struct PlainMiddle {
  std::string_view middle, rest;
  bool in_group = false;
};

// Nothing where a pattern is not so simple that it matches where its middle does, and there its rest.
std::optional<PlainMiddle> plain_middle(std::string_view pattern) {
  if (has_alternatives(pattern)) return std::nullopt;
  constexpr std::string_view kGroup = "(?:";
  PlainMiddle parts;
  parts.in_group = pattern.starts_with(kGroup);
  if (parts.in_group) pattern.remove_prefix(kGroup.size());
  const auto end = std::find_if(pattern.begin(), pattern.end(), [](char c) {
    return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' &&
           c != '.';
  });
  const auto length = static_cast<std::size_t>(end - pattern.begin());
  parts.middle = pattern.substr(0, length);
  parts.rest = pattern.substr(length);
  if (parts.in_group && !parts.rest.starts_with(')')) return std::nullopt;
  if (parts.in_group) parts.rest.remove_prefix(1);
  if (parts.middle.empty() || is_quantifier(parts.rest, 0)) return std::nullopt;
  return parts;
}

class PatternTree : public MatchSet {
 public:
  explicit PatternTree(const RegexModule* module) : module_(module) {}

  // False for a pattern that is not modelled; raises for what is none.  No middle decides which it is: of those that
  // differ in it alone, one is compiled.
  bool add(Interpreter& in, const std::string& text) {
    std::vector<int> bytes;
    const std::optional<PlainMiddle> parts = plain_middle(text);
    if (!parts) {
      if (!has_alternatives(text)) add_beginning(text, bytes);
      return add_pattern(in, bytes, text, false);
    }
    const std::string rest(parts->rest);
    if (surroundings_.emplace(parts->in_group, rest).second && compiled(in, text).unknown()) return false;
    add_beginning(parts->middle, bytes);
    return add_pattern(in, bytes, rest, true);
  }

  Truth any_matches(Interpreter& in, std::string_view subject) const override {
    if (!is_ascii(subject) || subject.find('\n') != std::string_view::npos) return Truth::kUnknown;
    return below(in, 0, subject, 0);
  }

 private:
  struct Pattern {
    Value regex;           // kMissing: the empty one
    bool is_rest = false;  // it is looked for where the bytes end that lead here, and not at the start
  };
  struct Node {
    std::map<int, std::size_t> next;
    std::vector<Pattern> patterns;
  };

  Value compiled(Interpreter& in, const std::string& text) const {
    return pattern_for(in, module_, in.string(text), {});
  }

  bool add_pattern(Interpreter& in, const std::vector<int>& bytes, const std::string& text, bool is_rest) {
    const Pattern pattern{text.empty() ? Value{} : compiled(in, text), is_rest};
    if (pattern.regex.unknown()) return false;
    std::size_t node = 0;
    for (const int byte : bytes) {
      const auto [next, is_new] = nodes_[node].next.emplace(byte, nodes_.size());
      node = next->second;
      if (is_new) nodes_.emplace_back();
    }
    nodes_[node].patterns.push_back(pattern);
    return true;
  }

  static Truth matches(Interpreter& in, const Pattern& pattern, std::string_view subject, std::size_t at) {
    if (pattern.regex.missing()) return Truth::kTrue;
    RegexSpans spans;
    switch (
        run_regex(in, regex_of(pattern.regex), subject, pattern.is_rest ? at : 0, RegexMode::kMatch, false, spans)) {
      case RegexOutcome::kMatch:
        return Truth::kTrue;
      case RegexOutcome::kNone:
        return Truth::kFalse;
      default:
        return Truth::kUnknown;
    }
  }

  Truth below(Interpreter& in, std::size_t node, std::string_view subject, std::size_t at) const {
    in.step();
    for (const Pattern& pattern : nodes_[node].patterns) {
      const Truth truth = matches(in, pattern, subject, at);
      if (truth != Truth::kFalse) return truth;
    }
    if (at == subject.size()) return Truth::kFalse;
    for (const int byte : {static_cast<int>(static_cast<unsigned char>(subject[at])), kAnyByte}) {
      const auto next = nodes_[node].next.find(byte);
      if (next == nodes_[node].next.end()) continue;
      const Truth truth = below(in, next->second, subject, at + 1);
      if (truth != Truth::kFalse) return truth;
    }
    return Truth::kFalse;
  }

  const RegexModule* module_;
  std::set<std::pair<bool, std::string>> surroundings_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

}  // namespace

std::unique_ptr<MatchSet> match_set(Interpreter& in, const Value& function, const std::vector<std::string>& patterns) {
  const RegexModule* module = module_of_match(function);
  if (module == nullptr) return nullptr;
  auto made = std::make_unique<PatternTree>(module);
  try {
    for (const std::string& text : patterns) {
      if (!made->add(in, text)) return nullptr;
    }
  } catch (const PyRaise&) {
    return nullptr;  // which is raised again where it belongs
  }
  return made;
}

}  // namespace ckptlint::python
