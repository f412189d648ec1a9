// `any(... for text in texts)` where each element asks the same of one text: answered for all elements at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// Regular expressions of which one is looked for that matches at the start of a text.
class MatchSet {
 public:
  MatchSet() = default;
  virtual ~MatchSet() = default;
  MatchSet(const MatchSet&) = delete;
  MatchSet& operator=(const MatchSet&) = delete;

  // kUnknown where that is not known, or not known fast.
  virtual Truth any_matches(Interpreter& in, std::string_view subject) const = 0;
};

// Null where `function` is not re.match, or some pattern is none or is not modelled.
using MakeMatchSet = std::unique_ptr<MatchSet> (*)(Interpreter& in, const Value& function,
                                                   const std::vector<std::string>& patterns);
void set_match_sets(Interpreter& in, MakeMatchSet make);

// What the call gives, if it is such an `any`: its elements are texts, and each condition, joined by `or`, is
// re.match() of a pattern made of the element, or a comparison with it.  What is made of a list is kept for the next
// call, as a model asks the same of each of its modules.  kMissing: it has to be evaluated as it stands, and nothing
// has happened.
Value any_of_texts(Interpreter& in, Frame& frame, const Call* call);

}  // namespace ckptlint::python
