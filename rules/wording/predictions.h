// Layers that predict further tokens, as several rules speak of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/model.h"

namespace ckptlint {

// The stored tensor is one of theirs, as far as that is known.
bool is_for_predictions(const Model& model, std::uint32_t stored);
// Likewise, and this release builds no such layers: the model lacks nothing without it.
bool is_for_unbuilt_predictions(const Model& model, std::uint32_t stored);
// "1 layer that predicts further tokens", "3 layers that predict further tokens"
std::string counted_predictions(const Predictions& predictions);
// What the config says of layers that this release does not build, as notes.
std::vector<std::string> unbuilt_notes(const Predictions& predictions);

}  // namespace ckptlint
