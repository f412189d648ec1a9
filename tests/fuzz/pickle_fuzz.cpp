// Fuzz target: a pickle of unknown origin.
#include <cstdint>
#include <string_view>

#include "checkpoint/pickle.h"
#include "checkpoint/torch_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pickle = ckptlint::Pickle::read({reinterpret_cast<const char*>(data), size});
  (void)ckptlint::torch_state(pickle, 1000);
  return 0;
}
