#include "python/table_reader.h"

#include <vector>

namespace ckptlint::python {
namespace {

constexpr int kMaxDepth = 20;

bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_word(char c) { return starts_word(c) || (c >= '0' && c <= '9'); }

// Every function returns null where the text is not of the simple kind.
class TableReader {
 public:
  TableReader(Arena& arena, Symbols& symbols, std::string_view text, std::uint32_t line)
      : arena_(arena), symbols_(symbols), text_(text), at_{line, 1, line, 1} {}

  Assign* statement() {
    Expr* target = name();
    if (target == nullptr || !take('=')) return nullptr;
    Expr* value = expression(0);
    if (value == nullptr || peek() != '\0') return nullptr;
    auto* made = arena_.make<Assign>();
    made->kind = StmtKind::kAssign;
    made->at = at_;
    made->targets = items({target});
    made->value = value;
    return made;
  }

 private:
  template <typename T>
  T* make(ExprKind kind) {
    T* made = arena_.make<T>();
    made->kind = kind;
    made->at = at_;
    return made;
  }

  Items<Expr*> items(const std::vector<Expr*>& from) {
    Items<Expr*> made{arena_.array<Expr*>(from.size()), static_cast<std::uint32_t>(from.size())};
    for (std::size_t i = 0; i < from.size(); ++i) made.items[i] = from[i];
    return made;
  }

  // The next character that is not space or comment; '\0' at the end.
  char peek() {
    while (next_ < text_.size()) {
      const char c = text_[next_];
      if (c == '#') {
        next_ = std::min(text_.find('\n', next_), text_.size());
      } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        ++next_;
      } else {
        return c;
      }
    }
    return '\0';
  }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++next_;
    return true;
  }

  std::string_view word() {
    const std::size_t begin = next_;
    while (next_ < text_.size() && in_word(text_[next_])) ++next_;
    return text_.substr(begin, next_ - begin);
  }

  Expr* name() {
    if (!starts_word(peek())) return nullptr;
    Name* made = make<Name>(ExprKind::kName);
    made->symbol = symbols_.intern(word());
    made->scope = NameScope::kGlobal;
    return made;
  }

  Expr* constant(Value value) {
    Constant* made = make<Constant>(ExprKind::kConstant);
    made->value = value;
    return made;
  }

  Expr* expression(int depth) {
    if (depth > kMaxDepth) return nullptr;
    switch (peek()) {
      case '"':
      case '\'':
        return string();
      case '[':
        ++next_;
        return sequence(ExprKind::kList, ']', depth);
      case '(':
        ++next_;
        return sequence(ExprKind::kTuple, ')', depth);
      case '{':
        ++next_;
        return dict(depth);
      default:
        return word_or_call(depth);
    }
  }

  // One literal without prefix or escape, and not glued to another.
  Expr* string() {
    const char quote = text_[next_];
    const std::size_t begin = next_ + 1;
    std::size_t end = begin;
    while (end < text_.size() && text_[end] != quote) {
      if (text_[end] == '\\' || text_[end] == '\n') return nullptr;
      ++end;
    }
    if (end >= text_.size()) return nullptr;
    next_ = end + 1;
    const char behind = peek();
    if (behind == '"' || behind == '\'') return nullptr;
    return constant(Value::of(symbols_.intern(text_.substr(begin, end - begin))));
  }

  Expr* sequence(ExprKind kind, char close, int depth) {
    std::vector<Expr*> found;
    bool comma = false;
    while (!take(close)) {
      if (!found.empty() && !comma) return nullptr;
      Expr* item = expression(depth + 1);
      if (item == nullptr) return nullptr;
      found.push_back(item);
      comma = take(',');
    }
    if (kind == ExprKind::kTuple && found.size() == 1 && !comma) return found[0];  // parentheses
    Sequence* made = make<Sequence>(kind);
    made->items = items(found);
    return made;
  }

  Expr* dict(int depth) {
    std::vector<Expr*> keys, values;
    bool comma = true;
    while (!take('}')) {
      Expr* key = comma ? expression(depth + 1) : nullptr;
      if (key == nullptr || !take(':')) return nullptr;
      Expr* value = expression(depth + 1);
      if (value == nullptr) return nullptr;
      keys.push_back(key);
      values.push_back(value);
      comma = take(',');
    }
    DictDisplay* made = make<DictDisplay>(ExprKind::kDict);
    made->keys = items(keys);
    made->values = items(values);
    return made;
  }

  Expr* word_or_call(int depth) {
    if (!starts_word(peek())) return nullptr;
    const std::size_t begin = next_;
    const std::string_view found = word();
    if (found == "None") return constant(Value::none());
    if (found == "True" || found == "False") return constant(Value::of(found == "True"));
    next_ = begin;
    Expr* callee = name();
    if (depth != 0 || !take('(')) return nullptr;
    Expr* argument = expression(depth + 1);
    if (argument == nullptr) return nullptr;
    take(',');
    if (!take(')')) return nullptr;
    Call* made = make<Call>(ExprKind::kCall);
    made->callee = callee;
    made->arguments = {arena_.array<CallArgument>(1), 1};
    made->arguments.items[0].value = argument;
    made->simple = true;
    return made;
  }

  Arena& arena_;
  Symbols& symbols_;
  std::string_view text_;
  Position at_;
  std::size_t next_ = 0;
};

}  // namespace

Assign* read_table(Arena& arena, Symbols& symbols, std::string_view text, std::uint32_t line) {
  return TableReader(arena, symbols, text, line).statement();
}

}  // namespace ckptlint::python
