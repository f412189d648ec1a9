// Collects the names that statements bind or change, so that a module's statements can wait until one is asked for.
#include "python/syntax/touched_names.h"

namespace ckptlint::python {
namespace {

void touch_target(const Expr* target, std::unordered_set<Str*>& out) {
  while (true) {
    switch (target->kind) {
      case ExprKind::kName:
        out.insert(static_cast<const Name*>(target)->symbol);
        return;
      case ExprKind::kAttribute:
        target = static_cast<const Attribute*>(target)->object;
        continue;
      case ExprKind::kSubscript:
        target = static_cast<const Subscript*>(target)->object;
        continue;
      case ExprKind::kCall:
        target = static_cast<const Call*>(target)->callee;
        continue;
      case ExprKind::kStarred:
        target = static_cast<const Starred*>(target)->value;
        continue;
      case ExprKind::kTuple:
      case ExprKind::kList:
        for (const Expr* each : static_cast<const Sequence*>(target)->items) touch_target(each, out);
        return;
      default:
        return;
    }
  }
}

void touch(const Stmt* stmt, std::unordered_set<Str*>& out) {
  switch (stmt->kind) {
    case StmtKind::kExpr: {
      const Expr* value = static_cast<const ExprStmt*>(stmt)->value;
      if (value->kind == ExprKind::kCall) touch_target(static_cast<const Call*>(value)->callee, out);
      if (value->kind == ExprKind::kNamed) out.insert(static_cast<const Named*>(value)->target->symbol);
      return;
    }
    case StmtKind::kAssign:
      for (const Expr* target : static_cast<const Assign*>(stmt)->targets) touch_target(target, out);
      return;
    case StmtKind::kAugAssign:
      return touch_target(static_cast<const AugAssign*>(stmt)->target, out);
    case StmtKind::kAnnAssign:
      return touch_target(static_cast<const AnnAssign*>(stmt)->target, out);
    case StmtKind::kIf: {
      auto* branch = static_cast<const If*>(stmt);
      bool never = branch->condition->kind == ExprKind::kName &&
                   static_cast<const Name*>(branch->condition)->symbol->view() == "TYPE_CHECKING";
      if (!never) touch_block(branch->body, out);
      touch_block(branch->otherwise, out);
      return;
    }
    case StmtKind::kFor:
      touch_target(static_cast<const For*>(stmt)->target, out);
      touch_block(static_cast<const For*>(stmt)->body, out);
      touch_block(static_cast<const For*>(stmt)->otherwise, out);
      return;
    case StmtKind::kWhile:
      touch_block(static_cast<const While*>(stmt)->body, out);
      touch_block(static_cast<const While*>(stmt)->otherwise, out);
      return;
    case StmtKind::kDef:
      out.insert(static_cast<const Def*>(stmt)->name);
      return;
    case StmtKind::kClass:
      out.insert(static_cast<const ClassDef*>(stmt)->name);
      return;
    case StmtKind::kTry: {
      const Try* attempt = static_cast<const Try*>(stmt);
      touch_block(attempt->body, out);
      for (const ExceptClause& handler : attempt->handlers) touch_block(handler.body, out);
      touch_block(attempt->otherwise, out);
      touch_block(attempt->finally, out);
      return;
    }
    case StmtKind::kWith:
      for (const WithItem& item : static_cast<const With*>(stmt)->items) {
        if (item.target != nullptr) touch_target(item.target, out);
      }
      return touch_block(static_cast<const With*>(stmt)->body, out);
    case StmtKind::kImport:
      for (const ImportName& name : static_cast<const Import*>(stmt)->names) out.insert(name.target->symbol);
      return;
    case StmtKind::kImportFrom:
      for (const ImportName& name : static_cast<const ImportFrom*>(stmt)->names) out.insert(name.target->symbol);
      return;
    case StmtKind::kDelete:
      for (const Expr* target : static_cast<const Delete*>(stmt)->targets) touch_target(target, out);
      return;
    default:
      return;
  }
}

}  // namespace

void touch_block(const Block& block, std::unordered_set<Str*>& out) {
  for (const Stmt* stmt : block) touch(stmt, out);
}

bool contains_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    bool starts = at == 0 || !is_of_word(text[at - 1]);
    bool ends = at + word.size() == text.size() || !is_of_word(text[at + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

std::string_view plain_target(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_of_word(text[at])) ++at;
  std::string_view word = text.substr(0, at);
  while (at < text.size() && text[at] == ' ') ++at;
  bool assigned = at + 1 < text.size() && text[at] == '=' && text[at + 1] != '=';
  bool annotated = at < text.size() && text[at] == ':';
  static constexpr std::string_view kKeywords[] = {"if",   "for",  "while",  "try",     "with",
                                                   "else", "elif", "except", "finally", "lambda"};
  for (std::string_view keyword : kKeywords) {
    if (word == keyword) return {};
  }
  // `a = b = value` binds more than its first name.
  if (assigned) {
    std::size_t next = at + 1;
    while (next < text.size() && (text[next] == ' ' || is_of_word(text[next]))) ++next;
    if (next + 1 < text.size() && text[next] == '=' && text[next + 1] != '=') return {};
  }
  return assigned || annotated ? word : std::string_view();
}

}  // namespace ckptlint::python
