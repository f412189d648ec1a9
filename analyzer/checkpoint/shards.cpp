#include "checkpoint/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/byte_source.h"

namespace ckptlint {
namespace {

// In all shards together; the largest released models have some 100,000.
constexpr std::size_t kMostTensors = 400'000;

Shard find_shard(const FileTree& repo, const std::string& path) {
  Shard shard;
  shard.path = path;
  shard.real_path = repo.real_path(path);
  shard.exists = !shard.real_path.empty() || repo.is_file(path);
  return shard;
}

ShardFile read_shard(const FileTree& repo, const std::string& path) {
  ShardFile read{find_shard(repo, path), {}};
  if (!read.shard.exists) return read;
  if (const Result<ByteSource> source = open_bytes(repo, path)) {
    read.file = read_weight_file(*source, path);
  } else {
    read.file.defects.push_back({DefectKind::kUnreadable, true, path, 0, "", source.error().message});
  }
  return read;
}

// What the file says of its shard.
Shard described(Shard shard, WeightFile& file) {
  shard.format = file.format;
  shard.size = file.size;
  shard.data_begin = file.data_begin;
  shard.tensor_count = static_cast<std::uint32_t>(file.tensors.size());
  shard.metadata = std::move(file.metadata);
  shard.has_metadata = file.has_metadata;
  const auto stops = [](const Defect& defect) { return defect.stops_loading; };
  // A file that is absent or was not read has no format either.
  shard.loadable =
      file.format != WeightFormat::kUnknown && std::none_of(file.defects.begin(), file.defects.end(), stops);
  return shard;
}

// The tensors of all files, where those have them, until their order is known: they are copied once.
class Rows {
 public:
  void reserve(std::size_t tensors) {
    rows_.reserve(tensors);
    names_.reserve(tensors);
    places_.reserve(tensors);
  }

  void add(WeightFile& file, ShardId shard, std::size_t first_extent) {
    const auto first_place = static_cast<std::uint32_t>(names_.size());
    for (const std::uint32_t place : file.by_name) places_.push_back(first_place + place);
    for (StoredTensor& tensor : file.tensors) {
      tensor.shard = shard;
      tensor.first_extent += static_cast<std::uint32_t>(first_extent);
      names_.push_back(tensor.name);
      rows_.push_back(&tensor);
    }
    ends_.push_back(names_.size());
  }

  // Returns whether no two names are equal.
  bool put_in_order(std::vector<StoredTensor>& out) {
    const NameOrder order = merged_order(names_, std::move(places_), std::move(ends_));
    out.reserve(order.places.size());
    for (const std::uint32_t place : order.places) out.push_back(*rows_[place]);
    return order.distinct;
  }

 private:
  std::vector<const StoredTensor*> rows_;
  std::vector<std::string_view> names_;
  std::vector<std::uint32_t> places_;
  std::vector<std::size_t> ends_;
};

}  // namespace

std::vector<ShardFile> read_shards(const FileTree& repo, const std::vector<std::string>& paths) {
  std::vector<ShardFile> files;
  std::size_t tensors = 0;
  bool told = false;
  for (const std::string& path : paths) {
    if (tensors < kMostTensors) {
      files.push_back(read_shard(repo, path));
      tensors += files.back().file.tensors.size();
      continue;
    }
    files.push_back({find_shard(repo, path), {}});
    if (!files.back().shard.exists || std::exchange(told, true)) continue;
    files.back().file.defects.push_back(
        {DefectKind::kTooManyTensors, false, path, 0, "",
         fmt::format("the shards before this one have {} tensors; this one and those behind it were not read",
                     tensors)});
  }
  return files;
}

bool put_shards(std::vector<ShardFile> files, Checkpoint& out) {
  Rows rows;
  std::size_t tensors = 0;
  for (const ShardFile& each : files) tensors += each.file.tensors.size();
  rows.reserve(tensors);
  for (ShardFile& each : files) {
    rows.add(each.file, static_cast<ShardId>(out.shards.size()), out.extents.size());
    out.extents.insert(out.extents.end(), each.file.extents.begin(), each.file.extents.end());
    std::move(each.file.texts.begin(), each.file.texts.end(), std::back_inserter(out.texts));
    out.shards.push_back(described(std::move(each.shard), each.file));
    std::move(each.file.defects.begin(), each.file.defects.end(), std::back_inserter(out.defects));
  }
  return rows.put_in_order(out.tensors);
}

}  // namespace ckptlint
