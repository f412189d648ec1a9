// The order in which CPython 3.11 walks a set: its table, slot by slot, and how each operation fills one
// (Objects/setobject.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "base/python_hash.h"

namespace ckptlint {

// A set of items whose hashes the caller knows.  `Item` is copied freely; two items of one hash are the same member
// where `same` says so.  Every operation walks and fills the table as the one of the same name does.
template <typename Item, typename Same>
class HashOrder {
 public:
  explicit HashOrder(std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : table_(kSmallest, memory) {}

  std::size_t size() const { return used_; }
  bool contains(const Item& item, std::uint64_t hash) const { return find(item, hash) != kNone; }

  void add(const Item& item, std::uint64_t hash) {
    std::size_t erased = kNone, place = kNone;
    probe(hash, table_.size() - 1, [&](std::size_t at) {
      const Slot& slot = table_[at];
      if (slot.state == State::kTaken) return slot.hash == hash && Same()(slot.item, item);
      if (slot.state == State::kFree) place = at;
      if (slot.state == State::kErased) erased = at;
      return place != kNone;
    });
    if (place == kNone) return;  // it is there
    ++used_;
    table_[erased != kNone ? erased : place] = {item, hash, State::kTaken};
    if (erased != kNone) return;  // the last one on the way is taken again
    ++fill_;
    if (fill_ * 5 >= (table_.size() - 1) * 3) resize(roomy());
  }

  // Before the keys of a dict are added, that many.
  void make_room(std::size_t more) {
    if ((fill_ + more) * 5 >= (table_.size() - 1) * 3) resize((used_ + more) * 2);
  }

  // discard: true where it was there.
  bool erase(const Item& item, std::uint64_t hash) {
    const std::size_t at = find(item, hash);
    if (at == kNone) return false;
    table_[at].state = State::kErased;
    --used_;
    return true;
  }

  // pop: the first member from where the last pop ended; nothing where there is none.
  const Item* pop() {
    if (used_ == 0) return nullptr;
    std::size_t at = finger_ & (table_.size() - 1);
    while (table_[at].state != State::kTaken) at = (at + 1) & (table_.size() - 1);
    table_[at].state = State::kErased;
    --used_;
    finger_ = at + 1;
    return &table_[at].item;
  }

  // update with a set; into an empty one this is a copy.
  void merge(const HashOrder& other) {
    if (&other == this || other.used_ == 0) return;
    make_room(other.used_);
    if (fill_ == 0 && table_.size() == other.table_.size() && other.fill_ == other.used_) {
      std::copy(other.table_.begin(), other.table_.end(), table_.begin());
      fill_ = used_ = other.used_;
      return;
    }
    const bool clean = fill_ == 0;
    other.visit([&](const Item& item, std::uint64_t hash) {
      if (clean) {
        insert(item, hash);
      } else {
        add(item, hash);
      }
    });
    if (clean) fill_ = used_ = other.used_;
  }

  // Takes away what `other` holds, as `-=` does.
  void subtract(const HashOrder& other) {
    if (&other == this) {
      *this = HashOrder(table_.get_allocator().resource());
      return;
    }
    if ((other.used_ >> 3) > used_) {
      HashOrder common(table_.get_allocator().resource());
      common.intersect(*this, other);
      subtract_each(common);
    } else {
      subtract_each(other);
    }
  }

  // Makes an empty set `a - b`, which copies and deletes, or adds one by one, whichever is less work.
  void difference(const HashOrder& a, const HashOrder& b) {
    if ((a.used_ >> 2) > b.used_) {
      merge(a);
      subtract(b);
      return;
    }
    a.visit([&](const Item& item, std::uint64_t hash) {
      if (!b.contains(item, hash)) add(item, hash);
    });
  }

  // Makes an empty set `a & b`: the members of the smaller.
  void intersect(const HashOrder& a, const HashOrder& b) {
    const HashOrder& walked = b.used_ > a.used_ ? a : b;
    const HashOrder& asked = b.used_ > a.used_ ? b : a;
    walked.visit([&](const Item& item, std::uint64_t hash) {
      if (asked.contains(item, hash)) add(item, hash);
    });
  }

  // `^=`.
  void toggle(const HashOrder& other) {
    other.visit([&](const Item& item, std::uint64_t hash) {
      if (!erase(item, hash)) add(item, hash);
    });
  }

  // visitor(item, hash), in the order of iteration.
  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    for (const Slot& slot : table_) {
      if (slot.state == State::kTaken) visitor(slot.item, slot.hash);
    }
  }

 private:
  enum class State : std::uint8_t { kFree, kTaken, kErased };
  struct Slot {
    Item item{};
    std::uint64_t hash = 0;
    State state = State::kFree;
  };
  static constexpr std::size_t kSmallest = 8;
  static constexpr std::size_t kNone = ~std::size_t{0};

  // The slots that are looked at for a hash, in turn: short runs, then a jump that mixes in the upper bits.
  template <typename Visit>
  static void probe(std::uint64_t hash, std::size_t mask, Visit&& visit) {
    constexpr std::size_t kLinearProbes = 9;
    constexpr int kPerturbShift = 5;
    std::size_t i = hash & mask;
    for (std::uint64_t perturb = hash;;) {
      const std::size_t run = i + kLinearProbes <= mask ? kLinearProbes : 0;
      for (std::size_t j = i; j <= i + run; ++j) {
        if (visit(j)) return;
      }
      perturb >>= kPerturbShift;
      i = (i * 5 + 1 + perturb) & mask;
    }
  }

  std::size_t roomy() const { return used_ > 50000 ? used_ * 2 : used_ * 4; }

  std::size_t find(const Item& item, std::uint64_t hash) const {
    std::size_t found = kNone;
    probe(hash, table_.size() - 1, [&](std::size_t at) {
      const Slot& slot = table_[at];
      if (slot.state == State::kFree) return true;
      if (slot.state == State::kErased || slot.hash != hash || !Same()(slot.item, item)) return false;
      found = at;
      return true;
    });
    return found;
  }

  // Into a table without erased slots, of a member that is not in it.
  void insert(const Item& item, std::uint64_t hash) {
    probe(hash, table_.size() - 1, [&](std::size_t at) {
      if (table_[at].state == State::kTaken) return false;
      table_[at] = {item, hash, State::kTaken};
      return true;
    });
  }

  void resize(std::size_t at_least) {
    std::size_t size = kSmallest;
    while (size <= at_least) size *= 2;
    std::pmr::vector<Slot> old(size, table_.get_allocator());
    old.swap(table_);
    for (const Slot& from : old) {
      if (from.state == State::kTaken) insert(from.item, from.hash);
    }
    fill_ = used_;
  }

  void subtract_each(const HashOrder& other) {
    other.visit([&](const Item& item, std::uint64_t hash) { erase(item, hash); });
    if (fill_ - used_ > (table_.size() - 1) / 4) resize(roomy());
  }

  std::pmr::vector<Slot> table_;  // a power of two
  std::size_t fill_ = 0;          // slots that are taken or erased
  std::size_t used_ = 0;
  std::size_t finger_ = 0;
};

// A set of strings named by index.  Strings must outlive it.
class PythonSet {
 public:
  // set.add; `index` is what order() gives back.
  void add(std::string_view text, std::uint32_t index) { members_.add({text, index}, python_hash(text)); }
  std::size_t size() const { return members_.size(); }

  // The indexes, in iteration order.
  std::vector<std::uint32_t> order() const {
    std::vector<std::uint32_t> indexes;
    indexes.reserve(members_.size());
    members_.visit([&](const Member& member, std::uint64_t) { indexes.push_back(member.index); });
    return indexes;
  }

  // `all - without`, where every member of `without` is in `all`.
  static PythonSet difference(const PythonSet& all, const PythonSet& without) {
    PythonSet result;
    result.members_.difference(all.members_, without.members_);
    return result;
  }

 private:
  struct Member {
    std::string_view text;
    std::uint32_t index = 0;
  };
  struct SameText {
    bool operator()(const Member& a, const Member& b) const { return a.text == b.text; }
  };
  HashOrder<Member, SameText> members_;
};

}  // namespace ckptlint
