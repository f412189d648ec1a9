// re.Pattern and re.Match as values.
#pragma once

#include <bit>

#include "library/stdlib/regex.h"
#include "python/evaluate/quantified_texts.h"

namespace ckptlint::python {

// What a Match knows.  Lives in the arena.
struct RegexMatch {
  const Regex* regex = nullptr;
  Value pattern;  // the Pattern object
  Value subject;
  std::size_t* spans = nullptr;  // 2 * (groups + 1) byte offsets
  std::int64_t pos = 0, endpos = 0;
  bool ascii = true;  // byte offsets are character offsets
};

// The classes and the cache of the re module.  Lives in the arena.
struct RegexModule {
  Class* error = nullptr;
  Class* pattern = nullptr;
  Class* match = nullptr;
  Dict* cache = nullptr;  // (pattern, flags) -> Pattern
};

// Evaluated code can neither make nor change what ties an object to its Regex: it is the data of a host function.
Value hidden(Interpreter& in, const void* pointer, NativeFunction tag);
Value pattern_tag(Interpreter&, const Arguments&, const Value&);
Value match_tag(Interpreter&, const Arguments&, const Value&);
const Regex* regex_of(const Value& value);       // null where the value is no Pattern
const RegexMatch* match_of(const Value& value);  // null where the value is no Match

// Where `function` is re.match, the state of its module; else null.
const RegexModule* module_of_match(const Value& function);
std::unique_ptr<MatchSet> match_set(Interpreter& in, const Value& function, const std::vector<std::string>& patterns);

// A Pattern for a string, bytes or Pattern; Unknown where it is not modelled.
Value pattern_for(Interpreter& in, const RegexModule* module, const Value& pattern, const Value& flags);
Value make_match(Interpreter& in, const RegexModule* module, const Value& pattern, const Value& subject,
                 const RegexSpans& spans, std::int64_t pos, std::int64_t endpos);

// The text of a string or bytes subject.  Raises TypeError where it does not go with the pattern.
std::string_view subject_text(Interpreter& in, const Regex* regex, const Value& subject);
// A piece of the subject, of its type.
Value piece_of(Interpreter& in, const Value& subject, std::string_view piece);
Value group_of(Interpreter& in, const RegexMatch* match, int group, const Value& absent);

// The text that a replacement template stands for, for one match; used by sub() and Match.expand().
// Empty groups that took no part give nothing.  Raises re.error for a wrong template.
std::string expand_template(Interpreter& in, const RegexModule* module, const Regex* regex, std::string_view text,
                            std::string_view subject, const RegexSpans& spans);

void fill_match_class(Interpreter& in, RegexModule* module);
void fill_pattern_class(Interpreter& in, RegexModule* module);

inline const RegexModule* regex_module(const Value& data) { return std::bit_cast<const RegexModule*>(data.integer); }
inline Value regex_module_data(const RegexModule* module) {
  return Value::of(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(module)));
}

}  // namespace ckptlint::python
