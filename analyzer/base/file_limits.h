// How much is read of files that several rooms read.
#pragma once

#include <cstdint>

namespace ckptlint {

// Of tokenizer.json: the largest that is known has 34 MB.
inline constexpr std::uint64_t kLongestTokenizer = 40u << 20;

}  // namespace ckptlint
