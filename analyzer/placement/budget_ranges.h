// Ranges of budgets, joined and in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/device_map.h"

namespace ckptlint {

// In ascending order, with those that overlap or meet made one.
std::vector<BudgetRange> merged_ranges(std::vector<BudgetRange> ranges);

// Half a percent of the budget and more: devices are not within less but by chance.
bool is_wide(const BudgetRange& range);

// "5.9 to 7.4 GiB", "5.9 GiB or more"; with as many digits, up to six, as tell the ends apart.
std::string range_text(const BudgetRange& range);
// "2 x 5.9 to 7.4 GiB".
std::string range_text(std::uint32_t devices, const BudgetRange& range);
// "2 x 5.9 to 7.4 GiB, 8 to 9 GiB"; of more than three ranges, where they lie and the widest.  `ranges` is not empty
// and ascends.
std::string ranges_text(std::uint32_t devices, const std::vector<BudgetRange>& ranges);

}  // namespace ckptlint
