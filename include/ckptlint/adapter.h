// An adapter: what its config says against what is stored, and both against the base model that it is loaded on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ckptlint {

// adapter_config.json says one thing and the stored tensors another, whatever the base model is.
struct AdapterContradiction {
  enum class Kind : std::uint8_t {
    kLacksMagnitudes,   // `use_dora`, and no magnitude vectors
    kUnreadMagnitudes,  // the reverse
    kLacksHalf,         // one of the two factors of a low-rank product
    kOtherRank,         // a factor of another rank than `r` or `rank_pattern` says
    kUntargeted,        // of a module that `target_modules` does not mean
    kOtherPrompt,       // a prompt of another length than `num_virtual_tokens` says
    kLacksTokens,       // tokens are to be trainable, and no rows for them
    kOtherTokens,       // another number of rows
    kLacksProjections,  // `save_projection`, and no shared matrices
  };
  Kind kind{};
  std::string field;                     // of adapter_config.json
  std::vector<std::uint32_t> stored;     // the tensors that contradict, or to which something is lacking; ascending
  std::vector<std::string> absent;       // names that are not in the file
  std::int64_t found = 0, expected = 0;  // of kOther...
};

// A stored tensor of the adapter that has another shape than PEFT makes for it over the base model.
struct AdapterMismatch {
  std::string name;                     // as stored; where it was converted on the way, as PEFT names it
  std::optional<std::uint32_t> stored;  // index into Checkpoint::tensors
  std::vector<std::int64_t> shape, expected;
};

// The front of every module's name in the adapter, replaced.
struct PrefixEdit {
  std::string from;  // dotted, without final dot; empty: `to` is put before
  std::string to;    // empty: `from` is taken away
};

// What PEFT makes of the adapter over a model of one class.
struct AdapterLoad {
  std::string base_class;  // of the base: "LlamaForCausalLM"
  std::string by;      // what takes that class: "AutoPeftModelForCausalLM"; empty where the base's own config names it
  std::string raises;  // "ValueError: message": loading ends in it; then there are no lists
  std::size_t matched = 0;
  std::vector<std::uint32_t> unmatched;     // stored tensors that it leaves out; ascending
  std::vector<std::string> unmatched_made;  // those that it made of stored ones and then leaves out
  std::vector<std::uint32_t> recomputed;  // left out too, but its layers make buffers of that name and size; ascending
  std::vector<AdapterMismatch> mismatched;
  std::vector<std::string> missing;  // by PEFT's name: tensors of the adapter that nothing stored fills
  std::optional<PrefixEdit> edit;    // with it, every unmatched tensor would match

  std::size_t faults() const { return unmatched.size() + unmatched_made.size() + mismatched.size() + missing.size(); }
  bool is_sound() const { return raises.empty() && faults() == 0; }
};

// What PEFT makes of the adapter over its base model.
struct Adapter {
  std::string peft;                 // the release whose code was evaluated: "0.21.2"
  AdapterLoad load;                 // on the class on which most of it fits, the base's own where that is no worse
  std::vector<AdapterLoad> others;  // on the other classes, in the order in which they were tried
};

}  // namespace ckptlint
