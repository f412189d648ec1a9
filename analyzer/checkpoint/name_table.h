// Numbers by name, for names that stay where they are.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace ckptlint {

// A table of hashes, which compares names only where hashes are equal.  Hashes are quick rather than safe against those
// who choose names so that they collide: the table gives up when too many do, and its user has another way.
class NameTable {
 public:
  explicit NameTable(std::size_t names)
      : slots_(names == 0 ? 0 : std::bit_ceil(2 * names + 1)), looks_left_(16 * names) {}

  bool empty() const { return slots_.empty(); }

  // False where a name with the same hash is there already, most likely the same name, or too many collide.
  bool insert(std::string_view name, std::uint32_t number) {
    const std::uint64_t hash = hash_of(name);
    std::size_t place = place_of(hash);
    for (; slots_[place].hash != 0; place = next(place)) {
      if (slots_[place].hash == hash || looks_left_ == 0) return false;
      --looks_left_;
    }
    slots_[place] = {hash, number};
    return true;
  }

  // The number of the name for which `is_name(number)` holds; also nothing where too many collide.
  template <typename IsName>
  std::optional<std::uint32_t> find(std::string_view name, IsName is_name) {
    const std::uint64_t hash = hash_of(name);
    for (std::size_t place = place_of(hash); slots_[place].hash != 0 && looks_left_ > 0; place = next(place)) {
      if (slots_[place].hash == hash)
        return is_name(slots_[place].number) ? std::optional(slots_[place].number) : std::nullopt;
      --looks_left_;
    }
    return std::nullopt;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;  // 0: empty
    std::uint32_t number = 0;
  };

  static std::uint64_t hash_of(std::string_view name) {
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    std::uint64_t hash = name.size() * kOdd;
    const auto mix = [&](std::uint64_t eight) {
      hash = (hash ^ eight) * kOdd;
      hash ^= hash >> 29;
    };
    std::uint64_t eight = 0;
    for (; name.size() > 8; name.remove_prefix(8)) {
      std::memcpy(&eight, name.data(), 8);
      mix(eight);
    }
    eight = 0;
    std::memcpy(&eight, name.data(), name.size());
    mix(eight);
    return hash | 1;
  }
  // The upper bits: the lowest is always set.
  std::size_t place_of(std::uint64_t hash) const { return (hash >> 20) & (slots_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (slots_.size() - 1); }

  std::vector<Slot> slots_;
  std::size_t looks_left_;
};

}  // namespace ckptlint
