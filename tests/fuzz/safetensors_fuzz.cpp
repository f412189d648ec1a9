// Fuzz target: a safetensors file of unknown origin.
#include "weights_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ckptlint::read_and_list({{"model.safetensors", ckptlint::as_text(data, size)}}, "model.safetensors");
  return 0;
}
