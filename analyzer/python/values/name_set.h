// A set of interned strings.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "python/values/value.h"

namespace ckptlint::python {

// Asked at every use of a global name, so it divides nothing and allocates no nodes.
class NameSet {
 public:
  bool has(const Str* name) const { return !slots_.empty() && slots_[slot_of(name)] != nullptr; }

  // False where it was there.
  bool insert(const Str* name) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    const Str*& slot = slots_[slot_of(name)];
    if (slot != nullptr) return false;
    slot = name;
    ++count_;
    return true;
  }

 private:
  std::size_t slot_of(const Str* name) const {  // where it is or would be
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = name->hash & mask;
    while (slots_[at] != nullptr && slots_[at] != name) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<const Str*> old(slots_.empty() ? 16 : slots_.size() * 2, nullptr);
    old.swap(slots_);
    for (const Str* each : old) {
      if (each != nullptr) slots_[slot_of(each)] = each;
    }
  }

  std::vector<const Str*> slots_;  // open addressing; a power of two, at most half of them taken
  std::size_t count_ = 0;
};

}  // namespace ckptlint::python
