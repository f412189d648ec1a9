// Weight files made in memory, and defects as text.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace ckptlint::test {

inline std::string little_endian_bytes(std::uint64_t value, int count = 8) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
  return bytes;
}

// A safetensors file with that header and that many bytes of data, all zero.
inline std::string safetensors_file(std::string_view header, std::size_t data_bytes) {
  return little_endian_bytes(header.size()) + std::string(header) + std::string(data_bytes, '\0');
}

// A sound file with tensors of float32, one element each.
inline std::string safetensors_of(const std::vector<std::string>& names) {
  std::string header = "{";
  for (std::size_t i = 0; i < names.size(); ++i) {
    header += fmt::format(R"({}"{}":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}})", i == 0 ? "" : ",", names[i],
                          4 * i, 4 * i + 4);
  }
  return safetensors_file(header + "}", 4 * names.size());
}

// A line a defect: where, whether the loader refuses, what.
inline std::string text_of(const std::vector<Defect>& defects) {
  std::string text;
  for (const Defect& defect : defects) {
    text += fmt::format("{}:{} {}: {}\n", defect.file, defect.offset, defect.stops_loading ? "refused" : "loads",
                        defect.message);
  }
  return text;
}

inline std::vector<std::string> names_of(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const StoredTensor& tensor : checkpoint.tensors) names.emplace_back(tensor.name);
  return names;
}

}  // namespace ckptlint::test
