// The module graph with repeated blocks folded: what the tree and the drawing are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/module_graph.h"

namespace ckptlint {

struct OutlineOptions {
  int depth = -1;    // levels below the root; -1: all
  std::string only;  // RE2: only modules and tensors in whose dotted name it is found, and what is above them
  std::vector<std::uint8_t> marks{};  // by tensor: what tells them apart besides; empty: nothing does
};

// Neighbours in a list (`layers.0` to `layers.47`) of one shape: the same classes, tensors and names all the way down.
struct OutlineRow {
  ModuleId first = ModuleId::kNone;
  ModuleId last = ModuleId::kNone;
  std::size_t count = 1;
};

class Outline {
 public:
  // `options.only` must be valid.
  Outline(const ModuleGraph& graph, const OutlineOptions& options);

  // What is to be shown right below a module that is `depth` levels below the root.
  std::vector<OutlineRow> below(ModuleId module, int depth) const;
  // Elements of the parameters, and bytes of all tensors, in and below a module, shared ones once.
  double parameters(ModuleId module) const { return sizes_[index(module)].parameters; }
  double bytes(ModuleId module) const { return sizes_[index(module)].bytes; }

 private:
  struct Size {
    double parameters = 0;
    double bytes = 0;
  };
  void measure(std::size_t module, const std::vector<std::uint8_t>& marks);
  void mark_shown(const std::string& pattern);

  const ModuleGraph& graph_;
  int depth_;
  std::vector<std::vector<std::uint32_t>> children_;
  std::vector<std::uint64_t> shapes_;  // equal for modules of one shape
  std::vector<Size> sizes_;
  std::vector<bool> shown_;
};

}  // namespace ckptlint
