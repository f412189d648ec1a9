// Sizes and numbers for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ckptlint {

// "5.9 GiB", "640 B"
std::string byte_text(std::uint64_t bytes);

// "1 tensor", "2 tensors"
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace ckptlint
