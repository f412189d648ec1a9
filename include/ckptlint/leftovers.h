// What is left over on both sides once stored keys and the model were compared, sorted by what must have happened: one
// cause for many keys.  Whatever a cause explains is in no other list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/loading.h"
#include "ckptlint/module_graph.h"

namespace ckptlint {

// A stored tensor and the missing tensor that it must be: of the same shape.
struct KeyPair {
  std::uint32_t stored = 0;  // index into Checkpoint::tensors
  TensorId tensor = TensorId::kNone;
  friend bool operator==(const KeyPair&, const KeyPair&) = default;
};

// Stored keys that would match if one part of their names were another.
struct ShiftedKeys {
  std::string from, to;        // dotted, without a dot at the end; "" is nothing
  bool anywhere = false;       // `from` is one component, and goes wherever it stands; otherwise it is a prefix
  std::size_t candidates = 0;  // unexpected keys that have `from`, those that would not match included
  std::vector<KeyPair> pairs;  // by stored
};

// One word of the names that is another in the model.
struct RenamedKeys {
  std::string from, to;  // one component each
  std::vector<KeyPair> pairs;
};

// Tensors stored one by one that the model has stacked, or the reverse: as many numbers, as many elements.
struct OtherLayout {
  bool stored_stacked = false;
  std::string parent;  // the module that has them, as stored: "model.layers.0.mlp.experts"
  std::size_t count = 0;
  std::vector<std::uint32_t> stored;
  std::vector<TensorId> tensors;
};

// Keys below numbers that a list of layers does not have.
struct SurplusLayers {
  ModuleId list = ModuleId::kNone;
  std::size_t count = 0;             // layers that the model has
  std::vector<std::size_t> numbers;  // that are stored beyond these, ascending
  std::vector<UnexpectedKey> keys;   // by key
};

// A LoRA adapter that was saved with the model that it is part of, and not merged into it.
struct UnmergedAdapter {
  std::vector<UnexpectedKey> keys;   // its own tensors, by key
  std::vector<ShiftedKeys> shifted;  // the model's, under the names that PEFT gives them
};

// A missing tensor that the class ties to a stored one, if only the config said so.
struct Untied {
  TensorId target = TensorId::kNone, source = TensorId::kNone;
};

// A module that is quantized in the model and stored otherwise, or the reverse.
struct OtherPacking {
  enum class Stored : std::uint8_t {
    kPlain,      // 16 or 32-bit floats without scales, where the model has quantized values
    kQuantized,  // quantized values, where the model has a plain layer
    kParts,      // both quantized, but parts are missing, surplus or of other shapes
  };
  Stored stored_as = Stored::kPlain;
  ModuleId module = ModuleId::kNone;
  bool plain_values = false;          // what is stored of its weight is 16 or 32-bit floats
  std::vector<std::uint32_t> stored;  // what arrives in it, ascending: indexes into Checkpoint::tensors
  // What is left over of it; any of them may be empty.
  std::vector<TensorId> missing;
  std::vector<UnexpectedKey> unexpected;
  std::vector<MismatchedKey> mismatched;

  enum class Cause : std::uint8_t {
    kParts,          // none of the following: parts of it do not fit
    kNoConfig,       // config.json has no `quantization_config`
    kUnknownMethod,  // it has one of a method that this release passes over
    kAllPlain,       // it has one, and nothing that is stored is quantized
    kStatus,         // `quantization_status` says otherwise than what is stored
    kSkipEntry,      // entries of the list of modules that stay plain match more than they mean, or nothing
    kNotListed,      // that list, or what is to be quantized, leaves the module out of account
  };
  Cause cause = Cause::kParts;
  std::vector<std::string> entries;  // of kSkipEntry: those to blame, as written
};

struct Leftovers {
  std::vector<OtherPacking> packings;  // by module
  std::vector<ShiftedKeys> shifted;    // the one that explains most first
  UnmergedAdapter adapter;
  std::vector<RenamedKeys> renamed;  // by word
  std::vector<OtherLayout> layouts;  // by parent
  std::vector<SurplusLayers> surplus;
  std::vector<MismatchedKey> placeholders;  // stored without elements
  std::vector<Untied> untied;
  std::vector<ShiftedKeys> hidden;  // as `shifted`, of keys that a pattern of the model hides

  std::vector<UnexpectedKey> ignored;  // hidden by a pattern, and no explanation of what is missing

  // Nothing is known of these: as in Loading.
  std::vector<TensorId> missing;
  std::vector<UnexpectedKey> unexpected;
  std::vector<MismatchedKey> mismatched;
};

}  // namespace ckptlint
