// The checkpoint: stored tensors by name, from the headers of weight files alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/dtype.h"

namespace ckptlint {

enum class ShardId : std::uint32_t { kNone = 0xffffffff };
constexpr std::uint32_t index(ShardId id) { return static_cast<std::uint32_t>(id); }

enum class WeightFormat : std::uint8_t {
  kUnknown,
  kSafetensors,
  kTorchZip,     // what torch.save writes since 1.6: a zip with a pickle in it
  kTorchLegacy,  // what it wrote before: pickles, then storages
  kGguf,
};

// One weight file that was opened, or should have been.
struct Shard {
  std::string path;       // relative to the repo, '/'-separated; as shown to people
  std::string real_path;  // on disk; empty in trees that are not on disk
  WeightFormat format = WeightFormat::kUnknown;
  std::uint64_t size = 0;        // of the file, in bytes
  std::uint64_t data_begin = 0;  // where the tensors' bytes begin
  std::uint32_t tensor_count = 0;
  bool exists = false;
  bool has_metadata = false;  // of safetensors: the header has `__metadata__`, perhaps an empty one
  bool metadata_cut = false;  // of safetensors: `metadata` lacks something of it, which is very long
  bool loadable = false;      // no defect of this file makes its loader refuse it
  std::map<std::string, std::string>
      metadata;  // `__metadata__` of safetensors, key-values of GGUF (as text, shortened)
};

// One tensor under one name.  There may be a hundred thousand: 64 bytes each.
struct StoredTensor {
  std::string_view name;          // as stored; lives as long as the Checkpoint and its copies
  std::string_view type_name;     // the format's own word for the type: "BF16", "Q4_K"; torch's name in torch's formats
  Dtype dtype = Dtype::kFloat32;  // kUint8 where the format packs values in blocks that have no Dtype
  bool direct = true;  // in row-major order, as they are; otherwise the range says only how many bytes the values take
  std::uint8_t rank = 0;
  ShardId shard = ShardId::kNone;
  std::uint32_t first_extent = 0;       // its shape is Checkpoint::extents[first_extent, first_extent + rank)
  std::uint32_t storage = kOwnStorage;  // torch's formats: tensors with the same number share their bytes
  std::uint64_t begin = 0;              // its bytes are [begin, end) of the file
  std::uint64_t end = 0;

  std::uint64_t bytes() const { return end - begin; }

  static constexpr std::uint32_t kOwnStorage = 0xffffffff;
};

enum class DefectKind : std::uint8_t {
  // The file as a whole
  kAbsent,
  kUnreadable,
  kNotTaken,       // weights of a kind, or under a name, that from_pretrained does not read, where there are no others
  kRankShards,     // what a training run left, where there are no weights
  kAdapterAbsent,  // adapter_config.json is there without the weights of an adapter
  kAdapterBeside,  // a whole adapter, and weights of a whole model
  kEmpty,
  kLfsPointer,
  kWrongFormat,
  kTruncated,
  kTrailingBytes,
  // The header
  kHeaderLength,
  kHeaderSyntax,
  kHeaderField,
  kMetadata,
  kUnknownDtype,
  kOffsets,
  kOverlap,
  kHole,
  kSizeMismatch,
  kShapeOverflow,
  kDuplicateName,
  kTooManyTensors,
  // The index
  kIndexSyntax,
  kIndexField,
  kIndexLeavesRepo,
  kShardAbsent,
  kShardGap,
  kShardUnlisted,
  kTensorAbsent,
  kTensorElsewhere,
  kTensorUnlisted,
  kTensorTwice,
  kTotalSize,
  kNoIndex,
  // Pickles
  kPickleSyntax,
  kPickleCall,
  kRetiredName,  // names what the newest release of the package that the config asks for no longer allows
  kRecentName,   // names what older releases of that package do not allow yet
  kNestedState,
};

// Something wrong with the stored bytes.  The checkpoint says it, a rule makes it a finding.
struct Defect {
  DefectKind kind = DefectKind::kUnreadable;
  bool stops_loading = false;  // the file's own loader refuses it; otherwise it loads, perhaps to something else
  std::string file;            // relative to the repo
  std::uint64_t offset = 0;    // the byte of that file to look at; 0 also where it is about the whole file
  std::string tensor;          // the stored name that it is about, or empty
  std::string message;         // what was observed, naming the thing: lower-case start, no final stop
  std::size_t more = 0;        // further ones of its kind in the file, which were only counted
};

// How the tensors of a set differ from those of another, which was chosen.
struct SetDifference {
  std::size_t only_there = 0;  // names
  std::size_t only_chosen = 0;
  std::size_t other_shapes = 0;  // of common names
  std::size_t same = 0;          // names with the same shape
  std::string example;           // a name that differs, of either; empty where none does
};

// A file by which a loader could enter: one weight file, or an index of several.
struct WeightSet {
  std::string entry;  // relative to the repo: "model.safetensors", "pytorch_model.bin.index.json", ...
  WeightFormat format = WeightFormat::kUnknown;
  bool sharded = false;
  bool automatic = false;  // from_pretrained comes to it by itself
  bool chosen = false;  // the Checkpoint describes it: the automatic one, the one asked for, or the only one there is
  std::string why;      // why from_pretrained takes it or passes it over: a clause, no final stop
  std::string variant = {};  // with which `variant` it takes it: "fp16"; empty where that finds nothing either
  std::optional<SetDifference> difference = {};  // from the chosen set; where it was asked for and both could be read
  // The chosen set cannot be loaded; were it not there, from_pretrained would come to this one, and all of it is here.
  bool whole_instead = false;
};

// model.safetensors.index.json and its like.
struct WeightIndex {
  std::string path;
  std::vector<std::pair<std::string_view, ShardId>> weight_map;  // sorted by name; kNone: a file outside the repo
  std::optional<std::uint64_t> total_size;
  bool has_metadata = false;  // from_pretrained cannot do without
  bool complete = false;      // there is a weight_map, it was read to its end, and each of its rows names a file
};

// Immutable once read.  Copies are cheap enough and share the text of names.
struct Checkpoint {
  bool named = false;                // one file of the repo was asked for, whatever from_pretrained takes
  std::vector<WeightSet> sets;       // found in the repo, in the order in which from_pretrained looks
  std::optional<WeightIndex> index;  // of the chosen set, if it is sharded
  std::vector<Shard> shards;         // of the chosen set, sorted by path as loaders sort them
  std::vector<StoredTensor>
      tensors;                  // sorted bytewise by name, one row a name: of equal names the last shard's, as loaded
  std::vector<Defect> defects;  // by file, then by offset
  std::vector<std::int64_t> extents;
  std::vector<std::shared_ptr<const void>> texts;  // what the names are views of

  // A model repo may well have no weights.
  bool has_weights() const { return !shards.empty(); }
  const Shard& shard(ShardId id) const { return shards[ckptlint::index(id)]; }
  std::span<const std::int64_t> shape(const StoredTensor& tensor) const {
    return std::span(extents).subspan(tensor.first_extent, tensor.rank);
  }
  // The tensor of that name, or null.
  const StoredTensor* find(std::string_view name) const {
    const auto it = std::lower_bound(tensors.begin(), tensors.end(), name,
                                     [](const StoredTensor& tensor, std::string_view n) { return tensor.name < n; });
    return it == tensors.end() || it->name != name ? nullptr : &*it;
  }
};

}  // namespace ckptlint
