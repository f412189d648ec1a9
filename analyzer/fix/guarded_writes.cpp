// Edits that turn writes to tensors in `_init_weights` into calls of transformers.initialization, which leave alone
// what was loaded.
#include "fix/guarded_writes.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "fix/python_edits.h"

namespace ckptlint {

using python::as;
using python::Attribute;
using python::Node;

namespace {

struct Write {
  std::string_view method;    // of a tensor
  std::string_view function;  // of transformers.initialization
};
constexpr std::array<Write, 5> kWrites = {{{"normal_", "normal_"},
                                           {"uniform_", "uniform_"},
                                           {"zero_", "zeros_"},
                                           {"fill_", "constant_"},
                                           {"copy_", "copy_"}}};

// `x` of `x.data.method(...)` and `x.method(...)`; null where that is no attribute of an object.
const Attribute* written_tensor(const Attribute& callee) {
  const Attribute* object = as<Attribute>(callee.object);
  return object != nullptr && object->symbol->view() == "data" ? as<Attribute>(object->object) : object;
}

void add_writes(const PythonText& source, const python::Code& method, FileId file, std::string_view init,
                std::vector<Edit>& edits) {
  walk(method.body, [&](const Node& node) {
    const auto* call = as<python::Call>(node);
    const Attribute* callee = call != nullptr ? as<Attribute>(call->callee) : nullptr;
    const Attribute* tensor = callee != nullptr ? written_tensor(*callee) : nullptr;
    for (const Write& write : kWrites) {
      if (tensor == nullptr || callee->symbol->view() != write.method) continue;
      const std::size_t arguments = source.open_parenthesis(*call) + 1;
      const std::string_view separator = arguments + 1 == source.end_of(call->at) ? "" : ", ";
      // Up to the arguments alone, so that what is written inside them can be edited too.
      edits.push_back({file, source.begin_of(call->at), arguments,
                       fmt::format("{}.{}({}{}", init, write.function, source.text_of(tensor->at), separator)});
    }
    return true;
  });
}

}  // namespace

std::vector<Edit> guarded_writes(const PythonText& source, FileId file) {
  const InitImport init = import_of_init(source, file);
  std::vector<Edit> edits;
  walk(source.statements(), [&](const Node& node) {
    const auto* function = as<python::Def>(node);
    const bool is_method = function != nullptr && function->name->view() == "_init_weights";
    if (is_method) add_writes(source, *function->code, file, init.name, edits);
    return node.stmt() != nullptr && !is_method;
  });
  if (!edits.empty() && init.edit) edits.insert(edits.begin(), *init.edit);
  return edits;
}

}  // namespace ckptlint
