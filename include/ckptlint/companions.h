// What the library makes of the files beside the weights: the tokenizer's, the processor's, generation_config.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ckptlint/known.h"

namespace ckptlint {

// How a call of the library ends.
struct CallEnd {
  std::string call;    // "AutoTokenizer.from_pretrained"
  std::string raises;  // "ValueError: message"; empty: it returns
  std::string place;   // " (file:line)" where that is raised; empty where it is not known
};

struct TokenizerMade {
  CallEnd end;
  // The rest is empty where `end` raises.
  std::string class_name;
  std::int64_t length = 0;                      // len(tokenizer): its tokens and those that were added
  std::map<std::string, std::string> specials;  // "eos_token" -> its text
  bool has_chat_template = false;
};

struct ProcessorMade {
  CallEnd end;
  std::string class_name;
  std::vector<std::pair<std::string, std::string>> parts;  // "image_processor", its class
};

struct GenerationMade {
  CallEnd end;    // GenerationConfig.from_pretrained, which loading the model calls too
  CallEnd saved;  // its save_pretrained, where it is made
};

// Not known without a reason where there are no such files.
struct Companions {
  Known<TokenizerMade> tokenizer;
  Known<ProcessorMade> processor;
  Known<GenerationMade> generation;
};

}  // namespace ckptlint
