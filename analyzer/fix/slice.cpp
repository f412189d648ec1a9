// Takes from a function the statements that certain values depend on, and rewrites them so that they can run
// elsewhere.
#include "fix/slice.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/escape.h"

namespace ckptlint {

using python::as;
using python::Block;
using python::Code;
using python::Expr;
using python::Node;
using python::Stmt;
using python::StmtKind;

namespace {

constexpr int kDeepestBlock = 40;  // nested blocks

using PlainNames = std::set<std::string>;

// The names that an expression or statement reads or binds as variables.
void add_names(const Node& node, PlainNames& names) {
  const auto add_parameters = [&](const Code& code) {
    for (const python::Parameter& each : code.parameters) names.emplace(each.name->view());
  };
  walk(node, [&](const Node& each) {
    if (const auto* name = as<python::Name>(each)) names.emplace(name->symbol->view());
    if (const auto* lambda = as<python::Lambda>(each)) add_parameters(*lambda->code);
    if (const auto* function = as<python::Def>(each)) add_parameters(*function->code);
    return true;
  });
}

// The variable at the root of `a`, `a.b`, `a[i].c`, `a.b()`.
std::optional<std::string> root_of(const Expr* node) {
  while (true) {
    if (const auto* name = as<python::Name>(node)) return std::string(name->symbol->view());
    if (const auto* attribute = as<python::Attribute>(node))
      node = attribute->object;
    else if (const auto* row = as<python::Subscript>(node))
      node = row->object;
    else if (const auto* call = as<python::Call>(node))
      node = call->callee;
    else
      return std::nullopt;
  }
}

// The variables that a simple statement or a definition binds or changes in place.
PlainNames changed_by(const Stmt* node) {
  PlainNames names;
  const auto add_target = [&](const Expr* target) {
    if (python::as_sequence(target) != nullptr) {
      add_names(target, names);
    } else if (const auto root = root_of(target)) {
      names.insert(*root);
    }
  };
  const auto add_imports = [&](const python::Items<python::ImportName>& imports) {
    for (const python::ImportName& each : imports) names.emplace(each.target->symbol->view());
  };
  if (const auto* alone = as<python::ExprStmt>(node)) {
    const auto* call = as<python::Call>(alone->value);
    const auto* method = call != nullptr ? as<python::Attribute>(call->callee) : nullptr;
    if (method != nullptr) add_target(method->object);
  } else if (const auto* assign = as<python::Assign>(node)) {
    for (const Expr* each : assign->targets) add_target(each);
  } else if (const auto* changed = as<python::AugAssign>(node)) {
    add_target(changed->target);
  } else if (const auto* annotated = as<python::AnnAssign>(node)) {
    add_target(annotated->target);
  } else if (const auto* function = as<python::Def>(node)) {
    if (function->decorators.empty()) names.emplace(function->name->view());
  } else if (const auto* import = as<python::Import>(node)) {
    add_imports(import->names);
  } else if (const auto* from = as<python::ImportFrom>(node)) {
    add_imports(from->names);
  }
  names.erase("self");
  return names;
}

// A statement of a slice that has blocks: what its header reads, the last of it, and the blocks.
struct Compound {
  std::vector<const Expr*> header;
  std::vector<Block> blocks;
  bool is_loop = false;
};
std::optional<Compound> compound(const Stmt* node) {
  if (const auto* branch = as<python::If>(node)) {
    Compound made;
    for (const python::Clause& each : python::clauses_of(*branch)) {
      if (each.condition != nullptr) made.header.push_back(each.condition);
      made.blocks.push_back(each.body);
    }
    return made;
  }
  if (const auto* loop = as<python::For>(node))
    return Compound{{loop->target, loop->iterable}, {loop->body, loop->otherwise}, true};
  if (const auto* loop = as<python::While>(node))
    return Compound{{loop->condition}, {loop->body, loop->otherwise}, true};
  if (const auto* with = as<python::With>(node)) {
    Compound made{{}, {with->body}, false};
    for (const python::WithItem& each : with->items) {
      made.header.push_back(each.value);
      if (each.target != nullptr) made.header.push_back(each.target);
    }
    return made;
  }
  return std::nullopt;
}

class Slicer {
 public:
  Slicer(const PythonText& source, const std::vector<Goal>& goals, std::string_view module_name, std::string_view copy)
      : source_(source), goals_(goals), module_(module_name), copy_(copy) {}

  Result<Slice> run(const Code& function);

 private:
  const Goal* goal_of(const Stmt* statement) const;
  bool keeps(const Stmt* statement, int depth);
  bool keeps_parts(const Compound& statement, int depth);
  bool keeps_block(const Block& block, int depth);
  void emit_block(const Block& block, int level);
  void emit_if(const python::If& statement, int level);
  void emit(const Stmt* statement, int level);
  void add_lines(const std::string& text, int level);
  void line(int level, const std::string& text) {
    lines_.push_back(std::string(static_cast<std::size_t>(level) * 4, ' ') + text);
  }
  Extent extent_of(const Stmt* statement) const {
    return {source_.begin_of(statement->at), source_.end_of(statement->at)};
  }
  std::string rewritten(const Node& node, const Extent& extent);
  void refuse_long_strings(const Node& node);

  const PythonText& source_;
  const std::vector<Goal>& goals_;
  const std::string module_;
  const std::string copy_;
  PlainNames needed_;
  bool in_kept_loop_ = false;
  std::vector<std::string> lines_;
  std::optional<Error> error_;
};

const Goal* Slicer::goal_of(const Stmt* statement) const {
  const auto found =
      std::find_if(goals_.begin(), goals_.end(), [&](const Goal& goal) { return goal.statement == statement; });
  return found == goals_.end() ? nullptr : &*found;
}

// Whether the slice holds the statement, given the names needed so far; adds those that it needs itself.
bool Slicer::keeps(const Stmt* statement, int depth) {
  if (const Goal* goal = goal_of(statement)) {
    add_names(goal->tensor, needed_);
    return true;
  }
  if (statement->kind == StmtKind::kContinue || statement->kind == StmtKind::kBreak) return in_kept_loop_;
  if (const auto parts = compound(statement)) {
    const bool outer = in_kept_loop_;
    if (parts->is_loop) in_kept_loop_ = false;
    const bool kept = keeps_parts(*parts, depth);
    if (parts->is_loop && kept) {
      in_kept_loop_ = true;  // now its jumps count too
      keeps_parts(*parts, depth);
    }
    in_kept_loop_ = outer;
    if (!kept) return false;
    for (const Expr* each : parts->header) add_names(each, needed_);
    return true;
  }
  const PlainNames changed = changed_by(statement);
  const bool wanted =
      std::any_of(changed.begin(), changed.end(), [&](const std::string& name) { return needed_.contains(name); });
  if (wanted) add_names(statement, needed_);
  return wanted;
}

bool Slicer::keeps_parts(const Compound& statement, int depth) {
  bool kept = false;
  for (const Block& each : statement.blocks) kept |= keeps_block(each, depth + 1);
  return kept;
}

bool Slicer::keeps_block(const Block& block, int depth) {
  if (depth > kDeepestBlock) {
    error_ = Error{"its constructor is nested too deeply"};
    return false;
  }
  bool kept = false;
  for (const Stmt* statement : block) kept |= keeps(statement, depth);
  return kept;
}

// Literals that stand behind each other are one node.
void Slicer::refuse_long_strings(const Node& node) {
  const auto refuse = [&](std::uint32_t line) {
    error_ = Error{fmt::format("line {} has a string over several lines", line)};
  };
  if (const auto* function = as<python::Def>(node)) {
    const std::string_view text = source_.text();
    const Code& code = *function->code;
    const std::string_view doc = text.substr(code.doc_begin, code.doc_end - code.doc_begin);
    if (doc.find('\n') == std::string_view::npos) return;
    const std::string_view above = text.substr(0, code.doc_begin);
    return refuse(static_cast<std::uint32_t>(std::count(above.begin(), above.end(), '\n') + 1));
  }
  const auto* constant = as<python::Constant>(node);
  const bool is_text = constant != nullptr
                           ? constant->value.is(python::Kind::kStr) || constant->value.is(python::Kind::kBytes)
                           : node.expr() != nullptr && node.expr()->kind == python::ExprKind::kFormat;
  if (!is_text || node.expr()->at.line == node.expr()->at.end_line) return;
  const python::Position& at = node.expr()->at;
  for (const Extent& each : source_.literals_in(at)) {
    const std::string_view text = source_.text();
    const std::string_view above = text.substr(source_.begin_of(at), each.begin - source_.begin_of(at));
    if (source_.text_of(each).find('\n') != std::string_view::npos)
      refuse(at.line + static_cast<std::uint32_t>(std::count(above.begin(), above.end(), '\n')));
  }
}

// What is written there, with `self` replaced in `node`, which is there or begins there; lines after the first keep
// their distance from the statement's own column.
std::string Slicer::rewritten(const Node& node, const Extent& extent) {
  const std::size_t begin = extent.begin;
  std::string text(source_.text_of(extent));
  std::vector<std::size_t> selves;
  walk(node, [&](const Node& each) {
    const std::size_t at = source_.begin_of(each.expr() != nullptr ? each.expr()->at : each.stmt()->at);
    if (at >= extent.end) return false;
    refuse_long_strings(each);
    if (is_name(each.expr(), "self")) selves.push_back(at - begin);
    if (is_name(each.expr(), "super")) error_ = Error{"it is computed with `super()`"};
    return true;
  });
  for (auto at = selves.rbegin(); at != selves.rend(); ++at) text.replace(*at, 4, module_);
  const std::size_t column = source_.indentation_at(begin).size();
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view each = std::string_view(text).substr(at, end - at);
    if (at != 0) {
      const std::size_t blanks = std::min(each.find_first_not_of(" \t"), each.size());
      each.remove_prefix(std::min(blanks, column));
      out += '\n';
    }
    out += each;
    at = end + 1;
  }
  return out;
}

void Slicer::emit_if(const python::If& statement, int level) {
  struct Branch {
    std::string head;
    Block body;
    bool kept;
  };
  std::vector<Branch> branches;
  for (const python::Clause& clause : python::clauses_of(statement)) {
    std::string head = "else";
    if (clause.condition != nullptr) {
      const std::string_view word = clause.begin == &statement ? "if" : "elif";
      const std::size_t behind = source_.begin_of(clause.begin->at) + word.size();
      const Extent condition = source_.with_parentheses(clause.condition->at, behind);
      head = fmt::format("{} {}", word, rewritten(clause.condition, condition));
    }
    branches.push_back({head + ":", clause.body, keeps_block(clause.body, 0)});
  }
  while (!branches.back().kept) branches.pop_back();
  for (const Branch& branch : branches) {
    line(level, branch.head);
    if (branch.kept)
      emit_block(branch.body, level + 1);
    else
      line(level + 1, "pass");
  }
}

void Slicer::emit(const Stmt* statement, int level) {
  if (const Goal* goal = goal_of(statement)) {
    return add_lines(fmt::format("{}({}.{}, {})", copy_, module_, goal->name, rewritten(goal->tensor, goal->written)),
                     level);
  }
  if (const auto* branch = as<python::If>(statement)) return emit_if(*branch, level);
  const auto parts = compound(statement);
  if (!parts) return add_lines(rewritten(statement, extent_of(statement)), level);
  const std::size_t colon = source_.text().find(':', source_.end_of(parts->header.back()->at));
  add_lines(rewritten(statement, {source_.begin_of(statement->at), colon + 1}), level);
  const bool outer = in_kept_loop_;
  in_kept_loop_ = outer || parts->is_loop;
  emit_block(parts->blocks[0], level + 1);
  in_kept_loop_ = outer;
}

void Slicer::add_lines(const std::string& text, int level) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    line(level, text.substr(at, end - at));
    at = end + 1;
  }
}

void Slicer::emit_block(const Block& block, int level) {
  for (const Stmt* statement : block) {
    if (keeps(statement, 0)) emit(statement, level);
  }
}

Result<Slice> Slicer::run(const Code& function) {
  const Block& body = function.body;
  // A name may be needed by a statement above the one that binds it, in a loop: repeat until nothing is added.
  for (std::size_t before = 0; !error_;) {
    keeps_block(body, 0);
    if (needed_.size() == before) break;
    before = needed_.size();
  }
  std::size_t last_goal = 0;
  for (const Goal& goal : goals_) last_goal = std::max(last_goal, source_.begin_of(goal.statement->at));
  walk(body, [&](const Node& node) {
    const auto* returned = as<python::Return>(node);
    if (returned != nullptr && source_.begin_of(returned->at) < last_goal)
      error_ = Error{fmt::format("line {} may return before it is computed", returned->at.line)};
    return node.stmt() != nullptr && as<python::Def>(node) == nullptr;
  });
  if (!error_) emit_block(body, 0);
  if (needed_.contains(module_))
    error_ = Error{fmt::format("it is computed from a local variable {}", quoted_name(module_))};
  if (error_) return *error_;

  Slice slice{std::move(lines_), {}};
  for (const python::Parameter& parameter : function.parameters) {
    const std::string name(parameter.name->view());
    if (name != "self" && needed_.contains(name)) slice.parameters.insert(name);
  }
  return slice;
}

}  // namespace

Result<Slice> slice_of(const PythonText& source, const Code& function, const std::vector<Goal>& goals,
                       std::string_view module_name, std::string_view copy) {
  return Slicer(source, goals, module_name, copy).run(function);
}

}  // namespace ckptlint
