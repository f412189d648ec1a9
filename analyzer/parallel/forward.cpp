// Hands a model to packages/forward_pass.py, and reads what its cache holds.
#include "parallel/forward.h"

#include <fmt/format.h>

#include <variant>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "library/torch/torch.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kForwardModule = "_forward_pass";

// Calls of modules count while it lives, and reductions are noted.
class Following {
 public:
  explicit Following(Interpreter& in) : in_(in), former_(python::set_follows_forward(in, true)) {
    python::note_reductions(in, &noted_);
  }
  ~Following() {
    python::note_reductions(in_, nullptr);
    python::set_follows_forward(in_, former_);
  }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

  std::vector<Reduction> reductions() const {
    std::vector<Reduction> made;
    made.reserve(noted_.size());
    for (const python::Reduction& each : noted_) made.push_back({std::string(each.name), each.where, each.over});
    return made;
  }

 private:
  Interpreter& in_;
  bool former_;
  std::vector<python::Reduction> noted_;
};

std::vector<Value> fields_of(Interpreter& in, const Value& row, std::size_t count) {
  python::List* fields = in.collect(row);
  if (fields->items.count != count) throw NotFollowed{"the answer has another form"};
  return {fields->items.begin(), fields->items.end()};
}

std::vector<CachedTensor> cache_of(Interpreter& in, const Value& rows) {
  std::vector<CachedTensor> cache;
  python::List* list = in.collect(rows);
  for (const Value& row : list->items) {
    const std::vector<Value> fields = fields_of(in, row, 3);
    if (!fields[1].is(Kind::kTensor)) throw NotFollowed{"the cache has another form"};
    const auto* tensor = fields[1].as<python::Tensor>();
    if (!tensor->shape_known) throw NotFollowed{"the shape of a tensor in the cache is not known"};
    cache.push_back({known_text(fields[0]),
                     tensor->dtype,
                     {tensor->shape, tensor->shape + tensor->rank},
                     fields[2].is_none() ? "" : known_text(fields[2])});
  }
  return cache;
}

}  // namespace

Known<ForwardPass> forward_of(EvaluatedModel& evaluated, const ForwardQuestion& question) {
  Interpreter& in = *evaluated.interpreter;
  in.embedded_module(kForwardModule, python::embedded_text("packages/forward_pass.py"), false);
  const Following following(in);
  const std::size_t noted = in.notes.size();
  const Answer<Value> answer = ask(in, [&] {
    return in.call(in.import_name(kForwardModule, "run"), {evaluated.model, Value::of(question.batch),
                                                           Value::of(question.length), Value::of(question.watches)});
  });
  if (const Unknown* unknown = answer.unknown()) return Unknown{unknown->why};
  ForwardPass pass;
  if (const python::PyRaise* raised = answer.raised()) {
    pass.raises = in.describe(*raised);
    pass.place = place_of(in, raised->where);
    if (pass.raises.starts_with("LookupError: ")) return Unknown{pass.raises.substr(13)};
    // What is raised counts only where all on the way to it was known.
    if (auto why = not_known(in, Value::none(), noted)) return Unknown{std::move(*why)};
    if (is_of_machine(pass.raises)) return Unknown{printable(pass.raises) + place_of(in, raised->where)};
    return pass;
  }
  pass.reductions = following.reductions();
  try {
    const std::vector<Value> told = fields_of(in, *answer, 3);
    pass.has_cache = !told[0].is_none();
    if (pass.has_cache) pass.cache = cache_of(in, told[0]);
    python::List* ran = in.collect(told[1]);
    for (const Value& name : ran->items) pass.ran.push_back(known_text(name));
    const auto* logits = told[2].is(Kind::kTensor) ? told[2].as<python::Tensor>() : nullptr;
    if (logits != nullptr && logits->shape_known) pass.logits.assign(logits->shape, logits->shape + logits->rank);
  } catch (const NotFollowed& why) {
    return Unknown{why.why};
  }
  return pass;
}

std::optional<std::int64_t> positions_of(EvaluatedModel& evaluated) {
  Interpreter& in = *evaluated.interpreter;
  const auto ended = run_phase([&] {
    in.embedded_module(kForwardModule, python::embedded_text("packages/forward_pass.py"), false);
    const Answer<Value> answer =
        ask(in, [&] { return in.call(in.import_name(kForwardModule, "positions"), {evaluated.model}); });
    const bool is_known = answer.unknown() == nullptr && answer.raised() == nullptr && answer->is(Kind::kInt);
    return is_known ? std::optional(in.to_int(*answer)) : std::nullopt;
  });
  const auto* found = std::get_if<std::optional<std::int64_t>>(&ended);
  return found == nullptr ? std::nullopt : *found;
}

Known<ForwardPass> find_forward(EvaluatedModel& evaluated, const ForwardQuestion& question) {
  auto ended = run_phase([&] { return forward_of(evaluated, question); });
  if (Known<ForwardPass>* found = std::get_if<Known<ForwardPass>>(&ended)) return std::move(*found);
  return Unknown{reason_of(std::get<Stopped>(ended))};
}

}  // namespace ckptlint
