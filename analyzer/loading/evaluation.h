// Asking evaluated code, where only a definite answer counts.
#pragma once

#include <string>
#include <vector>

#include "graph/evaluated_model.h"
#include "loading/transform.h"

namespace ckptlint {

// Every function throws NotFollowed where the answer depends on what the evaluator does not know, and LibraryRaises
// where the code raises.
struct Evaluation {
  explicit Evaluation(EvaluatedModel& evaluated) : in(*evaluated.interpreter) {}

  // The value of `ask()`.
  template <typename Ask>
  python::Value run(const Ask& ask) {
    const std::size_t noted = in.notes.size();
    try {
      const python::Value value = ask();
      refuse_unknown(value, noted);
      return value;
    } catch (const python::PyRaise& raised) {
      refuse_unknown(raised.exception, noted);
      throw LibraryRaises{in.describe(raised)};
    } catch (const python::BudgetExceeded& exceeded) {
      refuse_budget(exceeded);
    }
  }

  python::Value attribute(const python::Value& object, const char* name);
  std::vector<python::Value> items(const python::Value& iterable);
  std::string text(const python::Value& value);
  std::vector<std::string> texts(const python::Value& iterable);

  python::Interpreter& in;

 private:
  // `noted`: how many notes there were before; they are put back.
  void refuse_unknown(const python::Value& value, std::size_t noted);
  [[noreturn]] void refuse_budget(const python::BudgetExceeded& exceeded);
};

}  // namespace ckptlint
