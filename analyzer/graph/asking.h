// Asking evaluated code: a question ends in a value, or in the reason why there is none.
//
// A phase runs on a stack of its own and may be stopped (run_phase).  In it, code is asked for what it does (attempt),
// or for an answer that counts only where all of it is known (ask).  A limit of the evaluator ends the phase, not the
// question, but for those that can do without an answer (within_limits).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "ckptlint/known.h"
#include "ckptlint/module_graph.h"
#include "graph/not_followed.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// A value, what the code raises instead, or why the value is not known.
template <typename T>
class [[nodiscard]] Answer {
 public:
  Answer(T value) : state_(std::move(value)) {}
  Answer(const python::PyRaise& raised) : state_(raised) {}
  Answer(Unknown unknown) : state_(std::move(unknown)) {}

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& operator*() { return std::get<T>(state_); }
  const T& operator*() const { return std::get<T>(state_); }
  const T* operator->() const { return &**this; }
  const python::PyRaise* raised() const { return std::get_if<python::PyRaise>(&state_); }
  const Unknown* unknown() const { return std::get_if<Unknown>(&state_); }

  // The value.  Otherwise what was raised goes on its way, and what is not known is thrown as NotFollowed.
  T required() && {
    if (const Unknown* unknown = this->unknown()) throw NotFollowed{unknown->why};
    if (const python::PyRaise* raised = this->raised()) throw *raised;
    return std::get<T>(std::move(state_));
  }

 private:
  std::variant<T, python::PyRaise, Unknown> state_;
};

// What `question()` gives or raises; std::monostate where it gives nothing.  What is not known is left as it is.
template <typename Question>
auto attempt(const Question& question) {
  using Given = std::invoke_result_t<const Question&>;
  using Value = std::conditional_t<std::is_void_v<Given>, std::monostate, Given>;
  try {
    if constexpr (std::is_void_v<Given>) {
      question();
      return Answer<Value>(std::monostate{});
    } else {
      return Answer<Value>(question());
    }
  } catch (const python::PyRaise& raised) {
    return Answer<Value>(raised);
  }
}

// Why an answer is not definite; nothing where it is.  `noted`: how many notes there were before it was asked for;
// those made since are taken back.
std::optional<std::string> not_known(python::Interpreter& in, const python::Value& answer, std::size_t noted);

// The value that `question()` gives, where nothing on the way to it depended on what is not known.
template <typename Question>
Answer<python::Value> ask(python::Interpreter& in, const Question& question) {
  const std::size_t noted = in.notes.size();
  Answer<python::Value> answer = attempt(question);
  if (!answer) return answer;
  if (std::optional<std::string> why = not_known(in, *answer, noted)) return Unknown{std::move(*why)};
  return answer;
}

// Whether an exception, "Type: message", tells of the machine rather than of the code: a package, a file, or values
// that only the meta device lacks.
bool is_of_machine(std::string_view exception);

// "it takes more steps than the limit allows (file:line)"
Unknown beyond_limits(const python::Interpreter& in, const python::BudgetExceeded& exceeded);

// What `question()` gives, or that it takes more than the evaluator may spend.
template <typename Question>
auto within_limits(const python::Interpreter& in, const Question& question) -> Known<decltype(question())> {
  try {
    return question();
  } catch (const python::BudgetExceeded& exceeded) {
    return beyond_limits(in, exceeded);
  }
}

// Takes back the notes that are made while it lives.
class NotesTakenBack {
 public:
  explicit NotesTakenBack(python::Interpreter& in) : in_(in), noted_(in.notes.size()) {}
  ~NotesTakenBack() { in_.notes.resize(noted_); }
  NotesTakenBack(const NotesTakenBack&) = delete;
  NotesTakenBack& operator=(const NotesTakenBack&) = delete;

  bool any() const { return in_.notes.size() > noted_; }

 private:
  python::Interpreter& in_;
  std::size_t noted_;
};

// What kept a phase from its end.
struct Stopped {
  enum class By { kNotFollowed, kRaise, kLimit, kMemory, kFailure };
  By by;
  std::string what;  // the clause of NotFollowed, the name of the limit, otherwise the text of the exception
  Span where{};      // of what the library raises
};

// Nothing where `phase` ran to its end, on a stack that is large enough for the evaluator's deepest call.  A Python
// exception has to be caught by `phase` itself, otherwise it comes out here.
std::optional<Stopped> stopped_by(const std::function<void()>& phase);

// What `phase` gives, or what stopped it.
template <typename Phase>
auto run_phase(const Phase& phase) -> std::variant<decltype(phase()), Stopped> {
  std::variant<std::monostate, decltype(phase())> made;
  if (std::optional<Stopped> stopped = stopped_by([&] { made = phase(); })) return std::move(*stopped);
  return std::get<1>(std::move(made));
}

// Why it ended: that it takes more of something than the limit allows, or what it stopped at.
std::string reason_of(const Stopped& stopped);

// What `phase` gives, or that `what` ("how PEFT loads the adapter") could not be followed, and why.
template <typename Phase>
auto follow(std::string_view what, const Phase& phase) -> Known<decltype(phase())> {
  auto ended = run_phase(phase);
  if (auto* made = std::get_if<decltype(phase())>(&ended)) return std::move(*made);
  return Unknown{std::string(what) + " could not be followed: " + reason_of(std::get<Stopped>(ended))};
}

// What the exception hides, where it does: the AttributeError of a property, the innermost of several.
HiddenError hidden_error(python::Interpreter& in, const python::PyRaise& raised);

// " (file:line)", or nothing where the place is not known.
std::string place_of(const SourceFiles& sources, const Span& span);
std::string place_of(const python::Interpreter& in, const Span& span);

}  // namespace ckptlint
