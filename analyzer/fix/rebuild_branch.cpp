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

using python::as;
using python::Call;
using python::ClassDef;
using python::Code;
using python::Node;
using python::Stmt;

namespace {

constexpr int kLongestChain = 64;
constexpr std::string_view kMethod = "_init_weights";

// The classes of the file from `class_name` up through first bases, that one first.
std::vector<const ClassDef*> chain_of(const PythonText& source, std::string_view class_name) {
  std::vector<const ClassDef*> chain;
  const ClassDef* current = source.class_named(class_name);
  while (current != nullptr && chain.size() < kLongestChain) {
    chain.push_back(current);
    const std::vector<std::string_view> bases = source.bases_of(*current);
    current = bases.empty() ? nullptr : source.class_named(bases.front());
  }
  return chain;
}

// The goal that a registration is: which statement, which buffer, which tensor.
Result<Goal> goal_of(const PythonText& source, const Call* call, const Stmt* statement) {
  const auto [target, assigned, is_chain] = python::assigned_by(statement);
  const bool is_buffer = assigned == call;
  const auto tensor = is_buffer ? argument_of(source, *call, 0, "data") : argument_of(source, *call, 1, "tensor");
  std::optional<std::string> name;
  if (is_buffer) {
    if (const auto* attribute = as<python::Attribute>(target)) name = std::string(attribute->symbol->view());
  } else if (self_attribute(call->callee) != nullptr) {
    const auto given = argument_of(source, *call, 0, "name");
    if (given) name = string_value(source, given->expr);
  }
  if (!name || !tensor)
    return Error{fmt::format("line {} does not say plainly which buffer it registers", call->at.line)};
  return Goal{statement, *name, tensor->expr, tensor->written};
}

// What `parameter` of `function` was, said by the module once it is built; or what it is by default.
struct LaterValue {
  std::string text;
  bool is_default = false;
};
std::optional<LaterValue> value_after(const PythonText& source, const Code& function, const std::string& parameter,
                                      std::string_view module_name, bool owner_is_pretrained) {
  std::optional<std::string> value;
  walk(function.body, [&](const Node& node) {
    const auto [target, assigned, is_chain] = python::assigned_by(node.stmt());
    const python::Attribute* attribute = self_attribute(target);
    if (attribute != nullptr && is_name(assigned, parameter))
      value = fmt::format("{}.{}", module_name, attribute->symbol->view());
    return node.stmt() != nullptr;
  });
  if (value) return LaterValue{*value, false};
  if (parameter == "config" && owner_is_pretrained) return LaterValue{fmt::format("{}.config", module_name), false};
  for (const python::Parameter& each : function.parameters) {
    if (each.default_value != nullptr && each.name->view() == parameter)
      return LaterValue{std::string(source.text_of(source.default_of(each))), true};
  }
  return std::nullopt;
}

// What a call is in: the innermost function, and the innermost statement.
struct Surroundings {
  const Code* function = nullptr;
  const Stmt* statement = nullptr;
};
Surroundings surroundings_of(const PythonText& source, const Call* call) {
  Surroundings found;
  for (const Node& each : source.around(call)) {
    if (each.stmt() != nullptr) found.statement = each.stmt();
    if (const auto* function = as<python::Def>(each)) found.function = function->code;
  }
  return found;
}

}  // namespace

bool is_pretrained(const PythonText& source, std::string_view class_name) {
  const std::vector<const ClassDef*> chain = chain_of(source, class_name);
  if (chain.empty()) return class_name.ends_with("PreTrainedModel");
  const std::vector<std::string_view> bases = source.bases_of(*chain.back());
  return std::any_of(bases.begin(), bases.end(),
                     [](std::string_view base) { return base.ends_with("PreTrainedModel"); });
}

Result<RebuildEdits> rebuild_edits(const PythonText& source, const std::vector<const Call*>& registrations,
                                   std::string_view owner_class, std::string_view model_class, FileId file) {
  if (registrations.empty()) return Error{"nothing registers the buffers"};
  const std::vector<const ClassDef*> chain = chain_of(source, model_class);
  if (chain.empty() || !is_pretrained(source, model_class)) {
    return Error{fmt::format("the class {} of the model is not in the file that registers the buffers",
                             quoted_name(model_class))};
  }
  const auto defining = std::find_if(chain.begin(), chain.end(),
                                     [](const ClassDef* each) { return method_of(*each, kMethod) != nullptr; });
  const ClassDef& target = defining == chain.end() ? *chain.back() : **defining;
  const python::Def* method = method_of(target, kMethod);
  std::string module_name = "module";
  if (method != nullptr) {
    const auto& parameters = method->code->parameters;
    if (parameters.size() < 2) return Error{fmt::format("{} takes no module", quoted_name(kMethod))};
    module_name = parameters[1].name->view();
  }

  std::vector<Goal> goals;
  const Code* function = nullptr;
  for (const Call* call : registrations) {
    const Surroundings around = surroundings_of(source, call);
    if (around.function == nullptr) return Error{"a buffer is registered outside any function"};
    if (function != nullptr && function != around.function)
      return Error{"the buffers are registered in more than one function"};
    function = around.function;
    Result<Goal> goal = goal_of(source, call, around.statement);
    if (!goal.ok()) return goal.error();
    goals.push_back(std::move(*goal));
  }
  const InitImport init = import_of_init(source, file);
  const Result<Slice> slice = slice_of(source, *function, goals, module_name, init.name + ".copy_");
  if (!slice.ok()) return slice.error();

  const bool owner_is_pretrained = is_pretrained(source, owner_class);
  RebuildEdits made;
  std::string branch;
  const std::string_view unit = "    ";
  const std::string method_indentation(source.indentation_at(source.begin_of_body(*target.code)));
  const std::string body = method_indentation + std::string(unit);
  branch += fmt::format("{}if isinstance({}, {}):\n", body, module_name, owner_class);
  for (const std::string& parameter : slice->parameters) {
    const std::optional<LaterValue> value = value_after(source, *function, parameter, module_name, owner_is_pretrained);
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
  if (method == nullptr) {
    const std::size_t at = source.behind_body(*target.code);
    edits.push_back({file, at, at,
                     fmt::format("\n{}def {}(self, {}):\n{}super().{}({})\n{}", method_indentation, kMethod,
                                 module_name, body, kMethod, module_name, branch)});
  } else {
    const std::size_t at = source.behind_body(*method->code);
    edits.push_back({file, at, at, branch});
  }
  return made;
}

}  // namespace ckptlint
