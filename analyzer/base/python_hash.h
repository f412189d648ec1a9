// hash() of CPython 3.11 and later, under PYTHONHASHSEED=0 where it is seeded.
//
// Without that variable the order in which Python walks a set of strings differs from run to run; what the libraries
// answer from such an order is here what they answer when it is set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ckptlint {

// Of a str: SipHash-1-3 with a zero key over the string's own storage (one, two or four bytes a character).  `text` is
// UTF-8; bytes that are not are hashed as Latin-1.
std::uint64_t python_hash(std::string_view text);
// Of a bytes object.
std::uint64_t python_hash_bytes(std::string_view data);
// Of an int or bool, and of a float, which agree where the values are equal.  Not for a NaN, which has an identity.
std::uint64_t python_hash(std::int64_t value);
std::uint64_t python_hash(double value);
// Of a tuple, from the hashes of its elements.
class PythonTupleHash {
 public:
  void add(std::uint64_t element);
  std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0x27D4EB2F165667C5;
  std::uint64_t count_ = 0;
};
// Of a frozenset, likewise, in any order.
class PythonFrozensetHash {
 public:
  void add(std::uint64_t element);
  std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace ckptlint
