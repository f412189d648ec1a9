// One weight file, read: what every format's reader gives.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/name_order.h"
#include "checkpoint/registered_names.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

// The limits that keep hostile files from taking time and memory.  Released models stay far below: the largest header
// among them has some 100,000 tensors in 13 MB.
struct ReadLimits {
  std::uint64_t header_bytes = 100'000'000;  // safetensors' own limit
  std::uint32_t tensors = 400'000;           // a file
  std::uint8_t rank = 64;                    // torch's own limit
};

// Shards and texts as in Checkpoint; `shard` of the tensors is not set, and they are in no particular order, which
// `by_name` is: their places in the bytewise order of their names.
struct WeightFile {
  WeightFormat format = WeightFormat::kUnknown;
  std::uint64_t size = 0;
  std::uint64_t data_begin = 0;
  std::map<std::string, std::string> metadata;
  bool has_metadata = false;
  bool metadata_cut = false;
  std::vector<StoredTensor> tensors;
  std::vector<std::uint32_t> by_name;
  bool as_listed = false;  // the tensors are those whose names the reader was given
  std::vector<std::int64_t> extents;
  std::vector<std::shared_ptr<const void>> texts;
  std::vector<Defect> defects;
  std::vector<RegisteredName> registered;  // of which settle_registered_names makes defects
};

// What an index says of a file: the names of its tensors, all different and in bytewise order; or nothing.
using ListedNames = std::optional<std::vector<std::string_view>>;

NameOrder order_of(const std::vector<StoredTensor>& tensors);
// The same for tensors that are as listed; nothing where they are not, or stand in no order that is soon seen.  Finding
// what is known to be there takes half the time of sorting it.
std::optional<NameOrder> order_as_listed(const std::vector<StoredTensor>& tensors, const ListedNames& listed);

// A file of any format that is known, told by its first bytes; `path` is for words, and its extension for saying that
// the two disagree.  Never fails: what cannot be read is a defect.
WeightFile read_weight_file(const ByteSource& source, std::string_view path, const ReadLimits& limits = {},
                            const ListedNames& listed = {});

}  // namespace ckptlint
