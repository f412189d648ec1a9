// Edits that put `.to(x.device)` behind uses of a buffer, where the expression around it says which tensor it meets.
#include "fix/device_edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace ckptlint {

using python::as;
using python::Expr;
using python::Node;
using python::Stmt;

namespace {

using Names = std::set<std::string, std::less<>>;

std::vector<std::string> parameters_of(const python::Code& function) {
  std::vector<std::string> names;
  for (const python::Parameter& each : function.parameters) {
    if (each.stars == 0 && each.name->view() != "self") names.emplace_back(each.name->view());
  }
  return names;
}

// Whether the statement assigns to the use itself, or to it among others.
bool is_target(const Stmt* statement, const Expr* use) {
  const auto holds = [&](const Expr* target) {
    const python::Sequence* targets = python::as_sequence(target);
    return target == use || (targets != nullptr && std::count(targets->items.begin(), targets->items.end(), use) != 0);
  };
  if (const auto* assign = as<python::Assign>(statement))
    return std::any_of(assign->targets.begin(), assign->targets.end(), holds);
  const auto* annotated = as<python::AnnAssign>(statement);
  return annotated != nullptr && holds(annotated->target);
}

// Uses that need no tensor on the right device.
bool is_left_alone(const PythonText& source, const Expr* use, const std::vector<Node>& around) {
  const Node& parent = around.back();
  if (const auto* attribute = as<python::Attribute>(parent)) {
    constexpr std::array<std::string_view, 7> kHarmless{"to", "device", "shape", "dtype", "size", "numel", "dim"};
    return std::find(kHarmless.begin(), kHarmless.end(), attribute->symbol->view()) != kHarmless.end();
  }
  if (const auto* comparison = as<python::Compare>(parent))
    return source.text_of(comparison->at).find("None") != std::string_view::npos;
  if (parent.stmt() != nullptr && parent.stmt()->kind == python::StmtKind::kDelete) return true;
  const bool among_others = python::as_sequence(parent.expr()) != nullptr && around.size() > 1;
  return is_target(among_others ? around[around.size() - 2].stmt() : parent.stmt(), use);
}

// The variable whose device the use should follow, said by the expression around it.
std::optional<std::string> companion(const Expr* use, const Node& parent, const std::vector<std::string>& parameters) {
  const auto name_in = [](const Expr* node) -> std::optional<std::string> {
    const auto* name = as<python::Name>(node);
    return name != nullptr ? std::optional(std::string(name->symbol->view())) : std::nullopt;
  };
  const auto* row = as<python::Subscript>(parent);
  if (row != nullptr && row->object == use) return name_in(first_key(*row));
  if (const auto* binary = as<python::Binary>(parent))
    return name_in(binary->left == use ? binary->right : binary->left);
  const auto* call = as<python::Call>(parent);
  const bool is_argument =
      call != nullptr && std::any_of(call->arguments.begin(), call->arguments.end(),
                                     [&](const auto& each) { return each.value == use && each.stars == 0; });
  if (!is_argument) return std::nullopt;
  for (const python::CallArgument& argument : call->arguments) {
    auto name = argument.stars == 0 ? name_in(argument.value) : std::nullopt;
    if (name && std::find(parameters.begin(), parameters.end(), *name) != parameters.end()) return name;
  }
  return std::nullopt;
}

}  // namespace

DeviceEdits device_edits(const PythonText& source, std::string_view class_name, const std::vector<std::string>& names,
                         FileId file) {
  DeviceEdits found;
  const Names wanted(names.begin(), names.end());
  const python::ClassDef* type = source.class_named(class_name);
  if (type == nullptr) return found;
  for (const Stmt* child : type->code->body) {
    const auto* method = as<python::Def>(child);
    if (method == nullptr || method->name->view() == "__init__" || method->name->view() == "_init_weights") continue;
    const std::vector<std::string> parameters = parameters_of(*method->code);
    walk_inside(method->code->body, [&](const Node& node, const std::vector<Node>& around) {
      const python::Attribute* use = self_attribute(node.expr());
      if (use == nullptr || !wanted.contains(use->symbol->view())) return true;
      if (is_left_alone(source, use, around)) return false;
      std::optional<std::string> other = companion(use, around.back(), parameters);
      if (!other && !parameters.empty()) other = parameters.front();
      if (!other) return false;
      const std::size_t end = source.end_of(use->at);
      found.edits.push_back({file, end, end, fmt::format(".to({}.device)", *other)});
      found.lines.push_back(use->at.line);
      return false;
    });
  }
  return found;
}

}  // namespace ckptlint
