// The JSON header of a safetensors file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/defect_log.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {

// Where the header starts in its file, after the length.
constexpr std::uint64_t kSafetensorsHeaderBegin = 8;

// Of a text in `__metadata__`, which is cut there: the names of all tensors may be one.
constexpr std::size_t kMaxMetadataBytes = 1u << 20;
// Of all that is kept of `__metadata__`, which may have an entry for each tensor.
constexpr std::size_t kMaxMetadata = 16u << 20;

// `begin` and `end` of the tensors count from the end of the header, as they do in the file.  A tensor of unknown dtype
// has an empty `type_name`.  Tensors with other faults are left out.
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  bool has_metadata = false;  // `__metadata__` is an object, perhaps an empty one
  bool metadata_cut = false;  // and something of it was left out
  std::vector<StoredTensor> tensors;
  bool has_unknown_dtypes = false;
  std::vector<std::int64_t> extents;
  std::vector<std::shared_ptr<const void>> texts;  // what the names are views of: the header's own text first
  bool complete = false;                           // the whole text was read, and no tensor left out
};

SafetensorsHeader parse_safetensors_header(const SharedBytes& text, const ReadLimits& limits, DefectLog& log);

// The byte of the file at which the header names a tensor, whose name is one that the parser gave; the header's begin
// for names that are written with escapes.
std::uint64_t header_offset(std::string_view text, std::string_view tensor);

}  // namespace ckptlint
