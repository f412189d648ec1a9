// config.json and the files around it, of unknown origin.
#include <cstdint>
#include <string>

#include "config/config.h"
#include "fix/json_edit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto tree = ckptlint::in_memory_tree(
      {{"config.json", text}, {"generation_config.json", text}, {"tokenizer.json", text}, {"added_tokens.json", text}});
  const auto config = ckptlint::config_of(*tree, {});
  for (const char* path : {"model_type", "text_config.vocab_size"}) {
    for (const char* value : {"1", ""}) (void)ckptlint::with_json_member(text, path, value).ok();
  }
  if (!config.ok()) return 0;
  for (const ckptlint::ConfigNumber& number : config->numbers) {
    const auto edited = ckptlint::with_json_member(text, number.path, "7");
    if (edited.ok() && !ckptlint::with_json_member(*edited, number.path, "").ok()) __builtin_trap();
  }
  return 0;
}
