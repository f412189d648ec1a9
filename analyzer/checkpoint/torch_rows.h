// From a pickled state to rows of a weight file: what both of torch's formats share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "checkpoint/defect_log.h"
#include "checkpoint/pickle.h"
#include "checkpoint/torch_state.h"
#include "checkpoint/weight_file.h"

namespace ckptlint {

// A pickle beyond this length is not read: tensors take some 250 bytes each.
constexpr std::uint64_t kLongestPickle = 32u << 20;

// `offset` is where the pickle begins in the file.  What it names of packages that register their names goes into the
// file: whether they are imported depends on the config beside it.
void check_pickle(const Pickle& pickle, std::uint64_t offset, DefectLog& log, WeightFile& file);
void check_state(const TorchState& state, std::uint64_t offset, DefectLog& log);

// Where a storage's bytes begin in the file; empty where they are not there as they are.
using StoragePlaces = std::vector<std::optional<std::uint64_t>>;

// Appends the tensors; `places` has one entry for each of the state's storages.
void append_rows(const TorchState& state, const StoragePlaces& places, WeightFile& file);

}  // namespace ckptlint
