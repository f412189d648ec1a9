// Looks model types and class names up in the text of transformers' tables (models/auto), which works for any
// release.
#include "config/library_names.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <mutex>
#include <set>
#include <utility>

namespace ckptlint {
namespace {

std::string text_of(const std::vector<FileTreePtr>& libraries, std::string_view name) {
  for (const FileTreePtr& library : libraries) {
    for (const std::string_view root : {"transformers/", ""}) {
      const std::string path = fmt::format("{}models/auto/{}", root, name);
      if (!library->is_file(path)) continue;
      if (auto text = library->read(path); text.ok()) return std::move(*text);
    }
  }
  return "";
}

}  // namespace

LibraryNames::LibraryNames(const std::vector<FileTreePtr>& libraries)
    : libraries_(libraries),
      // The table is in the second file since transformers 5.
      configs_(text_of(libraries, "configuration_auto.py") + text_of(libraries, "auto_mappings.py")) {}

bool LibraryNames::has_type(std::string_view model_type) const {
  return RE2::PartialMatch(configs_,
                           fmt::format(R"(\(\s*"{}",\s*"\w+Config")", RE2::QuoteMeta(std::string(model_type))));
}

std::vector<std::string> LibraryNames::types_of(std::string_view class_name) const {
  // ("type", "Class") or ("type", ("Other", "Class"))
  const RE2 row(
      fmt::format(R"re(\(\s*"([\w-]+)",\s*\(?(?:\s*"\w+",)*\s*"{}")re", RE2::QuoteMeta(std::string(class_name))));
  std::set<std::string> types;
  const std::string models = text_of(libraries_, "modeling_auto.py");
  re2::StringPiece rest(models);
  for (std::string type; RE2::FindAndConsume(&rest, row, &type);) types.insert(type);
  return {types.begin(), types.end()};
}

std::shared_ptr<const LibraryNames> library_names(const std::vector<FileTreePtr>& libraries) {
  static std::mutex mutex;
  static std::pair<std::vector<FileTreePtr>, std::shared_ptr<const LibraryNames>> last;
  const std::lock_guard lock(mutex);
  if (last.second == nullptr || last.first != libraries)
    last = {libraries, std::make_shared<const LibraryNames>(libraries)};
  return last.second;
}

}  // namespace ckptlint
