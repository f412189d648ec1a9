// An adapter beside the base model that it is loaded on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/module_graph.h"

namespace ckptlint {

// A stored tensor of the adapter that has another size than the base model gives it.
struct AdapterMismatch {
  std::uint32_t stored = 0;           // index into Checkpoint::tensors
  TensorId tensor = TensorId::kNone;  // of the base
  std::uint32_t axis = 0;             // of the stored tensor
  std::int64_t expected = 0;
  bool saved_whole = false;  // one of `modules_to_save`, not a low-rank part
};

// The front of every module's name in the adapter, replaced.
struct PrefixEdit {
  std::string from;  // dotted, without final dot; empty: `to` is put before
  std::string to;    // empty: `from` is taken away
};

struct Adapter {
  std::size_t matched = 0;
  std::vector<std::uint32_t> unmatched;  // stored tensors of modules that the base does not have; ascending
  std::vector<AdapterMismatch> mismatched;
  std::optional<PrefixEdit> edit;  // with it, every tensor would match
};

}  // namespace ckptlint
