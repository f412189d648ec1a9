// Walks the tree of one piece of code in the order in which the compiler meets names.
#include "python/types/code_names.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "python/syntax/nodes.h"

namespace ckptlint::python {
namespace {

class NamesInCode {
 public:
  explicit NamesInCode(Symbols& symbols) : symbols_(symbols) {}

  void of(const Node& root) {
    walk(root, [this](const Node& node) { return visit(node); });
  }
  void of(const Items<Expr*>& nodes) {
    for (const Expr* each : nodes) of(each);
  }
  void of(const Block& block) {
    for (const Stmt* each : block) of(each);
  }

  std::vector<Str*> found;

 private:
  void add(Str* name) {
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  }
  void add(const Name* name) {
    if (name->scope == NameScope::kGlobal) add(name->symbol);
  }

  // `import a.b as c` looks for b in a.
  void add_import(const ImportName& name) {
    add(name.path);
    std::string_view rest = name.path->view();
    for (std::size_t dot; name.bound != nullptr && (dot = rest.find('.')) != rest.npos;) {
      rest.remove_prefix(dot + 1);
      add(symbols_.intern(rest.substr(0, rest.find('.'))));
    }
  }

  // A value stands before what it is assigned to, in the order in which Python comes by them.
  void of_assignment(const Items<Expr*>& targets, const Expr* value) {
    of(value);
    of(targets);
  }

  // Whether to go on below the node.
  bool visit(const Node& node) {
    if (const auto* name = as<Name>(node)) {
      add(name);
    } else if (const auto* attribute = as<Attribute>(node)) {
      of(attribute->object);
      add(attribute->symbol);
      return false;
    } else if (const auto* assignment = as<Assign>(node)) {
      of_assignment(assignment->targets, assignment->value);
      return false;
    } else if (const auto* comprehension = as<Comprehension>(node)) {
      of(comprehension->clauses[0].iterable);
      return false;
    } else if (const auto* lambda = as<Lambda>(node)) {
      of_defaults(*lambda->code);
      return false;
    } else if (const auto* definition = as<Def>(node)) {
      of(definition->decorators);
      of_defaults(*definition->code);
      add(definition->target);
      return false;
    } else if (const auto* type = as<ClassDef>(node)) {
      of(type->decorators);
      for (const CallArgument& each : type->bases) of(each.value);
      add(type->target);
      return false;
    } else if (const auto* imported = as<Import>(node)) {
      for (const ImportName& each : imported->names) add_import(each);
    } else if (const auto* from = as<ImportFrom>(node)) {
      add(from->module);
      for (const ImportName& each : from->names) add(each.path);
    }
    return true;
  }

  void of_defaults(const Code& code) {
    for (const Parameter& each : code.parameters) {
      if (each.default_value != nullptr) of(each.default_value);
    }
  }

  Symbols& symbols_;
};

}  // namespace

std::vector<Str*> names_in_code(Symbols& symbols, const Code& code) {
  NamesInCode names(symbols);
  if (code.expression != nullptr) names.of(code.expression);
  names.of(code.body);
  return std::move(names.found);
}

}  // namespace ckptlint::python
