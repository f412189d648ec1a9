// How much of weight files their headers will be, told before they are read, for trees that fetch.
#pragma once

#include <string>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

// For each file that has its header in front.  Of a file that `index` puts tensors in (its ShardIds are places in
// `paths`), a little more than the header of such a file has; else what huggingface_hub asks for first.
std::vector<ExpectedRead> expected_headers(const std::vector<std::string>& paths, const WeightIndex* index);

}  // namespace ckptlint
