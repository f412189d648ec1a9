// The tensors of a pickled state dict, as torch.save writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/pickle.h"
#include "ckptlint/dtype.h"

namespace ckptlint {

// What a persistent id of the pickle stands for.
struct TorchStorage {
  std::string key;  // names the member data/<key> of a zip, or the place in a legacy file's list
  Dtype dtype = Dtype::kUint8;
  std::string_view type_name;  // torch's word for the element type; static
  std::uint64_t elements = 0;
  bool untyped = false;  // of bytes; the tensors on it say their own dtype

  std::uint64_t bytes() const;  // saturates
};

struct TorchTensor {
  std::string_view name;  // a view of the pickle's texts
  Dtype dtype = Dtype::kFloat32;
  std::string_view type_name;
  std::uint32_t storage = kNoStorage;  // place in TorchState::storages; none: on the meta device
  std::uint64_t offset = 0;            // elements from the storage's begin
  std::vector<std::int64_t> shape;
  std::optional<std::uint64_t> sparse_bytes = {};  // of sparse tensors: of their values and indices
  // Of tensors of a class of their own, as quantizers have: of the tensors in their state.
  std::optional<std::uint64_t> wrapped_bytes = {};
  bool contiguous = true;      // row-major
  bool inside_storage = true;  // no element lies beyond the storage's end

  static constexpr std::uint32_t kNoStorage = 0xffffffff;
};

struct TorchState {
  std::vector<TorchStorage> storages;  // all that the pickle names, in that order, whatever uses them
  std::vector<TorchTensor> tensors;    // of equal names the last
  bool too_many = false;               // there are more tensors than were asked for
  std::vector<std::string> damaged;    // names of tensors whose parts torch would not accept
  std::string nested_under;         // the top-level key whose dict was taken, where the top level has no tensors itself
  std::string instead_of_dict;      // what the file holds where that is no dict: "a list of 3 items"
  std::vector<std::string> sparse;  // names of sparse tensors, which have a row all the same
  std::vector<std::pair<std::string, std::string>> unlisted;  // names of other tensors without one, and what makes them
  std::size_t other_keys = 0;                                 // of the top level: those that are no text
  std::string first_other_key;                                // in words
};

// Understands what torch 2.13's own rebuild functions make (torch._utils), parameters and typed tensors around them,
// and the tensors of releases before 0.4.  Other values, which are no tensors, are passed over.
TorchState torch_state(const Pickle& pickle, std::uint32_t most_tensors);

// Whether torch.load(weights_only=True) of torch 2.13 allows a pickle to name this ("module.name"), whatever else is
// imported.
bool is_allowed_global(std::string_view name);

}  // namespace ckptlint
