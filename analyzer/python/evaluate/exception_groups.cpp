// Splits groups of exceptions and runs `except*`.
#include "python/evaluate/exception_groups.h"

#include "python/evaluate/nesting.h"

namespace ckptlint::python {
namespace {

Value group_of(Interpreter& in, const Value& message, const Value& exceptions) {
  return in.call(Value::of(in.exception("ExceptionGroup")), {message, exceptions});
}

Value attribute_or(Interpreter& in, const Value& object, const char* name, const Value& otherwise) {
  Value found;
  return in.find_attribute(object, in.intern(name), found) ? found : otherwise;
}

}  // namespace

const Tuple* exceptions_of_group(Interpreter& in, const Value& exception) {
  const bool is_group = exception.is(Kind::kInstance) &&
                        in.is_subclass(exception.as<Instance>()->type, in.exception("BaseExceptionGroup"));
  const Value found = is_group ? attribute_or(in, exception, "exceptions", {}) : Value{};
  return found.is(Kind::kTuple) ? found.as<Tuple>() : nullptr;
}

SplitGroup split_group(Interpreter& in, const Value& exception, const Value& type) {
  const Nesting nesting(in);
  in.step();
  if (matches_handler(in, exception, type)) return {exception, {}};
  const Tuple* parts = exceptions_of_group(in, exception);
  if (parts == nullptr) return {{}, exception};
  List* taken = in.list();
  List* left = in.list();
  for (const Value& part : *parts) {
    const SplitGroup split = split_group(in, part, type);
    if (!split.taken.missing()) taken->items.push(in.arena, split.taken);
    if (!split.left.missing()) left->items.push(in.arena, split.left);
  }
  if (taken->items.empty()) return {{}, exception};
  const Value message = attribute_or(in, exception, "message", in.string(""));
  return {group_of(in, message, Value::of(taken)),
          left->items.empty() ? Value{} : group_of(in, message, Value::of(left))};
}

Flow run_group_handlers(Interpreter& in, Frame& frame, const Try* statement, const PyRaise& raised) {
  Value left = raised.exception;
  Flow flow = Flow::kNext;
  for (const ExceptClause& handler : statement->handlers) {
    if (left.missing() || handler.type == nullptr) break;
    const Value type = evaluate(in, frame, static_cast<const Starred*>(handler.type)->value);
    SplitGroup split = split_group(in, left, type);
    if (split.taken.missing()) continue;
    left = split.left;
    if (exceptions_of_group(in, split.taken) == nullptr)
      split.taken = group_of(in, in.string(""), in.tuple({split.taken}));
    if (handler.target != nullptr) store_name(in, frame, handler.target, split.taken);
    in.impl->handling.push_back(split.taken);
    struct Leave {
      std::vector<Value>& handling;
      ~Leave() { handling.pop_back(); }
    } leave{in.impl->handling};
    flow = run_block(in, frame, handler.body);
    if (flow != Flow::kNext) break;
  }
  if (!left.missing() && flow == Flow::kNext) throw PyRaise{left, raised.where};
  return flow;
}

}  // namespace ckptlint::python
