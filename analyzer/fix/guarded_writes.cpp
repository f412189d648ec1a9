// Edits that turn writes to tensors in `_init_weights` into calls of transformers.initialization, which leave alone
// what was loaded.
#include "fix/guarded_writes.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "fix/python_edits.h"

namespace ckptlint {
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

// `x` of `x.data.method(...)` and `x.method(...)`; a null node where that is no attribute of an object.
TSNode written_tensor(const PythonText& source, TSNode callee) {
  TSNode object = field_of(callee, "object");
  if (is_a(object, "attribute") && source.text_of(field_of(object, "attribute")) == "data")
    object = field_of(object, "object");
  return is_a(object, "attribute") ? object : TSNode{};
}

void add_writes(const PythonText& source, TSNode method, FileId file, std::string_view init, std::vector<Edit>& edits) {
  walk(field_of(method, "body"), [&](TSNode node) {
    if (!is_a(node, "call") || !is_a(field_of(node, "function"), "attribute")) return true;
    const TSNode callee = field_of(node, "function");
    const std::string_view name = source.text_of(field_of(callee, "attribute"));
    const TSNode tensor = written_tensor(source, callee);
    for (const Write& write : kWrites) {
      if (name != write.method || ts_node_is_null(tensor)) continue;
      std::string_view arguments = source.text_of(field_of(node, "arguments"));
      arguments.remove_prefix(1);
      const std::string_view separator = arguments == ")" ? "" : ", ";
      // Up to the arguments alone, so that what is written inside them can be edited too.
      edits.push_back({file, ts_node_start_byte(node), ts_node_start_byte(field_of(node, "arguments")) + 1,
                       fmt::format("{}.{}({}{}", init, write.function, source.text_of(tensor), separator)});
    }
    return true;
  });
}

}  // namespace

std::vector<Edit> guarded_writes(const PythonText& source, FileId file) {
  const InitImport init = import_of_init(source, file);
  std::vector<Edit> edits;
  walk(source.root(), [&](TSNode node) {
    const bool is_method =
        is_a(node, "function_definition") && source.text_of(field_of(node, "name")) == "_init_weights";
    if (is_method) add_writes(source, node, file, init.name, edits);
    return !is_method;
  });
  if (!edits.empty() && init.edit) edits.insert(edits.begin(), *init.edit);
  return edits;
}

}  // namespace ckptlint
