// Finds the modules that register a class with AutoConfig or AutoModel by their text, and imports them.
#include "graph/registrations.h"

#include <fmt/format.h>

#include "base/paths.h"
#include "graph/asking.h"
#include "graph/diffusers_class.h"

namespace ckptlint {
namespace {

constexpr int kMaxPackageDepth = 8;
constexpr std::size_t kMaxPackageFiles = 5000;

bool registers(const FileTree& tree, const std::string& path, std::size_t& left) {
  if (left == 0) return false;
  --left;
  const Result<std::string> text = tree.read(path);
  return text && text->find(".register(") != std::string::npos &&
         (text->find("AutoConfig") != std::string::npos || text->find("AutoModel") != std::string::npos);
}

// The modules of a package below `folder` that register a class with AutoConfig or AutoModel, as dotted names.
void find_registrations(const FileTree& tree, const std::string& folder, const std::string& dotted, int depth,
                        std::size_t& left, std::vector<std::string>& out) {
  for (const std::string& name : tree.list(folder)) {
    if (left == 0 || depth > kMaxPackageDepth) return;
    const std::string path = joined_path(folder, name);
    bool is_module = name.size() > 3 && name.substr(name.size() - 3) == ".py";
    if (!is_module) {
      if (tree.is_file(path + "/__init__.py") || (depth == 0 && tree.is_folder(path)))
        find_registrations(tree, path, fmt::format("{}.{}", dotted, name), depth + 1, left, out);
      continue;
    }
    if (!registers(tree, path, left)) continue;
    const std::string_view module = std::string_view(name).substr(0, name.size() - 3);
    out.push_back(module == "__init__" ? dotted : fmt::format("{}.{}", dotted, module));
  }
}

}  // namespace

void import_packages(python::Interpreter& in, const std::vector<SourceTree>& sources) {
  std::size_t left = kMaxPackageFiles;
  for (const SourceTree& source : sources) {
    if (source.library || !source.own) continue;
    std::vector<std::string> modules;
    if (!source.mount.empty()) find_registrations(*source.tree, "", source.mount, 0, left, modules);
    for (const std::string& name : source.mount.empty() ? source.tree->list("") : std::vector<std::string>()) {
      // diffusers has a thousand files, none of which registers a class there.
      const bool is_package = source.tree->is_folder(name) && name.find('.') == std::string::npos && name != kDiffusers;
      if (is_package) find_registrations(*source.tree, name, name, 0, left, modules);
      if (name.ends_with(".py") && registers(*source.tree, name, left))
        modules.push_back(name.substr(0, name.size() - 3));
    }
    for (const std::string& module : modules) {
      // Of a backend that is not installed, what it would have registered is missing, and named if it is asked for.
      (void)attempt([&] { in.import_module(module); });
    }
  }
}

}  // namespace ckptlint
