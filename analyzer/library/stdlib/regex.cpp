// Compiles and runs regular expressions with PCRE2 in the memory of an evaluation, with the messages of CPython 3.11
// for what is no pattern.
#include "library/stdlib/regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"
#include "python/types/methods.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// Backtracking steps of one match.  PCRE2 does not say how many it took, so that a few limits tell.
constexpr std::array<std::uint32_t, 2> kMatchLimits{20'000, 100'000};
constexpr std::uint32_t kHeapKilobytes = 32 * 1024;
constexpr std::size_t kMaxPatternBytes = 1 << 16;

// PCRE2 takes its memory from the arena, which frees everything at the end.  It is C: nothing may be thrown through it.
void* take_memory(std::size_t bytes, void* arena) {
  try {
    return static_cast<Arena*>(arena)->allocate(bytes);
  } catch (...) {
    return nullptr;
  }
}
void keep_memory(void*, void*) {}

[[noreturn]] void raise_regex_error(Interpreter& in, Class* error_class, const Value& pattern, std::string_view message,
                                    std::size_t at) {
  const bool bytes = pattern.is(Kind::kBytes);
  const std::string_view text = bytes ? pattern.as<Bytes>()->data : pattern.as<Str>()->view();
  const std::int64_t position = bytes ? static_cast<std::int64_t>(at) : character_offset(text, at);
  const Value raised =
      in.call(Value::of(error_class), {in.string(fmt::format("{} at position {}", message, position))});
  if (raised.is(Kind::kInstance)) {
    const std::string_view before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n');
    in.generic_set(raised, in.intern("msg"), in.string(message));
    in.generic_set(raised, in.intern("pattern"), pattern);
    in.generic_set(raised, in.intern("pos"), Value::of(position));
    in.generic_set(raised, in.intern("lineno"), Value::of(static_cast<std::int64_t>(line) + 1));
    in.generic_set(raised, in.intern("colno"),
                   Value::of(static_cast<std::int64_t>(at - (start == std::string_view::npos ? 0 : start + 1)) + 1));
  }
  throw PyRaise{raised, in.here()};
}

// What Python says where PCRE2 finds a fault that the translation let pass.
std::string message_of(int error) {
  switch (error) {
    case PCRE2_ERROR_CLASS_RANGE_ORDER:
    case PCRE2_ERROR_CLASS_INVALID_RANGE:
      return "bad character range";
    case PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH:
      return "look-behind requires fixed-width pattern";
    case PCRE2_ERROR_BAD_SUBPATTERN_REFERENCE:
      return "invalid group reference";
    case PCRE2_ERROR_TOO_MANY_CONDITION_BRANCHES:
      return "conditional backref with more than two branches";
    case PCRE2_ERROR_QUANTIFIER_INVALID:
      return "nothing to repeat";
    default:
      return "";
  }
}

}  // namespace

Regex* compile_regex(Interpreter& in, const Value& pattern, int flags, Class* error_class, Value& unsupported) {
  const bool bytes = pattern.is(Kind::kBytes);
  const std::string_view text = bytes ? pattern.as<Bytes>()->data : pattern.as<Str>()->view();
  in.step(1 + text.size());
  if (text.size() > kMaxPatternBytes || (!bytes && !is_valid_utf8(text))) {
    unsupported = in.unknown("a regular expression that is too long");
    return nullptr;
  }
  const RegexSyntax syntax = translate_regex(text, flags, bytes);
  if (!syntax.error.empty()) raise_regex_error(in, error_class, pattern, syntax.error, syntax.error_at);
  if (!syntax.unsupported.empty()) {
    unsupported = in.unknown(fmt::format("a regular expression with {}", syntax.unsupported));
    return nullptr;
  }
  std::uint32_t options = PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C;
  if (!bytes) options |= PCRE2_UTF;
  if (!bytes && (syntax.flags & kAscii) == 0) options |= PCRE2_UCP;
  if ((syntax.flags & kIgnoreCase) != 0) options |= PCRE2_CASELESS;
  if ((syntax.flags & kMultiline) != 0) options |= PCRE2_MULTILINE;
  if ((syntax.flags & kDotAll) != 0) options |= PCRE2_DOTALL;

  pcre2_general_context* memory = pcre2_general_context_create(take_memory, keep_memory, &in.arena);
  pcre2_compile_context* compile = memory == nullptr ? nullptr : pcre2_compile_context_create(memory);
  if (compile == nullptr) throw BudgetExceeded{"memory"};
  pcre2_set_newline(compile, PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE error_at = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(syntax.pattern.data()), syntax.pattern.size(), options,
                                   &error, &error_at, compile);
  if (code == nullptr) {
    const std::string message = message_of(error);
    if (!message.empty()) raise_regex_error(in, error_class, pattern, message, std::min(error_at, text.size()));
    unsupported = in.unknown("a regular expression that is not modelled");
    return nullptr;
  }
  Regex* made = in.arena.make<Regex>();
  made->code = code;
  made->match_data = pcre2_match_data_create_from_pattern(code, memory);
  made->match_context = pcre2_match_context_create(memory);
  if (made->match_data == nullptr || made->match_context == nullptr) throw BudgetExceeded{"memory"};
  pcre2_set_heap_limit(made->match_context, kHeapKilobytes);
  made->pattern = pattern;
  made->flags = syntax.flags;
  made->groups = syntax.groups;
  made->bytes = bytes;
  made->name_count = static_cast<int>(syntax.names.size());
  made->names = in.arena.array<RegexName>(syntax.names.size());
  for (std::size_t i = 0; i < syntax.names.size(); ++i)
    made->names[i] = {in.intern(syntax.names[i].first), syntax.names[i].second};
  made->close_order = in.arena.array<int>(syntax.close_order.size());
  std::copy(syntax.close_order.begin(), syntax.close_order.end(), made->close_order);
  return made;
}

RegexOutcome run_regex(Interpreter& in, const Regex* regex, std::string_view subject, std::size_t start, RegexMode mode,
                       bool not_empty, RegexSpans& spans) {
  if (start > subject.size()) return RegexOutcome::kNone;
  in.step(2);
  std::uint32_t options = 0;
  // PCRE2 would look through the whole subject for every match of it.
  if (!regex->bytes) {
    if (regex->checked != subject.data() || regex->checked_size != subject.size()) {
      if (!is_ascii(subject) && !is_valid_utf8(subject)) return RegexOutcome::kGaveUp;
      regex->checked = subject.data();
      regex->checked_size = subject.size();
    }
    options |= PCRE2_NO_UTF_CHECK;
  }
  if (mode != RegexMode::kSearch) options |= PCRE2_ANCHORED;
  if (mode == RegexMode::kFullMatch) options |= PCRE2_ENDANCHORED;
  if (not_empty) options |= PCRE2_NOTEMPTY_ATSTART;
  // A null pointer is not an empty subject to every release of PCRE2.
  const char* data = subject.data() == nullptr ? "" : subject.data();
  int found = PCRE2_ERROR_MATCHLIMIT;
  for (const std::uint32_t limit : kMatchLimits) {
    pcre2_set_match_limit(regex->match_context, limit);
    found = pcre2_match(regex->code, reinterpret_cast<PCRE2_SPTR>(data), subject.size(), start, options,
                        regex->match_data, regex->match_context);
    if (found != PCRE2_ERROR_MATCHLIMIT) break;
    in.step(std::uint64_t{limit} * 40);  // so that a config full of such patterns comes to an end
  }
  if (found == PCRE2_ERROR_NOMATCH) {
    in.step((subject.size() - start) / 32);
    return RegexOutcome::kNone;
  }
  if (found < 0) {
    if (found == PCRE2_ERROR_NOMEMORY) throw BudgetExceeded{"memory"};
    return RegexOutcome::kGaveUp;
  }
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(regex->match_data);
  spans.assign(2 * static_cast<std::size_t>(regex->groups + 1), kNoMatch);
  for (std::size_t i = 0; i < 2 * static_cast<std::size_t>(found) && i < spans.size(); ++i) {
    spans[i] = offsets[i] == PCRE2_UNSET ? kNoMatch : offsets[i];
  }
  // \K and look-behind tricks could put the end before the start; Python has no such thing.
  if (spans[1] < spans[0]) return RegexOutcome::kGaveUp;
  in.step((spans[1] - start) / 32);
  return RegexOutcome::kMatch;
}

}  // namespace ckptlint::python
