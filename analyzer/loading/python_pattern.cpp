// Translates regular expressions of Python for PCRE2, and runs them within limits of steps and memory.
#include "loading/python_pattern.h"

#include <algorithm>

#include "base/utf8.h"
#include "library/stdlib/regex_syntax.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace ckptlint {

namespace {
constexpr std::uint32_t kMostSteps = 200'000;
constexpr std::uint32_t kMostDepth = 2'000;
constexpr std::size_t kLongestPattern = 1u << 16;
}  // namespace

struct PythonPattern::Compiled {
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;
  pcre2_match_data* data = nullptr;  // of one search at a time
  std::vector<std::pair<std::string, int>> names;

  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }

  // The number of groups that were set, or a negative code.
  int run(std::string_view text) const {
    return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, PCRE2_NO_UTF_CHECK, data,
                       limits);
  }
};

std::optional<PythonPattern> PythonPattern::compile(std::string_view pattern) {
  if (pattern.size() > kLongestPattern || !is_valid_utf8(pattern)) return std::nullopt;
  const python::RegexSyntax syntax = python::translate_regex(pattern, 0, false);
  if (!syntax.error.empty() || !syntax.unsupported.empty()) return std::nullopt;
  auto compiled = std::make_shared<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  std::uint32_t options = PCRE2_UTF | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C;
  if ((syntax.flags & python::kAscii) == 0) options |= PCRE2_UCP;
  if ((syntax.flags & python::kIgnoreCase) != 0) options |= PCRE2_CASELESS;
  if ((syntax.flags & python::kMultiline) != 0) options |= PCRE2_MULTILINE;
  if ((syntax.flags & python::kDotAll) != 0) options |= PCRE2_DOTALL;
  compiled->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(syntax.pattern.data()), syntax.pattern.size(), options,
                                 &error, &offset, nullptr);
  if (compiled->code == nullptr) return std::nullopt;
  compiled->limits = pcre2_match_context_create(nullptr);
  compiled->data = pcre2_match_data_create_from_pattern(compiled->code, nullptr);
  if (compiled->limits == nullptr || compiled->data == nullptr) return std::nullopt;
  pcre2_set_match_limit(compiled->limits, kMostSteps);
  pcre2_set_depth_limit(compiled->limits, kMostDepth);
  compiled->names = syntax.names;
  std::sort(compiled->names.begin(), compiled->names.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  return PythonPattern(std::move(compiled));
}

bool PythonPattern::found_in(std::string_view text) const { return is_valid_utf8(text) && compiled_->run(text) >= 0; }

std::optional<PatternMatch> PythonPattern::search(std::string_view text) const {
  if (!is_valid_utf8(text) || compiled_->run(text) < 0) return std::nullopt;
  const PCRE2_SIZE* at = pcre2_get_ovector_pointer(compiled_->data);
  const std::size_t count = pcre2_get_ovector_count(compiled_->data);
  return PatternMatch{at[0], at[1], std::vector<std::size_t>(at, at + 2 * count)};
}

const std::vector<std::pair<std::string, int>>& PythonPattern::names() const { return compiled_->names; }

}  // namespace ckptlint
