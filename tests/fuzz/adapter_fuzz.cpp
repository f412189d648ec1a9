// adapter_config.json of unknown origin, beside an adapter of a few tensors.
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "adapter/adapter.h"
#include "adapter/contradictions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto stored = [] {
    auto made = std::make_unique<ckptlint::Checkpoint>();
    for (const char* name :
         {"base_model.model.a.q.lora_A.weight", "base_model.model.a.q.lora_B.weight", "prompt_embeddings",
          "base_model.model.e.token_adapter.trainable_tokens_delta", ".lora_embedding_A"}) {
      const auto text = std::make_shared<const std::string>(name);
      made->texts.push_back(text);
      ckptlint::StoredTensor tensor;
      tensor.name = *text;
      tensor.first_extent = static_cast<std::uint32_t>(made->extents.size());
      tensor.rank = 2;
      made->extents.insert(made->extents.end(), {4, 4});
      made->tensors.push_back(tensor);
    }
    return made;
  }();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto tree = ckptlint::in_memory_tree({{"adapter_config.json", text}});
  (void)ckptlint::adapter_base(*tree);
  const auto config = ckptlint::adapter_config(*tree);
  if (config) (void)ckptlint::contradictions_of(*stored, *config);
  return 0;
}
