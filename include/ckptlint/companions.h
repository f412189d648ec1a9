// What the library makes of the files beside the weights: the tokenizer's, the processor's, generation_config.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
  std::string file;    // of the repo: the one that is at fault, as far as that is known
};

// A token to which tokenizer_config.json gives another number than the tokenizer has for it.
struct RenumberedToken {
  std::string text;
  std::int64_t declared = 0;
  std::optional<std::int64_t> loaded;  // none: the tokenizer does not know it
};

struct TokenizerMade {
  CallEnd end;
  // The rest is empty where `end` raises.
  std::string class_name;
  std::int64_t length = 0;                      // len(tokenizer): its tokens and those that were added
  std::map<std::string, std::string> specials;  // "eos_token" -> its text
  bool has_chat_template = false;
  std::vector<RenumberedToken> renumbered;  // in the order of added_tokens_decoder; the first of many
  bool is_for_chat = false;                 // the model card has the tag "conversational"
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
