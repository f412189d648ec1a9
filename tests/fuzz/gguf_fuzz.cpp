// Fuzz target: a GGUF file of unknown origin.
#include "weights_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ckptlint::read_and_list({{"model.gguf", ckptlint::as_text(data, size)}}, "model.gguf");
  return 0;
}
