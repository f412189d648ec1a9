#include "checkpoint/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/byte_source.h"

namespace ckptlint {
namespace {

// In all shards together; the largest released models have some 100,000.
constexpr std::size_t kMostTensors = 400'000;

constexpr std::size_t kMostThreads = 2;  // of hostile files each takes its memory
constexpr std::size_t kFilesWorthAThread = 8;

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

// Hands out the numbers of files in their order.
class Queue {
 public:
  explicit Queue(std::size_t files) : files_(files) {}

  // The next file, unless all are taken.  Once those that were read have too many tensors, which are all in front of
  // the next, the rest would be dropped in any case.
  std::optional<std::size_t> take() {
    const std::lock_guard lock(mutex_);
    return next_ < files_ && tensors_ < kMostTensors ? std::optional(next_++) : std::nullopt;
  }
  void was_read(std::size_t tensors) {
    const std::lock_guard lock(mutex_);
    tensors_ += tensors;
  }

 private:
  std::mutex mutex_;
  const std::size_t files_;
  std::size_t next_ = 0;
  std::size_t tensors_ = 0;
};

// The limit as it is met by reading one file after the other: threads may have read a few files beyond it.
void drop_beyond_limit(const FileTree& repo, const std::vector<std::string>& paths, std::vector<ShardFile>& files) {
  std::size_t tensors = 0;
  bool told = false;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (tensors < kMostTensors) {
      tensors += files[i].file.tensors.size();
      continue;
    }
    files[i] = {find_shard(repo, paths[i]), {}};
    if (!files[i].shard.exists || std::exchange(told, true)) continue;
    files[i].file.defects.push_back(
        {DefectKind::kTooManyTensors, false, paths[i], 0, "",
         fmt::format("the shards before this one have {} tensors; this one and those behind it were not read",
                     tensors)});
  }
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
  std::vector<ShardFile> files(paths.size());
  Queue queue(paths.size());
  const auto work = [&] {
    while (const auto i = queue.take()) {
      files[*i] = read_shard(repo, paths[*i]);
      queue.was_read(files[*i].file.tensors.size());
    }
  };
  const std::size_t threads = std::min(
      {kMostThreads, paths.size() / kFilesWorthAThread, static_cast<std::size_t>(std::thread::hardware_concurrency())});
  std::vector<std::future<void>> others;  // an exception in one comes out of get()
  try {
    while (others.size() + 1 < threads) others.push_back(std::async(std::launch::async, work));
  } catch (const std::system_error&) {
    // No further thread is to be had.
  }
  work();
  for (std::future<void>& other : others) other.get();
  drop_beyond_limit(repo, paths, files);
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
