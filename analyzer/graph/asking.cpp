// Runs a phase on a large stack, and turns limits and failures of the host into values.
#include "graph/asking.h"

#include <fmt/format.h>

#include <exception>
#include <new>

#include "base/escape.h"
#include "graph/large_stack.h"
#include "graph/model_class.h"

namespace ckptlint {

std::optional<Stopped> run_phase(const std::function<void()>& phase) {
  try {
    run_on_large_stack(phase);
  } catch (const python::BudgetExceeded& exceeded) {
    return Stopped{Stopped::By::kLimit, exceeded.what};
  } catch (const std::bad_alloc& failure) {
    return Stopped{Stopped::By::kMemory, failure.what()};
  } catch (const std::exception& failure) {
    return Stopped{Stopped::By::kFailure, failure.what()};
  }
  return std::nullopt;
}

std::optional<std::string> not_known(python::Interpreter& in, const python::Value& answer, std::size_t noted) {
  if (in.notes.size() > noted) {
    const python::Interpreter::Note note = in.notes[noted];
    in.notes.resize(noted);
    return fmt::format("{}{}", printable(note.what), place_of(in, note.where));
  }
  if (!answer.unknown()) return std::nullopt;
  const auto* unknown = answer.as<python::Unknown>();
  return fmt::format("it depends on {}{}", printable(unknown->origin->view()), place_of(in, unknown->where));
}

}  // namespace ckptlint
