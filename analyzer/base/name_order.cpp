#include "base/name_order.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace ckptlint {
namespace {

// Bytes of a name that an item carries along: names are read where they lie just once for every kCached of their bytes,
// since each such read may well wait for memory.
constexpr std::size_t kWords = 4;
constexpr std::size_t kCached = 8 * kWords;

struct Item {
  std::array<std::uint64_t, kWords> bytes;  // the first on top; zeros behind the name's end
  std::uint32_t place;
  std::uint32_t rest;  // how many of the cached bytes are the name's; kCached + 1: the name goes on
};

bool before(const Item& a, const Item& b) {
  for (std::size_t i = 0; i < kWords; ++i) {
    if (a.bytes[i] != b.bytes[i]) return a.bytes[i] < b.bytes[i];
  }
  return a.rest != b.rest ? a.rest < b.rest : a.place < b.place;
}
bool alike(const Item& a, const Item& b) { return a.bytes == b.bytes && a.rest == b.rest; }

void cache(std::string_view name, std::size_t depth, Item& item) {
  name.remove_prefix(std::min(depth, name.size()));
  item.rest = static_cast<std::uint32_t>(std::min(name.size(), kCached + 1));
  std::array<char, kCached> bytes{};
  std::memcpy(bytes.data(), name.data(), std::min(name.size(), kCached));
  for (std::size_t i = 0; i < kWords; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + 8 * i, 8);
    item.bytes[i] = __builtin_bswap64(word);
  }
}

// Items [begin, end) have names that are equal up to `depth`.
struct Run {
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
};

}  // namespace

std::vector<std::uint32_t> name_order(std::span<const std::string_view> names) {
  std::vector<Item> items(names.size());
  for (std::uint32_t i = 0; i < items.size(); ++i) items[i].place = i;
  std::vector<Run> runs;
  if (items.size() > 1) runs.push_back({0, items.size(), 0});
  while (!runs.empty()) {
    const Run run = runs.back();
    runs.pop_back();
    for (std::size_t i = run.begin; i < run.end; ++i) cache(names[items[i].place], run.depth, items[i]);
    const auto first = items.begin() + static_cast<std::ptrdiff_t>(run.begin);
    const auto last = items.begin() + static_cast<std::ptrdiff_t>(run.end);
    if (!std::is_sorted(first, last, before)) std::sort(first, last, before);
    for (std::size_t begin = run.begin; begin < run.end;) {
      std::size_t end = begin + 1;
      while (end < run.end && alike(items[begin], items[end])) ++end;
      // Names that ended in these bytes are equal, and already in the order given.
      if (end - begin > 1 && items[begin].rest > kCached) runs.push_back({begin, end, run.depth + kCached});
      begin = end;
    }
  }
  std::vector<std::uint32_t> order(items.size());
  std::transform(items.begin(), items.end(), order.begin(), [](const Item& item) { return item.place; });
  return order;
}

}  // namespace ckptlint
