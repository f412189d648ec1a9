// The regular expressions of the libraries' own attributes, as Python's `re` reads them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ckptlint {

// What matched first: [begin, end) of the text.
struct PatternMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Compiled by PCRE2 with limits on steps and memory: patterns come from files that nobody has vouched for.  A search
// that reaches a limit counts as no match.
class PythonPattern {
 public:
  // Nothing where it is not a pattern; Python would raise re.error.
  static std::optional<PythonPattern> compile(std::string_view pattern);

  // re.search.
  std::optional<PatternMatch> search(std::string_view text) const;
  bool found_in(std::string_view text) const { return search(text).has_value(); }

 private:
  struct Compiled;
  explicit PythonPattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace ckptlint
