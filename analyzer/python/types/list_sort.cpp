// The order of list.sort(): stable, and safe against comparisons that contradict themselves.
#include <vector>

#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

struct Keyed {
  Value key;
  Value item;
};

// Merges runs of growing length, bottom up.  Each comparison is asked once and its answer only orders two neighbours,
// so no answer can lead outside the array.
class MergeSort {
 public:
  MergeSort(Interpreter& in, bool reverse) : in_(in), reverse_(reverse) {}

  // False where an order is not known.
  bool sort(std::vector<Keyed>& items) {
    std::vector<Keyed> other(items.size());
    for (std::size_t width = 1; width < items.size(); width *= 2) {
      for (std::size_t begin = 0; begin < items.size(); begin += 2 * width) {
        merge(items, other, begin, std::min(begin + width, items.size()), std::min(begin + 2 * width, items.size()));
      }
      items.swap(other);
    }
    return known_;
  }

 private:
  void merge(const std::vector<Keyed>& from, std::vector<Keyed>& to, std::size_t begin, std::size_t middle,
             std::size_t end) {
    std::size_t left = begin;
    std::size_t right = middle;
    for (std::size_t at = begin; at < end; ++at) {
      const bool take_right = left >= middle || (right < end && before(from[right], from[left]));
      to[at] = take_right ? from[right++] : from[left++];
    }
  }

  // Elements that are equal keep their order in a reversed sort too.
  bool before(const Keyed& a, const Keyed& b) {
    in_.step();
    const Truth answer =
        in_.truth(reverse_ ? in_.compare(Operator::kLess, b.key, a.key) : in_.compare(Operator::kLess, a.key, b.key));
    if (answer == Truth::kUnknown) known_ = false;
    return answer == Truth::kTrue;
  }

  Interpreter& in_;
  bool reverse_;
  bool known_ = true;
};

}  // namespace

bool sort_values(Interpreter& in, List* list, const Value& key, bool reverse) {
  std::vector<Keyed> items;
  items.reserve(list->items.count);
  const bool keyed = !key.missing() && !key.is_none();
  for (std::uint32_t i = 0; i < list->items.count; ++i) {
    const Value item = list->items[i];
    items.push_back({keyed ? in.call(key, {item}) : item, item});
  }
  const bool known = MergeSort(in, reverse).sort(items);
  // A key function may have changed the list meanwhile.
  if (list->items.count != items.size()) in.raise_value_error("list modified during sort");
  for (std::size_t i = 0; i < items.size(); ++i) list->items[i] = items[i].item;
  return known;
}

}  // namespace ckptlint::python
