// Rows of a safetensors header and of an index in the one spelling that nearly all writers use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ckptlint/dtype.h"

namespace ckptlint {

// A row without defects, as far as it shows by itself.
struct PlainRow {
  std::string_view name;  // a view of the header: printable ASCII without escapes
  Dtype dtype = Dtype::kFloat32;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::size_t length = 0;  // of the row in the text, its comma included
};

// The row at the front of `text`, where it is `,"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}` with no
// blanks and no other fields; its shape is appended to `extents`.  For every other row, which may be sound all the
// same, nothing: then `extents` may have grown.
std::optional<PlainRow> read_plain_row(std::string_view text, std::size_t most_extents,
                                       std::vector<std::int64_t>& extents);

// An entry of `weight_map`.
struct PlainEntry {
  std::string_view name;  // like `file` a view of the index
  std::string_view file;
  std::size_t length = 0;  // of the entry in the text, its comma included
};

// The entry at the front of `text`, where it is `, "name": "file"`, with any blanks and no escapes.
std::optional<PlainEntry> read_plain_entry(std::string_view text);

}  // namespace ckptlint
