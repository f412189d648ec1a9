// What the files beside the weights say of the model: config.json, generation_config.json, the tokenizer's files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

// One reference of auto_map, "file.Class" or "org/name--file.Class".
struct CodeReference {
  std::string key;        // "AutoModelForCausalLM"
  std::string reference;  // as written
  std::string file;       // of this repo that it needs; empty where another repo has it
  bool present = false;
  std::string repo{};         // the other repo
  std::string passed_over{};  // a file of this repo, of the name that the other repo's has
  bool lacks_class = false;   // the file is there, and nothing in it has the name of the class
};

// What auto_map says in a form that the library cannot read.
struct BrokenReference {
  std::string key;      // of auto_map; empty: it is auto_map itself
  std::string written;  // as JSON, shortened
  std::string why;      // a clause
  std::string raises;   // "ValueError: message"; empty: it is passed over
  bool always = false;  // also without trust_remote_code=True
};

// A whole number that config.json gives.
struct ConfigNumber {
  std::string path;  // dotted: "text_config.vocab_size"
  std::int64_t value = 0;
};

// A token that a file gives a number, which is a row of the embedding.
struct TokenNumber {
  std::string file;
  std::string key;  // "pad_token_id", or the token itself
  std::int64_t number = 0;
  bool always = false;  // whatever the text: the tokenizer puts it into every one, or a decoder starts with it
};

// `quantization_config` or `compression_config`, wherever config.json has it.
struct Quantization {
  std::string path;                  // dotted
  std::string method;                // `quant_method`: "gptq", "fp8", ...; empty where it has none
  std::string format;                // of compressed-tensors: "pack-quantized", ...
  std::string status;                // of compressed-tensors: "frozen", "compressed", ...
  std::optional<std::int64_t> bits;  // of compressed-tensors: those of the weights, where all groups agree
  std::optional<std::int64_t> group_size;
  std::string group_path;            // of the member that says so, below `path`; empty where there is not just one
  std::vector<std::int64_t> block;   // `weight_block_size`
  std::string skip_key;              // the member that has these: "ignore", ...; the first, where several do
  std::vector<std::string> skipped;  // modules that are left alone, as written
};

// What a quantizing tool wrote into a file of its own, which from_pretrained does not read.
struct QuantizationFile {
  std::string path;       // "hf_quant_config.json"
  std::string tool;       // "modelopt"; empty where it does not say
  std::string algorithm;  // "NVFP4"; likewise
};

struct Config {
  std::string model_type;       // empty where it is absent or no string
  std::string diffusers_class;  // `_class_name` of a config of diffusers, else empty
  // Without `model_type`: the types for which the library has the class that `architectures` names, sorted.
  std::vector<std::string> likely_types;
  bool known_type = false;                 // the library has `model_type`
  std::vector<std::string> architectures;  // empty where there are none
  std::vector<CodeReference> code;         // in the order of auto_map
  std::vector<BrokenReference> broken_code;
  std::vector<ConfigNumber> numbers;  // all that are positive, in the order of the file, lists left out
  std::vector<TokenNumber> tokens;
  std::optional<Quantization> quantization;
  std::optional<QuantizationFile> quantization_file;

  bool has_class() const { return !model_type.empty() || !diffusers_class.empty() || has_own_config_class(); }
  bool has_own_config_class() const {
    for (const CodeReference& each : code) {
      if (each.key == "AutoConfig" && (each.present || each.file.empty())) return true;
    }
    return false;
  }
  const ConfigNumber* number(std::string_view path) const {
    for (const ConfigNumber& each : numbers) {
      if (each.path == path) return &each;
    }
    return nullptr;
  }
};

}  // namespace ckptlint
