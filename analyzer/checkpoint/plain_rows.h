// Rows of a safetensors header and of an index in the one spelling that nearly all writers use.
#pragma once

#include <array>
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
  std::string_view type_name;
  std::uint32_t first_extent = 0;  // of its shape; rows may share one
  std::uint8_t rank = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::size_t length = 0;  // of the row in the text, its comma included
};

// Rows of one header, one after the other.  Neighbours have much in common, and what is spelt as it was before is not
// read again: a dtype and shape, the end of a tensor where the next begins.
class PlainRows {
 public:
  // Shapes are appended to `extents`.  The texts that are read stay where they are.
  PlainRows(std::size_t most_extents, std::vector<std::int64_t>& extents)
      : most_extents_(most_extents), extents_(extents) {}

  // The row at the front of `text`, where it is `,"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}` with no
  // blanks and no other fields.  For every other row, which may be sound all the same, nothing.
  std::optional<PlainRow> read(std::string_view text);

 private:
  // `:{"dtype":"F32","shape":[2,3],"data_offsets":[`
  struct Kind {
    std::string_view text;
    Dtype dtype = Dtype::kFloat32;
    std::string_view type_name;
    std::uint32_t first_extent = 0;
    std::uint8_t rank = 0;
  };

  const Kind* kind_at(std::string_view text);
  bool read_kind(std::string_view text, Kind& kind);

  std::size_t most_extents_;
  std::vector<std::int64_t>& extents_;
  std::array<Kind, 2> kinds_;  // the last one first
  std::string_view last_end_;  // its digits
  std::uint64_t last_end_value_ = 0;
};

// An entry of `weight_map`.
struct PlainEntry {
  std::string_view name;  // like `file` a view of the index
  std::string_view file;
  bool same_file = false;  // as that of the last entry
  std::size_t length = 0;  // of the entry in the text, its comma included
};

// Entries of one index, one after the other.
class PlainEntries {
 public:
  // The entry at the front of `text`, where it is `, "name": "file"`, with any blanks and no escapes.
  std::optional<PlainEntry> read(std::string_view text);

 private:
  std::string_view before_;  // of the last entry: from its comma to the first quote
  std::string_view behind_;  // from the name's second quote to the file's
  std::string_view file_;
};

}  // namespace ckptlint
