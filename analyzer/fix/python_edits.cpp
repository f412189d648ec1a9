// Finds calls, class attributes and imports in modeling source, and makes the edits that change them.
#include "fix/python_edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace ckptlint {

using python::as;
using python::Attribute;
using python::Call;
using python::ClassDef;
using python::Expr;
using python::Node;
using python::Stmt;
using python::StmtKind;

namespace {

constexpr std::size_t kWidestLine = 100;
constexpr int kDeepestChain = 64;  // of base classes: they can be circular in a file that was never run

bool calls(const Call& call, std::string_view name) {
  const Attribute* method = as<Attribute>(call.callee);
  return method != nullptr ? method->symbol->view() == name : is_name(call.callee, name);
}

bool registers(const PythonText& source, const Call& call, std::string_view name) {
  if (!calls(call, "register_buffer")) return false;
  const auto given = argument_of(source, call, 0, "name");
  return given && string_value(source, given->expr) == std::string(name);
}

// The `nn.Buffer(...)` that a statement assigns to the attribute `name` of something, or null.
const Call* assigned_buffer(const Stmt* statement, std::string_view name) {
  const auto [target, value, is_chain] = python::assigned_by(statement);
  const Call* call = as<Call>(value);
  const Attribute* attribute = as<Attribute>(target);
  const bool is_one = call != nullptr && calls(*call, "Buffer") && attribute != nullptr;
  return is_one && attribute->symbol->view() == name ? call : nullptr;
}

const ClassDef* class_around(const PythonText& source, const Call* call) {
  const ClassDef* found = nullptr;
  for (const Node& each : source.around(call)) {
    if (const ClassDef* type = as<ClassDef>(each)) found = type;
  }
  return found;
}

Edit replacement(const Extent& extent, std::string text, FileId file) {
  return {file, extent.begin, extent.end, std::move(text)};
}

// `argument` added after the last one: on a line of its own if that one begins its line.
Edit added_argument(const PythonText& source, const Call& call, std::string_view argument, FileId file) {
  const std::vector<WrittenItem> arguments = source.items_of(call);
  if (arguments.empty()) {
    const std::size_t at = source.open_parenthesis(call) + 1;
    return {file, at, at, std::string(argument)};
  }
  const WrittenItem& last = arguments.back();
  const bool comma = last.has_comma;
  const std::size_t end = last.behind;
  if (!source.begins_line(last.whole.begin)) return {file, end, end, fmt::format("{} {}", comma ? "" : ",", argument)};
  return {
      file, end, end,
      fmt::format("{}\n{}{}{}", comma ? "" : ",", source.indentation_at(last.whole.begin), argument, comma ? "," : "")};
}

// The statement of a class body that gives the attribute; null if it has none.
const Stmt* attribute_of(const ClassDef& type, std::string_view attribute) {
  const Stmt* found = nullptr;
  for (const Stmt* statement : type.code->body) {
    const python::Assign* assign = as<python::Assign>(statement);
    const Expr* target = assign != nullptr ? assign->targets[0] : python::assigned_by(statement).target;
    if (is_name(target, attribute)) found = statement;
  }
  return found;
}

std::string joined_literals(const std::vector<std::string>& entries, std::string_view separator) {
  std::string text;
  for (const std::string& entry : entries) text += (text.empty() ? "" : std::string(separator)) + string_literal(entry);
  return text;
}

Result<Edit> extended_list(const PythonText& source, const Stmt* statement, std::string_view attribute,
                           const std::vector<std::string>& entries, FileId file) {
  const auto [target, value, is_chain] = python::assigned_by(statement);
  const python::Constant* constant = as<python::Constant>(value);
  const bool is_none = constant != nullptr && constant->value.is(python::Kind::kNone);
  const python::Sequence* list = python::as_sequence(value);
  if (is_chain || (!is_none && (list == nullptr || !source.is_bracketed(*list))))
    return Error{fmt::format("{} is not written as a list", quoted_name(attribute))};
  if (is_none) {
    const Extent none{source.begin_of(value->at), source.end_of(value->at)};
    return replacement(none, fmt::format("[{}]", joined_literals(entries, ", ")), file);
  }
  const std::vector<WrittenItem> items = source.items_of(*list);
  if (items.empty()) {
    const std::string_view comma = list->kind == python::ExprKind::kTuple ? "," : "";
    const std::size_t at = source.begin_of(list->at) + 1;
    return Edit{file, at, at, joined_literals(entries, ", ") + std::string(comma)};
  }
  const WrittenItem& last = items.back();
  const bool comma = last.has_comma;
  const std::string separator =
      source.begins_line(last.whole.begin) ? fmt::format(",\n{}", source.indentation_at(last.whole.begin)) : ", ";
  return Edit{file, last.behind, last.behind,
              (comma ? separator.substr(1) : separator) + joined_literals(entries, separator) + (comma ? "," : "")};
}

// The last of the attributes, strings and `pass` that a class body starts with.
const Stmt* last_of_head(const ClassDef& type) {
  const Stmt* last = nullptr;
  for (const Stmt* each : type.code->body) {
    switch (each->kind) {
      case StmtKind::kExpr:
      case StmtKind::kAssign:
      case StmtKind::kAugAssign:
      case StmtKind::kAnnAssign:
      case StmtKind::kPass:
        last = each;
        continue;
      default:
        return last;
    }
  }
  return last;
}

bool is_string(const Stmt* statement) {
  const python::ExprStmt* alone = as<python::ExprStmt>(statement);
  const python::Constant* constant = alone != nullptr ? as<python::Constant>(alone->value) : nullptr;
  return constant != nullptr && constant->value.is(python::Kind::kStr);
}

}  // namespace

std::optional<GivenValue> argument_of(const PythonText& source, const Call& call, std::size_t position,
                                      std::string_view name) {
  std::size_t found = call.arguments.size();
  for (std::size_t i = 0; i < call.arguments.size() && found == call.arguments.size(); ++i) {
    if (call.arguments[i].keyword != nullptr && call.arguments[i].keyword->view() == name) found = i;
  }
  if (found == call.arguments.size()) found = position;
  if (found >= call.arguments.size()) return std::nullopt;
  const python::CallArgument& given = call.arguments[found];
  if (given.stars != 0 || (given.keyword != nullptr && given.keyword->view() != name)) return std::nullopt;
  return GivenValue{given.value, source.items_of(call)[found].value};
}

std::optional<std::string> string_value(const PythonText& source, const Expr* node) {
  if (as<python::Constant>(node) == nullptr) return std::nullopt;
  std::string_view written = source.text_of(node->at);
  const std::size_t prefix = written.find_first_of("\"'");
  if (prefix == std::string_view::npos || written.find_first_of("fFbB\\") < prefix) return std::nullopt;
  written.remove_prefix(prefix);
  const std::string_view triple = written.substr(0, 3);
  const bool is_triple = written.size() >= 6 && triple == std::string(3, written[0]);
  const std::string_view quotes = written.substr(0, is_triple ? 3 : 1);
  if (written.size() < 2 * quotes.size() || !written.ends_with(quotes)) return std::nullopt;
  written = written.substr(quotes.size(), written.size() - 2 * quotes.size());
  // A quote inside is of another literal behind the first.
  const bool is_plain = written.find('\\') == std::string_view::npos && written.find(quotes) == std::string_view::npos;
  return is_plain ? std::optional(std::string(written)) : std::nullopt;
}

std::string string_literal(std::string_view value) {
  return fmt::format("{}\"{}\"", value.find('\\') == std::string_view::npos ? "" : "r", value);
}

Result<std::vector<const Call*>> registrations_of(const PythonText& source, Span registered, std::string_view name) {
  const Call* first = nullptr;
  walk(source.innermost_statement(registered), [&](const Node& node) {
    const Call* call = as<Call>(node);
    const bool is_one = call != nullptr && (calls(*call, "register_buffer") || calls(*call, "Buffer"));
    if (is_one && first == nullptr) first = call;
    return first == nullptr;
  });
  if (first == nullptr) {
    return Error{
        fmt::format("line {} registers {} in a way that cannot be edited", registered.line, quoted_name(name))};
  }
  std::vector<const Call*> found{first};
  walk(class_around(source, first), [&](const Node& node) {
    const Call* call = assigned_buffer(node.stmt(), name);
    if (call == nullptr) call = as<Call>(node);
    const bool is_buffer = node.stmt() != nullptr;
    if (call != nullptr && call != first && (is_buffer || registers(source, *call, name))) found.push_back(call);
    return true;
  });
  return found;
}

Result<std::vector<Edit>> persistence_edits(const PythonText& source, const std::vector<const Call*>& calls_to_edit,
                                            FileId file) {
  std::vector<Edit> edits;
  for (const Call* call : calls_to_edit) {
    if (!call->simple) return Error{fmt::format("line {} passes arguments with a star", call->at.line)};
    // Buffer: by name only
    const std::size_t position = calls(*call, "register_buffer") ? 2 : call->arguments.size();
    const auto given = argument_of(source, *call, position, "persistent");
    if (!given) {
      edits.push_back(added_argument(source, *call, "persistent=False", file));
    } else if (source.text_of(given->written) != "False") {
      edits.push_back(replacement(given->written, "False", file));
    }
  }
  return edits;
}

Result<Edit> class_list_edit(const PythonText& source, const ClassDef& type, std::string_view attribute,
                             const std::vector<std::string>& entries, FileId file) {
  if (const Stmt* statement = attribute_of(type, attribute))
    return extended_list(source, statement, attribute, entries, file);
  // After the docstring and the attributes that the body starts with.
  const std::size_t body_begin = source.begin_of_body(*type.code);
  if (!source.begins_line(body_begin))
    return Error{fmt::format("the body of the class on line {} is on the same line", type.at.line)};
  const std::string_view indentation = source.indentation_at(body_begin);
  std::string line = fmt::format("{}{} = [{}]", indentation, attribute, joined_literals(entries, ", "));
  if (line.size() > kWidestLine) {
    const std::string separator = fmt::format(",\n{}    ", indentation);
    line = fmt::format("{}{} = [\n{}    {},\n{}]", indentation, attribute, indentation,
                       joined_literals(entries, separator), indentation);
  }
  const Stmt* last = last_of_head(type);
  const std::size_t doc_end = type.code->doc_end;
  if (last == nullptr && doc_end == 0) {
    const std::size_t at = body_begin - indentation.size();
    return Edit{file, at, at, line + "\n\n"};
  }
  // A docstring alone is followed by a blank line.
  const bool doc = last == nullptr || is_string(last);
  const std::size_t at = source.next_line(last == nullptr ? doc_end : source.end_of(last->at));
  const bool unended = at == source.text().size() && !source.text().ends_with('\n');
  return Edit{file, at, at, (unended ? "\n" : "") + std::string(doc ? "\n" : "") + line + "\n"};
}

const ClassDef* shared_class(const PythonText& source, std::string_view class_name, std::string_view attribute) {
  const ClassDef* current = source.class_named(class_name);
  for (int depth = 0; depth < kDeepestChain && current != nullptr; ++depth) {
    if (attribute_of(*current, attribute) != nullptr) return current;
    const std::vector<std::string_view> bases = source.bases_of(*current);
    const ClassDef* base = bases.empty() ? nullptr : source.class_named(bases.front());
    if (base == nullptr) return current;
    current = base;
  }
  return current;
}

InitImport import_of_init(const PythonText& source, FileId file) {
  InitImport found;
  // after `from transformers import ...`, else before its submodules', else after the last absolute import
  std::size_t at = 0;
  int rank = 0;
  bool name_is_taken = false;
  const auto place = [&](int better, std::size_t offset) {
    if (rank > better || (rank == better && better == 2)) return;
    rank = better;
    at = offset;
  };
  for (const Stmt* statement : source.statements()) {
    const auto* from = as<python::ImportFrom>(statement);
    const auto* plain = as<python::Import>(statement);
    if (from == nullptr && plain == nullptr) continue;
    const std::string module =
        from == nullptr ? std::string() : std::string(from->level, '.') + std::string(from->module->view());
    if (module == "__future__") continue;
    if (module == "transformers")
      place(3, source.next_line(source.end_of(statement->at)));
    else if (module.starts_with("transformers."))
      place(2, source.begin_of(statement->at));
    else if (!module.starts_with("."))
      place(1, source.next_line(source.end_of(statement->at)));
    for (const python::ImportName& each : from != nullptr ? from->names : plain->names) {
      const std::string_view alias = (each.bound != nullptr ? each.bound : each.path)->view();
      if (module.ends_with("transformers") && each.path->view() == "initialization") found.name = alias;
      if (alias == "init") name_is_taken = true;
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
