// The order in which CPython walks a set of strings.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ckptlint {

// hash(text) of CPython 3.11 and later under PYTHONHASHSEED=0: SipHash-1-3 with a zero key over the string's own
// storage (one, two or four bytes a character).  `text` is UTF-8; bytes that are not are hashed as Latin-1.
// Without that variable the libraries' answer may differ from run to run in the order of a map's keys and in which tied
// module is split first; this is the order that they have when it is set.
std::uint64_t python_hash(std::string_view text);

// A set of strings named by index.  Strings must outlive it.
class PythonSet {
 public:
  PythonSet() : table_(kSmallest) {}

  // set.add; `index` is what order() gives back.
  void add(std::string_view text, std::uint32_t index) { add(text, index, python_hash(text)); }
  // The indexes, in iteration order.
  std::vector<std::uint32_t> order() const;
  std::size_t size() const { return used_; }

  // `all - without`, where every member of `without` is in `all`: CPython copies the set and deletes from the copy when
  // it is more than four times as large, and adds one by one to a new set otherwise.
  static PythonSet difference(const PythonSet& all, const PythonSet& without);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::string_view text;
    std::uint32_t index = 0;
    bool taken = false;
    bool deleted = false;
  };
  static constexpr std::size_t kSmallest = 8;

  void add(std::string_view text, std::uint32_t index, std::uint64_t hash);
  void resize(std::size_t at_least);
  const Slot* find(std::string_view text, std::uint64_t hash) const;

  std::vector<Slot> table_;  // a power of two
  std::size_t fill_ = 0;
  std::size_t used_ = 0;
};

}  // namespace ckptlint
