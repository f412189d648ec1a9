// Syntax trees as text, places included, so that they can be compared.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "python/syntax/source_unit.h"
#include "python/syntax/syntax.h"

namespace ckptlint::python {

class PrintedSyntax {
 public:
  explicit PrintedSyntax(Parser& parser) : parser_(parser) {}

  std::string code(const Code* code) {
    std::string slots;
    std::vector<std::string> names;
    for (const Str* slot : code->slots) names.emplace_back(slot->view());
    std::sort(names.begin(), names.end());
    for (const std::string& each : names) slots += " " + each;
    std::string parameters;
    for (const Parameter& each : code->parameters) {
      parameters += fmt::format(" [{} {}{}{} {} {}]", text(each.name), each.stars, each.keyword_only ? "k" : "",
                                each.positional_only ? "p" : "", text(each.annotation), expression(each.default_value));
    }
    return fmt::format("(code {} {}{}{} slots{} parameters{} doc {} {} {})", text(code->name),
                       code->is_generator ? "generator " : "", code->is_async ? "async " : "",
                       code->captured ? "captured " : "", slots, parameters, doc(code), expression(code->expression),
                       block(code->body, code));
  }

  std::string class_definition(const ClassDef* made) {
    return fmt::format("class {} {} {} {} {}", text(made->name), list(made->decorators), arguments(made->bases),
                       expression(made->target), code(made->code));
  }

  std::string list(const Items<Expr*>& items) {
    std::string out = "[";
    for (const Expr* each : items) out += expression(each) + " ";
    return out + "]";
  }

 private:
  static std::string text(const Str* str) { return str == nullptr ? "-" : fmt::format("'{}'", str->view()); }

  std::string at(const Position& place) const {
    if (starred_ > 0) return "";
    return fmt::format("@{}:{}-{}:{}", place.line, place.column, place.end_line, place.end_column);
  }

  std::string doc(const Code* code) {
    if (code->doc != nullptr) return text(code->doc);
    return code->doc_end == 0 ? "-" : text(parser_.literal(code->unit, {code->doc_begin, code->doc_end}));
  }

  // A docstring is left out of the tree, or stands in it as itself or as a number.
  static bool stands_for_doc(const Stmt* stmt, const Code* code) {
    if (stmt->kind != StmtKind::kExpr) return false;
    const Expr* value = static_cast<const ExprStmt*>(stmt)->value;
    if (value->kind != ExprKind::kConstant) return false;
    const Kind kind = static_cast<const Constant*>(value)->value.kind;
    return kind == Kind::kStr || (kind == Kind::kInt && code->doc_end != 0);
  }

  std::string block(const Block& block, const Code* of = nullptr) {
    std::string out = "{";
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (of != nullptr && i == 0 && stands_for_doc(block[0], of)) continue;
      out += statement(block[i]) + ";";
    }
    return out + "}";
  }

  std::string arguments(const Items<CallArgument>& items) {
    std::string out = "(";
    for (const CallArgument& each : items)
      out += fmt::format("{} {} {},", text(each.keyword), each.stars, expression(each.value));
    return out + ")";
  }

  static std::string constant(const Value& value) {
    switch (value.kind) {
      case Kind::kStr:
        return text(value.as<Str>());
      case Kind::kBytes:
        return fmt::format("b'{}'", value.as<Bytes>()->data);
      case Kind::kBigInt:
        return fmt::format("big {}", value.as<BigInt>()->approximate);
      case Kind::kFloat:
        return fmt::format("{}", value.real);
      case Kind::kInt:
      case Kind::kBool:
        return fmt::format("{} {}", static_cast<int>(value.kind), value.as_int());
      default:
        return fmt::format("kind {}", static_cast<int>(value.kind));
    }
  }

  std::string parts(const Format* format) {
    std::string out, literal;
    for (const FormatPart& part : format->parts) {
      if (part.text != nullptr) {
        literal += part.text->view();
        continue;
      }
      out += fmt::format("'{}' {{{} {} {} {}}}", literal, expression(part.value), part.conversion + 0,
                         expression(part.spec), text(part.debug));
      literal.clear();
    }
    return out + literal;
  }

  std::string expression(const Expr* expr) {
    if (expr == nullptr) return "-";
    if (expr->kind == ExprKind::kFormat) return fmt::format("<format {}>", content(expr));
    // How the grammar binds the star of `[*f(x)]` has no meaning, nor have the places that follow from it.
    if (expr->kind == ExprKind::kStarred) {
      ++starred_;
      const std::string value = expression(static_cast<const Starred*>(expr)->value);
      --starred_;
      return starred_ > 0 ? value : "*" + value;
    }
    return fmt::format("<{} {}{}>", static_cast<int>(expr->kind), content(expr), at(expr->at));
  }

  std::string content(const Expr* expr) {
    switch (expr->kind) {
      case ExprKind::kConstant:
        return constant(static_cast<const Constant*>(expr)->value);
      case ExprKind::kImaginary:
        return fmt::format("{}j", static_cast<const Imaginary*>(expr)->value);
      case ExprKind::kName: {
        const auto* name = static_cast<const Name*>(expr);
        return fmt::format("{} {} {}", name->symbol->view(), static_cast<int>(name->scope), name->depth);
      }
      case ExprKind::kAttribute: {
        const auto* attribute = static_cast<const Attribute*>(expr);
        return fmt::format("{} . {}", expression(attribute->object), attribute->symbol->view());
      }
      case ExprKind::kCall: {
        const auto* call = static_cast<const Call*>(expr);
        return fmt::format("{} {} {}", expression(call->callee), arguments(call->arguments), call->simple);
      }
      case ExprKind::kBinary: {
        const auto* binary = static_cast<const Binary*>(expr);
        return fmt::format("{} {} {}", expression(binary->left), static_cast<int>(binary->op),
                           expression(binary->right));
      }
      case ExprKind::kUnary: {
        const auto* unary = static_cast<const Unary*>(expr);
        return fmt::format("{} {}", static_cast<int>(unary->op), expression(unary->operand));
      }
      case ExprKind::kBool: {
        const auto* both = static_cast<const BoolOp*>(expr);
        return fmt::format("{} {} {}", expression(both->left), both->is_or, expression(both->right));
      }
      case ExprKind::kCompare: {
        const auto* compare = static_cast<const Compare*>(expr);
        std::string out = expression(compare->first);
        for (std::size_t i = 0; i < compare->operators.size(); ++i)
          out += fmt::format(" {} {}", static_cast<int>(compare->operators[i]), expression(compare->rest[i]));
        return out;
      }
      case ExprKind::kConditional: {
        const auto* conditional = static_cast<const Conditional*>(expr);
        return fmt::format("{} if {} else {}", expression(conditional->yes), expression(conditional->condition),
                           expression(conditional->no));
      }
      case ExprKind::kTuple:
      case ExprKind::kList:
      case ExprKind::kSet:
        return list(static_cast<const Sequence*>(expr)->items);
      case ExprKind::kDict:
        return list(static_cast<const DictDisplay*>(expr)->keys) + list(static_cast<const DictDisplay*>(expr)->values);
      case ExprKind::kSubscript: {
        const auto* subscript = static_cast<const Subscript*>(expr);
        return fmt::format("{} [{}]", expression(subscript->object), expression(subscript->key));
      }
      case ExprKind::kSlice: {
        const auto* slice = static_cast<const SliceExpr*>(expr);
        return fmt::format("{}:{}:{}", expression(slice->start), expression(slice->stop), expression(slice->step));
      }
      case ExprKind::kLambda:
        return code(static_cast<const Lambda*>(expr)->code);
      case ExprKind::kComprehension: {
        const auto* made = static_cast<const Comprehension*>(expr);
        std::string out = fmt::format("{} {} {}", static_cast<int>(made->result), expression(made->key),
                                      made->value == nullptr ? "-" : expression(made->value));
        for (const ComprehensionClause& clause : made->clauses)
          out += fmt::format(" for {} in {}", expression(clause.target), expression(clause.iterable));
        return out;
      }
      case ExprKind::kFormat:
        return parts(static_cast<const Format*>(expr));
      case ExprKind::kNamed:
        return fmt::format("{} := {}", expression(static_cast<const Named*>(expr)->target),
                           expression(static_cast<const Named*>(expr)->value));
      case ExprKind::kYield:
        return fmt::format("{} {}", static_cast<const Yield*>(expr)->from,
                           expression(static_cast<const Yield*>(expr)->value));
      case ExprKind::kAwait:
        return expression(static_cast<const Await*>(expr)->value);
      default:
        return "?";
    }
  }

  std::string names(const Items<ImportName>& items) {
    std::string out;
    for (const ImportName& each : items)
      out += fmt::format(" {} {} {}", text(each.path), text(each.bound), expression(each.target));
    return out;
  }

  std::string statement(const Stmt* stmt) {
    // What never runs may be left out, and `pass` stands there.
    if (stmt->kind == StmtKind::kPass) return "pass";
    return fmt::format("#{} {}{}", static_cast<int>(stmt->kind), content(stmt), at(stmt->at));
  }

  std::string content(const Stmt* stmt) {
    switch (stmt->kind) {
      case StmtKind::kExpr:
        return expression(static_cast<const ExprStmt*>(stmt)->value);
      case StmtKind::kAssign:
        return list(static_cast<const Assign*>(stmt)->targets) + expression(static_cast<const Assign*>(stmt)->value);
      case StmtKind::kAugAssign: {
        const auto* assign = static_cast<const AugAssign*>(stmt);
        return fmt::format("{} {} {}", expression(assign->target), static_cast<int>(assign->op),
                           expression(assign->value));
      }
      case StmtKind::kAnnAssign: {
        const auto* assign = static_cast<const AnnAssign*>(stmt);
        return fmt::format("{} {} {}", expression(assign->target), text(assign->annotation), expression(assign->value));
      }
      case StmtKind::kIf: {
        const auto* branch = static_cast<const If*>(stmt);
        return expression(branch->condition) + block(branch->body) + block(branch->otherwise);
      }
      case StmtKind::kFor: {
        const auto* loop = static_cast<const For*>(stmt);
        return expression(loop->target) + expression(loop->iterable) + block(loop->body) + block(loop->otherwise);
      }
      case StmtKind::kWhile: {
        const auto* loop = static_cast<const While*>(stmt);
        return expression(loop->condition) + block(loop->body) + block(loop->otherwise);
      }
      case StmtKind::kDef: {
        const auto* made = static_cast<const Def*>(stmt);
        return text(made->name) + list(made->decorators) + expression(made->target) + code(made->code) +
               at(made->code->at);
      }
      case StmtKind::kClass:
        return class_definition(static_cast<const ClassDef*>(stmt));
      case StmtKind::kReturn:
        return expression(static_cast<const Return*>(stmt)->value);
      case StmtKind::kRaise:
        return expression(static_cast<const Raise*>(stmt)->value) + expression(static_cast<const Raise*>(stmt)->cause);
      case StmtKind::kTry: {
        const auto* attempt = static_cast<const Try*>(stmt);
        std::string out = block(attempt->body);
        for (const ExceptClause& each : attempt->handlers)
          out += " except " + expression(each.type) + expression(each.target) + block(each.body);
        return out + block(attempt->otherwise) + block(attempt->finally);
      }
      case StmtKind::kWith: {
        std::string out;
        for (const WithItem& each : static_cast<const With*>(stmt)->items)
          out += expression(each.value) + " as " + expression(each.target);
        return out + block(static_cast<const With*>(stmt)->body);
      }
      case StmtKind::kImport:
        return names(static_cast<const Import*>(stmt)->names);
      case StmtKind::kImportFrom: {
        const auto* import = static_cast<const ImportFrom*>(stmt);
        return fmt::format("{} {} {}{}", text(import->module), import->level, import->star, names(import->names));
      }
      case StmtKind::kDelete:
        return list(static_cast<const Delete*>(stmt)->targets);
      case StmtKind::kAssert:
        return expression(static_cast<const Assert*>(stmt)->condition) +
               expression(static_cast<const Assert*>(stmt)->message);
      case StmtKind::kMatch: {
        const auto* match = static_cast<const Match*>(stmt);
        std::string out = expression(match->subject);
        for (const MatchCase& each : match->cases)
          out += fmt::format(" case {} if {} {}", pattern(each.pattern), expression(each.guard), block(each.body));
        return out;
      }
      default:
        return "";
    }
  }

  std::string pattern(const Pattern* of) {
    std::string out =
        fmt::format("<{} {} {}", static_cast<int>(of->kind), expression(of->value), expression(of->target));
    for (const Expr* key : of->keys) out += " key " + expression(key);
    for (const Str* keyword : of->keywords) out += " " + text(keyword);
    for (const Pattern* part : of->parts) out += " " + pattern(part);
    return out + ">";
  }

  Parser& parser_;
  int starred_ = 0;
};

}  // namespace ckptlint::python
