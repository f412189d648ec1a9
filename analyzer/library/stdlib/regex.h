// Compiled regular expressions, in the evaluation's memory and under its budgets.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "library/stdlib/regex_syntax.h"
#include "python/evaluate/interpreter.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace ckptlint::python {

struct RegexName {
  Str* name;
  int group;
};

// Lives in the arena: no destructor.
struct Regex {
  pcre2_real_code_8* code = nullptr;
  pcre2_real_match_data_8* match_data = nullptr;
  pcre2_real_match_context_8* match_context = nullptr;
  Value pattern;  // Str or Bytes
  int flags = 0;
  int groups = 0;
  RegexName* names = nullptr;
  int name_count = 0;
  int* close_order = nullptr;
  bool bytes = false;
  // The subject that was last found to be valid UTF-8: one is searched many times.
  mutable const char* checked = nullptr;
  mutable std::size_t checked_size = 0;
};

// Raises re.error (`error_class`) for a wrong pattern.  Null, with `unsupported` set, for one that PCRE2 cannot stand
// for.
Regex* compile_regex(Interpreter& in, const Value& pattern, int flags, Class* error_class, Value& unsupported);

constexpr std::size_t kNoMatch = ~std::size_t{0};
// Byte offsets of group i: spans[2 * i], spans[2 * i + 1]; kNoMatch where it took no part.
using RegexSpans = std::vector<std::size_t>;

enum class RegexOutcome : std::uint8_t { kMatch, kNone, kGaveUp };
enum class RegexMode : std::uint8_t { kSearch, kMatch, kFullMatch };

// A match at or behind byte `start` of the subject, of which the bytes up to `end` exist.  `not_empty`: an empty match
// at `start` itself does not count.  kGaveUp where the search would take too long, or the subject is not valid UTF-8.
RegexOutcome run_regex(Interpreter& in, const Regex* regex, std::string_view subject, std::size_t start, RegexMode mode,
                       bool not_empty, RegexSpans& spans);

// All matches from `start` on that do not overlap, as re.finditer() finds them, handed to `visit` until it returns
// false. False where the search gave up.
template <typename Visit>
bool each_match(Interpreter& in, const Regex* regex, std::string_view subject, std::size_t start, const Visit& visit) {
  RegexSpans spans;
  bool not_empty = false;
  while (true) {
    const RegexOutcome outcome = run_regex(in, regex, subject, start, RegexMode::kSearch, not_empty, spans);
    if (outcome == RegexOutcome::kGaveUp) return false;
    if (outcome == RegexOutcome::kNone || !visit(spans)) return true;
    start = spans[1];
    not_empty = spans[0] == spans[1];
  }
}

}  // namespace ckptlint::python
