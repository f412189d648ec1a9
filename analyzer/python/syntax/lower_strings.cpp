#include "python/syntax/literals.h"
#include "python/syntax/lower.h"
#include "python/syntax/lower_node.h"

namespace ckptlint::python {
namespace {

struct Prefix {
  bool raw = false, bytes = false, format = false;
};
Prefix prefix_of(std::string_view start) {
  Prefix prefix;
  for (char c : start) {
    char lower = static_cast<char>(c | 0x20);
    if (c == '"' || c == '\'') break;
    prefix.raw |= lower == 'r';
    prefix.bytes |= lower == 'b';
    prefix.format |= lower == 'f';
  }
  return prefix;
}

std::string without_doubled_braces(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) ++i;
  }
  return out;
}

}  // namespace

Expr* Lowering::format_spec(TSNode node, Scope& scope) {
  std::vector<FormatPart> parts;
  std::uint32_t at = ts_node_start_byte(node) + 1;  // behind the colon
  auto literal = [&](std::uint32_t end) {
    if (end <= at) return;
    FormatPart part;
    part.text = symbols_.intern(text_.substr(at, end - at));
    parts.push_back(part);
  };
  for (TSNode child : children(node)) {
    literal(ts_node_start_byte(child));
    FormatPart part;
    TSNode inner = field(child, Field::kExpression);
    if (ts_node_is_null(inner)) inner = ts_node_named_child(child, 0);
    part.value = expression(inner, scope);
    parts.push_back(part);
    at = ts_node_end_byte(child);
  }
  literal(ts_node_end_byte(node));
  Format* made = make<Format>(ExprKind::kFormat, node);
  made->parts = items(parts);
  return made;
}

void Lowering::string_parts(TSNode node, Scope& scope, std::vector<FormatPart>& parts, bool& bytes) {
  Prefix prefix;
  std::size_t quotes = 1;
  auto literal = [&](std::string_view written) {
    std::string content(written);
    if (prefix.format) content = without_doubled_braces(content);
    if (!prefix.raw) content = unescape(content, prefix.bytes);
    FormatPart part;
    part.text = symbols_.intern(content);
    parts.push_back(part);
  };
  for (TSNode child : children(node)) {
    switch (type_of(child)) {
      case Node::string_start:
        prefix = prefix_of(text(child));
        bytes |= prefix.bytes;
        if (text(child).ends_with("\"\"\"") || text(child).ends_with("'''")) quotes = 3;
        break;
      case Node::string_content:
        literal(text(child));
        break;
      case Node::string_end:
        // The grammar counts a backslash and what it protects, at the end of a raw string, to its closing quotes.
        if (text(child).size() > quotes) literal(text(child).substr(0, text(child).size() - quotes));
        break;
      case Node::interpolation: {
        FormatPart part;
        TSNode inner = field(child, Field::kExpression);
        if (ts_node_is_null(inner)) inner = ts_node_named_child(child, 0);
        part.value = expression(inner, scope);
        TSNode conversion = field(child, Field::kTypeConversion);
        if (!ts_node_is_null(conversion) && text(conversion).size() > 1) part.conversion = text(conversion)[1];
        TSNode spec = field(child, Field::kFormatSpecifier);
        if (!ts_node_is_null(spec)) part.spec = format_spec(spec, scope);
        for (std::uint32_t i = 0; i < ts_node_child_count(child); ++i) {
          TSNode token = ts_node_child(child, i);
          if (is_anonymous(token, "=")) {
            std::uint32_t begin = ts_node_start_byte(inner);
            part.debug = symbols_.intern(text_.substr(begin, ts_node_end_byte(token) - begin));
          }
        }
        parts.push_back(part);
        break;
      }
      default:
        break;
    }
  }
}

Expr* Lowering::string_literal(TSNode node, Scope& scope) {
  std::vector<FormatPart> parts;
  bool bytes = false;
  if (type_of(node) == Node::concatenated_string) {
    for (TSNode child : children(node)) string_parts(child, scope, parts, bytes);
  } else {
    string_parts(node, scope, parts, bytes);
  }
  bool constant = true;
  for (const FormatPart& part : parts) constant &= part.value == nullptr;
  if (!constant) {
    Format* made = make<Format>(ExprKind::kFormat, node);
    made->parts = items(parts);
    return made;
  }
  Constant* made = make<Constant>(ExprKind::kConstant, node);
  std::string whole;
  for (const FormatPart& part : parts) whole += part.text->view();
  if (bytes) {
    Bytes* value = arena_.make<Bytes>();
    value->kind = Kind::kBytes;
    value->data = arena_.copy(whole);
    made->value = Value::of(value);
  } else {
    made->value = Value::of(symbols_.intern(whole));
  }
  return made;
}

}  // namespace ckptlint::python
