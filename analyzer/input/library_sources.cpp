// Tells by the text of accelerate's and transformers' sources whether a split keeps the buffers of a module.
#include "input/library_sources.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <filesystem>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/file_tree.h"

namespace ckptlint {
namespace {

// How many splits list a module's parameters, and how many of them its buffers right behind; what lists the root, which
// is called `model`, is no split.  An error where buffers are listed anywhere else, too: nothing is known of that.
Result<bool> keeps_buffers(const std::string& text, const std::string& shown) {
  static const RE2 kParameters(R"(list\(\s*(\w+)\.named_parameters\(\s*recurse\s*=\s*False\s*\)\s*\))");
  static const RE2 kBuffersBehind(R"(\s*\+\s*list\(\s*(\w+)\.named_buffers\(\s*recurse\s*=\s*False\s*\)\s*\))");
  static const RE2 kBuffers(R"((\w+)\.named_buffers\(\s*recurse\s*=\s*False\s*\))");
  std::size_t splits = 0, keeping = 0, buffers = 0;
  std::string name, other;
  re2::StringPiece rest = text;
  while (RE2::FindAndConsume(&rest, kParameters, &name)) {
    if (name == "model") continue;
    ++splits;
    if (RE2::Consume(&rest, kBuffersBehind, &other) && other == name) ++keeping;
  }
  for (rest = text; RE2::FindAndConsume(&rest, kBuffers, &name);) buffers += name == "model" ? 0 : 1;
  if (buffers == keeping && (keeping == 0 || keeping == splits)) return keeping != 0;
  return Error{fmt::format(
      "{} keeps buffers at {} of its {} splits, or in another order than behind the parameters, which is not simulated",
      shown, buffers, splits)};
}

}  // namespace

Result<AccelerateSource> read_accelerate(const std::string& path) {
  std::error_code failure;
  const bool is_folder = std::filesystem::is_directory(path, failure);
  const Result<FileTreePtr> tree = is_folder ? open_folder(path) : open_zip(path);
  if (!tree.ok()) return tree.error();
  for (const char* package : {"accelerate/", "src/accelerate/", ""}) {
    const Result<std::string> modeling = (*tree)->read(package + std::string("utils/modeling.py"));
    const Result<std::string> init = (*tree)->read(package + std::string("__init__.py"));
    if (!modeling.ok() || !init.ok() || modeling->find("def infer_auto_device_map(") == std::string::npos) continue;
    static const RE2 kVersion(R"re((?m)^__version__\s*=\s*["']([^"']+)["'])re");
    std::string version;
    if (!RE2::PartialMatch(*init, kVersion, &version))
      return Error{fmt::format("the accelerate in {} does not say its version", quoted_name(path))};
    const Result<LibraryVersion> parsed = parse_library_version(version);
    if (!parsed.ok()) return parsed.error();
    const Result<bool> keeps = keeps_buffers(*modeling, fmt::format("the accelerate in {}", quoted_name(path)));
    if (!keeps.ok()) return keeps.error();
    return AccelerateSource{*parsed, *keeps};
  }
  return Error{fmt::format("there is no accelerate in {}", quoted_name(path))};
}

Result<bool> transformers_split_keeps_buffers(const std::vector<SourceTree>& sources) {
  for (const SourceTree& source : sources) {
    const std::string path = source.mount == "transformers" ? "integrations/accelerate.py"
                             : source.mount.empty()         ? "transformers/integrations/accelerate.py"
                                                            : "";
    if (path.empty() || !source.tree->is_file(path)) continue;
    // Asked of the same source for each model.
    static std::mutex mutex;
    static std::pair<FileTreePtr, bool> last;
    const std::lock_guard lock(mutex);
    if (last.first == source.tree) return last.second;
    const Result<std::string> text = source.tree->read(path);
    if (!text.ok()) return text.error();
    const Result<bool> keeps = keeps_buffers(*text, fmt::format("the transformers in {}", quoted_name(source.label)));
    if (keeps.ok()) last = {source.tree, *keeps};
    return keeps;
  }
  return false;
}

}  // namespace ckptlint
