// Gets definite answers from evaluated code: what rests on something unknown, or raises, leaves by an exception.
#include "loading/evaluation.h"

#include <optional>

namespace ckptlint {

using python::Kind;
using python::Value;

Value Evaluation::definite(Known<Answer<Value>> answer, std::size_t noted) {
  if (!answer) throw NotFollowed{answer.unknown().why};
  if (const python::PyRaise* raised = answer->raised()) {
    if (std::optional<std::string> why = not_known(in, raised->exception, noted)) throw NotFollowed{std::move(*why)};
    throw LibraryRaises{in.describe(*raised), raised->where};
  }
  return std::move(*answer).required();
}

Value Evaluation::attribute(const Value& object, const char* name) {
  return run([&] { return in.attribute(object, in.intern(name)); });
}

std::vector<Value> Evaluation::items(const Value& iterable) {
  std::vector<Value> all;
  run([&] {
    for (const Value& each : in.collect(iterable)->items) all.push_back(each);
    return Value::none();
  });
  return all;
}

std::string Evaluation::text(const Value& value) {
  if (value.is(Kind::kStr)) return std::string(value.as<python::Str>()->view());
  return in.str(run([&] { return in.str_value(value); }));
}

std::vector<std::string> Evaluation::texts(const Value& iterable) {
  std::vector<std::string> all;
  for (const Value& each : items(iterable)) all.push_back(text(each));
  return all;
}

}  // namespace ckptlint
