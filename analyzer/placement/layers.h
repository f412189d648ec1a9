// "Layers" as both libraries mean them: what is never split, and the largest of it that is still to be placed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "placement/placement_tree.h"
#include "placement/python_number.h"

namespace ckptlint {

// A module without child modules, or of a no-split class, is a layer; other modules have those of their children.
struct Layers {
  std::vector<bool> no_split;           // by module row: its class is in the list
  std::vector<PythonNumber> largest;    // by module row: the size of the largest layer in it
  std::vector<std::uint32_t> how_many;  // by module row: its layers of that size
};

// `sizes` by module row.
Layers find_layers(const PlacementTree& tree, const std::vector<PythonNumber>& sizes,
                   const std::vector<std::string>& no_split_classes);

// The largest layer of a changing list of modules (get_max_layer_size), kept up to date.
class LargestLayer {
 public:
  void insert(PythonNumber largest, std::uint32_t how_many) {
    Entry& entry = by_size_[largest.eighths];
    ++entry.modules;
    entry.layers += how_many;
    if (largest.is_float) ++entry.floats;
  }
  void erase(PythonNumber largest, std::uint32_t how_many) {
    const auto found = by_size_.find(largest.eighths);
    found->second.layers -= how_many;
    if (largest.is_float) --found->second.floats;
    if (--found->second.modules == 0) by_size_.erase(found);
  }
  void clear() { by_size_.clear(); }
  // In eighths; zero where the list is empty.
  std::int64_t eighths() const { return by_size_.empty() ? 0 : by_size_.rbegin()->first; }
  // Whether that size is a float in all of the modules that have it, or in some.
  bool all_floats() const {
    return !by_size_.empty() && by_size_.rbegin()->second.floats == by_size_.rbegin()->second.modules;
  }
  bool some_floats() const { return !by_size_.empty() && by_size_.rbegin()->second.floats > 0; }
  std::uint64_t how_many() const { return by_size_.empty() ? 0 : by_size_.rbegin()->second.layers; }

 private:
  struct Entry {
    std::uint64_t modules = 0;
    std::uint64_t layers = 0;
    std::uint64_t floats = 0;
  };
  std::map<std::int64_t, Entry> by_size_;
};

}  // namespace ckptlint
