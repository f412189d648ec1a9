// Reads the weight files of a set on their own, and puts their tensors into one order.
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

ShardFile read_shard(const FileTree& repo, const std::string& path, const ListedNames& listed) {
  ShardFile read{find_shard(repo, path), {}};
  if (!read.shard.exists) return read;
  const std::string& real_path = read.shard.real_path;
  if (const Result<ByteSource> source = real_path.empty() ? repo.open(path) : open_file(real_path, path)) {
    read.file = read_weight_file(*source, path, {}, listed);
    settle_registered_names(repo, path, read.file.registered, read.file.defects);
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
  shard.metadata_cut = file.metadata_cut;
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
  explicit Rows(const std::vector<ShardFile>& files) : files_(files) {
    std::size_t extents = 0;
    for (const ShardFile& each : files) {
      count_ += each.file.tensors.size();
      first_extents_.push_back(static_cast<std::uint32_t>(extents));
      extents += each.file.extents.size();
    }
  }

  // Of files that are all as listed: the order of an index is theirs, and nothing is left to sort.
  void put_as_listed(const WeightIndex& index, std::vector<StoredTensor>& out) const {
    out.reserve(count_);
    std::vector<std::uint32_t> taken(files_.size());  // of each file's tensors, by name
    for (const auto& [name, id] : index.weight_map) {
      const WeightFile& file = files_[ckptlint::index(id)].file;
      const std::uint32_t at = taken[ckptlint::index(id)]++;
      out.push_back(row(id, file.by_name[at]));
      // Which row comes next the processor cannot guess.
      if (at + kAhead < file.by_name.size()) __builtin_prefetch(&file.tensors[file.by_name[at + kAhead]]);
    }
  }

  // By name, then by shard.  Returns whether no two names are equal.
  bool put_by_name(std::vector<StoredTensor>& out) const {
    std::vector<std::string_view> names;
    std::vector<std::pair<ShardId, std::uint32_t>> origins;
    std::vector<std::uint32_t> places;
    std::vector<std::size_t> ends;
    names.reserve(count_), origins.reserve(count_), places.reserve(count_);
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const WeightFile& file = files_[i].file;
      const auto first = static_cast<std::uint32_t>(names.size());
      for (const std::uint32_t place : file.by_name) places.push_back(first + place);
      for (const StoredTensor& tensor : file.tensors) {
        origins.emplace_back(static_cast<ShardId>(i), static_cast<std::uint32_t>(names.size()) - first);
        names.push_back(tensor.name);
      }
      ends.push_back(names.size());
    }
    const NameOrder order = merged_order(names, std::move(places), std::move(ends));
    out.reserve(count_);
    for (const std::uint32_t place : order.places) out.push_back(row(origins[place].first, origins[place].second));
    return order.distinct;
  }

 private:
  static constexpr std::size_t kAhead = 8;

  StoredTensor row(ShardId id, std::uint32_t place) const {
    StoredTensor made = files_[index(id)].file.tensors[place];
    made.shard = id;
    made.first_extent += first_extents_[index(id)];
    return made;
  }

  const std::vector<ShardFile>& files_;
  std::vector<std::uint32_t> first_extents_;  // where the extents of each file come to stand
  std::size_t count_ = 0;
};

}  // namespace

std::vector<ShardFile> read_shards(const FileTree& repo, const std::vector<std::string>& paths,
                                   const std::vector<ListedNames>& listed) {
  std::vector<ShardFile> files;
  std::size_t tensors = 0;
  bool told = false;
  for (const std::string& path : paths) {
    if (tensors < kMostTensors) {
      files.push_back(read_shard(repo, path, listed.empty() ? ListedNames() : listed[files.size()]));
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

ShardOrder put_shards(std::vector<ShardFile> files, Checkpoint& out, const WeightIndex* index) {
  const Rows rows(files);
  const bool listed =
      index != nullptr && !files.empty() &&
      std::all_of(files.begin(), files.end(), [](const ShardFile& each) { return each.file.as_listed; });
  bool distinct = true;
  if (listed) {
    rows.put_as_listed(*index, out.tensors);
  } else {
    distinct = rows.put_by_name(out.tensors);
  }
  for (ShardFile& each : files) {
    out.extents.insert(out.extents.end(), each.file.extents.begin(), each.file.extents.end());
    std::move(each.file.texts.begin(), each.file.texts.end(), std::back_inserter(out.texts));
    out.shards.push_back(described(std::move(each.shard), each.file));
    std::move(each.file.defects.begin(), each.file.defects.end(), std::back_inserter(out.defects));
  }
  return {distinct, listed};
}

}  // namespace ckptlint
