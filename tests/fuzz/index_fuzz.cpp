// Fuzz target: the index of a sharded checkpoint, of unknown origin.
#include "weights_fuzz.h"

// The input is the index; two sound shards of no tensors are beside it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string shard("\2\0\0\0\0\0\0\0{}", 10);
  ckptlint::read_and_list({{"model.safetensors.index.json", ckptlint::as_text(data, size)},
                           {"a.safetensors", shard},
                           {"b.safetensors", shard}},
                          "");
  return 0;
}
