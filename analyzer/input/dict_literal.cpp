#include "input/dict_literal.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "base/escape.h"
#include "python/syntax/python_text.h"

namespace ckptlint {
namespace {

// The text of a plain string constant: escapes have no place in names of modules and devices.
std::optional<std::string> string_of(const PythonText& source, TSNode node) {
  if (!is_a(node, "string")) return std::nullopt;
  std::string text;
  for (TSNode part : named_children(node)) {
    if (is_a(part, "string_start")) {
      for (const char c : source.text_of(part)) {
        if (c != '"' && c != '\'' && c != 'r' && c != 'u') return std::nullopt;
      }
    } else if (is_a(part, "string_content")) {
      if (ts_node_named_child_count(part) != 0) return std::nullopt;
      text += source.text_of(part);
    } else if (!is_a(part, "string_end")) {
      return std::nullopt;
    }
  }
  return text;
}

std::optional<std::string> constant_of(const PythonText& source, TSNode node) {
  if (is_a(node, "integer")) return std::string(source.text_of(node));
  if (is_a(node, "unary_operator") && is_a(field_of(node, "argument"), "integer"))
    return std::string(source.text_of(node));
  return string_of(source, node);
}

// torch.device("cuda:0"), torch.device("cuda", 0).
std::optional<std::string> device_of(const PythonText& source, TSNode node) {
  if (!is_a(node, "call") || source.text_of(field_of(node, "function")) != "torch.device") return std::nullopt;
  std::string text;
  for (TSNode argument : named_children(field_of(node, "arguments"))) {
    const std::optional<std::string> part = constant_of(source, argument);
    if (!part) return std::nullopt;
    text += (text.empty() ? "" : ":") + *part;
  }
  return text;
}

// The dict in `dict` or `name = dict`; a null node if the text is anything else.
TSNode dict_in(const PythonText& source) {
  TSNode found{};
  for (TSNode statement : named_children(source.root())) {
    if (is_a(statement, "comment")) continue;
    if (!is_a(statement, "expression_statement") || !ts_node_is_null(found)) return {};
    found = ts_node_named_child(statement, 0);
    if (is_a(found, "assignment")) found = field_of(found, "right");
  }
  return is_a(found, "dictionary") ? found : TSNode{};
}

}  // namespace

Result<std::vector<DictItem>> parse_dict_literal(std::string_view text, const std::string& shown) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const Result<PythonText> source = PythonText::parse(std::string(begin == text.npos ? "" : text.substr(begin)));
  if (!source.ok()) return Error{fmt::format("{} is no dict of names and devices: {}", shown, source.error().message)};
  const TSNode dict = dict_in(*source);
  if (ts_node_is_null(dict)) return Error{fmt::format("{} is no dict of names and devices", shown)};
  std::vector<DictItem> items;
  std::unordered_map<std::string, std::size_t> position;
  for (TSNode pair : named_children(dict)) {
    if (is_a(pair, "comment")) continue;
    const std::optional<std::string> key = constant_of(*source, field_of(pair, "key"));
    if (!is_a(pair, "pair") || !key) {
      return Error{fmt::format("{}: {} on line {} is not a constant key with a value", shown,
                               quoted_name(source->text_of(pair).substr(0, 80)), ts_node_start_point(pair).row + 1)};
    }
    const TSNode given = field_of(pair, "value");
    std::optional<std::string> value = constant_of(*source, given);
    if (!value) value = device_of(*source, given);
    if (!value) {
      return Error{fmt::format("{} gives {} the value {}, which is no constant", shown, quoted_name(*key),
                               quoted_name(source->text_of(given).substr(0, 80)))};
    }
    DictItem item{*key, std::move(*value), is_a(given, "string")};
    const auto [found, is_new] = position.emplace(*key, items.size());
    if (is_new)
      items.push_back(std::move(item));
    else
      items[found->second] = std::move(item);
  }
  return items;
}

}  // namespace ckptlint
