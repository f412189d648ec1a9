// Sorts names by their bytes, eight at a time past what they have in common, and finds equal ones on the way.
#include "base/name_order.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>

namespace ckptlint {
namespace {

constexpr std::size_t kCached = 8;  // bytes of a name that its item carries along
constexpr std::size_t kFew = 8;     // names that are compared as they are

struct Item {
  std::uint64_t bytes = 0;  // the first on top; zeros behind the name's end
  std::uint32_t place = 0;
  std::uint32_t rest = 0;  // how many of the cached bytes are the name's; kCached + 1: the name goes on
};

bool before(const Item& a, const Item& b) { return a.bytes != b.bytes ? a.bytes < b.bytes : a.rest < b.rest; }
bool alike(const Item& a, const Item& b) { return a.bytes == b.bytes && a.rest == b.rest; }

std::size_t common_length(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t length = 0;
  for (std::array<std::uint64_t, 2> eight{}; length + 8 <= most; length += 8) {
    std::memcpy(&eight[0], a.data() + length, 8);
    std::memcpy(&eight[1], b.data() + length, 8);
    if (eight[0] != eight[1]) break;
  }
  while (length < most && a[length] == b[length]) ++length;
  return length;
}

void cache(std::string_view name, std::size_t depth, Item& item) {
  name.remove_prefix(depth);
  item.rest = static_cast<std::uint32_t>(std::min(name.size(), kCached + 1));
  item.bytes = 0;
  std::memcpy(&item.bytes, name.data(), std::min(name.size(), kCached));
  item.bytes = __builtin_bswap64(item.bytes);
}

// Items [begin, end) have names that are equal up to `depth`, in the order given.
struct Run {
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
};

class NameSorter {
 public:
  explicit NameSorter(std::span<const std::string_view> names) : names_(names), items_(names.size()) {}

  NameOrder run() {
    for (std::uint32_t i = 0; i < items_.size(); ++i) items_[i].place = i;
    if (items_.size() > 1) runs_.push_back({0, items_.size(), 0});
    while (!runs_.empty()) {
      const Run run = runs_.back();
      runs_.pop_back();
      if (run.end - run.begin <= kFew)
        sort_few(run);
      else
        sort_by_cached_bytes(run);
    }
    order_.places.resize(items_.size());
    std::transform(items_.begin(), items_.end(), order_.places.begin(), [](const Item& item) { return item.place; });
    return std::move(order_);
  }

 private:
  std::string_view name(std::size_t i) const { return names_[items_[i].place]; }

  // By insertion.
  void sort_few(const Run& run) {
    for (std::size_t i = run.begin + 1; i < run.end; ++i) {
      const Item item = items_[i];
      const std::string_view rest = names_[item.place].substr(run.depth);
      std::size_t to = i;
      for (; to > run.begin; --to) {
        const int sign = rest.compare(name(to - 1).substr(run.depth));
        order_.distinct = order_.distinct && sign != 0;
        if (sign >= 0) break;
        items_[to] = items_[to - 1];
      }
      items_[to] = item;
    }
  }

  void sort_by_cached_bytes(Run run) {
    const std::string_view first = name(run.begin).substr(run.depth);
    std::size_t common = first.size();
    for (std::size_t i = run.begin + 1; i < run.end && common > 0; ++i)
      common = common_length(first.substr(0, common), name(i).substr(run.depth));
    run.depth += common;
    for (std::size_t i = run.begin; i < run.end; ++i) cache(name(i), run.depth, items_[i]);
    sort_groups(run);
    for (std::size_t begin = run.begin, end = 0; begin < run.end; begin = end) {
      for (end = begin + 1; end < run.end && alike(items_[begin], items_[end]);) ++end;
      if (end - begin == 1) continue;
      // Names that ended in these bytes are equal.
      if (items_[begin].rest > kCached)
        runs_.push_back({begin, end, run.depth + kCached});
      else
        order_.distinct = false;
    }
  }

  // Neighbours that are alike are moved together.
  void sort_groups(const Run& run) {
    groups_.clear();
    for (std::size_t begin = run.begin, end = 0; begin < run.end; begin = end) {
      for (end = begin + 1; end < run.end && alike(items_[begin], items_[end]);) ++end;
      groups_.push_back({begin, end, 0});
    }
    const auto in_order = [&](const Run& a, const Run& b) { return before(items_[a.begin], items_[b.begin]); };
    if (std::is_sorted(groups_.begin(), groups_.end(), in_order)) return;
    std::stable_sort(groups_.begin(), groups_.end(), in_order);
    moved_.clear();
    for (const Run& group : groups_) {
      moved_.insert(moved_.end(), items_.begin() + static_cast<std::ptrdiff_t>(group.begin),
                    items_.begin() + static_cast<std::ptrdiff_t>(group.end));
    }
    std::copy(moved_.begin(), moved_.end(), items_.begin() + static_cast<std::ptrdiff_t>(run.begin));
  }

  std::span<const std::string_view> names_;
  std::vector<Item> items_;
  std::vector<Run> runs_;
  std::vector<Run> groups_;  // of the run being sorted
  std::vector<Item> moved_;
  NameOrder order_;
};

// Where each stretch of names that do not descend ends; false in `distinct` where neighbours in one are equal.
std::vector<std::size_t> stretches(std::span<const std::string_view> names, bool& distinct) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i < names.size(); ++i) {
    const int sign = names[i - 1].compare(names[i]);
    if (sign > 0) ends.push_back(i);
    distinct = distinct && sign != 0;
  }
  ends.push_back(names.size());
  return ends;
}

}  // namespace

NameOrder name_order(std::span<const std::string_view> names) {
  constexpr std::size_t kLongStretch = 8;  // on average, where merging is quicker than sorting
  bool distinct = true;
  std::vector<std::size_t> ends = stretches(names, distinct);
  if (ends.size() > 1 && ends.size() > names.size() / kLongStretch) return NameSorter(names).run();
  std::vector<std::uint32_t> places(names.size());
  std::iota(places.begin(), places.end(), 0u);
  if (ends.size() == 1) return {std::move(places), distinct};
  NameOrder order = merged_order(names, std::move(places), std::move(ends));
  order.distinct = order.distinct && distinct;
  return order;
}

}  // namespace ckptlint
