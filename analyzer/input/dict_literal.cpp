// Reads a pasted Python dict of constants by its syntax tree, without running it.
#include "input/dict_literal.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "base/escape.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {
namespace {

using python::Expr;
using python::ExprKind;

// Python text that is read as a whole.
class Text {
 public:
  explicit Text(std::string_view text) {
    unit_.text = text;
    lines_.push_back(0);
    for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) lines_.push_back(at + 1);
  }

  // Throws SyntaxError.
  python::Block statements() {
    python::Piece piece;
    piece.end = static_cast<std::uint32_t>(unit_.text.size());
    piece.line = 1;
    return parser_.statement(&unit_, piece, nullptr)->body;
  }

  std::string_view between(const Expr* first, const Expr* last) const {
    const std::size_t begin = offset(first->at.line, first->at.column);
    return unit_.text.substr(begin, offset(last->at.end_line, last->at.end_column) - begin);
  }
  std::string_view of(const Expr* expr) const { return between(expr, expr); }

 private:
  std::size_t offset(std::uint32_t line, std::uint32_t column) const { return lines_[line - 1] + column - 1; }

  python::SourceUnit unit_;
  std::vector<std::size_t> lines_;
  python::Arena arena_{std::size_t{1} << 30};
  python::Symbols symbols_{arena_};
  python::Parser parser_{arena_, symbols_};
};

bool is_constant(const Expr* expr, python::Kind kind) {
  return expr->kind == ExprKind::kConstant && static_cast<const python::Constant*>(expr)->value.is(kind);
}

bool is_integer(const Expr* expr) {
  return is_constant(expr, python::Kind::kInt) || is_constant(expr, python::Kind::kBigInt);
}

std::optional<std::string> constant_of(const Text& source, const Expr* expr) {
  const std::string_view written = source.of(expr);
  if (is_integer(expr)) return std::string(written);
  if (expr->kind == ExprKind::kUnary && is_integer(static_cast<const python::Unary*>(expr)->operand))
    return std::string(written);
  // Escapes have no place in names of modules and devices.
  if (!is_constant(expr, python::Kind::kStr) || written.find('\\') != written.npos) return std::nullopt;
  return std::string(static_cast<const python::Constant*>(expr)->value.as<python::Str>()->view());
}

// torch.device("cuda:0"), torch.device("cuda", 0).
std::optional<std::string> device_of(const Text& source, const Expr* expr) {
  if (expr->kind != ExprKind::kCall) return std::nullopt;
  const auto* call = static_cast<const python::Call*>(expr);
  if (source.of(call->callee) != "torch.device") return std::nullopt;
  std::string text;
  for (const python::CallArgument& argument : call->arguments) {
    if (argument.keyword != nullptr || argument.stars != 0) return std::nullopt;
    const std::optional<std::string> part = constant_of(source, argument.value);
    if (!part) return std::nullopt;
    text += (text.empty() ? "" : ":") + *part;
  }
  return text;
}

// The dict in `dict` or `name = dict`; null if the text is anything else.
const python::DictDisplay* dict_in(const python::Block& statements) {
  if (statements.size() != 1) return nullptr;
  const python::Stmt* only = statements[0];
  const Expr* found = nullptr;
  if (only->kind == python::StmtKind::kExpr) found = static_cast<const python::ExprStmt*>(only)->value;
  if (only->kind == python::StmtKind::kAssign) found = static_cast<const python::Assign*>(only)->value;
  if (only->kind == python::StmtKind::kAnnAssign) found = static_cast<const python::AnnAssign*>(only)->value;
  if (found == nullptr || found->kind != ExprKind::kDict) return nullptr;
  return static_cast<const python::DictDisplay*>(found);
}

Result<std::vector<DictItem>> items_of(const Text& source, const python::DictDisplay& dict, const std::string& shown) {
  std::vector<DictItem> items;
  std::unordered_map<std::string, std::size_t> position;
  for (std::size_t i = 0; i < dict.keys.size(); ++i) {
    const Expr* name = dict.keys[i];
    const Expr* given = dict.values[i];
    const std::optional<std::string> key = name == nullptr ? std::nullopt : constant_of(source, name);
    if (!key) {
      const std::string pair(name == nullptr ? fmt::format("**{}", source.of(given)) : source.between(name, given));
      return Error{fmt::format("{}: {} on line {} is not a constant key with a value", shown,
                               quoted_name(std::string_view(pair).substr(0, 80)),
                               name == nullptr ? given->at.line : name->at.line)};
    }
    std::optional<std::string> value = constant_of(source, given);
    if (!value) value = device_of(source, given);
    if (!value) {
      return Error{fmt::format("{} gives {} the value {}, which is no constant", shown, quoted_name(*key),
                               quoted_name(source.of(given).substr(0, 80)))};
    }
    DictItem item{*key, std::move(*value), is_constant(given, python::Kind::kStr)};
    const auto [found, is_new] = position.emplace(*key, items.size());
    if (is_new)
      items.push_back(std::move(item));
    else
      items[found->second] = std::move(item);
  }
  return items;
}

}  // namespace

Result<std::vector<DictItem>> parse_dict_literal(std::string_view text, const std::string& shown) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  Text source(text);
  try {
    const python::DictDisplay* dict = dict_in(source.statements());
    if (dict != nullptr) return items_of(source, *dict, shown);
  } catch (const python::SyntaxError& error) {
    return Error{fmt::format("{} is no dict of names and devices: it {}", shown, error.message)};
  }
  return Error{fmt::format("{} is no dict of names and devices", shown)};
}

}  // namespace ckptlint
