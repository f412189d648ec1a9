#include "loading/conversion.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/escape.h"

namespace ckptlint {

std::set<std::string> converted_names(std::string_view conversion_mapping) {
  static const RE2 key(R"re(["']([A-Za-z0-9_.-]+)["']\s*(?::|\]))re");
  std::set<std::string> names;
  std::string name;
  re2::StringPiece text(conversion_mapping.data(), conversion_mapping.size());
  while (RE2::FindAndConsume(&text, key, &name)) names.insert(name);
  return names;
}

std::optional<std::string> conversion_doubt(const ModuleGraph& graph, const Loading& loading,
                                            const std::vector<std::string>& model_types,
                                            const std::set<std::string>& converted) {
  // A conversion turns stored keys that fit nowhere into tensors that are lacking; without both there is none to make.
  const bool something_lacks = !loading.missing.empty() || !loading.mismatched.empty();
  if (!something_lacks || loading.unexpected.empty()) return std::nullopt;
  const auto doubt = [](std::string_view name) {
    return fmt::format("the library converts the keys of {} before it compares them, which is not simulated",
                       quoted_name(name));
  };
  for (const std::string& type : model_types) {
    if (converted.contains(type)) return doubt(type);
  }
  for (const Module& module : graph.modules) {
    if (converted.contains(module.class_name)) return doubt(module.class_name);
  }
  return std::nullopt;
}

}  // namespace ckptlint
