// Merges lists of names that are in order already, as the names of shards are, into one order.
#include <algorithm>
#include <utility>

#include "base/name_order.h"

namespace ckptlint {
namespace {

// Neighbouring pieces are merged in pairs until one is left.
class PieceMerger {
 public:
  PieceMerger(std::span<const std::string_view> names, std::vector<std::uint32_t> places)
      : names_(names), from_(std::move(places)) {}

  NameOrder run(std::vector<std::size_t> ends) {
    while (ends.size() > 1) {
      to_.clear();
      to_.reserve(from_.size());
      std::vector<std::size_t> merged_ends;
      std::size_t begin = 0;
      for (std::size_t i = 0; i < ends.size(); i += 2) {
        const std::size_t middle = ends[i];
        const std::size_t end = i + 1 < ends.size() ? ends[i + 1] : middle;
        merge(from_.data() + begin, from_.data() + middle, from_.data() + end);
        merged_ends.push_back(begin = end);
      }
      ends = std::move(merged_ends);
      from_.swap(to_);
    }
    return {std::move(from_), distinct_};
  }

 private:
  // Of equal names the first piece's come first.  One by one, and in stretches once a piece has had a few in a row.
  void merge(const std::uint32_t* first, const std::uint32_t* const middle, const std::uint32_t* const end) {
    constexpr int kAFew = 8;
    const std::uint32_t* second = middle;
    int in_a_row = 0;  // of the first piece; of the second negative
    while (first != middle && second != end) {
      const int sign = names_[*first].compare(names_[*second]);
      distinct_ = distinct_ && sign != 0;
      if (sign <= 0) {
        to_.push_back(*first++);
        in_a_row = std::max(in_a_row, 0) + 1;
        if (in_a_row == kAFew) in_a_row = 0, first = take_up_to(names_[*second], first, middle);
      } else {
        to_.push_back(*second++);
        in_a_row = std::min(in_a_row, 0) - 1;
        if (in_a_row == -kAFew) in_a_row = 0, second = take_up_to(names_[*first], second, end);
      }
    }
    to_.insert(to_.end(), first, middle);
    to_.insert(to_.end(), second, end);
  }

  // Takes the names below `name`, and returns where the others begin.  Their end is looked for in steps that double: in
  // time by the logarithm of their number, not of what lies behind.
  const std::uint32_t* take_up_to(std::string_view name, const std::uint32_t* begin, const std::uint32_t* end) {
    const auto is_below = [&](std::uint32_t place) { return names_[place] < name; };
    const std::uint32_t* from = begin;
    for (std::ptrdiff_t step = 1; end - from >= step; step *= 2) {
      if (!is_below(from[step - 1])) {
        end = from + step - 1;
        break;
      }
      from += step;
    }
    from = std::partition_point(from, end, is_below);
    to_.insert(to_.end(), begin, from);
    return from;
  }

  std::span<const std::string_view> names_;
  std::vector<std::uint32_t> from_;
  std::vector<std::uint32_t> to_;
  bool distinct_ = true;
};

}  // namespace

NameOrder merged_order(std::span<const std::string_view> names, std::vector<std::uint32_t> places,
                       std::vector<std::size_t> ends) {
  return PieceMerger(names, std::move(places)).run(std::move(ends));
}

}  // namespace ckptlint
