#include <cstring>

#include "python/syntax/literals.h"
#include "python/syntax/lower.h"
#include "python/syntax/lower_node.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxNesting = 400;

struct OperatorRow {
  const char* text;
  Operator op;
};
constexpr OperatorRow kBinary[] = {
    {"+", Operator::kAdd},        {"-", Operator::kSub},   {"*", Operator::kMul},    {"/", Operator::kDiv},
    {"//", Operator::kFloorDiv},  {"%", Operator::kMod},   {"**", Operator::kPow},   {"@", Operator::kMatMul},
    {"&", Operator::kBitAnd},     {"|", Operator::kBitOr}, {"^", Operator::kBitXor}, {"<<", Operator::kShiftLeft},
    {">>", Operator::kShiftRight}};
constexpr OperatorRow kComparison[] = {
    {"==", Operator::kEqual},     {"!=", Operator::kNotEqual}, {"<>", Operator::kNotEqual},     {"<", Operator::kLess},
    {"<=", Operator::kLessEqual}, {">", Operator::kGreater},   {">=", Operator::kGreaterEqual}, {"in", Operator::kIn},
    {"not in", Operator::kNotIn}, {"is", Operator::kIs},       {"is not", Operator::kIsNot}};

}  // namespace

struct Lowering::Nesting {
  Nesting(Lowering& lowering, TSNode node) : lowering(lowering) {
    if (++lowering.depth_ > kMaxNesting) lowering.fail(node, "is nested too deeply");
  }
  ~Nesting() { --lowering.depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  Lowering& lowering;
};

Position Lowering::position(TSNode node) const {
  TSPoint start = ts_node_start_point(node), end = ts_node_end_point(node);
  auto line = [&](TSPoint point) {
    return point.row < origin_.skip_lines ? origin_.line : point.row - origin_.skip_lines + origin_.line;
  };
  auto column = [&](TSPoint point) {
    return point.column + 1 + (point.row == origin_.skip_lines ? origin_.first_column : 0);
  };
  return {line(start), column(start), line(end), column(end)};
}

std::string_view Lowering::text(TSNode node) const {
  std::uint32_t begin = ts_node_start_byte(node), end = ts_node_end_byte(node);
  return text_.substr(begin, end - begin);
}

void Lowering::fail(TSNode node, const char* message) const { throw SyntaxError{message, position(node)}; }

Name* Lowering::name(TSNode node, Str* symbol, Scope& scope) {
  Name* made = make<Name>(ExprKind::kName, node);
  made->symbol = symbol;
  scope.use(made);
  return made;
}

Name* Lowering::bound_name(TSNode node, Str* symbol, Scope& scope) {
  if (scope.in_comprehension_target) {
    scope.bind_comprehension(symbol);
  } else {
    scope.bind(symbol);
  }
  return name(node, symbol, scope);
}

Expr* Lowering::target(TSNode node, Scope& scope) {
  Nesting nesting(*this, node);
  switch (type_of(node)) {
    case Node::identifier:
      return bound_name(node, symbol(node), scope);
    case Node::pattern_list:
    case Node::tuple_pattern:
    case Node::tuple:
    case Node::expression_list:
      return sequence(ExprKind::kTuple, node, scope, true);
    case Node::list_pattern:
    case Node::list:
      return sequence(ExprKind::kList, node, scope, true);
    case Node::parenthesized_expression: {
      auto inner = children(node);
      if (inner.size() != 1) fail(node, "cannot be assigned to");
      return target(inner[0], scope);
    }
    case Node::list_splat_pattern:
    case Node::list_splat: {
      Starred* starred = make<Starred>(ExprKind::kStarred, node);
      starred->value = target(ts_node_named_child(node, 0), scope);
      return starred;
    }
    case Node::attribute:
    case Node::subscript:
      return expression(node, scope);
    case Node::as_pattern_target:
      return target(ts_node_named_child(node, 0), scope);
    default:
      if (text(node) == "_" || text(node) == "match" || text(node) == "case" || text(node) == "type" ||
          text(node) == "print" || text(node) == "exec") {
        return bound_name(node, symbol(node), scope);
      }
      fail(node, "cannot be assigned to");
  }
}

// The grammar binds the star of `[*f(x)]` closer than the call, Python wider than every operator.
bool Lowering::star_inside(TSNode node) {
  while (ts_node_child_count(node) > 0) {
    switch (type_of(node)) {
      case Node::call:
      case Node::attribute:
      case Node::subscript:
      case Node::binary_operator:
        node = ts_node_child(node, 0);
        break;
      case Node::list_splat:
        return true;
      default:
        return false;
    }
  }
  return false;
}

Expr* Lowering::sequence(ExprKind kind, TSNode node, Scope& scope, bool targets) {
  std::vector<Expr*> parts;
  for (TSNode child : children(node)) {
    Expr* part = targets ? target(child, scope) : expression(child, scope);
    if (!targets && type_of(child) != Node::list_splat && star_inside(child)) {
      Starred* starred = make<Starred>(ExprKind::kStarred, child);
      starred->value = part;  // the star inside it has no meaning of its own
      part = starred;
    }
    parts.push_back(part);
  }
  Sequence* made = make<Sequence>(kind, node);
  made->items = items(parts);
  return made;
}

Items<CallArgument> Lowering::arguments(TSNode list, Scope& scope) {
  std::vector<CallArgument> out;
  for (TSNode child : children(list)) {
    CallArgument argument;
    switch (type_of(child)) {
      case Node::keyword_argument:
        argument.keyword = symbol(field(child, Field::kName));
        argument.value = expression(field(child, Field::kValue), scope);
        break;
      case Node::list_splat:
      case Node::dictionary_splat:
        argument.stars = type_of(child) == Node::list_splat ? 1 : 2;
        argument.value = expression(ts_node_named_child(child, 0), scope);
        break;
      case Node::parenthesized_list_splat: {
        TSNode inner = child;
        while (type_of(inner) != Node::list_splat && ts_node_named_child_count(inner) > 0)
          inner = ts_node_named_child(inner, 0);
        argument.stars = 1;
        argument.value = expression(ts_node_named_child(inner, 0), scope);
        break;
      }
      default:
        argument.value = expression(child, scope);
    }
    out.push_back(argument);
  }
  return items(out);
}

Expr* Lowering::comprehension(ComprehensionKind kind, TSNode node, Scope& scope) {
  Comprehension* made = make<Comprehension>(ExprKind::kComprehension, node);
  made->result = kind;
  std::vector<ComprehensionClause> clauses;
  TSNode body{};
  bool first = true;
  scope.enter_comprehension();
  for (TSNode child : children(node)) {
    switch (type_of(child)) {
      case Node::for_in_clause: {
        ComprehensionClause clause;
        // The source of each `for` is read before its variables exist.
        auto sources = children_of(child, Field::kRight);
        if (sources.empty()) fail(child, "has no iterable");
        clause.iterable = expression(sources[0], scope);
        bool outer = scope.in_comprehension_target;
        scope.in_comprehension_target = true;
        clause.target = target(field(child, Field::kLeft), scope);
        scope.in_comprehension_target = outer;
        clauses.push_back(clause);
        break;
      }
      case Node::if_clause: {
        ComprehensionClause clause;
        clause.iterable = expression(ts_node_named_child(child, 0), scope);
        clauses.push_back(clause);
        break;
      }
      default:
        if (first) body = child;
    }
    first = false;
  }
  if (kind == ComprehensionKind::kDict) {
    made->key = expression(field(body, Field::kKey), scope);
    made->value = expression(field(body, Field::kValue), scope);
  } else {
    made->key = expression(body, scope);
    made->value = nullptr;
  }
  scope.leave_comprehension();
  made->clauses = items(clauses);
  return made;
}

Expr* Lowering::lambda(TSNode node, Scope& scope) {
  Lambda* made = make<Lambda>(ExprKind::kLambda, node);
  Code* code = arena_.make<Code>();
  code->kind = CodeKind::kLambda;
  code->name = symbols_.intern("<lambda>");
  code->unit = origin_.unit;
  code->enclosing = scope.code();
  code->at = position(node);
  Scope own(arena_, code, &scope);
  TSNode list = field(node, Field::kParameters);
  if (!ts_node_is_null(list)) parameters(list, code, own, &scope);
  code->expression = expression(field(node, Field::kBody), own);
  own.close();
  made->code = code;
  return made;
}

Expr* Lowering::subscript(TSNode node, Scope& scope) {
  Subscript* made = make<Subscript>(ExprKind::kSubscript, node);
  made->object = expression(field(node, Field::kValue), scope);
  auto keys = children_of(node, Field::kSubscript);
  bool tuple = keys.size() != 1;
  for (std::uint32_t i = 0; i < ts_node_child_count(node) && !tuple; ++i)
    tuple = is_anonymous(ts_node_child(node, i), ",");
  if (!tuple) {
    made->key = expression(keys[0], scope);
    return made;
  }
  std::vector<Expr*> parts;
  parts.reserve(keys.size());
  for (TSNode key : keys) parts.push_back(expression(key, scope));
  Sequence* whole = make<Sequence>(ExprKind::kTuple, node);
  whole->items = items(parts);
  made->key = whole;
  return made;
}

Expr* Lowering::comparison(TSNode node, Scope& scope) {
  Compare* made = make<Compare>(ExprKind::kCompare, node);
  std::vector<Operator> operators;
  std::vector<Expr*> operands;
  std::string pending;
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
    TSNode child = ts_node_child(node, i);
    if (ts_node_is_named(child)) {
      if (type_of(child) != Node::kComment) operands.push_back(expression(child, scope));
      continue;
    }
    const char* token = ts_node_type(child);
    if (!pending.empty()) pending += ' ';
    pending += token;
    bool half = pending == "not" || (pending == "is" && i + 1 < ts_node_child_count(node) &&
                                     is_anonymous(ts_node_child(node, i + 1), "not"));
    if (half) continue;
    for (const OperatorRow& row : kComparison) {
      if (pending == row.text) operators.push_back(row.op);
    }
    pending.clear();
  }
  if (operands.size() != operators.size() + 1 || operators.empty()) fail(node, "is not a comparison");
  made->first = operands[0];
  operands.erase(operands.begin());
  made->operators = items(operators);
  made->rest = items(operands);
  return made;
}

Expr* Lowering::expression(TSNode node, Scope& scope) {
  if (ts_node_is_null(node)) throw SyntaxError{"is incomplete", {origin_.line, 1, origin_.line, 1}};
  Nesting nesting(*this, node);
  auto constant = [&](Value value) {
    Constant* made = make<Constant>(ExprKind::kConstant, node);
    made->value = value;
    return made;
  };
  switch (type_of(node)) {
    case Node::identifier:
      return name(node, symbol(node), scope);
    case Node::integer: {
      std::string_view digits = text(node);
      if (digits.back() == 'j' || digits.back() == 'J') return name(node, symbols_.intern("__imaginary__"), scope);
      return constant(integer_literal(arena_, digits));
    }
    case Node::float_: {
      std::string_view digits = text(node);
      if (digits.back() == 'j' || digits.back() == 'J') return name(node, symbols_.intern("__imaginary__"), scope);
      return constant(Value::of(float_literal(digits)));
    }
    case Node::true_:
      return constant(Value::of(true));
    case Node::false_:
      return constant(Value::of(false));
    case Node::none:
      return constant(Value::none());
    case Node::ellipsis:
      return constant(Value{Kind::kEllipsis, {}});
    case Node::string:
    case Node::concatenated_string:
      return string_literal(node, scope);
    case Node::parenthesized_expression: {
      auto inner = children(node);
      if (inner.size() != 1) fail(node, "is empty");
      return expression(inner[0], scope);
    }
    case Node::attribute: {
      Attribute* made = make<Attribute>(ExprKind::kAttribute, node);
      made->object = expression(field(node, Field::kObject), scope);
      made->symbol = symbol(field(node, Field::kAttribute));
      return made;
    }
    case Node::call: {
      Call* made = make<Call>(ExprKind::kCall, node);
      made->callee = expression(field(node, Field::kFunction), scope);
      TSNode list = field(node, Field::kArguments);
      if (type_of(list) == Node::generator_expression) {
        std::vector<CallArgument> one(1);
        one[0].value = expression(list, scope);
        made->arguments = items(one);
      } else {
        made->arguments = arguments(list, scope);
      }
      made->simple = true;
      for (const CallArgument& argument : made->arguments) made->simple &= argument.stars == 0;
      return made;
    }
    case Node::binary_operator: {
      Binary* made = make<Binary>(ExprKind::kBinary, node);
      const char* token = ts_node_type(field(node, Field::kOperator));
      for (const OperatorRow& row : kBinary) {
        if (std::strcmp(row.text, token) == 0) made->op = row.op;
      }
      made->left = expression(field(node, Field::kLeft), scope);
      made->right = expression(field(node, Field::kRight), scope);
      return made;
    }
    case Node::unary_operator: {
      Unary* made = make<Unary>(ExprKind::kUnary, node);
      char token = ts_node_type(field(node, Field::kOperator))[0];
      made->op = token == '-' ? Operator::kNegate : token == '+' ? Operator::kPositive : Operator::kInvert;
      made->operand = expression(field(node, Field::kArgument), scope);
      return made;
    }
    case Node::not_operator: {
      Unary* made = make<Unary>(ExprKind::kUnary, node);
      made->op = Operator::kNot;
      made->operand = expression(field(node, Field::kArgument), scope);
      return made;
    }
    case Node::boolean_operator: {
      BoolOp* made = make<BoolOp>(ExprKind::kBool, node);
      made->is_or = is_anonymous(field(node, Field::kOperator), "or");
      made->left = expression(field(node, Field::kLeft), scope);
      made->right = expression(field(node, Field::kRight), scope);
      return made;
    }
    case Node::comparison_operator:
      return comparison(node, scope);
    case Node::lambda:
      return lambda(node, scope);
    case Node::conditional_expression: {
      auto parts = children(node);
      if (parts.size() != 3) fail(node, "is not a conditional expression");
      Conditional* made = make<Conditional>(ExprKind::kConditional, node);
      made->yes = expression(parts[0], scope);
      made->condition = expression(parts[1], scope);
      made->no = expression(parts[2], scope);
      return made;
    }
    case Node::named_expression: {
      Named* made = make<Named>(ExprKind::kNamed, node);
      TSNode target_node = field(node, Field::kName);
      made->value = expression(field(node, Field::kValue), scope);
      bool inside = scope.in_comprehension_target;
      scope.in_comprehension_target = false;
      made->target = bound_name(target_node, symbol(target_node), scope);
      scope.in_comprehension_target = inside;
      return made;
    }
    case Node::tuple:
    case Node::expression_list:
    case Node::pattern_list:
      return sequence(ExprKind::kTuple, node, scope, false);
    case Node::list:
      return sequence(ExprKind::kList, node, scope, false);
    case Node::set:
      return sequence(ExprKind::kSet, node, scope, false);
    case Node::dictionary: {
      DictDisplay* made = make<DictDisplay>(ExprKind::kDict, node);
      std::vector<Expr*> keys, values;
      for (TSNode child : children(node)) {
        if (type_of(child) == Node::pair) {
          keys.push_back(expression(field(child, Field::kKey), scope));
          values.push_back(expression(field(child, Field::kValue), scope));
        } else {
          keys.push_back(nullptr);
          values.push_back(expression(ts_node_named_child(child, 0), scope));
        }
      }
      made->keys = items(keys);
      made->values = items(values);
      return made;
    }
    case Node::subscript:
      return subscript(node, scope);
    case Node::slice: {
      SliceExpr* made = make<SliceExpr>(ExprKind::kSlice, node);
      Expr** parts[] = {&made->start, &made->stop, &made->step};
      int at = 0;
      for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
        TSNode child = ts_node_child(node, i);
        if (is_anonymous(child, ":")) {
          ++at;
        } else if (ts_node_is_named(child) && type_of(child) != Node::kComment && at < 3) {
          *parts[at] = expression(child, scope);
        }
      }
      return made;
    }
    case Node::list_comprehension:
      return comprehension(ComprehensionKind::kList, node, scope);
    case Node::set_comprehension:
      return comprehension(ComprehensionKind::kSet, node, scope);
    case Node::dictionary_comprehension:
      return comprehension(ComprehensionKind::kDict, node, scope);
    case Node::generator_expression:
      return comprehension(ComprehensionKind::kGenerator, node, scope);
    case Node::list_splat:
    case Node::list_splat_pattern: {
      Starred* made = make<Starred>(ExprKind::kStarred, node);
      made->value = expression(ts_node_named_child(node, 0), scope);
      return made;
    }
    case Node::await: {
      Await* made = make<Await>(ExprKind::kAwait, node);
      made->value = expression(ts_node_named_child(node, 0), scope);
      return made;
    }
    case Node::yield: {
      Yield* made = make<Yield>(ExprKind::kYield, node);
      scope.code()->is_generator = true;
      made->from = ts_node_child_count(node) > 1 && is_anonymous(ts_node_child(node, 1), "from");
      auto parts = children(node);
      made->value = parts.empty() ? nullptr : expression(parts[0], scope);
      return made;
    }
    case Node::type:
    case Node::as_pattern_target:
      return expression(ts_node_named_child(node, 0), scope);
    default:
      if (ts_node_is_error(node) || ts_node_is_missing(node)) fail(node, "is not valid Python");
      return name(node, symbol(node), scope);
  }
}

}  // namespace ckptlint::python
