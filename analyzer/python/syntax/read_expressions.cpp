// Expressions, from lists of them down to atoms.
#include "python/syntax/identifiers.h"
#include "python/syntax/literals.h"
#include "python/syntax/reader.h"

namespace ckptlint::python {
namespace {

struct BinaryRow {
  Token token;
  Operator op;
  int precedence;
};
// In the order of Token, from kPlus.
constexpr BinaryRow kBinary[] = {{Token::kPlus, Operator::kAdd, 5},
                                 {Token::kMinus, Operator::kSub, 5},
                                 {Token::kStar, Operator::kMul, 6},
                                 {Token::kSlash, Operator::kDiv, 6},
                                 {Token::kDoubleSlash, Operator::kFloorDiv, 6},
                                 {Token::kPercent, Operator::kMod, 6},
                                 {Token::kDoubleStar, Operator::kPow, 0},
                                 {Token::kAt, Operator::kMatMul, 6},
                                 {Token::kAmpersand, Operator::kBitAnd, 3},
                                 {Token::kBar, Operator::kBitOr, 1},
                                 {Token::kCaret, Operator::kBitXor, 2},
                                 {Token::kShiftLeft, Operator::kShiftLeft, 4},
                                 {Token::kShiftRight, Operator::kShiftRight, 4}};

const BinaryRow* binary_row(Token token) {
  if (token < Token::kPlus || token > Token::kShiftRight) return nullptr;
  const BinaryRow& row = kBinary[static_cast<std::size_t>(token) - static_cast<std::size_t>(Token::kPlus)];
  return row.precedence == 0 ? nullptr : &row;  // `**` is read by unary()
}

}  // namespace

Str* Reader::plain_word() {
  Str* found = lexer_.symbol;
  expect(Token::kName);
  return found;
}

Str* Reader::word() { return private_name(plain_word()); }

Str* Reader::private_name(Str* name) {
  if (private_to_ == nullptr) return name;
  const std::string mangled = mangled_name(name->view(), private_to_->view());
  return mangled.empty() ? name : symbols_.intern(mangled);
}

Expr* Reader::name(Str* symbol, const Place& start) {
  Name* made = make<Name>(ExprKind::kName, start);
  made->symbol = symbol;
  scope_->use(made);
  return made;
}

Expr* Reader::constant(const Value& value, const Place& start) {
  Constant* made = make<Constant>(ExprKind::kConstant, start);
  made->value = value;
  return made;
}

bool Reader::ends_expression() const {
  switch (lexer_.token) {
    case Token::kNewline:
    case Token::kEnd:
    case Token::kSemicolon:
    case Token::kEqual:
    case Token::kColon:
    case Token::kColonEqual:
    case Token::kExclaim:
    case Token::kInPlace:
    case Token::kCloseParenthesis:
    case Token::kCloseBracket:
    case Token::kCloseBrace:
      return true;
    default:
      return false;
  }
}

Expr* Reader::expression_list() {
  const Place start = lexer_.start;
  const auto item = [&]() -> Expr* {
    if (!at(Token::kStar)) return test();
    const Place star = lexer_.start;
    lexer_.advance();
    Expr* value = arithmetic(1);
    Starred* made = make<Starred>(ExprKind::kStarred, star);
    made->value = value;
    return made;
  };
  Expr* first = item();
  if (!at(Token::kComma)) {
    if (first->kind == ExprKind::kStarred) fail("a starred expression stands alone");
    return first;
  }
  Gathering<Expr*> all(expressions_);
  all.add(first);
  while (take(Token::kComma)) {
    if (ends_expression()) break;
    all.add(item());
  }
  Sequence* made = make<Sequence>(ExprKind::kTuple, start);
  made->items = all.take(arena_);
  return made;
}

Expr* Reader::yield_or_list() {
  const Place start = lexer_.start;
  if (!take(Token::kYield)) return expression_list();
  scope_->code()->is_generator = true;
  const bool from = take(Token::kFrom);
  Expr* value = from ? test() : ends_expression() ? nullptr : expression_list();
  Yield* made = make<Yield>(ExprKind::kYield, start);
  made->from = from;
  made->value = value;
  return made;
}

Expr* Reader::named_test() {
  const Place start = lexer_.start;
  Expr* left = test();
  if (!at(Token::kColonEqual)) return left;
  if (left->kind != ExprKind::kName) fail("only a name can stand before `:=`");
  lexer_.advance();
  Expr* value = test();
  Named* made = make<Named>(ExprKind::kNamed, start);
  made->target = static_cast<Name*>(left);
  scope_->bind(made->target->symbol);
  made->value = value;
  return made;
}

Expr* Reader::element() {
  const Place start = lexer_.start;
  if (!take(Token::kStar)) return named_test();
  Expr* value = arithmetic(1);
  Starred* made = make<Starred>(ExprKind::kStarred, start);
  made->value = value;
  return made;
}

Expr* Reader::test() {
  Nesting nesting(*this);
  if (at(Token::kLambda)) return lambda();
  const Place start = lexer_.start;
  Expr* yes = disjunction();
  if (!take(Token::kIf)) return yes;
  Expr* condition = disjunction();
  expect(Token::kElse);
  Expr* no = test();
  Conditional* made = make<Conditional>(ExprKind::kConditional, start);
  made->yes = yes;
  made->condition = condition;
  made->no = no;
  return made;
}

Expr* Reader::disjunction() {
  const Place start = lexer_.start;
  Expr* left = conjunction();
  while (at(Token::kOr)) {
    add_link();
    lexer_.advance();
    Expr* right = conjunction();
    BoolOp* made = make<BoolOp>(ExprKind::kBool, start);
    made->is_or = true;
    made->left = left;
    made->right = right;
    left = made;
  }
  return left;
}

Expr* Reader::conjunction() {
  const Place start = lexer_.start;
  Expr* left = inversion();
  while (at(Token::kAnd)) {
    add_link();
    lexer_.advance();
    Expr* right = inversion();
    BoolOp* made = make<BoolOp>(ExprKind::kBool, start);
    made->is_or = false;
    made->left = left;
    made->right = right;
    left = made;
  }
  return left;
}

Expr* Reader::inversion() {
  if (!at(Token::kNot)) return comparison();
  Nesting nesting(*this);
  const Place start = lexer_.start;
  lexer_.advance();
  Expr* operand = inversion();
  Unary* made = make<Unary>(ExprKind::kUnary, start);
  made->op = Operator::kNot;
  made->operand = operand;
  return made;
}

Expr* Reader::comparison() {
  const Place start = lexer_.start;
  Expr* first = arithmetic(1);
  if (lexer_.token < Token::kEqualEqual && !at(Token::kIn) && !at(Token::kIs) && !at(Token::kNot)) return first;
  Gathering<Operator> operators(operators_);
  Gathering<Expr*> rest(expressions_);
  while (true) {
    Operator op;
    switch (lexer_.token) {
      case Token::kEqualEqual:
        op = Operator::kEqual;
        break;
      case Token::kNotEqual:
        op = Operator::kNotEqual;
        break;
      case Token::kLess:
        op = Operator::kLess;
        break;
      case Token::kLessEqual:
        op = Operator::kLessEqual;
        break;
      case Token::kGreater:
        op = Operator::kGreater;
        break;
      case Token::kGreaterEqual:
        op = Operator::kGreaterEqual;
        break;
      case Token::kIn:
        op = Operator::kIn;
        break;
      case Token::kNot:
        lexer_.advance();
        if (!at(Token::kIn)) fail("`in` expected behind `not`");
        op = Operator::kNotIn;
        break;
      case Token::kIs:
        lexer_.advance();
        op = at(Token::kNot) ? Operator::kIsNot : Operator::kIs;
        if (op == Operator::kIs) {
          operators.add(op);
          rest.add(arithmetic(1));
          continue;
        }
        break;
      default: {
        if (operators.size() == 0) return first;
        Compare* made = make<Compare>(ExprKind::kCompare, start);
        made->first = first;
        made->operators = operators.take(arena_);
        made->rest = rest.take(arena_);
        return made;
      }
    }
    lexer_.advance();
    operators.add(op);
    rest.add(arithmetic(1));
  }
}

Expr* Reader::arithmetic(int precedence) {
  const Place start = lexer_.start;
  Expr* left = unary();
  for (const BinaryRow* row; (row = binary_row(lexer_.token)) != nullptr && row->precedence >= precedence;) {
    add_link();
    lexer_.advance();
    Expr* right = arithmetic(row->precedence + 1);
    Binary* made = make<Binary>(ExprKind::kBinary, start);
    made->op = row->op;
    made->left = left;
    made->right = right;
    left = made;
  }
  return left;
}

Expr* Reader::unary() {
  const Place start = lexer_.start;
  if (at(Token::kMinus) || at(Token::kPlus) || at(Token::kTilde)) {
    Nesting nesting(*this);
    const Operator op = at(Token::kMinus)  ? Operator::kNegate
                        : at(Token::kPlus) ? Operator::kPositive
                                           : Operator::kInvert;
    lexer_.advance();
    Expr* operand = unary();
    Unary* made = make<Unary>(ExprKind::kUnary, start);
    made->op = op;
    made->operand = operand;
    return made;
  }
  Expr* base = primary();
  if (!take(Token::kDoubleStar)) return base;
  Nesting nesting(*this);
  Expr* exponent = unary();
  Binary* made = make<Binary>(ExprKind::kBinary, start);
  made->op = Operator::kPow;
  made->left = base;
  made->right = exponent;
  return made;
}

Expr* Reader::primary() {
  const Place start = lexer_.start;
  if (!take(Token::kAwait)) return trailers(atom(), start);
  Nesting nesting(*this);
  Expr* value = primary();
  Await* made = make<Await>(ExprKind::kAwait, start);
  made->value = value;
  return made;
}

// What attributes, calls and subscripts behind a value make of it.
Expr* Reader::trailers(Expr* value, const Place& start) {
  for (;; add_link()) {
    if (take(Token::kDot)) {
      Str* symbol = word();
      Attribute* made = make<Attribute>(ExprKind::kAttribute, start);
      made->object = value;
      made->symbol = symbol;
      value = made;
    } else if (at(Token::kOpenParenthesis)) {
      value = call(value, start);
    } else if (at(Token::kOpenBracket)) {
      value = subscript(value, start);
    } else {
      return value;
    }
  }
}

Expr* Reader::call(Expr* callee, const Place& start) {
  Nesting nesting(*this);
  const Items<CallArgument> given = arguments();
  Call* made = make<Call>(ExprKind::kCall, start);
  made->callee = callee;
  made->arguments = given;
  made->simple = true;
  for (const CallArgument& argument : given) made->simple &= argument.stars == 0;
  return made;
}

Items<CallArgument> Reader::arguments() {
  const Place open = lexer_.start;
  expect(Token::kOpenParenthesis);
  Gathering<CallArgument> list(arguments_);
  while (!take(Token::kCloseParenthesis)) {
    CallArgument argument;
    if (at(Token::kStar) || at(Token::kDoubleStar)) {
      argument.stars = at(Token::kStar) ? 1 : 2;
      lexer_.advance();
      argument.value = test();
    } else if (at(Token::kName) && lexer_.equal_follows()) {
      argument.keyword = plain_word();
      expect(Token::kEqual);
      argument.value = test();
    } else {
      const Scope::Element element = scope_->open_element();
      argument.value = named_test();
      if (at_comprehension()) {
        if (list.size() != 0) fail("a generator that is not the only argument needs parentheses");
        argument.value = comprehension(ComprehensionKind::kGenerator, element, argument.value, nullptr,
                                       Token::kCloseParenthesis, open);
        list.add(argument);
        return list.take(arena_);
      }
      scope_->close_element(element);
    }
    list.add(argument);
    if (!at(Token::kCloseParenthesis)) expect(Token::kComma);
  }
  return list.take(arena_);
}

Expr* Reader::subscript(Expr* object, const Place& start) {
  Nesting nesting(*this);
  lexer_.advance();
  Expr* key = subscript_item();
  Gathering<Expr*> keys(expressions_);
  keys.add(key);
  bool tuple = false;
  while (take(Token::kComma)) {
    tuple = true;
    if (at(Token::kCloseBracket)) break;
    keys.add(subscript_item());
  }
  expect(Token::kCloseBracket);
  if (tuple || key->kind == ExprKind::kStarred) {
    Sequence* whole = make<Sequence>(ExprKind::kTuple, start);
    whole->items = keys.take(arena_);
    key = whole;
  }
  Subscript* made = make<Subscript>(ExprKind::kSubscript, start);
  made->object = object;
  made->key = key;
  return made;
}

Expr* Reader::subscript_item() {
  const Place start = lexer_.start;
  Expr* first = at(Token::kColon) ? nullptr : element();
  if (!at(Token::kColon)) return first;
  const auto part = [&]() -> Expr* {
    return at(Token::kColon) || at(Token::kComma) || at(Token::kCloseBracket) ? nullptr : test();
  };
  lexer_.advance();
  Expr* stop = part();
  Expr* step = take(Token::kColon) ? part() : nullptr;
  SliceExpr* made = make<SliceExpr>(ExprKind::kSlice, start);
  made->start = first;
  made->stop = stop;
  made->step = step;
  return made;
}

Expr* Reader::atom() {
  const Place start = lexer_.start;
  switch (lexer_.token) {
    case Token::kName: {
      Str* symbol = private_name(lexer_.symbol);
      lexer_.advance();
      return name(symbol, start);
    }
    case Token::kInteger:
    case Token::kFloat: {
      const std::string_view digits = lexer_.text(lexer_.begin, lexer_.end);
      const Value value = at(Token::kInteger) ? integer_literal(arena_, digits) : Value::of(float_literal(digits));
      lexer_.advance();
      return constant(value, start);
    }
    case Token::kImaginary: {
      std::string_view digits = lexer_.text(lexer_.begin, lexer_.end);
      digits.remove_suffix(1);  // the `j`
      const double value = float_literal(digits);
      lexer_.advance();
      Imaginary* made = make<Imaginary>(ExprKind::kImaginary, start);
      made->value = value;
      return made;
    }
    case Token::kString:
    case Token::kFormatStart:
      return string();
    case Token::kTrue:
    case Token::kFalse: {
      const bool value = at(Token::kTrue);
      lexer_.advance();
      return constant(Value::of(value), start);
    }
    case Token::kNoneWord:
      lexer_.advance();
      return constant(Value::none(), start);
    case Token::kEllipsis:
      lexer_.advance();
      return constant(Value{Kind::kEllipsis, {}}, start);
    case Token::kOpenParenthesis:
      return parenthesized();
    case Token::kOpenBracket:
      return list_display();
    case Token::kOpenBrace:
      return brace_display();
    default:
      fail();
  }
}

}  // namespace ckptlint::python
