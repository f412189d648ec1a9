// Rewrites `_tied_weights_keys` from a list to a dict by looking for the embedding that each class builds.
#include "fix/tie_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/escape.h"
#include "base/text_edit.h"
#include "fix/python_edits.h"

namespace ckptlint {

using python::as;
using python::ClassDef;
using python::Node;

namespace {

constexpr std::string_view kAttribute = "_tied_weights_keys";
constexpr int kDeepestModel = 4;  // models inside models

// `self.name = Callee(...)` in a constructor.
struct Built {
  std::string_view name, callee;
};

std::vector<Built> built_by(const PythonText& source, const ClassDef& type) {
  std::vector<Built> all;
  walk(method_of(type, "__init__"), [&](const Node& node) {
    const auto [target, value, is_chain] = python::assigned_by(node.stmt());
    const python::Attribute* attribute = self_attribute(target);
    const python::Call* call = as<python::Call>(value);
    if (attribute != nullptr && call != nullptr && !is_chain)
      all.push_back({attribute->symbol->view(), source.text_of(call->callee->at)});
    return node.stmt() != nullptr;
  });
  return all;
}

bool is_embedding(std::string_view callee) { return callee == "nn.Embedding" || callee == "torch.nn.Embedding"; }

// The names of the embeddings below a class, the shallowest level that has any.
std::vector<std::string> embeddings_of(const PythonText& source, const ClassDef& type, int depth) {
  std::vector<std::string> found, nested;
  for (const Built& each : built_by(source, type)) {
    if (is_embedding(each.callee)) found.push_back(fmt::format("{}.weight", each.name));
    const ClassDef* inner = source.class_named(each.callee);
    if (depth == 0 || inner == nullptr) continue;
    for (const std::string& name : embeddings_of(source, *inner, depth - 1))
      nested.push_back(fmt::format("{}.{}", each.name, name));
  }
  return found.empty() ? nested : found;
}

// The attribute's value in a class body, if it is a list; else null.
const python::Sequence* tied_list(const ClassDef& type) {
  for (const python::Stmt* statement : type.code->body) {
    const auto [target, value, is_chain] = python::assigned_by(statement);
    const bool is_list = value != nullptr && value->kind == python::ExprKind::kList;
    if (is_list && !is_chain && is_name(target, kAttribute)) return python::as_sequence(value);
  }
  return nullptr;
}

Result<Edit> dict_edit(const PythonText& source, const ClassDef& type, const python::Sequence& list) {
  const std::vector<std::string> embeddings = embeddings_of(source, type, kDeepestModel);
  const std::string_view name = type.name->view();
  if (embeddings.size() != 1)
    return Error{fmt::format("{} builds {} embeddings in this file, so that it is not clear which one is tied",
                             quoted_name(name), embeddings.empty() ? "no" : std::to_string(embeddings.size()))};
  std::string entries;
  for (const python::Expr* item : list.items) {
    const std::optional<std::string> target = string_value(source, item);
    if (!target || !target->ends_with(".weight"))
      return Error{fmt::format("{} of {} has more than names of weights", quoted_name(kAttribute), quoted_name(name))};
    entries += fmt::format("{}{}: {}", entries.empty() ? "" : ", ", string_literal(*target),
                           string_literal(embeddings.front()));
  }
  return Edit{FileId::kNone, source.begin_of(list.at), source.end_of(list.at), fmt::format("{{{}}}", entries)};
}

}  // namespace

Result<std::string> with_tie_sources(const std::string& text) {
  const Result<PythonText> source = PythonText::parse(text);
  if (!source.ok()) return source.error();
  std::vector<Edit> edits;
  std::optional<Error> obstacle;
  walk(source->statements(), [&](const Node& node) {
    const ClassDef* type = as<ClassDef>(node);
    const python::Sequence* list = type != nullptr && !obstacle ? tied_list(*type) : nullptr;
    if (list != nullptr) {
      Result<Edit> edit = dict_edit(*source, *type, *list);
      if (edit.ok())
        edits.push_back(std::move(*edit));
      else
        obstacle = edit.error();
    }
    return node.stmt() != nullptr && !obstacle;
  });
  if (obstacle) return *obstacle;
  return apply_edits(text, std::move(edits));
}

}  // namespace ckptlint
