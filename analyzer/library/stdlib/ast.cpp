// ast: the statements of a file as trees, for code that looks for imports in them.
//
// A node has its statements, and the condition of an `if`, below it; other expressions are left out, as no statement is
// in one.
#include <fmt/format.h>

#include <unordered_map>

#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/code_text.h"
#include "python/evaluate/signature.h"
#include "python/syntax/nodes.h"
#include "python/syntax/reader.h"

namespace ckptlint::python {
namespace {

constexpr const char* kBelow = "_below";  // a list of nodes

class Converter {
 public:
  // `types` is the dict of the classes by name.  Not the module's: evaluated code can write to that.
  Converter(Interpreter& in, Dict* types) : in_(in), types_(types) {}

  Value of(const Block& block) {
    Instance* made = make("Module");
    for (const Stmt* each : block) {
      if (imports(Node(each))) below(made, of(Node(each)));
    }
    return Value::of(made);
  }

 private:
  static bool is_import(const Node& node) { return as<Import>(node) != nullptr || as<ImportFrom>(node) != nullptr; }
  // Whether one is in it; known for each node, as the nodes around it ask as well.
  bool imports(const Node& node) {
    if (node.stmt() == nullptr) return false;
    if (const auto known = imports_.find(node.stmt()); known != imports_.end()) return known->second;
    bool found = is_import(node);
    each_child(node, [&](const Node& child) { found = imports(child) || found; });
    return imports_[node.stmt()] = found;
  }
  Value of(const Node& node) {
    in_.step(5);
    Instance* made = nullptr;
    if (const auto* import = as<Import>(node)) {
      made = make("Import");
      set(made, "names", names(import->names));
    } else if (const auto* from = as<ImportFrom>(node)) {
      made = make("ImportFrom");
      set(made, "module", from->module->length == 0 ? Value::none() : Value::of(from->module));
      set(made, "level", Value::of(std::int64_t{from->level}));
      set(made, "names", names(from->names));
    } else if (const auto* condition = as<If>(node)) {
      made = make("If");
      set(made, "test", of(Node(condition->condition)));
    } else if (const auto* call = as<Call>(node)) {
      made = make("Call");
      set(made, "func", of(Node(call->callee)));
    } else if (const auto* name = as<Name>(node)) {
      made = make("Name");
      set(made, "id", Value::of(name->symbol));
    } else {
      const bool is_try = node.stmt() != nullptr && node.stmt()->kind == StmtKind::kTry;
      made = make(is_try ? "Try" : node.stmt() != nullptr ? "stmt" : "expr");
    }
    each_child(node, [&](const Node& child) {
      if (node.expr() != nullptr || imports(child)) below(made, of(child));
    });
    return Value::of(made);
  }

  Instance* make(const char* name) {
    Instance* made = in_.instance(dict_find(types_, in_.intern(name))->as<Class>());
    set(made, kBelow, Value::of(in_.list()));
    return made;
  }
  void set(Instance* node, const char* name, const Value& value) { set_own(in_, node, name, value); }
  void below(Instance* node, const Value& child) {
    own(node, in_.intern(kBelow)).as<List>()->items.push(in_.arena, child);
  }

  Value names(const Items<ImportName>& given) {
    List* made = in_.list();
    for (const ImportName& each : given) {
      Instance* alias = make("alias");
      set(alias, "name", Value::of(each.path));
      set(alias, "asname", each.bound == nullptr ? Value::none() : Value::of(each.bound));
      made->items.push(in_.arena, Value::of(alias));
    }
    return Value::of(made);
  }

  Interpreter& in_;
  Dict* types_;
  std::unordered_map<const Stmt*, bool> imports_;
};

Value parse(Interpreter& in, const Arguments& arguments, const Value& types) {
  const auto [source, rest] = by_position<"source, *args">(arguments);
  const Str* text = as_str(source);
  if (text == nullptr) return in.unknown("a syntax tree");
  in.step(text->view().size() / 64);
  SourceUnit unit;
  unit.text = text->view();
  const Keywords keywords(in.symbols);
  Code code;
  code.kind = CodeKind::kModule;
  code.unit = &unit;
  try {
    Reader reader(in.arena, in.symbols, keywords, &unit, 0, static_cast<std::uint32_t>(unit.text.size()), 1);
    return Converter(in, types.as<Dict>()).of(reader.all_statements(&code));
  } catch (const SyntaxError& error) {
    in.raise(in.exception("SyntaxError"), fmt::format("{} (<unknown>, line {})", error.message, error.at.line));
  }
}

List* below(Interpreter& in, const Value& node) {
  const Value found = node.is(Kind::kInstance) ? own(node.as<Instance>(), in.intern(kBelow)) : Value{};
  return found.is(Kind::kList) ? found.as<List>() : in.list();
}

Value iter_child_nodes(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [node] = bind<"node">(in, "iter_child_nodes", arguments);
  return Value::of(below(in, node));
}

Value walk_nodes(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [node] = bind<"node">(in, "walk", arguments);
  List* all = in.list();
  all->items.push(in.arena, node);
  for (std::uint32_t at = 0; at < all->items.count; ++at) {
    in.step(1);
    for (const Value& child : below(in, all->items[at])->items) all->items.push(in.arena, child);
  }
  return Value::of(all);
}

Value literal_eval(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"node_or_string">(in, "literal_eval", arguments);
  if (!given.is(Kind::kStr)) return in.unknown("ast.literal_eval");
  std::string_view text = given.as<Str>()->view();
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return run_text(in, text, TextKind::kLiteral, text_scope(in, Value(), Value()));
}

}  // namespace

void install_ast(Interpreter& in) {
  Module* module = in.native_module("ast", true);
  Class* node = in.make_class("AST", {in.classes.object});
  in.define(module, "AST", Value::of(node));
  Dict* types = in.dict();
  const auto add = [&](const char* name, Class* base) {
    Class* made = in.make_class(name, {base});
    dict_set(in.arena, types, in.intern(name), Value::of(made));
    in.define(module, name, Value::of(made));
    return made;
  };
  Class* statement = add("stmt", node);
  Class* expression = add("expr", node);
  for (const char* name : {"Module", "alias"}) add(name, node);
  for (const char* name : {"Try", "If", "Import", "ImportFrom"}) add(name, statement);
  for (const char* name : {"Call", "Name"}) add(name, expression);
  in.define(module, "parse", parse, Value::of(types));
  in.define(module, "iter_child_nodes", iter_child_nodes);
  in.define(module, "walk", walk_nodes);
  in.define(module, "literal_eval", literal_eval);
}

}  // namespace ckptlint::python
