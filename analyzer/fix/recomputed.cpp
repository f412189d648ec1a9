// Finds the stored buffers that hold what the constructor computes anyway, so that nothing is lost by not storing
// them.
#include "fix/recomputed.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "ckptlint/names.h"
#include "fix/values.h"

namespace ckptlint {
namespace {

// Whether a line of the repo's code may write an attribute of that name once it is registered, told by the text:
// `x.name = ...`, `x.name[i] += ...`, `x.name.copy_(...)`, `setattr(x, "name", ...)`.  `init.copy_(x.name, ...)`, which
// computes it once more, is none.
class LaterWrites {
 public:
  explicit LaterWrites(const ModuleGraph& graph) : graph_(graph) {}

  bool any_of(const std::string& name) {
    const auto [entry, is_new] = known_.emplace(name, false);
    if (is_new) entry->second = search(name);
    return entry->second;
  }

 private:
  bool search(const std::string& name) const {
    const std::string quoted = RE2::QuoteMeta(name);
    const RE2 write(fmt::format(
        R"re((\.{0}\s*(?:\[[^\]\n]*\])?\s*(?:[-+*/%&|^@]|//|\*\*|<<|>>)?=[^=]|\.{0}(?:\[[^\]\n]*\])?(?:\.data)?\.[a-z_]*[a-z]_\(|\.{0}\.data\b|setattr\([^\n]*['"]{0}['"]))re",
        quoted));
    if (!write.ok()) return true;
    for (std::uint32_t id = 0; id < graph_.sources.files.size(); ++id) {
      const SourceFile& file = graph_.sources.files[id];
      if (!file.in_model_repo) continue;
      const std::string_view text = file.text;
      re2::StringPiece rest(text.data(), text.size()), found;
      while (RE2::FindAndConsume(&rest, write, &found)) {
        const std::string_view before = text.substr(0, static_cast<std::size_t>(found.data() - text.data()));
        const auto line = static_cast<std::uint32_t>(1 + std::count(before.begin(), before.end(), '\n'));
        if (!registers(name, FileId{id}, line)) return true;
      }
    }
    return false;
  }

  // Whether buffers of that name are registered on that line.
  bool registers(const std::string& name, FileId file, std::uint32_t line) const {
    return std::any_of(graph_.tensors.begin(), graph_.tensors.end(), [&](const Tensor& tensor) {
      return tensor.registered.file == file && tensor.registered.line <= line && line <= tensor.registered.end_line &&
             leaf_of(tensor.name) == name;
    });
  }

  const ModuleGraph& graph_;
  std::map<std::string, bool> known_;
};

}  // namespace

std::vector<TensorId> recomputed_buffers(const ModuleGraph& graph, const Checkpoint& checkpoint, const FileTree& repo,
                                         const Loading& loading) {
  LaterWrites writes(graph);
  std::vector<TensorId> found;
  for (const MatchedKey& key : loading.matched) {
    const Tensor& tensor = graph.tensor(key.tensor);
    const SourceFile* file = graph.sources.find(tensor.registered.file);
    const bool is_own = tensor.is_buffer() && tensor.alias == TensorId::kNone && file != nullptr && file->in_model_repo;
    if (!is_own || key.converted || writes.any_of(std::string(leaf_of(tensor.name)))) continue;
    if (compare_values(tensor, repo, checkpoint, checkpoint.tensors[key.stored]) == ValueComparison::kEqual)
      found.push_back(key.tensor);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace ckptlint
