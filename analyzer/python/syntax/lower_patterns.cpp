#include "python/syntax/lower.h"
#include "python/syntax/lower_node.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxNesting = 150;

}  // namespace

Expr* Lowering::dotted(TSNode node, Scope& scope) {
  auto parts = children(node);
  if (parts.empty()) return name(node, symbol(node), scope);
  Expr* value = name(parts[0], symbol(parts[0]), scope);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Attribute* step = make<Attribute>(ExprKind::kAttribute, node);
    step->object = value;
    step->symbol = symbol(parts[i]);
    value = step;
  }
  return value;
}

Pattern* Lowering::pattern(TSNode node, Scope& scope) {
  Pattern* made = arena_.make<Pattern>();
  auto whole = [&](PatternKind kind, const std::vector<TSNode>& nodes) {
    std::vector<Pattern*> parts;
    parts.reserve(nodes.size());
    for (TSNode each : nodes) parts.push_back(pattern(each, scope));
    made->kind = kind;
    made->parts = items(parts);
    return made;
  };
  if (++depth_ > kMaxNesting) fail(node, "is nested too deeply");
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } leave{depth_};
  auto parts = children(node);
  switch (type_of(node)) {
    case Node::case_pattern:
      if (parts.empty()) break;  // `_`
      return pattern(parts[0], scope);
    case Node::union_pattern:
      return whole(PatternKind::kOr, parts);
    case Node::list_pattern:
    case Node::tuple_pattern:
      if (parts.size() == 1 && type_of(node) == Node::tuple_pattern && text(node).find(',') == std::string_view::npos)
        return pattern(parts[0], scope);
      return whole(PatternKind::kSequence, parts);
    case Node::as_pattern: {
      whole(PatternKind::kAs, {parts[0]});
      TSNode alias = field(node, Field::kAlias);
      if (ts_node_is_null(alias) && parts.size() > 1) alias = parts[1];
      if (!ts_node_is_null(alias)) made->target = bound_name(alias, symbol(alias), scope);
      return made;
    }
    case Node::splat_pattern: {
      made->kind = PatternKind::kStar;
      if (!parts.empty()) made->target = bound_name(parts[0], symbol(parts[0]), scope);
      return made;
    }
    case Node::dotted_name: {
      std::string_view path = text(node);
      if (path.find('.') == std::string_view::npos) {
        if (path == "_") break;
        made->kind = PatternKind::kCapture;
        made->target = bound_name(node, symbol(node), scope);
        return made;
      }
      made->kind = PatternKind::kValue;
      Expr* value = dotted(node, scope);
      made->value = value;
      return made;
    }
    case Node::class_pattern: {
      made->kind = PatternKind::kClass;
      std::vector<Pattern*> inner;
      std::vector<Str*> keywords;
      for (std::size_t i = 1; i < parts.size(); ++i) {
        TSNode part = type_of(parts[i]) == Node::case_pattern && ts_node_named_child_count(parts[i]) == 1
                          ? ts_node_named_child(parts[i], 0)
                          : parts[i];
        if (type_of(part) == Node::keyword_pattern) {
          keywords.push_back(symbol(ts_node_named_child(part, 0)));
          inner.push_back(pattern(ts_node_named_child(part, 1), scope));
        } else {
          keywords.push_back(nullptr);
          inner.push_back(pattern(part, scope));
        }
      }
      made->value = dotted(parts[0], scope);
      made->parts = items(inner);
      made->keywords = items(keywords);
      return made;
    }
    case Node::dict_pattern: {
      made->kind = PatternKind::kMapping;
      std::vector<Expr*> keys;
      std::vector<Pattern*> values;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (type_of(parts[i]) == Node::splat_pattern) {
          made->target = bound_name(ts_node_named_child(parts[i], 0), symbol(ts_node_named_child(parts[i], 0)), scope);
        } else if (i + 1 < parts.size()) {
          keys.push_back(expression(parts[i], scope));
          values.push_back(pattern(parts[++i], scope));
        }
      }
      made->keys = items(keys);
      made->parts = items(values);
      return made;
    }
    default:
      if (text(node) == "_") break;
      made->kind = PatternKind::kValue;
      made->value = expression(node, scope);
      return made;
  }
  made->kind = PatternKind::kWildcard;
  return made;
}

Stmt* Lowering::match_statement(TSNode node, Scope& scope) {
  Match* made = make<Match>(StmtKind::kMatch, node);
  made->subject = expression(field(node, Field::kSubject), scope);
  std::vector<MatchCase> cases;
  for (TSNode clause : children_of(field(node, Field::kBody), Field::kAlternative)) {
    MatchCase one{};
    std::vector<TSNode> patterns;
    for (TSNode child : children(clause)) {
      if (type_of(child) == Node::case_pattern) patterns.push_back(child);
    }
    if (patterns.size() == 1) {
      one.pattern = pattern(patterns[0], scope);
    } else {
      one.pattern = arena_.make<Pattern>();
      one.pattern->kind = PatternKind::kSequence;
      std::vector<Pattern*> parts;
      parts.reserve(patterns.size());
      for (TSNode each : patterns) parts.push_back(pattern(each, scope));
      one.pattern->parts = items(parts);
    }
    TSNode guard = field(clause, Field::kGuard);
    one.guard = ts_node_is_null(guard) ? nullptr : expression(ts_node_named_child(guard, 0), scope);
    one.body = block(field(clause, Field::kConsequence), scope);
    cases.push_back(one);
  }
  made->cases = items(cases);
  return made;
}

}  // namespace ckptlint::python
