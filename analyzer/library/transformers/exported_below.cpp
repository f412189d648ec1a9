// One file of the cache for each folder of each archive.
#include "library/transformers/exported_below.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/sealed_file.h"
#include "base/sha256.h"
#include "base/user_cache.h"

namespace ckptlint::python {
namespace {

// To be raised when exported_names (exports.h) reads files otherwise.
constexpr int kFormat = 1;

// Empty where nothing can be kept.
std::string place_of(const FileTree& tree, std::string_view folder) {
  const std::filesystem::path cache = user_cache();
  const std::string fingerprint = cache.empty() ? std::string() : tree.fingerprint();
  if (fingerprint.empty()) return {};
  return cache / "exports" / sha256_hex(fmt::format("{}\n{}\n{}", kFormat, fingerprint, folder));
}

}  // namespace

ExportedBelow ExportedBelow::kept(const FileTree& tree, std::string_view folder) {
  ExportedBelow exported;
  const std::string place = place_of(tree, folder);
  if (!place.empty()) exported.lines_ = sealed_text(place).value_or("");
  return exported;
}

ExportedBelow ExportedBelow::keep(const FileTree& tree, std::string_view folder, std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  ExportedBelow exported;
  exported.lines_ = fmt::format("\n{}\n", fmt::join(names, "\n"));
  const std::string place = place_of(tree, folder);
  if (!place.empty()) seal(place, exported.lines_);
  return exported;
}

bool ExportedBelow::lacks(std::string_view name) const {
  return !lines_.empty() && lines_.find(fmt::format("\n{}\n", name)) == std::string::npos;
}

}  // namespace ckptlint::python
