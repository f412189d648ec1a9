// Loading, simulated: which stored tensor feeds which tensor of the model, and what is left over on either side.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/module_graph.h"

namespace ckptlint {

// A stored tensor that the model does not take.
struct UnexpectedKey {
  std::uint32_t stored = 0;  // index into Checkpoint::tensors
  std::string key;           // as from_pretrained names it: after its renamings
  // The model has a tensor of exactly that name that is not in its state dict: a non-persistent buffer.
  TensorId unsaved = TensorId::kNone;
};

// A stored tensor whose place in the model has another shape.
struct MismatchedKey {
  std::uint32_t stored = 0;  // the first of those that go into the tensor
  TensorId tensor = TensorId::kNone;
  std::vector<std::int64_t> shape;  // as it arrives: after the library's conversions
};

struct MatchedKey {
  std::uint32_t stored = 0;
  TensorId tensor = TensorId::kNone;
  bool converted = false;  // split, merged or turned on the way, so that the stored values are not the tensor's
};

// A parameter that is missing after loading, and that the constructor shares with one that is stored.
struct LostShare {
  TensorId tensor = TensorId::kNone;
  MatchedKey stored;
};

// A pattern of the model that keeps too much out of the report, or nothing.
struct BlindPattern {
  enum class Kind : std::uint8_t { kMatchesAll, kHidesMissing, kMatchesNothing };
  std::string attribute;  // "_keys_to_ignore_on_load_missing" or "..._unexpected"
  std::string pattern;
  Kind kind = Kind::kMatchesAll;
  std::vector<TensorId> hidden{};   // parameters that are missing, and of which it says nothing
  std::vector<LostShare> shared{};  // those of them
};

// Two tied tensors that are both stored.
struct SplitTie {
  MatchedKey target, source;
  bool differ = false;  // in type, shape or bytes; false: no difference was found in what was compared
};

// A tie of which only the side that repeats the other is stored.
struct AliasAlone {
  TensorId source = TensorId::kNone;
  MatchedKey target;
  bool lost = false;  // the end of loading ties what was loaded to the source, which has no value
};

// What is stored, against what the constructor gives.
enum class StoredValues : std::uint8_t { kUnknown, kInitial, kOther };

// A stored tensor that loading otherwise puts into the model, and loading under DeepSpeed ZeRO-3 does not on every
// rank.
struct Zero3Loss {
  MatchedKey key;
  bool on_rank_0 = false;                        // it is loaded there; otherwise nowhere
  StoredValues values = StoredValues::kUnknown;  // of buffers
};

// What from_pretrained reports, and what it does not.  Lists of ids ascend; keys are sorted bytewise.
struct Loading {
  // The exception in which from_pretrained ends, "RuntimeError: message"; then there are no keys.  "" where it returns.
  std::string raises;
  // What had been found when it was raised, where keys had been compared: as transformers 4 fills the model after that.
  std::shared_ptr<const Loading> compared;
  // Why it is not known whether the model can be filled with what is stored, where it is not.
  std::string end_not_known;
  Span raised_at;                   // the line of the library or of the model's code that raises it, where there is one
  std::vector<MatchedKey> matched;  // by stored; conversions give several rows to one tensor or to one stored
  std::vector<TensorId> missing;    // in the state dict, not stored, not tied to what is, not ignored
  // Among the missing: tensors without values of which from_pretrained of diffusers says nothing.
  std::vector<TensorId> unreported;
  std::vector<UnexpectedKey> unexpected;  // by key
  std::vector<UnexpectedKey> ignored;     // would be, but for a pattern of the model or one that the library adds
  std::vector<MismatchedKey> mismatched;  // by stored
  // Among the matched: a vector of one for a scalar, which transformers 4 fills the model with, as torch does, unless
  // `ignore_mismatched_sizes=True` has it compare the shapes.
  std::vector<MismatchedKey> unpacked;
  std::vector<TensorId> forgiven;         // missing, but for a pattern of the model
  std::vector<BlindPattern> blind;        // in the order of the model's lists
  std::vector<SplitTie> split_ties;       // by target
  std::vector<AliasAlone> aliases_alone;  // by target
  // Tensors that are on the meta device once transformers 4 has filled the model and tied its weights.  Asked where of
  // tied parameters the first is not stored and another is.
  std::optional<std::vector<TensorId>> left_empty;
  std::vector<Rebuild> initialized;  // of each of `missing`: whether `_init_weights` writes it afterwards
  // Persistent buffers of the repo's own code that are stored with the value that the constructor computes, and that no
  // line of it writes again.
  std::vector<TensorId> recomputed;
};

// What `_init_weights` makes of the model, whether or not stored keys could be compared with it.  Ids ascend.
struct InitWeights {
  std::vector<TensorId> overwritten;    // loaded, and written again by it
  std::vector<TensorId> unset_buffers;  // non-persistent buffers that hold uninitialised memory after loading
};

}  // namespace ckptlint
