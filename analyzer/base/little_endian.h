// Numbers as files store them.
#pragma once

#include <cstdint>
#include <string_view>

namespace ckptlint {

// The unsigned number in `bytes`, of which there are at most eight.
constexpr std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace ckptlint
