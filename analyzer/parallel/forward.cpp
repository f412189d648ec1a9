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

// Calls of modules count while it lives.
class Following {
 public:
  explicit Following(Interpreter& in) : in_(in), former_(python::set_follows_forward(in, true)) {}
  ~Following() { python::set_follows_forward(in_, former_); }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

 private:
  Interpreter& in_;
  bool former_;
};

std::vector<CachedTensor> cache_of(Interpreter& in, const Value& rows) {
  std::vector<CachedTensor> cache;
  python::List* list = in.collect(rows);
  for (const Value& row : list->items) {
    python::List* pair = in.collect(row);
    if (pair->items.count != 2 || !pair->items[1].is(Kind::kTensor)) throw NotFollowed{"the cache has another form"};
    const auto* tensor = pair->items[1].as<python::Tensor>();
    if (!tensor->shape_known) throw NotFollowed{"the shape of a tensor in the cache is not known"};
    cache.push_back({known_text(pair->items[0]), tensor->dtype, {tensor->shape, tensor->shape + tensor->rank}});
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
    return in.call(in.import_name(kForwardModule, "run"),
                   {evaluated.model, Value::of(question.batch), Value::of(question.length)});
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
  pass.has_cache = !answer->is_none();
  if (pass.has_cache) {
    try {
      pass.cache = cache_of(in, *answer);
    } catch (const NotFollowed& why) {
      return Unknown{why.why};
    }
  }
  return pass;
}

Known<ForwardPass> find_forward(EvaluatedModel& evaluated, const ForwardQuestion& question) {
  auto ended = run_phase([&] { return forward_of(evaluated, question); });
  if (Known<ForwardPass>* found = std::get_if<Known<ForwardPass>>(&ended)) return std::move(*found);
  const Stopped& stopped = std::get<Stopped>(ended);
  return Unknown{stopped.by == Stopped::By::kLimit ? fmt::format("it takes more {} than the limit allows", stopped.what)
                                                   : stopped.what};
}

}  // namespace ckptlint
