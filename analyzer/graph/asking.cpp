// Runs a phase on a large stack, and turns limits, failures of the host and what is not known into values.
#include "graph/asking.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>

#include "base/escape.h"
#include "base/process_memory.h"
#include "graph/large_stack.h"

namespace ckptlint {

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

bool is_of_machine(std::string_view exception) {
  constexpr std::array<std::string_view, 6> kTypes = {
      "ImportError", "ModuleNotFoundError", "PackageNotFoundError", "FileNotFoundError", "OSError", "EnvironmentError"};
  const std::string_view type = exception.substr(0, exception.find(':'));
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end() ||
         exception.find("meta tensor") != std::string_view::npos ||
         exception.find("meta device") != std::string_view::npos ||
         exception.find("expected device meta") != std::string_view::npos ||
         exception.find("register_meta function") != std::string_view::npos;
}

Unknown beyond_limits(const python::Interpreter& in, const python::BudgetExceeded& exceeded) {
  return {fmt::format("it takes more {} than the limit allows{}", exceeded.what, place_of(in, in.here()))};
}

std::optional<Stopped> stopped_by(const std::function<void()>& phase) {
  try {
    run_on_large_stack(phase);
  } catch (const NotFollowed& obstacle) {
    return Stopped{Stopped::By::kNotFollowed, obstacle.why};
  } catch (const LibraryRaises& raised) {
    return Stopped{Stopped::By::kRaise, raised.what, raised.where};
  } catch (const python::BudgetExceeded& exceeded) {
    return Stopped{Stopped::By::kLimit, exceeded.what};
  } catch (const std::bad_alloc& failure) {
    on_lack_of_memory();
    return Stopped{Stopped::By::kMemory, failure.what()};
  } catch (const std::exception& failure) {
    return Stopped{Stopped::By::kFailure, failure.what()};
  }
  return std::nullopt;
}

std::string reason_of(const Stopped& stopped) {
  return stopped.by == Stopped::By::kLimit ? fmt::format("it takes more {} than the limit allows", stopped.what)
                                           : stopped.what;
}

HiddenError hidden_error(python::Interpreter& in, const python::PyRaise& raised) {
  HiddenError error;
  auto hidden = in.hidden_by.find(raised.exception.object);
  // Code may raise one exception several times, so that they lead in circles.
  std::size_t steps = in.hidden_by.size();
  for (; hidden != in.hidden_by.end() && steps-- > 0; hidden = in.hidden_by.find(hidden->second.exception.object))
    error = {in.describe(hidden->second), hidden->second.where};
  return error;
}

std::string place_of(const SourceFiles& sources, const Span& span) {
  const SourceFile* file = sources.find(span.file);
  return file == nullptr ? "" : fmt::format(" ({}:{})", printable(file->path), span.line);
}

std::string place_of(const python::Interpreter& in, const Span& span) { return place_of(in.sources, span); }

}  // namespace ckptlint
