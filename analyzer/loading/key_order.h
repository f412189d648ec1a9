// The order in which the library loads keys.
#pragma once

#include <string_view>

namespace ckptlint {

// dot_natural_key of core_model_loading.py (transformers 5.23.0): by components, where numbers come first and count as
// numbers, also at the end of a component.
bool loads_before(std::string_view a, std::string_view b);

}  // namespace ckptlint
