// Asking the library's code how it loads, where only a definite answer counts.
#pragma once

#include <string>
#include <vector>

#include "graph/asking.h"
#include "graph/evaluated_model.h"

namespace ckptlint {

// Every function throws NotFollowed where the answer depends on what the evaluator does not know, and LibraryRaises
// where the code raises.
struct Evaluation {
  explicit Evaluation(EvaluatedModel& evaluated) : in(*evaluated.interpreter) {}

  // The value of `question()`.
  template <typename Question>
  python::Value run(const Question& question) {
    const std::size_t noted = in.notes.size();
    return definite(within_limits(in, [&] { return ask(in, question); }), noted);
  }

  python::Value attribute(const python::Value& object, const char* name);
  std::vector<python::Value> items(const python::Value& iterable);
  std::string text(const python::Value& value);
  std::vector<std::string> texts(const python::Value& iterable);

  python::Interpreter& in;

 private:
  // `noted`: how many notes there were before; an exception counts only where all on the way to it was known, too.
  python::Value definite(Known<Answer<python::Value>> answer, std::size_t noted);
};

}  // namespace ckptlint
