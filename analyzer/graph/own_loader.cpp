// Runs a from_pretrained of the repo with the library's stood in for.
#include "graph/own_loader.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/stand_ins.h"

namespace ckptlint {
namespace {

using python::BoundMethod;
using python::Class;
using python::Function;
using python::Instance;
using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kMethod = "from_pretrained";

Class* class_of(const Value& model) { return model.as<Instance>()->type; }

// Null where it is not the repo's.
const Class* owner_in_repo(Interpreter& in, const Value& model) {
  const Class* owner = owner_of(in, class_of(model), kMethod);
  const SourceFile* file = owner == nullptr ? nullptr : in.sources.find(owner->span.file);
  return file != nullptr && file->in_model_repo ? owner : nullptr;
}

}  // namespace

Value given_by_own_loader(Interpreter& in, const Value& model) {
  if (owner_in_repo(in, model) == nullptr) return {};
  StandIns loader(in);
  loader.answer(in.import_name("transformers.modeling_utils", "PreTrainedModel"), kMethod, model);
  return in.call(in.attribute(Value::of(class_of(model)), in.intern(kMethod)), {in.string("")});
}

std::string own_loader(Interpreter& in, const Value& model) {
  const Class* owner = owner_in_repo(in, model);
  if (owner == nullptr) return "";
  const Known<bool> followed = within_limits(in, [&] {
    Value copy;
    const Answer<Value> given = ask(in, [&] {
      copy = in.call(in.import_name("copy", "deepcopy"), {model});
      return given_by_own_loader(in, copy);
    });
    return given && given->same(copy);
  });
  if (followed && *followed) return "";
  const Value defined = in.attribute(Value::of(class_of(model)), in.intern(kMethod));
  Span span = owner->span;
  if (defined.is(Kind::kBoundMethod) && defined.as<BoundMethod>()->function.is(Kind::kFunction)) {
    const python::Code* code = defined.as<BoundMethod>()->function.as<Function>()->code;
    span = in.span_of(code->unit, code->at);
  }
  return fmt::format("{} has a `from_pretrained` of its own, which was not followed{}",
                     quoted_name(owner->name->view()), place_of(in, span));
}

}  // namespace ckptlint
