// Fuzz target: a file of torch.save of unknown origin.
#include "weights_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ckptlint::read_and_list({{"pytorch_model.bin", ckptlint::as_text(data, size)}}, "pytorch_model.bin");
  return 0;
}
