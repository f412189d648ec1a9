// Which row of a graph an object of the evaluated model has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ckptlint {

// The first row of each object.  Models have a hundred thousand of them: a node for each was a fifth of a run.
class FirstRows {
 public:
  // The row under which the object is known, which is `row` if it was not known before.
  std::uint32_t add(const void* object, std::uint32_t row) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[slot_of(object)];
    if (slot.object == nullptr) {
      slot = {object, row};
      ++count_;
    }
    return slot.row;
  }

 private:
  struct Slot {
    const void* object = nullptr;
    std::uint32_t row = 0;
  };

  std::size_t slot_of(const void* object) const {
    const std::size_t mask = slots_.size() - 1;
    // Objects stand in memory one behind the other, and so they do here.
    std::size_t at = (reinterpret_cast<std::uintptr_t>(object) >> 4) & mask;
    while (slots_[at].object != nullptr && slots_[at].object != object) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 1024 : slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& each : old) {
      if (each.object != nullptr) slots_[slot_of(each.object)] = each;
    }
  }

  std::vector<Slot> slots_;  // open addressing; a power of two
  std::size_t count_ = 0;
};

}  // namespace ckptlint
