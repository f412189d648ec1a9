#include "loading/python_pattern.h"

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

  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }
};

std::optional<PythonPattern> PythonPattern::compile(std::string_view pattern) {
  if (pattern.size() > kLongestPattern) return std::nullopt;
  auto compiled = std::make_shared<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  constexpr std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  compiled->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr);
  compiled->limits = pcre2_match_context_create(nullptr);
  if (compiled->code == nullptr || compiled->limits == nullptr) return std::nullopt;
  pcre2_set_match_limit(compiled->limits, kMostSteps);
  pcre2_set_depth_limit(compiled->limits, kMostDepth);
  return PythonPattern(std::move(compiled));
}

std::optional<PatternMatch> PythonPattern::search(std::string_view text) const {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  if (data == nullptr) return std::nullopt;
  const int count = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data,
                                compiled_->limits);
  std::optional<PatternMatch> match;
  if (count >= 0) {
    const PCRE2_SIZE* at = pcre2_get_ovector_pointer(data);
    match = PatternMatch{at[0], at[1]};
  }
  pcre2_match_data_free(data);
  return match;
}

}  // namespace ckptlint
