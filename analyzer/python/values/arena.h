// Memory of one evaluation: bump allocation under a budget, released all at once, no destructors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/process_memory.h"

namespace ckptlint::python {

// Thrown when a budget (memory, steps, depth) is used up.  Evaluated code cannot catch it.
struct BudgetExceeded {
  const char* what;
};

class Arena {
 public:
  explicit Arena(std::size_t budget_bytes) : budget_(budget_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(std::size_t bytes) {
    bytes = (bytes + 7) & ~std::size_t{7};
    if (bytes > static_cast<std::size_t>(end_ - next_)) grow(bytes);
    void* result = next_;
    next_ += bytes;
    return result;
  }

  // Makes what was allocated last longer where it lies, if there is room.
  bool extend(const void* block, std::size_t bytes, std::size_t wanted) {
    const auto rounded = [](std::size_t size) { return (size + 7) & ~std::size_t{7}; };
    if (block == nullptr || static_cast<const char*>(block) + rounded(bytes) != next_) return false;
    const std::size_t more = rounded(wanted) - rounded(bytes);
    if (more > static_cast<std::size_t>(end_ - next_)) return false;
    next_ += more;
    return true;
  }

  template <typename T, typename... Arguments>
  T* make(Arguments&&... arguments) {
    static_assert(std::is_trivially_destructible_v<T>, "the arena runs no destructors");
    return new (allocate(sizeof(T))) T{std::forward<Arguments>(arguments)...};
  }

  template <typename T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "the arena runs no destructors");
    constexpr std::size_t kItem =
        sizeof(T);  // NOLINT(bugprone-sizeof-expression): the size of a pointer, where T is one
    if (count > budget_ / kItem) throw BudgetExceeded{"memory"};
    T* items = static_cast<T*>(allocate(count * kItem));
    for (std::size_t i = 0; i < count; ++i) new (items + i) T{};
    return items;
  }

  std::string_view copy(std::string_view text) {
    char* data = static_cast<char*>(allocate(text.size() + 1));
    if (!text.empty()) std::memcpy(data, text.data(), text.size());
    data[text.size()] = '\0';
    return {data, text.size()};
  }

  // Memory that is taken elsewhere for the evaluation.
  void charge(std::size_t bytes) {
    if (bytes > budget_ - reserved_) throw BudgetExceeded{"memory"};
    reserved_ += bytes;
  }

  std::size_t used() const { return reserved_; }

  // From now on no more than `bytes` are taken.
  void limit(std::size_t bytes) { budget_ = std::min(budget_, reserved_ + bytes); }

 private:
  static constexpr std::size_t kChunk = std::size_t{1} << 18;
  // Once so much is taken, more is taken at once, and in large pages: clearing small ones is half of what it costs.
  static constexpr std::size_t kMany = std::size_t{64} << 20;
  static constexpr std::size_t kLargeChunk = std::size_t{8} << 20;

  void grow(std::size_t bytes) {
    const std::size_t left = budget_ - reserved_;
    const std::size_t chunk = reserved_ < kMany || left < kLargeChunk ? kChunk : kLargeChunk;
    const std::size_t size = bytes > chunk / 4 ? bytes : chunk;
    if (size > left) throw BudgetExceeded{"memory"};
    chunks_.emplace_back(static_cast<char*>(std::malloc(size)), &std::free);
    if (!chunks_.back()) throw std::bad_alloc();
    if (size >= kLargeChunk) ask_for_large_pages(chunks_.back().get(), size);
    reserved_ += size;
    next_ = chunks_.back().get();
    end_ = next_ + size;
  }

  std::size_t budget_;
  std::size_t reserved_ = 0;
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::vector<std::unique_ptr<char, decltype(&std::free)>> chunks_;
};

// A growable array in an arena.  Growing leaves the old block behind, unless nothing was allocated after it.
template <typename T>
struct ArenaVector {
  T* items = nullptr;
  std::uint32_t count = 0;
  std::uint32_t capacity = 0;

  void reserve(Arena& arena, std::size_t wanted) {
    if (wanted <= capacity) return;
    if (wanted > 0x7fffffff) throw BudgetExceeded{"memory"};
    std::size_t larger = capacity == 0 ? 4 : std::size_t{capacity} * 2;
    if (larger < wanted) larger = wanted;
    constexpr std::size_t kItem =
        sizeof(T);  // NOLINT(bugprone-sizeof-expression): the size of a pointer, where T is one
    if (arena.extend(items, capacity * kItem, larger * kItem)) {
      capacity = static_cast<std::uint32_t>(larger);
      return;
    }
    T* grown = static_cast<T*>(arena.allocate(larger * kItem));
    if (count != 0) std::memcpy(static_cast<void*>(grown), items, count * kItem);
    items = grown;
    capacity = static_cast<std::uint32_t>(larger);
  }
  void push(Arena& arena, const T& item) {
    T copy = item;  // `item` may live in the block that is left behind
    reserve(arena, std::size_t{count} + 1);
    items[count++] = copy;
  }
  void insert(Arena& arena, std::size_t at, const T& item) {
    push(arena, item);
    for (std::size_t i = count - 1; i > at; --i) std::swap(items[i], items[i - 1]);
  }
  void erase(std::size_t at) {
    for (std::size_t i = at + 1; i < count; ++i) items[i - 1] = items[i];
    --count;
  }
  T& operator[](std::size_t i) { return items[i]; }
  const T& operator[](std::size_t i) const { return items[i]; }
  T* begin() { return items; }
  T* end() { return items + count; }
  const T* begin() const { return items; }
  const T* end() const { return items + count; }
  T& back() { return items[count - 1]; }
  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
};

}  // namespace ckptlint::python
