// Finds classes, methods, and what tokens are around them in the text of a file, for edits.
#include "python/syntax/python_text.h"

#include <algorithm>
#include <tuple>

#include "python/syntax/reader.h"

namespace ckptlint {

using namespace python;

PythonText::PythonText(std::string text)
    : text_(std::make_unique<const std::string>(std::move(text))),
      unit_(std::make_unique<SourceUnit>()),
      arena_(std::make_unique<Arena>(std::size_t{1} << 30)),
      lines_(*text_) {}

Result<PythonText> PythonText::parse(std::string text) {
  PythonText parsed(std::move(text));
  SourceUnit& unit = *parsed.unit_;
  unit.text = parsed.text();
  Symbols symbols(*parsed.arena_);
  const Keywords keywords(symbols);
  Code code;
  code.kind = CodeKind::kModule;
  code.unit = &unit;
  try {
    Reader reader(*parsed.arena_, symbols, keywords, &unit, 0, static_cast<std::uint32_t>(unit.text.size()), 1);
    parsed.statements_ = reader.all_statements(&code);
  } catch (const SyntaxError&) {
    return Error{"the file has a syntax error"};
  } catch (const BudgetExceeded&) {
    return Error{"the file could not be parsed"};
  }
  return parsed;
}

std::vector<Node> PythonText::around(const Node& node) const {
  std::vector<Node> found;
  bool is_found = false;
  walk_inside(statements_, [&](const Node& each, const std::vector<Node>& outer) {
    if (each == node && !is_found) {
      found = outer;
      is_found = true;
    }
    return !is_found;
  });
  return found;
}

const Stmt* PythonText::innermost_statement(const Span& span) const {
  const Stmt* found = nullptr;
  if (span.line == 0) return found;
  const std::tuple begin(span.line, std::max(span.column, 1U));
  const std::tuple end = span.end_line == 0 ? begin : std::tuple(span.end_line, std::max(span.end_column, 1U));
  walk(statements_, [&](const Node& node) {
    const Stmt* each = node.stmt();
    if (each == nullptr) return false;
    const bool holds = std::tuple(each->at.line, each->at.column) <= begin &&
                       end <= std::tuple(each->at.end_line, each->at.end_column);
    const bool is_one = as<ExprStmt>(each) != nullptr || as<Assign>(each) != nullptr ||
                        as<AugAssign>(each) != nullptr || as<AnnAssign>(each) != nullptr;
    if (holds && is_one) found = each;
    return true;
  });
  return found;
}

const ClassDef* PythonText::class_named(std::string_view name) const {
  const ClassDef* found = nullptr;
  walk(statements_, [&](const Node& node) {
    const ClassDef* type = as<ClassDef>(node);
    if (type != nullptr && type->name->view() == name) found = type;
    return node.stmt() != nullptr;
  });
  return found;
}

std::vector<std::string_view> PythonText::bases_of(const ClassDef& type) const {
  std::vector<std::string_view> bases;
  for (const CallArgument& each : type.bases) {
    const bool is_plain = each.keyword == nullptr && each.stars == 0;
    if (is_plain && (as<Name>(each.value) != nullptr || as<Attribute>(each.value) != nullptr))
      bases.push_back(text_of(each.value->at));
  }
  return bases;
}

std::size_t PythonText::next_token(std::size_t offset) const {
  while (offset < text_->size()) {
    offset = std::min(text_->find_first_not_of(" \t\r\n\f\\", offset), text_->size());
    if (offset == text_->size() || (*text_)[offset] != '#') break;
    offset = next_line(offset);
  }
  return offset;
}

Extent PythonText::with_parentheses(const Position& at, std::size_t from) const {
  Extent extent{begin_of(at), end_of(at)};
  std::vector<std::size_t> opened;
  for (std::size_t each = next_token(from); each < extent.begin && (*text_)[each] == '('; each = next_token(each + 1))
    opened.push_back(each);
  for (; !opened.empty(); opened.pop_back()) {
    const std::size_t closing = next_token(extent.end);
    if (closing == text_->size() || (*text_)[closing] != ')') break;
    extent = {opened.back(), closing + 1};
  }
  return extent;
}

std::size_t PythonText::open_parenthesis(const Call& call) const {
  std::size_t at = next_token(end_of(call.callee->at));
  while (at < text_->size() && (*text_)[at] == ')') at = next_token(at + 1);
  return at;
}

WrittenItem PythonText::item(const Position& value, std::size_t from, std::size_t value_from) const {
  WrittenItem made;
  made.value = with_parentheses(value, value_from);
  made.whole = {from == value_from ? made.value.begin : from, made.value.end};
  const std::size_t next = next_token(made.whole.end);
  made.has_comma = next < text_->size() && (*text_)[next] == ',';
  made.behind = made.has_comma ? next + 1 : made.whole.end;
  return made;
}

std::vector<WrittenItem> PythonText::items_of(const Call& call) const {
  std::vector<WrittenItem> items;
  std::size_t from = open_parenthesis(call) + 1;
  for (const CallArgument& each : call.arguments) {
    from = next_token(from);
    std::size_t value_from = from + each.stars;
    if (each.keyword != nullptr) value_from = next_token(text_->find_first_of(" \t\r\n\f\\#=", from)) + 1;
    items.push_back(item(each.value->at, from, value_from));
    from = items.back().behind;
  }
  return items;
}

std::vector<WrittenItem> PythonText::items_of(const Sequence& sequence) const {
  std::vector<WrittenItem> items;
  std::size_t from = begin_of(sequence.at) + (is_bracketed(sequence) ? 1 : 0);
  for (const Expr* each : sequence.items) {
    from = next_token(from);
    items.push_back(item(each->at, from, from));
    from = items.back().behind;
  }
  return items;
}

bool PythonText::is_bracketed(const Sequence& sequence) const {
  if (sequence.kind != ExprKind::kTuple || sequence.items.empty()) return true;
  const std::size_t begin = begin_of(sequence.at);
  return with_parentheses(sequence.items[0]->at, begin).begin != begin;
}

std::vector<Extent> PythonText::literals_in(const Position& at) const {
  std::vector<Extent> literals;
  const std::string_view text = std::string_view(*text_).substr(0, end_of(at));
  for (std::size_t begin = begin_of(at); begin < text.size(); begin = next_token(literals.back().end)) {
    const std::size_t quote = std::min(text.find_first_of("\"'", begin), text.size() - 1);
    const bool is_triple = text.substr(quote, 3) == std::string(3, text[quote]);
    const std::string_view closing = text.substr(quote, is_triple ? 3 : 1);
    std::size_t end = quote + closing.size();
    while (end < text.size() && !text.substr(end).starts_with(closing)) end += text[end] == '\\' ? 2 : 1;
    literals.push_back({begin, std::min(end + closing.size(), text.size())});
  }
  return literals;
}

Extent PythonText::default_of(const Parameter& parameter) const {
  const Position& at = parameter.default_value->at;
  const std::size_t value = begin_of(at);
  // The nearest `=` behind which there is nothing but parentheses and comments up to the value.
  for (std::size_t sign = text_->rfind('=', value); sign != std::string::npos && sign > 0;
       sign = text_->rfind('=', sign - 1)) {
    std::size_t each = next_token(sign + 1);
    while (each < value && (*text_)[each] == '(') each = next_token(each + 1);
    if (each == value) return with_parentheses(at, sign + 1);
  }
  return {value, end_of(at)};
}

std::size_t PythonText::begin_of_statement(const Stmt& statement) const {
  const Def* function = as<Def>(&statement);
  const ClassDef* type = as<ClassDef>(&statement);
  const Items<Expr*> decorators = function != nullptr ? function->decorators
                                  : type != nullptr   ? type->decorators
                                                      : Items<Expr*>{};
  return decorators.empty() ? begin_of(statement.at) : text_->rfind('@', begin_of(decorators[0]->at));
}

std::size_t PythonText::begin_of_body(const Code& code) const {
  if (code.doc_end != 0) return code.doc_begin;
  return code.body.empty() ? end_of(code.at) : begin_of_statement(*code.body[0]);
}

std::size_t PythonText::behind_body(const Code& code) const {
  const std::size_t begin = begin_of_body(code);
  const std::size_t width = indentation_at(begin).size();
  const bool doc_alone = code.body.empty() && code.doc_end != 0;
  const std::size_t last =
      doc_alone ? code.doc_end : end_of(code.body.empty() ? code.at : code.body[code.body.size() - 1]->at);
  std::size_t behind = next_line(last);
  if (!begins_line(begin)) return behind;  // behind its header
  for (std::size_t line = behind; line < text_->size(); line = next_line(line)) {
    const std::size_t first = std::min(text_->find_first_not_of(" \t\r\f", line), text_->size());
    if (first < text_->size() && (*text_)[first] == '\n') continue;
    if (first == text_->size() || (*text_)[first] != '#' || first - line < width) break;
    behind = next_line(line);
  }
  return behind;
}

std::string_view PythonText::indentation_at(std::size_t offset) const {
  const std::string_view text = *text_;
  const std::size_t line_break = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
  const std::size_t end = std::min(text.find_first_not_of(" \t", begin), text.size());
  return text.substr(begin, end - begin);
}

bool PythonText::begins_line(std::size_t offset) const {
  const std::string_view indentation = indentation_at(offset);
  return indentation.data() + indentation.size() == text_->data() + offset;
}

std::size_t PythonText::next_line(std::size_t offset) const {
  const std::size_t end = text_->find('\n', offset);
  return end == std::string::npos ? text_->size() : end + 1;
}

const Def* method_of(const ClassDef& type, std::string_view name) {
  const Def* found = nullptr;
  for (const Stmt* each : type.code->body) {
    const Def* function = as<Def>(each);
    if (function != nullptr && function->name->view() == name) found = function;
  }
  return found;
}

bool is_name(const Expr* node, std::string_view name) {
  const Name* found = as<Name>(node);
  return found != nullptr && found->symbol->view() == name;
}

const Attribute* self_attribute(const Expr* node) {
  const Attribute* attribute = as<Attribute>(node);
  return attribute != nullptr && is_name(attribute->object, "self") ? attribute : nullptr;
}

}  // namespace ckptlint
