// Conditions that are the same wherever the repo is loaded: those of Python's own, and those that its config decides.
#include <algorithm>

#include "conduct/code_walk.h"
#include "python/syntax/nodes.h"
#include "python/syntax/python_text.h"

namespace ckptlint {

using python::Expr;

bool is_config(const CodeClass* type) { return type != nullptr && type->name.ends_with("Config"); }

// Conditions that are the same on every machine, as far as code does not bind the names anew.
std::optional<bool> CodeWalk::decided(const Expr* condition) {
  const bool is_plain = condition->kind == python::ExprKind::kName || condition->kind == python::ExprKind::kAttribute;
  if (is_plain) {
    const Meanings meanings = value_of(condition);
    if (meanings.size() == 1 && meanings.front().is(Means::kExternal) &&
        meanings.front().name == "typing.TYPE_CHECKING")
      return false;
  }
  if (const auto* constant = python::as<python::Constant>(condition); constant != nullptr) {
    const python::Truth truth = program_.calculator.in().truth(constant->value);
    if (truth != python::Truth::kUnknown) return truth == python::Truth::kTrue;
  }
  if (const auto* compare = python::as<python::Compare>(condition); compare != nullptr && compare->rest.size() == 1) {
    const bool main = is_name(compare->first, "__name__") || is_name(compare->rest[0], "__name__");
    const auto* text =
        python::as<python::Constant>(is_name(compare->first, "__name__") ? compare->rest[0] : compare->first);
    const Meanings own = main ? program_.global(file_, program_.intern("__name__")) : Meanings();
    if (own.size() == 1 && text_of(own.front()).starts_with(kPackage) && text != nullptr &&
        text->value.is(python::Kind::kStr)) {
      const bool is_main = text->value.as<python::Str>()->view() == "__main__";
      if (is_main && compare->operators[0] == python::Operator::kEqual) return false;
      if (is_main && compare->operators[0] == python::Operator::kNotEqual) return true;
    }
  }
  if (condition->kind == python::ExprKind::kBool) {
    const auto* both = static_cast<const python::BoolOp*>(condition);
    if (!both->is_or && (decided(both->left) == false || decided(both->right) == false)) return false;
  }
  return std::nullopt;
}

// The value that an attribute of the config has in this repo.
std::optional<Meaning> CodeWalk::config_constant(const Expr* expr) {
  const auto of_config = [&](const Expr* object) {
    const Meanings meanings = value_of(object);
    return meanings.size() == 1 && meanings.front().is(Means::kGiven) && meanings.front().name == "config";
  };
  if (const auto* attribute = python::as<python::Attribute>(expr))
    return of_config(attribute->object) ? program_.config_constant(attribute->symbol->view()) : std::nullopt;
  if (const auto* constant = python::as<python::Constant>(expr)) {
    Meaning known;
    known.kind = Means::kKnown;
    known.value = constant->value;
    return known;
  }
  const auto* call = python::as<python::Call>(expr);
  if (call == nullptr || !is_name(call->callee, "getattr") || call->arguments.size() < 2) return std::nullopt;
  const auto* name = python::as<python::Constant>(call->arguments[1].value);
  if (name == nullptr || !name->value.is(python::Kind::kStr) || !of_config(call->arguments[0].value))
    return std::nullopt;
  const std::string_view key = name->value.as<python::Str>()->view();
  return program_.config_constant(key);  // the default does not count: who knows what a base class sets
}

// A config's attributes come from what its methods, and those that load models, hand on under a name of their own.
void CodeWalk::note_config(const python::Call& call) {
  const auto* method = python::as<python::Attribute>(call.callee);
  const std::string_view name = method == nullptr ? "" : method->symbol->view();
  const bool of_config = is_config(routine_.owner);
  if (!of_config && name != "from_pretrained" && name != "from_config" && name != "_from_config" &&
      name != "from_dict" && name != "__init__")
    return;
  if (of_config && name == "update") program_.write_config("*");
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const python::CallArgument& each = call.arguments[i];
    if (each.keyword != nullptr && !is_name(each.value, each.keyword->view()))
      program_.write_config(each.keyword->view());
    const auto* text = python::as<python::Constant>(each.value);
    if (of_config && name == "setdefault" && i == 0 && text != nullptr && text->value.is(python::Kind::kStr))
      program_.write_config(text->value.as<python::Str>()->view());
  }
}

// A config's own constructor keeps what it is given, or something else.
void CodeWalk::keep_config(std::string_view name, const Meanings& value) {
  const bool given =
      std::any_of(value.begin(), value.end(), [](const Meaning& each) { return each.is(Means::kGiven); });
  const bool only = std::all_of(value.begin(), value.end(), [&](const Meaning& each) {
    return each.is(Means::kGiven) || (each.is(Means::kKnown) && program_.is_config_default(name, each));
  });
  if (!given || !only) program_.write_config(name);
}

std::optional<bool> CodeWalk::decided_by_config(const Expr* condition) {
  const auto truth_of = [&](const std::optional<Meaning>& value) -> std::optional<bool> {
    if (!value) return std::nullopt;
    const python::Truth truth = program_.calculator.in().truth(value->value);
    return truth == python::Truth::kUnknown ? std::nullopt : std::optional<bool>(truth == python::Truth::kTrue);
  };
  switch (condition->kind) {
    case python::ExprKind::kUnary: {
      const auto* negated = static_cast<const python::Unary*>(condition);
      if (negated->op != python::Operator::kNot) return std::nullopt;
      const std::optional<bool> truth = decided_by_config(negated->operand);
      return truth ? std::optional<bool>(!*truth) : std::nullopt;
    }
    case python::ExprKind::kBool: {
      const auto* both = static_cast<const python::BoolOp*>(condition);
      const std::optional<bool> left = decided_by_config(both->left), right = decided_by_config(both->right);
      if (left == both->is_or || right == both->is_or) return both->is_or;
      return left && right ? std::optional<bool>(!both->is_or) : std::nullopt;
    }
    case python::ExprKind::kCompare: {
      const auto* compare = static_cast<const python::Compare*>(condition);
      if (compare->rest.size() != 1) return std::nullopt;
      const std::optional<Meaning> left = config_constant(compare->first), right = config_constant(compare->rest[0]);
      if (!left || !right) return std::nullopt;
      return truth_of(program_.calculator.compare(compare->operators[0], *left, *right));
    }
    case python::ExprKind::kAttribute:
    case python::ExprKind::kCall:
      return truth_of(config_constant(condition));
    default:
      return std::nullopt;
  }
}

}  // namespace ckptlint
