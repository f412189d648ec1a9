// Finds calls, class attributes and imports in modeling source, and makes the edits that change them.
#include "fix/python_edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace ckptlint {
namespace {

constexpr std::size_t kWidestLine = 100;
constexpr int kDeepestChain = 64;  // of base classes: they can be circular in a file that was never run

std::vector<TSNode> arguments_of(TSNode call) {
  std::vector<TSNode> arguments = named_children(field_of(call, "arguments"));
  std::erase_if(arguments, [](TSNode node) { return is_a(node, "comment"); });
  return arguments;
}

bool calls(const PythonText& source, TSNode call, std::string_view name) {
  const TSNode callee = field_of(call, "function");
  const TSNode last = is_a(callee, "attribute") ? field_of(callee, "attribute") : callee;
  return is_a(last, "identifier") && source.text_of(last) == name;
}

TSNode argument_named(const PythonText& source, const std::vector<TSNode>& arguments, std::string_view name) {
  for (TSNode argument : arguments) {
    if (is_a(argument, "keyword_argument") && source.text_of(field_of(argument, "name")) == name) return argument;
  }
  return {};
}

// The value of the argument at that position or of that name; null if it is not given.
TSNode argument_value(const PythonText& source, TSNode call, std::size_t position, std::string_view name) {
  const std::vector<TSNode> arguments = arguments_of(call);
  const TSNode keyword = argument_named(source, arguments, name);
  if (!ts_node_is_null(keyword)) return field_of(keyword, "value");
  if (position < arguments.size() && !is_a(arguments[position], "keyword_argument")) return arguments[position];
  return {};
}

bool registers(const PythonText& source, TSNode call, std::string_view name) {
  if (calls(source, call, "register_buffer")) {
    const TSNode given = argument_value(source, call, 0, "name");
    return !ts_node_is_null(given) && string_value(source, given) == std::string(name);
  }
  if (!calls(source, call, "Buffer")) return false;
  const TSNode assignment = ts_node_parent(call);
  const TSNode target = is_a(assignment, "assignment") ? field_of(assignment, "left") : TSNode{};
  return is_a(target, "attribute") && source.text_of(field_of(target, "attribute")) == name;
}

TSNode class_around(TSNode node) {
  while (!ts_node_is_null(node) && !is_a(node, "class_definition")) node = ts_node_parent(node);
  return node;
}

Edit replacement(TSNode node, std::string text, FileId file) {
  return {file, ts_node_start_byte(node), ts_node_end_byte(node), std::move(text)};
}

// `argument` added after the last one: on a line of its own if that one begins its line.
Edit added_argument(const PythonText& source, TSNode call, std::string_view argument, FileId file) {
  const std::vector<TSNode> arguments = arguments_of(call);
  const TSNode list = field_of(call, "arguments");
  if (arguments.empty()) {
    const std::size_t at = ts_node_start_byte(list) + 1;
    return {file, at, at, std::string(argument)};
  }
  const TSNode last = arguments.back();
  std::size_t end = ts_node_end_byte(last);
  const TSNode after = ts_node_next_sibling(last);
  const bool comma = !ts_node_is_null(after) && source.text_of(after) == ",";
  if (comma) end = ts_node_end_byte(after);
  const std::string_view indentation = source.indentation_at(ts_node_start_byte(last));
  const bool own_line = ts_node_start_point(last).column == indentation.size();
  if (!own_line) return {file, end, end, fmt::format("{} {}", comma ? "" : ",", argument)};
  return {file, end, end, fmt::format("{}\n{}{}{}", comma ? "" : ",", indentation, argument, comma ? "," : "")};
}

// The assignment that gives a class attribute; null if the class body has none.
TSNode attribute_of(const PythonText& source, TSNode class_node, std::string_view attribute) {
  TSNode found{};
  for (TSNode statement : named_children(field_of(class_node, "body"))) {
    if (!is_a(statement, "expression_statement")) continue;
    for (TSNode child : named_children(statement)) {
      const TSNode target = is_a(child, "assignment") ? field_of(child, "left") : TSNode{};
      if (is_a(target, "identifier") && source.text_of(target) == attribute) found = child;
    }
  }
  return found;
}

std::string joined_literals(const std::vector<std::string>& entries, std::string_view separator) {
  std::string text;
  for (const std::string& entry : entries) text += (text.empty() ? "" : std::string(separator)) + string_literal(entry);
  return text;
}

Result<Edit> extended_list(const PythonText& source, TSNode value, std::string_view attribute,
                           const std::vector<std::string>& entries, FileId file) {
  if (is_a(value, "none")) return replacement(value, fmt::format("[{}]", joined_literals(entries, ", ")), file);
  if (!is_a(value, "list") && !is_a(value, "tuple") && !is_a(value, "set")) {
    return Error{fmt::format("{} is not written as a list", quoted_name(attribute))};
  }
  std::vector<TSNode> items = named_children(value);
  std::erase_if(items, [](TSNode node) { return is_a(node, "comment"); });
  if (items.empty()) {
    const std::string_view comma = is_a(value, "tuple") ? "," : "";
    const std::size_t at = ts_node_start_byte(value) + 1;
    return Edit{file, at, at, joined_literals(entries, ", ") + std::string(comma)};
  }
  const TSNode last = items.back();
  const TSNode after = ts_node_next_sibling(last);
  const bool comma = !ts_node_is_null(after) && source.text_of(after) == ",";
  const std::size_t end = ts_node_end_byte(comma ? after : last);
  const std::string_view indentation = source.indentation_at(ts_node_start_byte(last));
  const bool own_line = ts_node_start_point(last).column == indentation.size();
  const std::string separator = own_line ? fmt::format(",\n{}", indentation) : ", ";
  return Edit{file, end, end,
              (comma ? separator.substr(1) : separator) + joined_literals(entries, separator) + (comma ? "," : "")};
}

}  // namespace

std::optional<std::string> string_value(const PythonText& source, TSNode node) {
  if (!is_a(node, "string")) return std::nullopt;
  std::string value;
  for (TSNode part : named_children(node)) {
    if (is_a(part, "string_start")) {
      const std::string_view start = source.text_of(part);
      if (start.find_first_of("fFbB") != std::string_view::npos) return std::nullopt;
    } else if (is_a(part, "string_content")) {
      value = source.text_of(part);
    }
  }
  if (value.find('\\') != std::string::npos) return std::nullopt;
  return value;
}

std::string string_literal(std::string_view value) {
  return fmt::format("{}\"{}\"", value.find('\\') == std::string_view::npos ? "" : "r", value);
}

Result<std::vector<TSNode>> registrations_of(const PythonText& source, Span registered, std::string_view name) {
  const TSNode statement = source.innermost(registered, "expression_statement");
  TSNode first{};
  walk(statement, [&](TSNode node) {
    const bool one = is_a(node, "call") && (calls(source, node, "register_buffer") || calls(source, node, "Buffer"));
    if (one && ts_node_is_null(first)) first = node;
    return ts_node_is_null(first);
  });
  if (ts_node_is_null(first)) {
    return Error{
        fmt::format("line {} registers {} in a way that cannot be edited", registered.line, quoted_name(name))};
  }
  std::vector<TSNode> found{first};
  walk(class_around(first), [&](TSNode node) {
    if (is_a(node, "call") && !ts_node_eq(node, first) && registers(source, node, name)) found.push_back(node);
    return true;
  });
  return found;
}

Result<std::vector<Edit>> persistence_edits(const PythonText& source, const std::vector<TSNode>& calls_to_edit,
                                            FileId file) {
  std::vector<Edit> edits;
  for (TSNode call : calls_to_edit) {
    const std::vector<TSNode> arguments = arguments_of(call);
    const bool starred = std::any_of(arguments.begin(), arguments.end(), [](TSNode node) {
      return is_a(node, "list_splat") || is_a(node, "dictionary_splat");
    });
    if (starred) return Error{fmt::format("line {} passes arguments with a star", ts_node_start_point(call).row + 1)};
    const std::size_t position = calls(source, call, "register_buffer") ? 2 : arguments.size();  // Buffer: by name only
    const TSNode given = argument_value(source, call, position, "persistent");
    if (ts_node_is_null(given)) {
      edits.push_back(added_argument(source, call, "persistent=False", file));
    } else if (source.text_of(given) != "False") {
      edits.push_back(replacement(given, "False", file));
    }
  }
  return edits;
}

Result<Edit> class_list_edit(const PythonText& source, TSNode class_node, std::string_view attribute,
                             const std::vector<std::string>& entries, FileId file) {
  const TSNode assignment = attribute_of(source, class_node, attribute);
  if (!ts_node_is_null(assignment)) {
    return extended_list(source, field_of(assignment, "right"), attribute, entries, file);
  }
  // After the docstring and the attributes that the body starts with.
  const TSNode body = field_of(class_node, "body");
  TSNode last{};
  for (TSNode statement : named_children(body)) {
    if (is_a(statement, "comment")) continue;
    if (!is_a(statement, "expression_statement") && !is_a(statement, "pass_statement")) break;
    last = statement;
  }
  const std::size_t body_begin = ts_node_start_byte(body);
  const std::string_view indentation = source.indentation_at(body_begin);
  if (ts_node_start_point(body).row == ts_node_start_point(class_node).row) {
    return Error{
        fmt::format("the body of the class on line {} is on the same line", ts_node_start_point(class_node).row + 1)};
  }
  std::string line = fmt::format("{}{} = [{}]", indentation, attribute, joined_literals(entries, ", "));
  if (line.size() > kWidestLine) {
    const std::string separator = fmt::format(",\n{}    ", indentation);
    line = fmt::format("{}{} = [\n{}    {},\n{}]", indentation, attribute, indentation,
                       joined_literals(entries, separator), indentation);
  }
  if (ts_node_is_null(last)) {
    const std::size_t at = body_begin - indentation.size();
    return Edit{file, at, at, line + "\n\n"};
  }
  // A docstring alone is followed by a blank line.
  const TSNode only = ts_node_named_child(last, 0);
  const bool doc = is_a(only, "string");
  const std::size_t at = source.next_line(ts_node_end_byte(last));
  const bool unended = at == source.text().size() && !source.text().ends_with('\n');
  return Edit{file, at, at, (unended ? "\n" : "") + std::string(doc ? "\n" : "") + line + "\n"};
}

TSNode shared_class(const PythonText& source, std::string_view class_name, std::string_view attribute) {
  TSNode current = source.class_named(class_name);
  for (int depth = 0; depth < kDeepestChain && !ts_node_is_null(current); ++depth) {
    if (!ts_node_is_null(attribute_of(source, current, attribute))) return current;
    const std::vector<std::string_view> bases = source.bases_of(current);
    const TSNode base = bases.empty() ? TSNode{} : source.class_named(bases.front());
    if (ts_node_is_null(base)) return current;
    current = base;
  }
  return current;
}

InitImport import_of_init(const PythonText& source, FileId file) {
  InitImport found;
  std::size_t at =
      0;  // after `from transformers import ...`, else before its submodules', else after the last absolute import
  int rank = 0;
  bool name_is_taken = false;
  const auto place = [&](int better, std::size_t offset) {
    if (rank > better || (rank == better && better == 2)) return;
    rank = better;
    at = offset;
  };
  for (TSNode statement : named_children(source.root())) {
    const bool from = is_a(statement, "import_from_statement");
    if (!from && !is_a(statement, "import_statement")) continue;
    const std::string_view module = from ? source.text_of(field_of(statement, "module_name")) : std::string_view();
    if (module == "transformers")
      place(3, source.next_line(ts_node_end_byte(statement)));
    else if (module.starts_with("transformers."))
      place(2, ts_node_start_byte(statement));
    else if (!module.starts_with("."))
      place(1, source.next_line(ts_node_end_byte(statement)));
    for (TSNode child : named_children(statement)) {
      const TSNode alias = is_a(child, "aliased_import") ? field_of(child, "alias") : child;
      const TSNode name = is_a(child, "aliased_import") ? field_of(child, "name") : child;
      const bool module_name = from && ts_node_eq(child, field_of(statement, "module_name"));
      if (module_name) continue;
      if (module.ends_with("transformers") && source.text_of(name) == "initialization")
        found.name = source.text_of(alias);
      if (source.text_of(alias) == "init") name_is_taken = true;
    }
  }
  if (found.name.empty()) {
    found.name = name_is_taken ? "initialization" : "init";
    const std::string line = name_is_taken ? "from transformers import initialization\n"
                                           : "from transformers import initialization as init\n";
    found.edit = Edit{file, at, at, line};
  }
  return found;
}

}  // namespace ckptlint
