// Edit distance between what was written and what could have been.
#include "base/nearest_word.h"

#include <algorithm>
#include <vector>

namespace ckptlint {
namespace {

constexpr std::size_t kLongestWord = 100;  // a longer one was not meant to be any of ours

std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_word(std::string_view given, std::span<const std::string_view> words) {
  if (given.empty() || given.size() > kLongestWord) return "";
  std::string_view nearest;
  std::size_t fewest = std::max<std::size_t>(given.size() / 3, 1) + 1;
  for (const std::string_view word : words) {
    const std::size_t longer = std::max(word.size(), given.size());
    if (longer - std::min(word.size(), given.size()) >= fewest) continue;
    const std::size_t edits = edits_between(given, word);
    // A word of two letters is no other one with one letter in common.
    if (edits >= fewest || edits >= longer) continue;
    fewest = edits;
    nearest = word;
  }
  return std::string(nearest);
}

std::string did_you_mean(std::string_view given, std::span<const std::string_view> words) {
  const std::string nearest = nearest_word(given, words);
  return nearest.empty() ? "" : "; did you mean `" + nearest + "`?";
}

}  // namespace ckptlint
