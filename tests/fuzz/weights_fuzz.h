// Weight files of unknown origin: whatever the bytes, reading ends in tensors and defects, and both can be shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "base/escape.h"
#include "base/file_tree.h"
#include "base/utf8.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/listing.h"

namespace ckptlint {

// Reads the repo, lists it, and reads the first values.  Aborts where an output could move a terminal's cursor.
inline void read_and_list(std::map<std::string, std::string> files, const std::string& entry) {
  const FileTreePtr tree = in_memory_tree(std::move(files));
  const Result<Checkpoint> checkpoint = read_checkpoint(*tree, entry);
  if (!checkpoint) return;
  for (const std::string& text : {listing_text(*checkpoint, "fuzzed"), listing_json(*checkpoint, "fuzzed")}) {
    if (!is_valid_utf8(text)) std::abort();
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n') std::abort();
    }
  }
  std::size_t read = 0;
  for (const StoredTensor& tensor : checkpoint->tensors) {
    if (++read > 10) break;
    (void)stored_values(*tree, *checkpoint, tensor, 1000).ok();
  }
}

inline std::string as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace ckptlint
