// From the syntax of Python's re module (3.11) to that of PCRE2.
//
// The two agree on most patterns and differ in details: names of groups, inline flags, \Z, \v, \u, octal and group
// references, the classes that \s stands for, what counts as an error.  Every construct is read and written again, so
// that nothing reaches PCRE2 that Python would not have understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptlint::python {

// Values of re's flags.
enum RegexFlag : int {
  kIgnoreCase = 2,
  kLocale = 4,
  kMultiline = 8,
  kDotAll = 16,
  kUnicode = 32,
  kVerbose = 64,
  kAscii = 256,
};

struct RegexSyntax {
  std::string pattern;  // for PCRE2; white space and comments of verbose patterns are gone
  int flags = 0;        // with those written inside the pattern
  int groups = 0;       // capturing groups, group 0 not counted
  std::vector<std::pair<std::string, int>> names;
  std::vector<int> close_order;  // for each group from 1: which closing parenthesis it is

  std::string error;         // Python's message, where the pattern is wrong
  std::size_t error_at = 0;  // byte offset
  std::string unsupported;   // what is valid Python and has no equal here
};

RegexSyntax translate_regex(std::string_view pattern, int flags, bool bytes);

}  // namespace ckptlint::python
