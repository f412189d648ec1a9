// The regular expressions of the libraries' own attributes, as Python's `re` reads them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptlint {

// What matched first: [begin, end) of the text.
struct PatternMatch {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t begin = 0;
  std::size_t end = 0;
  // [begin, end) of group i at [2 * i] and [2 * i + 1], group 0 included; kNone where it took no part.
  std::vector<std::size_t> groups;

  std::optional<std::string_view> group(std::string_view text, int number) const {
    const std::size_t at = 2 * static_cast<std::size_t>(number);
    if (at + 1 >= groups.size() || groups[at] == kNone) return std::nullopt;
    return text.substr(groups[at], groups[at + 1] - groups[at]);
  }
};

// Compiled by PCRE2 with limits on steps and memory: patterns come from files that nobody has vouched for.  A search
// that reaches a limit counts as no match.
class PythonPattern {
 public:
  // Nothing where it is not a pattern (Python would raise re.error), or one that PCRE2 cannot stand for.
  static std::optional<PythonPattern> compile(std::string_view pattern);

  // re.search.
  std::optional<PatternMatch> search(std::string_view text) const;
  bool found_in(std::string_view text) const;

  // The named groups with their numbers, ascending.
  const std::vector<std::pair<std::string, int>>& names() const;

 private:
  struct Compiled;
  explicit PythonPattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace ckptlint
