// What a placement needs to know of a model before any budget is known: sizes, layers, ties, figures for balancing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "placement/layers.h"
#include "placement/placement_tree.h"
#include "placement/python_number.h"
#include "placement/simulate.h"
#include "placement/tensor_sizes.h"
#include "placement/ties.h"

namespace ckptlint {

// How the asked functions go about it: PlacementLibraries, as far as it concerns them.
struct PlacementStyle {
  // transformers 5's own functions instead of accelerate's.
  bool own_functions = false;
  bool split_keeps_buffers = false;
  bool passes_over_buffers = true;
  bool notes_offloaded_buffers = true;
  bool ties_first = true;
  bool finds_holders_by_prefix = true;
  bool counts_holders_once = false;
  bool splits_what_fits = false;
  // An argument that this release does not have.
  std::optional<LibraryCrash> refused;
  bool fallback_allocation = false;
  bool offload_buffers = false;
  bool clean_result = true;
  // Direct names of tensors inside a block that may stay without a device (transformers 5).
  std::vector<std::string> no_placement_params;
  bool has_no_placement_params = false;
};

struct SizedModel {
  const PlacementTree* tree = nullptr;
  PlacementStyle style;
  std::vector<std::string> no_split_classes;
  std::vector<PythonNumber> nodes;    // by node: what module_sizes says for its name
  std::vector<PythonNumber> tensors;  // by tensor row: its size, whether it counts under that name or not
  // By tensor row, whether it counts, and by module row, its size, when budgets are balanced.
  std::vector<bool> balanced_rows;
  std::vector<PythonNumber> balanced_modules;
  Layers layers;
  Ties ties;
  // accelerate's arguments, for the buffers of one module where a special dtype could name one of them.
  std::optional<PythonNumber> wanted;
  SpecialDtypes special_for_buffers;
  // Rows of buffers that have a size for their special dtype alone.
  std::vector<std::uint32_t> unsized_buffers;
  PlacementLibraries libraries;
  const Quantizer* quantizer = nullptr;  // that takes part: from_pretrained's, if there is one
  // Sizing already raised.
  std::optional<LibraryCrash> crash;
  // Sizing raised, or balancing will once it comes to the no-split classes.
  std::optional<LibraryCrash> balancing_crash;

  PythonNumber total() const { return nodes[0]; }
  // All buffers of a module, each object once: what moves along with it.  Takes as long as it has tensors.
  PythonNumber buffers_of(ModuleId id) const;
  // Whether the tensor stays without a device where the block, which is not to be split, is placed tensor by tensor.
  bool leaves_out(ModuleId block, const Tensor& tensor) const;
  // The total without such tensors: what can be enough for the model.
  PythonNumber least() const;
  // Whether sizing them raises ValueError, although sizing the model did not.
  bool has_unsized_buffer(ModuleId id) const;

 private:
  std::optional<PythonNumber> size_in_module(const Tensor& tensor, std::size_t prefix) const;
};

// Everything in `question` but its budgets and mode.
Result<SizedModel> size_model(const PlacementTree& tree, const PlacementQuestion& question);

}  // namespace ckptlint
