// Reads the checkpoint of a repo: the weights that from_pretrained would take, or the file that was named, with what
// the shards and the index say of each other.
#include "checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"
#include "base/paths.h"
#include "checkpoint/expected_headers.h"
#include "checkpoint/index.h"
#include "checkpoint/rank_shards.h"
#include "checkpoint/shards.h"
#include "checkpoint/weight_sets.h"

namespace ckptlint {
namespace {

// Of equal names the one in the last shard is kept.
void keep_last_of_equal_names(std::vector<StoredTensor>& tensors) {
  const auto same = [](const StoredTensor& a, const StoredTensor& b) { return a.name == b.name; };
  tensors.erase(tensors.begin(), std::unique(tensors.rbegin(), tensors.rend(), same).base());
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

// Of an index that lacks shards of a family, which may be there all the same.
void check_family(const FileTree& repo, std::vector<std::string> shards, const std::string& entry, Checkpoint& out) {
  for (std::string& stray : stray_shards(repo, shards)) {
    out.defects.push_back(
        {DefectKind::kShardUnlisted, false, entry, 0, "",
         fmt::format("{} is there, but the index puts nothing in it: it is not read", quoted_name(stray))});
    shards.push_back(std::move(stray));
  }
  check_numbers(shards, entry, out);
}

void read_sharded(const FileTree& repo, const std::string& entry, Checkpoint& out) {
  IndexFile file = read_index(repo, entry);
  repo.expect(expected_headers(file.shards, &file.index));
  const ShardOrder order = put_shards(read_shards(repo, file.shards, listed_names(file)), out, &file.index);
  std::move(file.defects.begin(), file.defects.end(), std::back_inserter(out.defects));
  file.as_listed = order.as_listed;
  if (!file.as_listed) sort_index(file.index);
  check_index(file, out.shards, out.tensors, out.defects);
  if (!order.distinct) keep_last_of_equal_names(out.tensors);
  if (!are_all_shards(file.shards)) check_family(repo, file.shards, entry, out);
  // The shards of the index are no sets of their own.
  std::erase_if(out.sets, [&](const WeightSet& set) {
    return std::binary_search(file.shards.begin(), file.shards.end(), set.entry);
  });
  std::move(file.texts.begin(), file.texts.end(), std::back_inserter(out.texts));
  out.index = std::move(file.index);
}

void read_family(const FileTree& repo, const std::vector<std::string>& shards, Checkpoint& out) {
  repo.expect(expected_headers(shards, nullptr));
  if (!put_shards(read_shards(repo, shards), out).distinct) keep_last_of_equal_names(out.tensors);
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
    repo.expect(expected_headers({entry}, nullptr));
    put_shards(read_shards(repo, {entry}), out);
    if (!out.shards.back().exists) {
      out.defects.push_back(
          {DefectKind::kAbsent, true, entry, 0, "", fmt::format("{} is not there", quoted_name(entry))});
    }
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
  append_other_sets(repo, out.sets);
  const auto set = std::find_if(out.sets.begin(), out.sets.end(), [](const WeightSet& each) { return each.automatic; });
  // An index that has another name than from_pretrained looks for is an index all the same.
  const bool has_index =
      std::any_of(out.sets.begin(), out.sets.end(), [](const WeightSet& each) { return each.sharded; });
  if (set == out.sets.end() && !has_index) {
    if (const auto shards = rank_shards(repo)) {
      out.sets.clear();  // files of ranks may be named like weights
      out.defects.push_back({DefectKind::kRankShards, true, shards->place, 0, "",
                             fmt::format("{} {}", quoted_name(shards->place), shards->what)});
      return;
    }
    if (const std::vector<std::string> shards = shards_without_index(repo); !shards.empty()) {
      return read_family(repo, shards, out);
    }
  }
  if (out.sets.empty()) {
    for (const auto& [name, why] : passed_over(repo))
      out.defects.push_back({DefectKind::kNotTaken, true, name, 0, "", fmt::format("{} {}", quoted_name(name), why)});
    return;
  }
  WeightSet& chosen = set == out.sets.end() ? out.sets.front() : *set;
  chosen.chosen = true;
  const WeightSet copy = chosen;  // reading an index shortens the list
  read_entry(repo, copy.entry, copy.sharded, out);
}

void note_unreadable_entries(const FileTree& repo, Checkpoint& out) {
  const auto was_found = [&](std::string_view name) {
    const auto shard = std::lower_bound(out.shards.begin(), out.shards.end(), name,
                                        [](const Shard& each, std::string_view path) { return each.path < path; });
    return shard != out.shards.end() && shard->path == name && shard->exists;
  };
  for (const std::string& name : unreadable_entries(repo, was_found)) {
    out.defects.push_back(
        {DefectKind::kUnreadable, true, name, 0, "",
         fmt::format("{} cannot be read: it is a link that leads nowhere or out of the repo, a device or a FIFO",
                     quoted_name(name))});
  }
}

// With the package peft beside it, from_pretrained loads an adapter wherever adapter_config.json lies.
void note_adapter(const FileTree& repo, Checkpoint& out) {
  constexpr const char* kConfig = "adapter_config.json";
  if (!repo.is_file(kConfig)) return;
  for (const char* weights : {"adapter_model.safetensors", "adapter_model.bin"}) {
    if (!repo.is_file(weights)) continue;
    const bool whole = std::any_of(out.sets.begin(), out.sets.end(), [](const WeightSet& set) {
      return set.chosen && !set.entry.starts_with("adapter_model.");
    });
    if (whole)
      out.defects.push_back({DefectKind::kAdapterBeside, false, kConfig, 0, "",
                             "an adapter lies beside the weights of a whole model, and `from_pretrained` takes both"});
    return;
  }
  out.defects.push_back({DefectKind::kAdapterAbsent, !out.has_weights(), kConfig, 0, "",
                         fmt::format("{} says that there is an adapter, and neither adapter_model.safetensors nor "
                                     "adapter_model.bin is there",
                                     quoted_name(kConfig))});
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

Checkpoint read_weights_beside(const FileTree& repo) {
  Checkpoint checkpoint;
  const std::vector<std::string> files = weight_files(repo);
  repo.expect(expected_headers(files, nullptr));
  if (!put_shards(read_shards(repo, files), checkpoint).distinct) keep_last_of_equal_names(checkpoint.tensors);
  for (const Shard& shard : checkpoint.shards)
    checkpoint.sets.push_back({shard.path, shard.format, false, false, true, "it lies beside what is loaded"});
  std::erase_if(checkpoint.defects, [](const Defect& defect) {
    // Where in the file the tensors are counts for from_pretrained alone.
    return defect.kind == DefectKind::kNestedState || (defect.kind == DefectKind::kWrongFormat && defect.offset != 0);
  });
  return checkpoint;
}

Result<Checkpoint> read_checkpoint(const FileTree& repo, std::string_view entry) {
  if (!entry.empty() && !repo.is_file(entry))
    return Error{fmt::format("cannot read {}: no such file", quoted_name(entry))};
  Checkpoint checkpoint;
  checkpoint.sets = is_of_diffusers(repo) ? find_diffusers_sets(repo)
                                          : find_weight_sets(repo, checked_explicit_weights(repo, checkpoint));
  if (entry.empty()) {
    read_repo(repo, checkpoint);
    note_unreadable_entries(repo, checkpoint);
    note_adapter(repo, checkpoint);
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
  ShardFile sketched;
  sketched.shard.path = "model.safetensors";
  sketched.shard.exists = true;
  WeightFile& file = sketched.file;
  file.format = WeightFormat::kSafetensors;
  std::uint64_t end = 0;
  for (const TensorSketch& sketch : tensors) {
    StoredTensor tensor;
    const auto name = std::make_shared<const std::string>(sketch.name);
    file.texts.push_back(name);
    tensor.name = *name;
    tensor.dtype = sketch.dtype;
    tensor.type_name = safetensors_name(sketch.dtype);
    tensor.first_extent = static_cast<std::uint32_t>(file.extents.size());
    tensor.rank = static_cast<std::uint8_t>(sketch.shape.size());
    file.extents.insert(file.extents.end(), sketch.shape.begin(), sketch.shape.end());
    tensor.begin = end;
    const auto elements = element_count(sketch.shape);
    end += elements ? bit_count(*elements, bits(sketch.dtype)).value_or(0) / 8 : 0;
    tensor.end = end;
    file.tensors.push_back(tensor);
  }
  file.size = end;
  file.by_name = order_of(file.tensors).places;
  std::vector<ShardFile> files;
  files.push_back(std::move(sketched));
  put_shards(std::move(files), checkpoint);
  keep_last_of_equal_names(checkpoint.tensors);
  checkpoint.sets.push_back({"model.safetensors", WeightFormat::kSafetensors, false, true, true, "sketched"});
  return checkpoint;
}

}  // namespace ckptlint
