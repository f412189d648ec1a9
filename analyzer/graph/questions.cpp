// Asks, and tells an answer from an exception and both from what is not known.
#include "graph/questions.h"

#include <optional>
#include <utility>

#include "graph/asking.h"

namespace ckptlint {

using python::Value;

std::string known_text(const Value& value) {
  if (!value.is(python::Kind::kStr)) throw NotFollowed{"a name is not known"};
  return std::string(value.as<python::Str>()->view());
}

Value answer_to(python::Interpreter& in, const char* module, const char* question, std::initializer_list<Value> given,
                CallEnd& end) {
  const std::size_t noted = in.notes.size();
  const Answer<Value> answer = attempt([&] { return in.call(in.import_name(module, question), given); });
  const Value returned = answer ? *answer : Value::none();
  if (std::optional<std::string> why = not_known(in, returned, noted)) throw NotFollowed{std::move(*why)};
  const python::PyRaise* raised = answer.raised();
  if (raised == nullptr) return *answer;
  end.raises = in.describe(*raised);
  end.place = place_of(in, raised->where);
  return {};
}

}  // namespace ckptlint
