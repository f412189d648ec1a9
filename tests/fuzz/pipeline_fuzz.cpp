// modules.json and the config of a module, of unknown origin: one text is both.
#include <cstdint>
#include <string>

#include "config/pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto list = ckptlint::in_memory_tree({{"modules.json", text}, {"config.json", text}});
  (void)ckptlint::pipeline_of(*list, 8);
  for (const char* type : {"Pooling", "Dense", "CNN", "LSTM", "LayerNorm", "WeightedLayerPooling", "Dropout"}) {
    const std::string modules = std::string(R"([{"name": "0", "path": "m", "type": "sentence_transformers.models.)") +
                                type +
                                R"("}, {"name": "1", "path": "m", "type": "sentence_transformers.models.LayerNorm"}])";
    const auto tree = ckptlint::in_memory_tree({{"modules.json", modules},
                                                {"m/config.json", text},
                                                {"m/cnn_config.json", text},
                                                {"m/lstm_config.json", text},
                                                {"m/model.safetensors", text}});
    (void)ckptlint::pipeline_of(*tree, std::nullopt);
  }
  return 0;
}
