// Writes the index of a sharded checkpoint anew from what its shards hold, as save_pretrained of transformers writes
// it.
#include "fix/index_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "base/escape.h"
#include "base/json_document.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kLongestIndex = 64u << 20;

// "a/model-00001-of-00002.safetensors" belongs to "a/model.safetensors.index.json".
Result<std::string> index_path(const Checkpoint& checkpoint) {
  if (checkpoint.index) return checkpoint.index->path;
  const std::string& first = checkpoint.shards.front().path;
  const std::size_t of = first.rfind("-of-");
  const std::size_t number = of == std::string::npos || of == 0 ? of : first.find_last_not_of("0123456789", of - 1);
  const std::size_t extension = first.rfind('.');
  if (number == std::string::npos || extension == std::string::npos || first[number] != '-' || extension < of)
    return Error{fmt::format("the name {} does not tell that of the index", quoted_name(first))};
  return first.substr(0, number) + first.substr(extension) + ".index.json";
}

nlohmann::json metadata_of(const FileTree& repo, const std::string& path) {
  const Result<std::string> text = repo.is_file(path) ? repo.read(path, kLongestIndex) : Error{};
  const auto old = text.ok() ? sorted_json_document(*text) : std::nullopt;
  const bool has = old && old->is_object() && old->contains("metadata") && (*old)["metadata"].is_object();
  return has ? (*old)["metadata"] : nlohmann::json::object();
}

}  // namespace

Result<IndexText> index_text(const Checkpoint& checkpoint, const FileTree& repo) {
  if (checkpoint.shards.empty()) return Error{"there are no shards"};
  for (const Shard& shard : checkpoint.shards) {
    if (!shard.exists) return Error{fmt::format("{} is not there", quoted_name(shard.path))};
    if (!shard.loadable) return Error{fmt::format("{} cannot be loaded as it is", quoted_name(shard.path))};
  }
  for (const Defect& defect : checkpoint.defects) {
    if (defect.kind == DefectKind::kShardGap || defect.kind == DefectKind::kIndexLeavesRepo ||
        defect.kind == DefectKind::kTooManyTensors)
      return Error{defect.message};
  }
  const Result<std::string> path = index_path(checkpoint);
  if (!path.ok()) return path.error();
  const std::size_t slash = path->rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path->substr(0, slash + 1);
  nlohmann::json index = {{"metadata", metadata_of(repo, *path)}, {"weight_map", nlohmann::json::object()}};
  std::uint64_t total = 0;
  for (const StoredTensor& tensor : checkpoint.tensors) {
    const std::string& shard = checkpoint.shard(tensor.shard).path;
    if (!shard.starts_with(folder)) return Error{fmt::format("{} lies outside its folder", quoted_name(shard))};
    index["weight_map"][std::string(tensor.name)] = shard.substr(folder.size());
    total = checked_add(total, tensor.bytes()).value_or(total);
  }
  index["metadata"]["total_size"] = total;
  return IndexText{*path, json_lines(index, 2) + "\n"};
}

}  // namespace ckptlint
