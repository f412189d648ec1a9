// Looks for a from_pretrained in the classes of the repo, and reads what it returns.
#include "graph/own_loader.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "python/syntax/python_text.h"

namespace ckptlint {
namespace {

using python::Class;
using python::Kind;
using python::Value;

constexpr const char* kMethod = "from_pretrained";

// `super().from_pretrained(...)`
bool is_of_library(const python::Expr* value) {
  const auto* call = python::as<python::Call>(value);
  const auto* method = call == nullptr ? nullptr : python::as<python::Attribute>(call->callee);
  const auto* object = method == nullptr ? nullptr : python::as<python::Call>(method->object);
  const auto* name = object == nullptr ? nullptr : python::as<python::Name>(object->callee);
  return name != nullptr && name->symbol->view() == "super" && method->symbol->view() == kMethod;
}

struct Loader {
  bool passes_on = false;  // it returns what the library's returns, and nothing else
  std::uint32_t line = 0;
};

Loader loader_in(const std::string& text, std::string_view class_name) {
  Loader loader;
  const Result<PythonText> parsed = PythonText::parse(text);
  const python::ClassDef* type = parsed.ok() ? parsed->class_named(class_name) : nullptr;
  if (type == nullptr) return loader;
  for (const python::Stmt* statement : type->code->body) {
    const auto* method = python::as<python::Def>(statement);
    if (method == nullptr || method->name->view() != kMethod) continue;
    loader.line = method->at.line;
    bool returns = false, others = false;
    python::walk(method->code->body, [&](const python::Node& node) {
      if (const auto* given = python::as<python::Return>(node)) {
        returns = true;
        others = others || !is_of_library(given->value);
      }
      return true;
    });
    loader.passes_on = returns && !others;
  }
  return loader;
}

}  // namespace

std::string own_loader(python::Interpreter& in, const Value& type) {
  if (!type.is(Kind::kClass)) return "";
  for (const Class* each : type.as<Class>()->mro) {
    if (each->attributes == nullptr || python::dict_find(each->attributes, in.intern(kMethod)) == nullptr) continue;
    const SourceFile* file = in.sources.find(each->span.file);
    if (file == nullptr || !file->in_model_repo) return "";
    const Loader loader = loader_in(std::string(std::string_view(file->text)), each->name->view());
    if (loader.passes_on) continue;
    return fmt::format("{} has a `from_pretrained` of its own, which was not followed ({}:{})",
                       quoted_name(each->name->view()), printable(file->path),
                       loader.line == 0 ? each->span.line : loader.line);
  }
  return "";
}

}  // namespace ckptlint
