// Budgets, sizes and devices as people and the libraries write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"

namespace ckptlint {

// Larger budgets are taken for this much (half an exbibyte), which no model reaches.
constexpr Bytes kMostBudget = Bytes::whole(std::int64_t{1} << 59);

// What accelerate's convert_file_size_to_int makes of a text: a number, as Python's float() reads it, and GiB, MiB,
// KiB, GB, MB or KB in any case, where a final lower-case b after G, M or K alone means bits.
enum class SizeProblem : std::uint8_t {
  kNone,
  kNotASize,  // ValueError: no such unit, no number, or below zero
  kInfinite,  // OverflowError
};
struct SizeText {
  Bytes bytes;
  SizeProblem problem = SizeProblem::kNone;
};
SizeText read_size(std::string_view text);

// The same for people, who may also write plain bytes.
Result<Bytes> parse_size(std::string_view text);
// "0", "cuda:1" (any accelerator's name), "mps", "cpu", "disk".
Result<Device> parse_device(std::string_view text);
// "0=3GiB,1=3GiB,cpu=16GiB", in the order given.
Result<std::vector<Budget>> parse_budgets(std::string_view text);

}  // namespace ckptlint
