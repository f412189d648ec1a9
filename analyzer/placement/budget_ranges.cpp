// Joins ranges of budgets, and says them in a few words.
#include "placement/budget_ranges.h"

#include <fmt/format.h>

#include <algorithm>

#include "placement/budget_text.h"

namespace ckptlint {

bool is_wide(const BudgetRange& range) {
  constexpr double kNarrow = 0.005;
  return !range.to || (*range.to - range.from).value() >= kNarrow * range.from.value();
}

std::string range_text(const BudgetRange& range) {
  if (!range.to) return human_size(range.from) + " or more";
  if (range.from == *range.to) return human_size(range.from);
  int digits = 1;
  constexpr int kMostDigits = 6;
  while (digits < kMostDigits && human_size(range.from, digits) == human_size(*range.to, digits)) ++digits;
  std::string from = human_size(range.from, digits);
  const std::string to = human_size(*range.to, digits);
  // One unit for both, where it is the same.
  const std::size_t unit = from.find(' ');
  if (to.ends_with(from.substr(unit)) && to.find(' ') == to.size() - (from.size() - unit)) from.resize(unit);
  return fmt::format("{} to {}", from, to);
}

std::string range_text(std::uint32_t devices, const BudgetRange& range) {
  return fmt::format("{} x {}", devices, range_text(range));
}

std::vector<BudgetRange> merged_ranges(std::vector<BudgetRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const BudgetRange& a, const BudgetRange& b) { return a.from < b.from; });
  std::vector<BudgetRange> out;
  for (const BudgetRange& range : ranges) {
    const bool joins = !out.empty() && (!out.back().to || range.from <= *out.back().to + Bytes::whole(1));
    if (!joins)
      out.push_back(range);
    else if (!range.to || (out.back().to && *range.to > *out.back().to))
      out.back().to = range.to;
  }
  return out;
}

std::string ranges_text(std::uint32_t devices, const std::vector<BudgetRange>& ranges) {
  constexpr std::size_t kMostRanges = 3;
  if (ranges.size() <= kMostRanges) {
    std::string text;
    for (const BudgetRange& range : ranges) text += fmt::format("{}{}", text.empty() ? "" : ", ", range_text(range));
    return fmt::format("{} x {}", devices, text);
  }
  const auto width = [](const BudgetRange& range) { return range.to ? *range.to - range.from : kMostBytes; };
  const BudgetRange& widest = *std::max_element(
      ranges.begin(), ranges.end(), [&](const BudgetRange& a, const BudgetRange& b) { return width(a) < width(b); });
  return fmt::format("{} x {}, in {} ranges, of which the widest is {}", devices,
                     range_text({ranges.front().from, ranges.back().to}), ranges.size(), range_text(widest));
}

}  // namespace ckptlint
