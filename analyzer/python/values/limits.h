// Sizes past which a result is called unknown rather than made: no model needs them, hostile code asks for them.
#pragma once

#include <cstddef>

namespace ckptlint::python {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 25;
constexpr std::size_t kMaxElements = std::size_t{1} << 25;

}  // namespace ckptlint::python
