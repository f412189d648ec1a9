// Writes the branch of `_init_weights` that computes a non-persistent buffer again, from a slice of the constructor
// that registers it.
#include "fix/rebuild_branch.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/escape.h"
#include "fix/python_edits.h"
#include "fix/slice.h"

namespace ckptlint {
namespace {

constexpr int kDeepestChain = 64;
constexpr std::string_view kMethod = "_init_weights";

// The classes of the file from `class_name` up through first bases, that one first.
std::vector<TSNode> chain_of(const PythonText& source, std::string_view class_name) {
  std::vector<TSNode> chain;
  TSNode current = source.class_named(class_name);
  while (!ts_node_is_null(current) && chain.size() < kDeepestChain) {
    chain.push_back(current);
    const std::vector<std::string_view> bases = source.bases_of(current);
    current = bases.empty() ? TSNode{} : source.class_named(bases.front());
  }
  return chain;
}

// The goal that a registration is: which statement, which buffer, which tensor.
Result<Goal> goal_of(const PythonText& source, TSNode call) {
  TSNode statement = call;
  while (!ts_node_is_null(statement) && !is_a(statement, "expression_statement")) statement = ts_node_parent(statement);
  std::vector<TSNode> arguments = named_children(field_of(call, "arguments"));
  std::erase_if(arguments, [](TSNode node) { return is_a(node, "comment"); });
  const auto named = [&](std::string_view name) {
    for (TSNode argument : arguments) {
      if (is_a(argument, "keyword_argument") && source.text_of(field_of(argument, "name")) == name)
        return field_of(argument, "value");
    }
    return TSNode{};
  };
  const auto positional = [&](std::size_t position) {
    return position < arguments.size() && !is_a(arguments[position], "keyword_argument") ? arguments[position]
                                                                                         : TSNode{};
  };
  const auto either = [](TSNode a, TSNode b) { return ts_node_is_null(a) ? b : a; };

  const TSNode assignment = ts_node_parent(call);
  const bool is_buffer = is_a(assignment, "assignment");
  const TSNode tensor = is_buffer ? either(named("data"), positional(0)) : either(named("tensor"), positional(1));
  std::optional<std::string> name;
  if (is_buffer) {
    name = std::string(source.text_of(field_of(field_of(assignment, "left"), "attribute")));
  } else {
    const TSNode receiver = field_of(field_of(call, "function"), "object");
    if (source.text_of(receiver) == "self") name = string_value(source, either(named("name"), positional(0)));
  }
  const std::uint32_t line = ts_node_start_point(call).row + 1;
  if (!name || ts_node_is_null(tensor))
    return Error{fmt::format("line {} does not say plainly which buffer it registers", line)};
  return Goal{statement, *name, tensor};
}

// What `parameter` of `function` was, said by the module once it is built; or what it is by default.
struct LaterValue {
  std::string text;
  bool is_default = false;
};
std::optional<LaterValue> value_after(const PythonText& source, TSNode function, const std::string& parameter,
                                      std::string_view module_name, bool owner_is_pretrained) {
  std::optional<std::string> value;
  walk(field_of(function, "body"), [&](TSNode node) {
    const TSNode left = is_a(node, "assignment") ? field_of(node, "left") : TSNode{};
    const TSNode right = is_a(node, "assignment") ? field_of(node, "right") : TSNode{};
    if (is_a(left, "attribute") && is_a(right, "identifier") && source.text_of(right) == parameter &&
        source.text_of(field_of(left, "object")) == "self") {
      value = fmt::format("{}.{}", module_name, source.text_of(field_of(left, "attribute")));
    }
    return true;
  });
  if (value) return LaterValue{*value, false};
  if (parameter == "config" && owner_is_pretrained) return LaterValue{fmt::format("{}.config", module_name), false};
  for (TSNode each : named_children(field_of(function, "parameters"))) {
    const TSNode name = field_of(each, "name");
    if (!ts_node_is_null(name) && source.text_of(name) == parameter)
      return LaterValue{std::string(source.text_of(field_of(each, "value"))), true};
  }
  return std::nullopt;
}

// Where text goes that follows the last statement of a block.
std::size_t end_of_block(const PythonText& source, TSNode block) {
  const std::vector<TSNode> statements = named_children(block);
  return source.next_line(ts_node_end_byte(statements.empty() ? block : statements.back()));
}

}  // namespace

bool is_pretrained(const PythonText& source, std::string_view class_name) {
  const std::vector<TSNode> chain = chain_of(source, class_name);
  if (chain.empty()) return class_name.ends_with("PreTrainedModel");
  const std::vector<std::string_view> bases = source.bases_of(chain.back());
  return std::any_of(bases.begin(), bases.end(),
                     [](std::string_view base) { return base.ends_with("PreTrainedModel"); });
}

Result<RebuildEdits> rebuild_edits(const PythonText& source, const std::vector<TSNode>& registrations,
                                   std::string_view owner_class, std::string_view model_class, FileId file) {
  if (registrations.empty()) return Error{"nothing registers the buffers"};
  const std::vector<TSNode> chain = chain_of(source, model_class);
  if (chain.empty() || !is_pretrained(source, model_class)) {
    return Error{fmt::format("the class {} of the model is not in the file that registers the buffers",
                             quoted_name(model_class))};
  }
  const auto defining = std::find_if(chain.begin(), chain.end(),
                                     [&](TSNode each) { return !ts_node_is_null(source.method_of(each, kMethod)); });
  const TSNode target = defining == chain.end() ? chain.back() : *defining;
  const TSNode method = source.method_of(target, kMethod);
  std::string module_name = "module";
  if (!ts_node_is_null(method)) {
    const std::vector<TSNode> parameters = named_children(field_of(method, "parameters"));
    if (parameters.size() < 2) return Error{fmt::format("{} takes no module", quoted_name(kMethod))};
    TSNode name = parameters[1];
    while (!is_a(name, "identifier") && ts_node_named_child_count(name) != 0) name = ts_node_named_child(name, 0);
    module_name = source.text_of(name);
  }

  std::vector<Goal> goals;
  TSNode function{};
  for (TSNode call : registrations) {
    TSNode around = call;
    while (!ts_node_is_null(around) && !is_a(around, "function_definition")) around = ts_node_parent(around);
    if (ts_node_is_null(around)) return Error{"a buffer is registered outside any function"};
    if (!ts_node_is_null(function) && !ts_node_eq(function, around))
      return Error{"the buffers are registered in more than one function"};
    function = around;
    Result<Goal> goal = goal_of(source, call);
    if (!goal.ok()) return goal.error();
    goals.push_back(std::move(*goal));
  }
  const InitImport init = import_of_init(source, file);
  const Result<Slice> slice = slice_of(source, function, goals, module_name, init.name + ".copy_");
  if (!slice.ok()) return slice.error();

  const bool owner_is_pretrained = is_pretrained(source, owner_class);
  RebuildEdits made;
  std::string branch;
  const std::string_view unit = "    ";
  const std::string method_indentation =
      std::string(source.indentation_at(ts_node_start_byte(field_of(target, "body"))));
  const std::string body = method_indentation + std::string(unit);
  branch += fmt::format("{}if isinstance({}, {}):\n", body, module_name, owner_class);
  for (const std::string& parameter : slice->parameters) {
    const std::optional<LaterValue> value = value_after(source, function, parameter, module_name, owner_is_pretrained);
    if (!value)
      return Error{
          fmt::format("it is computed from the argument {}, which the module does not keep", quoted_name(parameter))};
    branch += fmt::format("{}{}{} = {}\n", body, unit, parameter, value->text);
    if (value->is_default) made.defaults.push_back(parameter);
  }
  for (const std::string& line : slice->lines)
    branch += line.empty() ? "\n" : fmt::format("{}{}{}\n", body, unit, line);

  std::vector<Edit>& edits = made.edits;
  if (init.edit) edits.push_back(*init.edit);
  if (ts_node_is_null(method)) {
    const std::size_t at = end_of_block(source, field_of(target, "body"));
    edits.push_back({file, at, at,
                     fmt::format("\n{}def {}(self, {}):\n{}super().{}({})\n{}", method_indentation, kMethod,
                                 module_name, body, kMethod, module_name, branch)});
  } else {
    const std::size_t at = end_of_block(source, field_of(method, "body"));
    edits.push_back({file, at, at, branch});
  }
  return made;
}

}  // namespace ckptlint
