// What is not known spreads through most operations, and is noted where one has to answer.
#include <fmt/format.h>

#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

bool find_on_unknown(Interpreter&, const Value& object, Str*, Value& out) { return out = object, true; }
void set_on_unknown(Interpreter&, const Value&, Str*, const Value&) {}
Truth unknown_truth(Interpreter&, const Value&) { return Truth::kUnknown; }
Truth unknown_contains(Interpreter&, const Value&, const Value&) { return Truth::kUnknown; }
Value unknown_length(Interpreter&, const Value& value) { return value; }
Value unknown_item(Interpreter&, const Value& object, const Value&) { return object; }
void unknown_set_item(Interpreter&, const Value&, const Value&, const Value&) {}
void unknown_delete_item(Interpreter&, const Value&, const Value&) {}
Value unknown_unary(Interpreter&, Operator, const Value& operand) { return operand; }

bool unknown_iterate(Interpreter& in, const Value& iterable, Iteration&) {
  in.note_partial(fmt::format("iterates over {}", iterable.as<Unknown>()->origin->view()));
  return false;
}

}  // namespace

constinit const TypeSlots kUnknownSlots = {
    .type = &Interpreter::Classes::unknown,
    .find_attribute = find_on_unknown,
    .set_attribute = set_on_unknown,
    .truth = unknown_truth,
    .length = unknown_length,
    .iterate = unknown_iterate,
    .contains = unknown_contains,
    .item = unknown_item,
    .set_item = unknown_set_item,
    .delete_item = unknown_delete_item,
    .unary = unknown_unary,
};

}  // namespace ckptlint::python
