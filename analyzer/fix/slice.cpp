// Takes from a function the statements that certain values depend on, and rewrites them so that they can run
// elsewhere.
#include "fix/slice.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/escape.h"

namespace ckptlint {
namespace {

constexpr int kDeepest = 40;  // nested blocks

using Names = std::set<std::string>;

// The identifiers that an expression or statement reads as variables: not attribute names, not keywords of calls.
void add_names(const PythonText& source, TSNode node, Names& names) {
  walk(node, [&](TSNode each) {
    if (!is_a(each, "identifier")) return true;
    const TSNode parent = ts_node_parent(each);
    const bool member = is_a(parent, "attribute") && ts_node_eq(field_of(parent, "attribute"), each);
    const bool keyword = is_a(parent, "keyword_argument") && ts_node_eq(field_of(parent, "name"), each);
    if (!member && !keyword) names.emplace(source.text_of(each));
    return true;
  });
}

// The variable at the root of `a`, `a.b`, `a[i].c`, `a.b()`.
std::optional<std::string> root_of(const PythonText& source, TSNode node) {
  while (!ts_node_is_null(node)) {
    if (is_a(node, "identifier")) return std::string(source.text_of(node));
    if (is_a(node, "attribute"))
      node = field_of(node, "object");
    else if (is_a(node, "subscript"))
      node = field_of(node, "value");
    else if (is_a(node, "call"))
      node = field_of(node, "function");
    else
      return std::nullopt;
  }
  return std::nullopt;
}

// The variables that a simple statement or a header binds or changes in place.
Names changed_by(const PythonText& source, TSNode node) {
  Names names;
  const auto add_target = [&](TSNode target) {
    if (is_a(target, "pattern_list") || is_a(target, "tuple_pattern") || is_a(target, "list_pattern")) {
      add_names(source, target, names);
    } else if (const auto root = root_of(source, target)) {
      names.insert(*root);
    }
  };
  if (is_a(node, "expression_statement")) {
    for (TSNode child : named_children(node)) {
      for (TSNode each = child; is_a(each, "assignment") || is_a(each, "augmented_assignment");
           each = field_of(each, "right")) {
        add_target(field_of(each, "left"));
      }
      const TSNode callee = is_a(child, "call") ? field_of(child, "function") : TSNode{};
      if (is_a(callee, "attribute")) add_target(field_of(callee, "object"));
    }
  } else if (is_a(node, "for_statement")) {
    add_target(field_of(node, "left"));
  } else if (is_a(node, "function_definition")) {
    names.emplace(source.text_of(field_of(node, "name")));
  } else if (is_a(node, "import_statement") || is_a(node, "import_from_statement")) {
    for (TSNode child : named_children(node)) {
      const TSNode alias = is_a(child, "aliased_import") ? field_of(child, "alias") : child;
      const TSNode first = is_a(alias, "dotted_name") ? ts_node_named_child(alias, 0) : alias;
      if (!ts_node_eq(child, field_of(node, "module_name"))) names.emplace(source.text_of(first));
    }
  }
  names.erase("self");
  return names;
}

bool is_compound(TSNode node) {
  return is_a(node, "if_statement") || is_a(node, "for_statement") || is_a(node, "while_statement") ||
         is_a(node, "with_statement");
}

class Slicer {
 public:
  Slicer(const PythonText& source, const std::vector<Goal>& goals, std::string_view module_name, std::string_view copy)
      : source_(source), goals_(goals), module_(module_name), copy_(copy) {}

  Result<Slice> run(TSNode function);

 private:
  const Goal* goal_of(TSNode statement) const;
  bool keeps(TSNode statement, int depth);
  bool keeps_parts(TSNode statement, int depth);
  bool keeps_block(TSNode block, int depth);
  void emit_block(TSNode block, int level);
  void emit_if(TSNode statement, int level);
  void emit(TSNode statement, int level);
  void add_lines(const std::string& text, int level);
  void line(int level, const std::string& text) {
    lines_.push_back(std::string(static_cast<std::size_t>(level) * 4, ' ') + text);
  }
  std::string rewritten(TSNode node) { return rewritten(node, ts_node_end_byte(node)); }
  std::string rewritten(TSNode node, std::size_t end);

  const PythonText& source_;
  const std::vector<Goal>& goals_;
  const std::string module_;
  const std::string copy_;
  Names needed_;
  bool in_kept_loop_ = false;
  std::vector<std::string> lines_;
  std::optional<Error> error_;
};

const Goal* Slicer::goal_of(TSNode statement) const {
  const auto found = std::find_if(goals_.begin(), goals_.end(),
                                  [&](const Goal& goal) { return ts_node_eq(goal.statement, statement); });
  return found == goals_.end() ? nullptr : &*found;
}

// Whether the slice holds the statement, given the names needed so far; adds those that it needs itself.
bool Slicer::keeps(TSNode statement, int depth) {
  if (const Goal* goal = goal_of(statement)) {
    add_names(source_, goal->tensor, needed_);
    return true;
  }
  if (is_a(statement, "continue_statement") || is_a(statement, "break_statement")) return in_kept_loop_;
  if (is_compound(statement)) {
    const bool is_loop = is_a(statement, "for_statement") || is_a(statement, "while_statement");
    const bool outer = in_kept_loop_;
    if (is_loop) in_kept_loop_ = false;
    bool kept = keeps_parts(statement, depth);
    if (is_loop && kept) {
      in_kept_loop_ = true;  // now its jumps count too
      keeps_parts(statement, depth);
    }
    in_kept_loop_ = outer;
    if (!kept) return false;
    for (TSNode child : named_children(statement)) {
      if (is_a(child, "elif_clause"))
        add_names(source_, field_of(child, "condition"), needed_);
      else if (!is_a(child, "block") && !is_a(child, "else_clause"))
        add_names(source_, child, needed_);
    }
    return true;
  }
  const Names changed = changed_by(source_, statement);
  const bool wanted =
      std::any_of(changed.begin(), changed.end(), [&](const std::string& name) { return needed_.contains(name); });
  if (wanted) add_names(source_, statement, needed_);
  return wanted;
}

bool Slicer::keeps_parts(TSNode statement, int depth) {
  bool kept = false;
  for (TSNode child : named_children(statement)) {
    if (is_a(child, "block")) kept |= keeps_block(child, depth + 1);
    if (is_a(child, "elif_clause")) kept |= keeps_block(field_of(child, "consequence"), depth + 1);
    if (is_a(child, "else_clause")) kept |= keeps_block(field_of(child, "body"), depth + 1);
  }
  return kept;
}

bool Slicer::keeps_block(TSNode block, int depth) {
  if (depth > kDeepest) {
    error_ = Error{"its constructor is nested too deeply"};
    return false;
  }
  bool kept = false;
  for (TSNode statement : named_children(block)) kept |= keeps(statement, depth);
  return kept;
}

// The text of a node, up to byte `end`, with `self` replaced; lines after the first keep their distance from the
// statement's own column.
std::string Slicer::rewritten(TSNode node, std::size_t end_byte) {
  const std::size_t begin = ts_node_start_byte(node);
  std::string text = source_.text().substr(begin, end_byte - begin);
  std::vector<std::size_t> selves;
  walk(node, [&](TSNode each) {
    if (is_a(each, "string") && ts_node_start_point(each).row != ts_node_end_point(each).row) {
      error_ = Error{fmt::format("line {} has a string over several lines", ts_node_start_point(each).row + 1)};
    }
    if (ts_node_start_byte(each) >= end_byte) return false;
    if (!is_a(each, "identifier")) return true;
    const TSNode parent = ts_node_parent(each);
    const bool member = is_a(parent, "attribute") && ts_node_eq(field_of(parent, "attribute"), each);
    if (!member && source_.text_of(each) == "self") selves.push_back(ts_node_start_byte(each) - begin);
    if (!member && source_.text_of(each) == "super") error_ = Error{"it is computed with `super()`"};
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

void Slicer::emit_if(TSNode statement, int level) {
  struct Clause {
    std::string head;
    TSNode body;
    bool kept;
  };
  std::vector<Clause> clauses;
  const auto add = [&](const std::string& word, TSNode condition, TSNode body) {
    const std::string test = ts_node_is_null(condition) ? "" : " " + rewritten(condition);
    clauses.push_back({word + test + ":", body, keeps_block(body, 0)});
  };
  add("if", field_of(statement, "condition"), field_of(statement, "consequence"));
  for (TSNode child : named_children(statement)) {
    if (is_a(child, "elif_clause")) add("elif", field_of(child, "condition"), field_of(child, "consequence"));
    if (is_a(child, "else_clause")) add("else", {}, field_of(child, "body"));
  }
  while (!clauses.back().kept) clauses.pop_back();
  for (const Clause& clause : clauses) {
    line(level, clause.head);
    if (clause.kept)
      emit_block(clause.body, level + 1);
    else
      line(level + 1, "pass");
  }
}

void Slicer::emit(TSNode statement, int level) {
  std::string text;
  if (const Goal* goal = goal_of(statement)) {
    text = fmt::format("{}({}.{}, {})", copy_, module_, goal->name, rewritten(goal->tensor));
  } else if (is_a(statement, "if_statement")) {
    return emit_if(statement, level);
  } else if (is_compound(statement)) {
    const TSNode body = field_of(statement, "body");
    TSNode colon = ts_node_prev_sibling(body);
    while (!ts_node_is_null(colon) && source_.text_of(colon) != ":") colon = ts_node_prev_sibling(colon);
    add_lines(rewritten(statement, ts_node_end_byte(colon)), level);
    const bool outer = in_kept_loop_;
    in_kept_loop_ = outer || !is_a(statement, "with_statement");
    emit_block(body, level + 1);
    in_kept_loop_ = outer;
    return;
  } else {
    text = rewritten(statement);
  }
  add_lines(text, level);
}

void Slicer::add_lines(const std::string& text, int level) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    line(level, text.substr(at, end - at));
    at = end + 1;
  }
}

void Slicer::emit_block(TSNode block, int level) {
  for (TSNode statement : named_children(block)) {
    if (keeps(statement, 0)) emit(statement, level);
  }
}

Result<Slice> Slicer::run(TSNode function) {
  const TSNode body = field_of(function, "body");
  // A name may be needed by a statement above the one that binds it, in a loop: repeat until nothing is added.
  for (std::size_t before = 0; !error_;) {
    keeps_block(body, 0);
    if (needed_.size() == before) break;
    before = needed_.size();
  }
  std::uint32_t last_goal = 0;
  for (const Goal& goal : goals_) last_goal = std::max(last_goal, ts_node_start_byte(goal.statement));
  walk(body, [&](TSNode node) {
    if (is_a(node, "function_definition") || is_a(node, "lambda")) return false;
    if (is_a(node, "return_statement") && ts_node_start_byte(node) < last_goal) {
      error_ = Error{fmt::format("line {} may return before it is computed", ts_node_start_point(node).row + 1)};
    }
    return true;
  });
  if (!error_) emit_block(body, 0);
  if (needed_.contains(module_))
    error_ = Error{fmt::format("it is computed from a local variable {}", quoted_name(module_))};
  if (error_) return *error_;

  Slice slice{std::move(lines_), {}};
  for (TSNode parameter : named_children(field_of(function, "parameters"))) {
    const TSNode named = field_of(parameter, "name");
    TSNode name = ts_node_is_null(named) ? parameter : named;
    while (!is_a(name, "identifier") && ts_node_named_child_count(name) != 0) name = ts_node_named_child(name, 0);
    const std::string text(source_.text_of(name));
    if (text != "self" && needed_.contains(text)) slice.parameters.insert(text);
  }
  return slice;
}

}  // namespace

Result<Slice> slice_of(const PythonText& source, TSNode function, const std::vector<Goal>& goals,
                       std::string_view module_name, std::string_view copy) {
  return Slicer(source, goals, module_name, copy).run(function);
}

}  // namespace ckptlint
