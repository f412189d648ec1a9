// Budgets, sizes and devices as people and the libraries write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/device_map.h"

namespace ckptlint {

// A size as accelerate reads it (convert_file_size_to_int): a number and GiB, MiB, KiB, GB, MB or KB in any case,
// where a final lower-case b after G, M or K means bits.  Plain digits are bytes.
Result<Bytes> parse_size(std::string_view text);
// "0", "cuda:1", "mps", "cpu", "disk".
Result<Device> parse_device(std::string_view text);
// "0=3GiB,1=3GiB,cpu=16GiB", in the order given.
Result<std::vector<Budget>> parse_budgets(std::string_view text);
// For people: "5.9 GiB", "640 B".
std::string human_size(Bytes size);

}  // namespace ckptlint
