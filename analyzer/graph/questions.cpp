// Asks, and tells an answer from an exception and both from what is not known.
#include "graph/questions.h"

#include <re2/re2.h>

#include <optional>
#include <utility>

#include "graph/asking.h"

namespace ckptlint {

using python::Value;

std::string known_text(const Value& value) {
  if (!value.is(python::Kind::kStr)) throw NotFollowed{"a name is not known"};
  return std::string(value.as<python::Str>()->view());
}

std::string told(std::string message) {
  static const RE2 below(R"((^|[^\w.\-/])/repo/)"), itself(R"((^|[^\w.\-/])/repo\b)");
  RE2::GlobalReplace(&message, below, R"(\1)");
  RE2::GlobalReplace(&message, itself, R"(\1the repo)");
  constexpr std::size_t kLongest = 500;
  if (message.size() <= kLongest) return message;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;  // not within a character
  return message.substr(0, end) + "...";
}

Value answer_to(python::Interpreter& in, const char* module, const char* question, std::initializer_list<Value> given,
                CallEnd& end) {
  const std::size_t noted = in.notes.size();
  const Answer<Value> answer = attempt([&] { return in.call(in.import_name(module, question), given); });
  const Value returned = answer ? *answer : Value::none();
  if (std::optional<std::string> why = not_known(in, returned, noted)) throw NotFollowed{std::move(*why)};
  const python::PyRaise* raised = answer.raised();
  if (raised == nullptr) return *answer;
  end.raises = told(in.describe(*raised));
  end.place = place_of(in, raised->where);
  return {};
}

}  // namespace ckptlint
