#include "checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/byte_source.h"
#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"
#include "base/name_order.h"
#include "base/paths.h"
#include "checkpoint/index.h"
#include "checkpoint/weight_file.h"
#include "checkpoint/weight_sets.h"

namespace ckptlint {
namespace {

// In all shards together; the largest released models have some 100,000.
constexpr std::size_t kMostTensors = 400'000;

Shard absent_shard(const std::string& path) {
  Shard shard;
  shard.path = path;
  return shard;
}

// Appends what a file has to the checkpoint as its next shard.
void append(WeightFile&& file, Shard shard, Checkpoint& out) {
  const auto id = static_cast<ShardId>(out.shards.size());
  const auto moved = static_cast<std::uint32_t>(out.extents.size());
  shard.format = file.format;
  shard.size = file.size;
  shard.data_begin = file.data_begin;
  shard.tensor_count = static_cast<std::uint32_t>(file.tensors.size());
  shard.metadata = std::move(file.metadata);
  shard.has_metadata = file.has_metadata;
  shard.loadable =
      std::none_of(file.defects.begin(), file.defects.end(), [](const Defect& d) { return d.stops_loading; });
  for (StoredTensor& tensor : file.tensors) {
    tensor.shard = id;
    tensor.first_extent += moved;
  }
  out.shards.push_back(std::move(shard));
  out.tensors.insert(out.tensors.end(), file.tensors.begin(), file.tensors.end());
  out.extents.insert(out.extents.end(), file.extents.begin(), file.extents.end());
  std::move(file.texts.begin(), file.texts.end(), std::back_inserter(out.texts));
  std::move(file.defects.begin(), file.defects.end(), std::back_inserter(out.defects));
}

void read_shard(const FileTree& repo, const std::string& path, Checkpoint& out) {
  Shard shard = absent_shard(path);
  shard.real_path = repo.real_path(path);
  if (shard.real_path.empty() && !repo.is_file(path)) {
    out.shards.push_back(std::move(shard));
    return;
  }
  shard.exists = true;
  if (out.tensors.size() >= kMostTensors) {
    const auto too_many = [](const Defect& defect) { return defect.kind == DefectKind::kTooManyTensors; };
    if (std::none_of(out.defects.begin(), out.defects.end(), too_many)) {
      out.defects.push_back(
          {DefectKind::kTooManyTensors, false, path, 0, "",
           fmt::format("the shards before this one have {} tensors; this one and those behind it were not "
                       "read",
                       out.tensors.size())});
    }
    out.shards.push_back(std::move(shard));
    return;
  }
  const Result<ByteSource> source = open_bytes(repo, path);
  if (!source) {
    out.defects.push_back({DefectKind::kUnreadable, true, path, 0, "", source.error().message});
    out.shards.push_back(std::move(shard));
    return;
  }
  append(read_weight_file(*source, path), std::move(shard), out);
}

NameOrder order_of(const std::vector<StoredTensor>& tensors) {
  std::vector<std::string_view> names(tensors.size());
  std::transform(tensors.begin(), tensors.end(), names.begin(), [](const StoredTensor& tensor) { return tensor.name; });
  return name_order(names);
}

void put_in_order(std::vector<StoredTensor>& tensors, const NameOrder& order) {
  std::vector<StoredTensor> sorted;
  sorted.reserve(tensors.size());
  for (const std::uint32_t place : order.places) sorted.push_back(tensors[place]);
  tensors = std::move(sorted);
}

void keep_last_of_equal_names(std::vector<StoredTensor>& tensors) {
  const auto same = [](const StoredTensor& a, const StoredTensor& b) { return a.name == b.name; };
  tensors.erase(tensors.begin(), std::unique(tensors.rbegin(), tensors.rend(), same).base());
}

// Of equal names the one in the last shard is kept.
void sort_by_name(std::vector<StoredTensor>& tensors) {
  const NameOrder order = order_of(tensors);
  put_in_order(tensors, order);
  if (!order.distinct) keep_last_of_equal_names(tensors);
}

// Shards are numbered; a number that none has is a file that was lost.
void check_numbers(const std::vector<std::string>& shards, const std::string& file, Checkpoint& out) {
  const std::vector<std::uint64_t> missing = missing_shard_numbers(shards);
  if (missing.empty()) return;
  out.defects.push_back(
      {DefectKind::kShardGap, false, file, 0, "",
       fmt::format("the shards are numbered like {}, but {} no number {}{}", quoted_name(shards.front()),
                   missing.size() == 1 ? "there is" : "there are", fmt::join(missing, ", "),
                   missing.size() < kMostMissingNumbers ? "" : ", and perhaps more")});
}

void read_sharded(const FileTree& repo, const std::string& entry, Checkpoint& out) {
  IndexFile file = read_index(repo, entry);
  out.tensors.reserve(file.index.weight_map.size());
  for (const std::string& path : file.shards) read_shard(repo, path, out);
  std::move(file.defects.begin(), file.defects.end(), std::back_inserter(out.defects));
  const NameOrder order = order_of(out.tensors);
  sort_index(file, out.tensors, order);
  put_in_order(out.tensors, order);
  check_index(file, out.shards, out.tensors, out.defects);
  if (!order.distinct) keep_last_of_equal_names(out.tensors);
  check_numbers(file.shards, entry, out);
  // The shards of the index are no sets of their own.
  std::erase_if(out.sets, [&](const WeightSet& set) {
    return std::binary_search(file.shards.begin(), file.shards.end(), set.entry);
  });
  std::move(file.texts.begin(), file.texts.end(), std::back_inserter(out.texts));
  out.index = std::move(file.index);
}

void read_family(const FileTree& repo, const std::vector<std::string>& shards, Checkpoint& out) {
  for (const std::string& path : shards) read_shard(repo, path, out);
  sort_by_name(out.tensors);
  check_numbers(shards, shards.front(), out);
  out.defects.push_back(
      {DefectKind::kNoIndex, true, shards.front(), 0, "",
       fmt::format("there is no index for {} like {}, without which from_pretrained does not find them",
                   counted(shards.size(), "file"), quoted_name(shards.front()))});
}

void read_entry(const FileTree& repo, const std::string& entry, bool sharded, Checkpoint& out) {
  if (sharded) {
    read_sharded(repo, entry, out);
  } else {
    read_shard(repo, entry, out);
    if (!out.shards.back().exists) {
      out.defects.push_back(
          {DefectKind::kAbsent, true, entry, 0, "", fmt::format("{} is not there", quoted_name(entry))});
    }
    sort_by_name(out.tensors);
  }
}

// A file asked for by name, whatever from_pretrained takes.
void read_named(const FileTree& repo, std::string_view entry, Checkpoint& out) {
  const auto named = [&](const WeightSet& set) { return set.entry == entry; };
  if (const auto set = std::find_if(out.sets.begin(), out.sets.end(), named); set != out.sets.end()) set->chosen = true;
  read_entry(repo, std::string(entry), entry.ends_with(".json"), out);
}

// What from_pretrained takes; where it would find nothing, what is there all the same.
void read_repo(const FileTree& repo, Checkpoint& out) {
  for (const std::string& name : unreadable_entries(repo)) {
    out.defects.push_back(
        {DefectKind::kUnreadable, true, name, 0, "",
         fmt::format("{} cannot be read: it is a link that leads nowhere or out of the repo, a device or a FIFO",
                     quoted_name(name))});
  }
  append_other_sets(repo, out.sets);
  const auto set = std::find_if(out.sets.begin(), out.sets.end(), [](const WeightSet& each) { return each.automatic; });
  // An index that has another name than from_pretrained looks for is an index all the same.
  const bool has_index =
      std::any_of(out.sets.begin(), out.sets.end(), [](const WeightSet& each) { return each.sharded; });
  if (set == out.sets.end() && !has_index) {
    if (const std::vector<std::string> shards = shards_without_index(repo); !shards.empty()) {
      return read_family(repo, shards, out);
    }
  }
  if (out.sets.empty()) return;
  WeightSet& chosen = set == out.sets.end() ? out.sets.front() : *set;
  chosen.chosen = true;
  const WeightSet copy = chosen;  // reading an index shortens the list
  read_entry(repo, copy.entry, copy.sharded, out);
}

// transformers 5 takes `transformers_weights` of config.json only where it names safetensors inside the repo.
std::string checked_explicit_weights(const FileTree& repo, Checkpoint& out) {
  std::string name = explicit_weights(repo);
  const auto refuse = [&](DefectKind kind, std::string_view why) {
    out.defects.push_back(
        {kind, true, "config.json", 0, "", fmt::format("`transformers_weights` names {}, {}", quoted_name(name), why)});
    return std::string();
  };
  if (name.empty()) return name;
  if (!is_plain_path(name)) return refuse(DefectKind::kIndexLeavesRepo, "which is not inside the repo");
  const bool known =
      name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json") || name == "adapter_model.bin";
  return known ? name : refuse(DefectKind::kWrongFormat, "which is neither a safetensors file nor an index of some");
}

}  // namespace

Result<Checkpoint> read_checkpoint(const FileTree& repo, std::string_view entry) {
  if (!entry.empty() && !repo.is_file(entry))
    return Error{fmt::format("cannot read {}: no such file", quoted_name(entry))};
  Checkpoint checkpoint;
  checkpoint.sets = find_weight_sets(repo, checked_explicit_weights(repo, checkpoint));
  if (entry.empty()) {
    read_repo(repo, checkpoint);
  } else {
    checkpoint.named = true;
    checkpoint.defects.clear();  // of the config, which has no part in this
    read_named(repo, entry, checkpoint);
  }
  std::stable_sort(checkpoint.defects.begin(), checkpoint.defects.end(), [](const Defect& a, const Defect& b) {
    return std::tie(a.file, a.offset) < std::tie(b.file, b.offset);
  });
  return checkpoint;
}

Checkpoint sketched_checkpoint(const std::vector<TensorSketch>& tensors) {
  Checkpoint checkpoint;
  Shard shard = absent_shard("model.safetensors");
  shard.exists = true;
  WeightFile file;
  file.format = WeightFormat::kSafetensors;
  std::uint64_t end = 0;
  for (const TensorSketch& sketch : tensors) {
    StoredTensor tensor;
    file.texts.push_back(std::make_shared<const std::string>(sketch.name));
    tensor.name = *file.texts.back();
    tensor.dtype = sketch.dtype;
    tensor.type_name = safetensors_name(sketch.dtype);
    tensor.first_extent = static_cast<std::uint32_t>(file.extents.size());
    tensor.rank = static_cast<std::uint32_t>(sketch.shape.size());
    file.extents.insert(file.extents.end(), sketch.shape.begin(), sketch.shape.end());
    tensor.begin = end;
    const auto elements = element_count(sketch.shape);
    end += elements ? bit_count(*elements, bits(sketch.dtype)).value_or(0) / 8 : 0;
    tensor.end = end;
    file.tensors.push_back(tensor);
  }
  file.size = end;
  append(std::move(file), std::move(shard), checkpoint);
  sort_by_name(checkpoint.tensors);
  checkpoint.sets.push_back({"model.safetensors", WeightFormat::kSafetensors, false, true, true, "sketched"});
  return checkpoint;
}

}  // namespace ckptlint
