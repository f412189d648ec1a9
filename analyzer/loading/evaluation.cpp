// Gets definite answers from evaluated code: what rests on something unknown, or raises, leaves by an exception.
#include "loading/evaluation.h"

#include <fmt/format.h>

#include "graph/asking.h"
#include "graph/model_class.h"

namespace ckptlint {

using python::Kind;
using python::Value;

void Evaluation::refuse_unknown(const Value& value, std::size_t noted) {
  if (std::optional<std::string> why = not_known(in, value, noted)) throw NotFollowed{std::move(*why)};
}

void Evaluation::refuse_budget(const python::BudgetExceeded& exceeded) {
  throw NotFollowed{fmt::format("it takes more {} than the limit allows{}", exceeded.what, place_of(in, in.here()))};
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
